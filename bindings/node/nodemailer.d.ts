import { Options, Result } from './postrider';

declare function transport(options?: Options): transport.Transport;
declare function transport(server: string | null | undefined, options?: Options): transport.Transport;

declare namespace transport {
	/** What sendMail tells; it is rejected, with the same members, when nobody got the mail. */
	interface Info {
		envelope: { from: string | false; to: string[] };
		messageId: string;
		accepted: string[];
		/** Undecided: send it to them again later. */
		pending: string[];
		rejected: string[];
		/** A line a recipient. */
		response: string;
		result: Result;
	}

	interface Transport {
		name: string;
		version: string;
		send(mail: unknown, callback: (error: Error | null, info: Info) => void): void;
		close(): Promise<void>;
	}
}

export = transport;
