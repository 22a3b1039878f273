<?php
/* php hello.php FROM TO [SERVER] */
require __DIR__ . '/../../bindings/php/postrider.php';

[, $from, $to] = $argv;
$mail = new Postrider\Mail($from, $to, 'Report');
$mail->text('It is attached.')->html('<p>It is <b>attached</b>.</p>')->attach(__FILE__);
$result = $mail->send($argv[3] ?? null);     // no server: straight to the recipients' servers
foreach ($result as $one)
	echo "$one\n";                       // delivered  bob@example.net  mx.example.net: 250 ok
exit($result->status);                       // 0 all delivered, 1 some failed, 2 some undecided
