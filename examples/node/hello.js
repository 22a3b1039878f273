'use strict';
/* node hello.js FROM TO [SERVER] */
const { Mail } = require('postrider');

async function main([from, to, server]) {
	const mail = new Mail(from, to, 'Report')
		.text('It is attached.')
		.html('<p>It is <b>attached</b>.</p>')
		.attach(__filename);
	const result = await mail.send(server);      // no server: straight to the recipients' servers
	for (const one of result)
		console.log(String(one));            // delivered  bob@example.net  mx.example.net: 250 ok
	process.exitCode = result.status;            // 0 all delivered, 1 some failed, 2 some undecided
}

main(process.argv.slice(2));
