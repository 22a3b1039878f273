// A web server that verifies what it gets by the library of Standard Webhooks: node hooks.cjs ADDRESS CHAIN KEY
// A line of standard input is the secret from then on, which is answered; lines of output say the port, and what became of each request.
const https = require("https"), fs = require("fs"), readline = require("readline");
const { Webhook } = require("standardwebhooks");
const [address, chain, key] = process.argv.slice(2);
let webhook;

readline.createInterface({ input: process.stdin }).on("line", (secret) => {
	webhook = new Webhook(secret);
	console.log(true);
}).on("close", () => process.exit());
const server = https.createServer({ cert: fs.readFileSync(chain), key: fs.readFileSync(key) }, (request, answer) => {
	const pieces = [];
	request.on("data", (piece) => pieces.push(piece)).on("end", () => {
		const body = Buffer.concat(pieces).toString();
		let told;
		try {
			told = { record: webhook.verify(body, request.headers), id: request.headers["webhook-id"] };
		} catch (error) {
			told = { error: error.message };
		}
		answer.writeHead(told.error ? 401 : 204).end();
		console.log(JSON.stringify(told));
	});
});
server.listen(0, address, () => console.log(server.address().port));
