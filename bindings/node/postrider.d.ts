/** What a call refused, in the library's words; code: enum postrider_error of postrider.h. */
export class PostriderError extends Error {
	code: number;
}

/** Options of a client as postrider.h tells of them; any may also be written as there ('command-time'). */
export interface Options {
	name?: string;
	dns?: string;
	dnssec?: boolean;
	anchor?: string;
	port?: number | string;
	private?: boolean;
	ipv6?: boolean;
	roots?: string;
	token?: string;
	parallel?: number | string;
	connectTime?: string;
	greetingTime?: string;
	commandTime?: string;
	dataTime?: string;
	time?: string;
	[option: string]: unknown;
}

/** Ends the send: the promise is rejected by an AbortError, whose result tells what became of each until then. */
export interface Abortable {
	signal?: AbortSignal;
}

/** read(n) returns up to n octets, none at the end; or the descriptor of an open file. */
export type Source = ((n: number) => Uint8Array | string | null | undefined) | number;
export type Octets = Uint8Array | ArrayBuffer | string;
/** A list as it stands in a header, or an array of them. */
export type People = string | string[];
export type Row = unknown[] | Record<string, unknown>;

/** Each call returns the mail, and throws a PostriderError when it is refused. */
export class Mail {
	constructor(from?: string | null, to?: People | null, subject?: string | null);
	/** Of a whole message that was made elsewhere: it goes as it is, but for Bcc. */
	static of(message: Octets): Mail;
	from(mailbox: string): this;
	to(people: People): this;
	cc(people: People): this;
	bcc(people: People): this;
	replyTo(mailbox: string): this;
	/** "" for nowhere. */
	returnPath(address: string): this;
	subject(subject: string): this;
	text(text: string): this;
	html(html: string): this;
	attach(path: string): this;
	attachMemory(name: string, content: Octets, type?: string): this;
	/** Read at once. */
	attachStream(name: string, source: Source, type?: string): this;
	/** Read while the mail is sent, once for each server; a descriptor that open returns is closed by the mail. */
	attachSource(name: string, open: () => Source, how?: { size?: number; type?: string }): this;
	contact(name: string, address?: string | null, phone?: string | null): this;
	inline(path: string, id: string): this;
	inlineMemory(name: string, content: Octets, id: string, type?: string): this;
	header(name: string, value: string): this;
	/** A Date, or seconds since 1970. */
	date(when: Date | number): this;
	messageId(id: string): this;
	unsubscribe(url: string): this;
	/** The message as it would be sent. */
	octets(): Buffer;
	/** server: nothing, "host:587", "smtps://user:password@host", "https://key@host", ... */
	send(options?: Options & Abortable): Promise<Result>;
	send(server: string | null | undefined, options?: Options & Abortable): Promise<Result>;
	/** One mail a row: {{name}} is what the row has in that column, and the first column is the recipient. */
	sendEach(columns: string[], rows: Row[], options?: Options & Abortable): Promise<Result>;
	sendEach(columns: string[], rows: Row[], server: string | null | undefined, options?: Options & Abortable): Promise<Result>;
	/** Frees it at once; otherwise it is freed when it is collected. */
	close(): void;
}

/** Options, and connections that are kept from mail to mail.  One send at a time; the others wait for their turn. */
export class Client {
	constructor(options?: Options);
	set(option: string, value: string | number | boolean): this;
	/** key: a private key in PEM. */
	dkim(domain: string, selector: string, key: string): this;
	/** The access token for a login, or null. */
	token(give: ((user: string, host: string) => string | null) | null): this;
	/** For each recipient as it is decided; true ends the send. */
	watch(decided: ((address: string, line: string) => boolean | void) | null): this;
	send(mail: Mail, server?: string | null, how?: Abortable): Promise<Result>;
	sendEach(mail: Mail, columns: string[], rows: Row[], server?: string | null, how?: Abortable): Promise<Result>;
	/** Ends the send that is under way; else the next one. */
	cancel(): void;
	/** Says goodbye to the servers, once the sends have ended. */
	close(): Promise<void>;
}

/** What became of one recipient: the members of the server's record (docs/guide/ledger.md). */
export class Recipient {
	readonly address: string;
	readonly state: 'delivered' | 'deferred' | 'refused';
	/** The reason as one word: "no-such-user", "mailbox-full", ... */
	readonly class: string;
	readonly code: number | null;
	readonly enhanced: string | null;
	readonly text: string;
	/** What it means, and what to do. */
	readonly meaning: string;
	readonly remote_host: string | null;
	readonly remote_address: string | null;
	readonly tls_version: string | null;
	readonly tls_policy: string | null;
	readonly elapsed_ms: number;
	readonly line: string;
	readonly delivered: boolean;
	readonly [member: string]: unknown;
	toString(): string;
}

/** One Recipient a recipient. */
export class Result extends Array<Recipient> {
	/** 0 all delivered, 1 some failed, 2 some undecided. */
	status: 0 | 1 | 2;
	/** Why nothing was sent, or null. */
	error: string | null;
	/** Which way was taken, and why. */
	route: string;
	json: { message: string; route: string; error: string | null; recipients: object[] };
}

export function send(message: Mail | Octets, options?: Options & Abortable): Promise<Result>;
export function send(message: Mail | Octets, server: string | null | undefined, options?: Options & Abortable): Promise<Result>;
export function version(): string;
