'use strict';
/* Mail from a Node program, and it knows what became of it, recipient by recipient.
 *
 *	const { Mail } = require('postrider');
 *
 *	const mail = new Mail('Alice <alice@example.org>', 'bob@example.net', 'Report').text('It is attached.').attach('report.pdf');
 *	for (const one of await mail.send())
 *		console.log(String(one));    // delivered  bob@example.net  mx.example.net: 250 2.0.0 ok
 *
 * libpostrider by koffi: nothing to compile.  The names are those of include/postrider.h, which says what each call takes.  The
 * library is $POSTRIDER_LIBRARY, else libpostrider.so.1 where the system finds it.  A send runs in a thread of libuv's pool; what
 * you give to be called is called in the loop, as all else of yours.
 */
const fs = require('node:fs');
const koffi = require('koffi');

try {
	koffi.config({ async_stack_size: 1 << 20 }); // 128 KiB are little for a TLS handshake
} catch {
	/* Another module has loaded a library: its setting stands. */
}
const library = koffi.load(process.env.POSTRIDER_LIBRARY || 'libpostrider.so.1');

const PUT = koffi.pointer(koffi.proto('int', ['void *', 'void *', 'size_t']));
const GET = koffi.pointer(koffi.proto('int', ['void *', 'void *', 'int']));
const BEGIN = koffi.pointer(koffi.proto('int', ['void *']));
const TOKEN = koffi.pointer(koffi.proto('void *', ['void *', 'void *', 'void *']));
const P = 'void *';
const CALLS = {
	version: ['str'],
	mail_new: [P, P, P, P], mail_free: ['void', P], mail_error: ['str', P],
	mail_attach_memory: ['int', P, P, P, P, 'size_t'], mail_attach_stream: ['int', P, P, P, GET, P],
	mail_attach_source: ['int', P, P, P, 'int64', P, P, P], mail_contact: ['int', P, P, P, P],
	mail_inline: ['int', P, P, P], mail_inline_memory: ['int', P, P, P, P, P, 'size_t'],
	mail_header: ['int', P, P, P], mail_date: ['int', P, 'int64'], mail_raw: ['int', P, P, 'size_t'],
	mail_write: ['int', P, PUT, P],
	client_new: [P], client_free: ['void', P], client_error: ['str', P], client_set: ['int', P, P, P],
	client_dkim: ['int', P, P, P, P], client_token: ['int', P, P, P], client_watch: ['int', P, P, P],
	client_cancel: ['void', P], client_send: [P, P, P, P], client_send_each: [P, P, P, P, P, P, 'size_t'],
	result_free: ['void', P], result_line: ['str', P, 'size_t'], result_address: ['str', P, 'size_t'],
	result_status: ['int', P], result_json: ['str', P],
};
for (const name of 'from to cc bcc reply_to return_path subject text html attach message_id unsubscribe'.split(' '))
	CALLS[`mail_${name}`] = ['int', P, P];
const lib = {};
for (const [name, [result, ...parameters]] of Object.entries(CALLS))
	lib[name] = library.func(`postrider_${name}`, result, parameters);

/* What a call refused, in the library's words; code: enum postrider_error. */
class PostriderError extends Error {
	constructor(code, words) {
		super(words);
		this.name = 'PostriderError';
		this.code = code;
	}
}

/* UTF-8 that ends in NUL; another one would end it for C, so that the rest went unseen. */
function octets(value) {
	if (value === undefined || value === null)
		return null;
	const text = String(value);
	if (text.includes('\0'))
		throw new PostriderError(-1, 'a value holds a NUL');
	return Buffer.from(text + '\0');
}

function memory(pointer) {
	if (!pointer)
		throw new PostriderError(-4, 'out of memory');
	return pointer;
}

/* Callbacks of koffi's, which it does not free by itself. */
class Callbacks {
	list = [];

	add(fn, type) {
		const made = koffi.register(fn, type);
		this.list.push(made);
		return made;
	}

	free() {
		for (const one of this.list.splice(0))
			koffi.unregister(one);
	}
}

const forgotten = new FinalizationRegistry((free) => free());

/* A function of yours, read(n), as the one that gives octets; what it throws goes into thrown. */
function giver(read, thrown) {
	return (_, room, n) => {
		try {
			const got = read(n) || '';
			const piece = typeof got === 'string' ? Buffer.from(got) : got;
			if (piece.length > n)
				return -1;
			new Uint8Array(koffi.view(room, n)).set(piece);
			return piece.length;
		} catch (error) {
			thrown.push(error);
			return -1;
		}
	};
}

/* What a function of yours threw comes out of the call that called it; its result has the rows. */
function rethrow(thrown, result) {
	if (!thrown.length)
		return;
	const [error] = thrown.splice(0);
	if (result && Object.isExtensible(error))
		error.result = result;
	throw error;
}

/* read(n), or the descriptor of a file. */
function reader(source) {
	if (typeof source !== 'number')
		return source;
	return (n) => {
		const piece = Buffer.allocUnsafe(n);
		return piece.subarray(0, fs.readSync(source, piece, 0, n, null));
	};
}

/* What open() gives, again for each server; a descriptor is closed when it has served. */
class Source {
	constructor(open) {
		this.open = open;
		this.opened = null;
	}

	begin() {
		this.close();
		this.opened = this.open();
		this.read = reader(this.opened);
	}

	close() {
		const opened = this.opened;
		this.opened = null;
		if (typeof opened === 'number')
			fs.closeSync(opened);
	}
}

/* A mail while it is composed.  Each call returns the mail, and throws a PostriderError when it is refused. */
class Mail {
	constructor(from, to, subject) {
		const pointer = memory(lib.mail_new(null, null, null)), callbacks = new Callbacks(), sources = [];
		this._mail = pointer;
		this._callbacks = callbacks;
		this._sources = sources;
		this._sends = 0; // that are under way or wait for their turn
		this._turn = Promise.resolve();
		this._thrown = []; // by sources, while they are read
		this._free = () => {
			lib.mail_free(pointer);
			callbacks.free();
			sources.forEach((one) => one.close());
		};
		forgotten.register(this, this._free, this);
		for (const [call, value] of [['from', from], ['to', to], ['subject', subject]])
			if (value !== undefined && value !== null)
				this[call](value);
	}

	/* Of a whole message that was made elsewhere: it goes as it is, but for Bcc. */
	static of(message) {
		const mail = new Mail(), whole = Buffer.from(message);
		return mail._call('raw', whole, whole.length);
	}

	_usable(name) {
		if (!this._mail)
			throw new PostriderError(-1, `${name}: the mail is closed`);
		if (this._sends)
			throw new PostriderError(-1, `${name}: the mail is being sent; await that before you change it`);
	}

	_call(name, ...values) {
		this._usable(name);
		const code = lib[`mail_${name}`](this._mail, ...values);
		rethrow(this._thrown);
		if (code !== 0)
			throw new PostriderError(code, lib.mail_error(this._mail) || 'it failed');
		return this;
	}

	_people(name, people) {
		for (const one of Array.isArray(people) ? people : [people])
			this._call(name, octets(one));
		return this;
	}

	/* A list as it stands in a header, or an array of them; likewise cc and bcc. */
	to(people) { return this._people('to', people); }
	cc(people) { return this._people('cc', people); }
	bcc(people) { return this._people('bcc', people); }
	from(mailbox) { return this._call('from', octets(mailbox)); }
	replyTo(mailbox) { return this._call('reply_to', octets(mailbox)); }
	returnPath(address) { return this._call('return_path', octets(address)); }
	subject(subject) { return this._call('subject', octets(subject)); }
	text(text) { return this._call('text', octets(text)); }
	html(html) { return this._call('html', octets(html)); }
	messageId(id) { return this._call('message_id', octets(id)); }
	unsubscribe(url) { return this._call('unsubscribe', octets(url)); }
	header(name, value) { return this._call('header', octets(name), octets(value)); }
	contact(name, address, phone) { return this._call('contact', octets(name), octets(address), octets(phone)); }

	/* A Date, or seconds since 1970. */
	date(when) { return this._call('date', Math.trunc(when instanceof Date ? when.getTime() / 1000 : when)); }

	attach(path) { return this._call('attach', octets(path)); }
	inline(path, id) { return this._call('inline', octets(path), octets(id)); }

	attachMemory(name, content, type) {
		const whole = Buffer.from(content);
		return this._call('attach_memory', octets(name), octets(type), whole, whole.length);
	}

	inlineMemory(name, content, id, type) {
		const whole = Buffer.from(content);
		return this._call('inline_memory', octets(name), octets(type), octets(id), whole, whole.length);
	}

	/* source: read(n), which returns up to n octets, none at the end; or the descriptor of an open file.  Read at once. */
	attachStream(name, source, type) {
		return this._call('attach_stream', octets(name), octets(type), giver(reader(source), this._thrown), null);
	}

	/* open(): such a source, from its beginning on; called for each server while the mail is sent.  A descriptor is closed by the mail. */
	attachSource(name, open, { size = -1, type } = {}) {
		const source = new Source(open);
		this._sources.push(source);
		const get = this._callbacks.add(giver((n) => source.read(n), this._thrown), GET);
		const begin = this._callbacks.add(() => {
			try {
				source.begin();
				return 0;
			} catch (error) {
				this._thrown.push(error);
				return 1;
			}
		}, BEGIN);
		return this._call('attach_source', octets(name), octets(type), size, get, begin, null);
	}

	/* The message as it would be sent. */
	octets() {
		const pieces = [];
		this._call('write', (_, piece, n) => {
			pieces.push(Buffer.from(new Uint8Array(koffi.view(piece, Number(n)))));
			return 0;
		}, null);
		return Buffer.concat(pieces);
	}

	/* A Result.  server: nothing, "host:587", "smtps://user:password@host", "https://key@host", ...; options: those of Client, and signal. */
	async send(server, options) {
		return once(server, options, (client, to, how) => client.send(this, to, how));
	}

	/* Frees it at once.  Otherwise it is freed when it is collected, which may be late: the collector does not see what C holds. */
	close() {
		if (!this._mail)
			return;
		this._usable('close');
		this._mail = null;
		forgotten.unregister(this);
		this._free();
	}

	/* One mail a row: {{name}} is what the row has in that column, and the first column is the recipient. */
	async sendEach(columns, rows, server, options) {
		return once(server, options, (client, to, how) => client.sendEach(this, columns, rows, to, how));
	}
}

/* By a client of its own.  The server may be left out before the options. */
async function once(server, options, send) {
	if (server && typeof server === 'object')
		[server, options] = [undefined, server];
	const { signal, ...rest } = options || {};
	const client = new Client(rest);
	try {
		return await send(client, server, { signal });
	} finally {
		await client.close();
	}
}

/* A row as its values in the order of the columns. */
function valuesOf(row, columns) {
	const values = Array.isArray(row) ? row : columns.map((name) => row[name]);
	if (values.length !== columns.length || values.includes(undefined))
		throw new PostriderError(-1, 'sendEach: a row has not as many values as there are columns');
	return values.map(octets);
}

/* An array of pointers to texts that lives as long as both of these. */
function pointers(texts) {
	const array = new BigUint64Array(texts.length + 1);
	texts.forEach((text, i) => { array[i] = koffi.address(text); });
	return { array, texts };
}

/* Options, and connections that are kept from mail to mail: new Client({ dns: '192.0.2.53', connectTime: '5s' }); one that is
 * undefined or null is as if it were left out.  One send at a time; the others wait for their turn. */
class Client {
	constructor(options = {}) {
		const pointer = memory(lib.client_new()), callbacks = { token: new Callbacks(), watch: new Callbacks() };
		this._client = pointer;
		this._callbacks = callbacks;
		this._thrown = []; // by watch and token, while a send is under way
		this._sends = 0;
		this._turn = Promise.resolve();
		forgotten.register(this, () => {
			lib.client_free.async(pointer, () => Object.values(callbacks).forEach((c) => c.free()));
		}, this);
		for (const [name, value] of Object.entries(options).filter(([, value]) => value !== undefined && value !== null))
			this.set(name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`), value);
	}

	_open(name) {
		if (!this._client)
			throw new PostriderError(-1, `${name}: the client is closed`);
		if (this._sends && name !== 'send')
			throw new PostriderError(-1, `${name}: a send is under way; await it before you change the client`);
		return this._client;
	}

	_call(name, ...values) {
		const code = lib[`client_${name}`](this._open(name), ...values);
		if (code !== 0)
			throw new PostriderError(code, lib.client_error(this._client) || 'it failed');
		return this;
	}

	set(option, value) {
		return this._call('set', octets(option), octets(typeof value === 'boolean' ? (value ? 'yes' : 'no') : value));
	}

	/* Signs what is sent for authors of that domain; key: a private key in PEM. */
	dkim(domain, selector, key) {
		return this._call('dkim', octets(domain), octets(selector), octets(key));
	}

	_calls(kind, fn, type) {
		const { [kind]: callbacks } = this._callbacks, before = callbacks.list;
		this._open(kind);
		callbacks.list = [];
		this._call(kind, fn ? callbacks.add(fn, type) : null, null);
		before.forEach((one) => koffi.unregister(one));
		return this;
	}

	/* give(user, host): the access token for a login, or null. */
	token(give) {
		let kept = null; // until the next is asked for
		return this._calls('token', give && ((_, user, host) => {
			try {
				kept = octets(give(koffi.decode.string(user), koffi.decode.string(host)));
			} catch (error) {
				kept = null;
				this._thrown.push(error);
				lib.client_cancel(this._client);
			}
			return kept && koffi.address(kept);
		}), TOKEN);
	}

	/* decided(address, line) for each recipient as it is decided; true ends the send. */
	watch(decided) {
		return this._calls('watch', decided && ((_, result, i) => {
			try {
				return decided(lib.result_address(result, i), lib.result_line(result, i)) === true ? 1 : 0;
			} catch (error) {
				this._thrown.push(error);
				return 1;
			}
		}), PUT);
	}

	/* Ends the send that is under way. */
	cancel() {
		if (this._client)
			lib.client_cancel(this._client);
	}

	/* A Result.  What a function of yours throws (watch, token, a source) ends the send, and comes out of it; its result is the Result. */
	async send(mail, server, { signal } = {}) {
		return this._send('client_send', mail, signal, [octets(server)]);
	}

	/* columns: names; rows: arrays of as many values each, or objects. */
	async sendEach(mail, columns, rows, server, { signal } = {}) {
		const names = pointers(columns.map(octets)), values = pointers(rows.flatMap((row) => valuesOf(row, columns)));
		const result = await this._send('client_send_each', mail, signal, [octets(server), names.array, values.array, rows.length]);
		names.texts = values.texts = null; // what the arrays point to had to live until now
		return result;
	}

	/* Once what uses the client or the mail before it has ended. */
	_send(name, mail, signal, values) {
		this._open('send');
		if (!mail._mail)
			throw new PostriderError(-1, 'send: the mail is closed');
		for (const one of [this, mail])
			one._sends++;
		const sent = Promise.all([this._turn, mail._turn]).then(() => this._begin(name, mail, signal, values)).finally(() => {
			for (const one of [this, mail])
				one._sends--;
		});
		this._turn = mail._turn = sent.catch(() => {});
		return sent;
	}

	async _begin(name, mail, signal, values) {
		const abort = () => lib.client_cancel(this._client);
		if (signal?.aborted)
			throw aborted(signal);
		signal?.addEventListener('abort', abort);
		const pointer = memory(await new Promise((resolve, reject) => {
			lib[name].async(this._client, mail._mail, ...values, (error, made) => {
				values = null; // they had to live until now
				error ? reject(error) : resolve(made);
			});
		}).finally(() => signal?.removeEventListener('abort', abort)));
		let result;
		try {
			result = new Result(pointer);
		} finally {
			lib.result_free(pointer);
		}
		rethrow([...this._thrown.splice(0), ...mail._thrown.splice(0)], result);
		if (signal?.aborted && result.some((one) => one.class === 'cancelled' || one.class === 'may-have-arrived'))
			throw aborted(signal, result);
		return result;
	}

	/* Says goodbye to the servers, once the sends have ended. */
	close() {
		const pointer = this._client, { token, watch } = this._callbacks;
		if (!pointer)
			return this._turn;
		this._client = null;
		forgotten.unregister(this);
		this._turn = this._turn.then(() => new Promise((done) => { lib.client_free.async(pointer, done); })).then(() => {
			token.free();
			watch.free();
		});
		return this._turn;
	}
}

/* result: what became of each recipient until then. */
function aborted(signal, result) {
	const error = new Error('the send was aborted', { cause: signal.reason });
	return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR', result });
}

/* What became of one recipient: the members of the server's record. */
class Recipient {
	constructor(told, line) {
		Object.assign(this, told);
		Object.defineProperty(this, 'line', { value: line });
	}

	get delivered() { return this.state === 'delivered'; }
	toString() { return this.line; }
}

/* One Recipient a recipient.  status: 0 all delivered, 1 some failed, 2 some undecided; error: why nothing was sent, or null. */
class Result extends Array {
	static get [Symbol.species]() { return Array; }

	constructor(pointer) {
		super();
		const told = JSON.parse(lib.result_json(pointer));
		told.recipients.forEach((one, i) => this.push(new Recipient(one, lib.result_line(pointer, i))));
		this.status = lib.result_status(pointer);
		this.error = told.error;
		this.route = told.route;
		this.json = told;
	}
}

/* A Mail, or a whole message. */
async function send(message, server, options) {
	return (message instanceof Mail ? message : Mail.of(message)).send(server, options);
}

const { version } = lib;

module.exports = { Mail, Client, Result, Recipient, PostriderError, send, version };
