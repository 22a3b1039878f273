'use strict';
/* A transport for Nodemailer: nodemailer.createTransport(require('postrider/nodemailer')('smtps://user:password@host', { time: '2m' })) */
const { Client, Mail, version } = require('./postrider.js');

/* A stream to its end. */
async function whole(stream) {
	const pieces = [];
	for await (const piece of stream)
		pieces.push(piece);
	return Buffer.concat(pieces);
}

/* Nodemailer's message as a mail to whom its envelope names. */
async function mailOf(message) {
	const { from, to } = message.getEnvelope(), mail = Mail.of(await whole(message.createReadStream()));
	for (const address of to)
		mail.bcc(`<${address}>`);
	return mail.returnPath(from || '');
}

/* accepted, rejected and pending as Nodemailer's own transports tell of them; result has the rows. */
function info(message, result) {
	const in_state = (state) => result.filter((one) => one.state === state).map((one) => one.address);
	return {
		envelope: message.getEnvelope(), messageId: message.messageId(),
		accepted: in_state('delivered'), pending: in_state('deferred'), rejected: in_state('refused'),
		response: result.map(String).join('\n'), result,
	};
}

class Transport {
	name = 'postrider';
	version = version();

	constructor(server, options) {
		this.server = server;
		this.client = new Client(options);
	}

	send(mail, callback) {
		this.deliver(mail.message).then((told) => callback(null, told), callback);
	}

	/* As with Nodemailer's SMTP, it is an error when nobody got it. */
	async deliver(message) {
		const mail = await mailOf(message);
		const told = info(message, await this.client.send(mail, this.server).finally(() => mail.close()));
		if (told.accepted.length)
			return told;
		const why = told.result.error || told.response;
		throw Object.assign(new Error(`nobody got the mail: ${why}`), { code: 'EENVELOPE' }, told);
	}

	close() {
		return this.client.close();
	}
}

module.exports = (server, options) => {
	if (server && typeof server === 'object')
		[server, options] = [undefined, server];
	return new Transport(server, options);
};
