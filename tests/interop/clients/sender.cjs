/* What sending.py asks of a binding, by bindings/node. */
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Mail, Client, PostriderError, version } = require('../../../bindings/node/postrider.js');

const [what, text] = process.argv.slice(2), plan = JSON.parse(text);

const compose = () => new Mail(plan.sender, plan.to, plan.subject).text(plan.text);
const rowsOf = (result) => result.map((one) => [one.address, one.state, one.class, one.code, one.delivered]);
const short = (result) => rowsOf(result).map((row) => row.slice(0, 3));

async function send() {
	const mail = compose().cc(plan.cc).html(plan.html).attach(plan.path).attachMemory('note.txt', Buffer.from(plan.memory));
	const result = await mail.send(plan.server, { ...plan.options, name: undefined, time: null }); // as if they were left out
	return { version: version(), status: result.status, error: result.error, lines: result.map(String), rows: rowsOf(result), json: result.json };
}

async function each() {
	const client = new Client(plan.options), watched = [];
	client.watch((address) => { watched.push(address); });
	const mail = new Mail(plan.sender, null, plan.subject).text(plan.text);
	const [first, ...others] = plan.values;
	const rows = [first, ...others.map((row) => Object.fromEntries(row.map((value, i) => [plan.columns[i], value])))];
	const result = await client.sendEach(mail, plan.columns, rows);
	await client.close();
	return { rows: rowsOf(result), watched };
}

/* read(n) of so many octets, all alike. */
function filled(letter, left) {
	return (n) => {
		const piece = Buffer.alloc(Math.min(n, left), letter);
		left -= piece.length;
		return piece;
	};
}

/* By a function, and by descriptors of a file. */
async function source() {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sender-')), file = path.join(folder, 'r.bin'), opened = [];
	fs.writeFileSync(file, Buffer.alloc(plan.n_octets, 'r'));
	const mail = compose().attachStream('s.bin', filled('s', plan.n_octets)).attachSource('r.bin', () => {
		opened.push(fs.openSync(file));
		return opened.at(-1);
	}, { size: plan.n_octets });
	const result = await mail.send(plan.options);
	mail.close();
	const left = opened.filter((fd) => fs.existsSync(`/proc/self/fd/${fd}`) && fs.readlinkSync(`/proc/self/fd/${fd}`) === file);
	fs.rmSync(folder, { recursive: true });
	assert.deepStrictEqual(left, [], 'a source is left open');
	return { rows: rowsOf(result), begun: opened.length };
}

async function cancel() {
	const client = new Client(plan.options), abort = new AbortController();
	client.watch(() => { abort.abort(); }); // one.test is decided; silent.test stays so
	const mail = compose();
	const sent = client.send(mail, undefined, { signal: abort.signal });
	assert.throws(() => mail.subject('another'), /is being sent/);
	assert.throws(() => client.set('port', 1), /is under way/);
	const cancelled = await sent.then(() => null, (error) => error.name === 'AbortError' && short(error.result));
	const after = await client.send(new Mail(plan.sender, plan.to[0], plan.subject).text(plan.text));
	await client.close();
	return { cancelled, after: short(after) };
}

/* [the error's words, the rows that it has]; of a call that throws nothing, null. */
async function caught(call) {
	try {
		await call();
		return null;
	} catch (error) {
		return [error.message, error.result && short(error.result)];
	}
}

async function throws() {
	const client = new Client(plan.options), mine = () => { throw new Error('mine'); }, told = {};
	client.watch(mine);
	told.watch = await caught(() => client.send(compose()));
	client.watch(null);
	client.token(mine);
	told.token = await caught(() => client.send(compose(), plan.server));
	told.open = await caught(() => client.send(compose().attachSource('x', mine)));
	told.read = await caught(() => client.send(compose().attachSource('x', () => mine)));
	[told.stream] = await caught(() => compose().attachStream('x', mine));
	told.after = short(await client.send(new Mail(plan.sender, plan.to[0], plan.subject).text(plan.text)));
	await client.close();
	return told;
}

async function token() {
	const client = new Client(plan.options), asked = [], rows = [], tokens = [null, 'wrong-1', 'good-1'];
	client.token((user, host) => {
		asked.push([user, host]);
		return tokens.shift();
	});
	for (let i = 0; i < 3; i++)
		rows.push(...rowsOf(await client.send(compose(), plan.server)));
	await client.close();
	return { asked, rows };
}

function refused() {
	const calls = [
		() => new Mail('a@x.test', 'b@y.test', 'Hi\nBcc: x@evil.test'), () => new Mail('a@x.test').to('nobody'),
		() => new Mail().header('X', 'a\r\nY: b'), () => new Mail().attach('/no/such'), () => new Mail().subject('a\0b'),
		() => new Client({ dns: 'nowhere' }), () => new Client({ noSuch: 1 }),
	];
	return calls.map((call) => {
		try {
			call();
		} catch (error) {
			return error instanceof PostriderError && [error.code, error.message];
		}
		return null;
	});
}

const size = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]);

async function memory() {
	const before = size(), octets = Buffer.alloc(1 << 20, 'x');
	for (let i = 0; i < plan.n; i++) {
		const mail = new Mail('a@x.test', 'b@y.test', 's').attachMemory('x', octets);
		if (i % 10 === 0)
			mail.octets();
		if (i % 2)
			mail.close();
		if (i % 20)
			continue;
		global.gc(); // the others are forgotten, and freed in the loop
		await new Promise(setImmediate);
	}
	return size() - before;
}

const doing = { send, each, source, cancel, throws, token, refused, memory };
Promise.resolve(doing[what]()).then((told) => console.log(JSON.stringify(told)));
