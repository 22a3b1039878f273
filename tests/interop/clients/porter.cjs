// imapflow (npm) as a porter: see ../porting.py for what it is asked.
"use strict";
const fs = require("node:fs");
const { ImapFlow } = require("imapflow");

const [verb, file] = process.argv.slice(2);
const plan = JSON.parse(fs.readFileSync(file));
const client = new ImapFlow({
	host: "127.0.0.1",
	port: plan.port,
	secure: true,
	tls: { ca: fs.readFileSync(plan.certificate), checkServerIdentity: () => undefined },
	auth: { user: plan.user, pass: plan.password },
	logger: false,
});

function nameOf(id) {
	return /<([^@]+)@/.exec(id)[1];
}

// {name: UID} of what is in a mailbox, which is then open.
async function uids(box) {
	const there = {};
	if ((await client.mailboxOpen(box)).exists)
		for await (const message of client.fetch("1:*", { uid: true, envelope: true }))
			there[nameOf(message.envelope.messageId)] = message.uid;
	return there;
}

const verbs = {
	async push() {
		const there = await uids("Other");
		for (const letter of plan.push)
			if (!there[letter.name])
				await client.append("Other", fs.readFileSync(letter.file), letter.flags, new Date(letter.date * 1000));
	},

	async change() {
		const there = await uids("INBOX");
		const those = (what) => plan[what].map((name) => there[name]).join(",");
		await client.messageFlagsSet(those("flag"), plan.flags, { uid: true });
		await client.messageMove(those("move"), "Filed", { uid: true });
		await client.messageDelete(those("delete"), { uid: true });
	},

	async dump() {
		const out = fs.openSync(plan.dump, "w");
		for (const box of plan.boxes) {
			if (!(await client.mailboxOpen(box)).exists)
				continue;
			for await (const m of client.fetch("1:*", { uid: true, flags: true, internalDate: true, source: true })) {
				const head = { box, flags: [...m.flags], date: m.internalDate.getTime() / 1000, size: m.source.length };
				fs.writeSync(out, JSON.stringify(head) + "\n");
				fs.writeSync(out, m.source);
			}
		}
		fs.closeSync(out);
	},
};

(async () => {
	await client.connect();
	await verbs[verb]();
	await client.logout();
})();
