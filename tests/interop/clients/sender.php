<?php
/* What sending.py asks of a binding, by bindings/php. */
declare(strict_types=1);

require __DIR__ . '/../../../bindings/php/postrider.php';

use Postrider\{Client, Error, Mail, Result};

$plan = json_decode($argv[2], false, 512, JSON_THROW_ON_ERROR);
$options = (array)($plan->options ?? []);

$compose = fn () => (new Mail($plan->sender, $plan->to, $plan->subject))->text($plan->text);
$rows = fn (Result $result) => array_map(fn ($one) => [$one->address, $one->state, $one->class, $one->code, $one->delivered], $result->recipients);
$short = fn (Result $result) => array_map(fn ($row) => array_slice($row, 0, 3), $rows($result));

$send = function () use ($plan, $options, $compose, $rows) {
	$mail = $compose()->cc($plan->cc)->html($plan->html)->attach($plan->path)->attachMemory('note.txt', $plan->memory);
	$result = $mail->send($plan->server, $options + ['name' => null]); // as if it were left out
	return ['version' => Postrider\version(), 'status' => $result->status, 'error' => $result->error, 'lines' => array_map(strval(...), iterator_to_array($result)),
		'rows' => $rows($result), 'json' => $result->json];
};

$each = function () use ($plan, $options, $rows) {
	$watched = [];
	$client = (new Client($options))->watch(function (string $address) use (&$watched) { $watched[] = $address; });
	$mail = (new Mail($plan->sender, subject: $plan->subject))->text($plan->text);
	$values = $plan->values;
	for ($i = 1; $i < count($values); $i++)
		$values[$i] = array_combine($plan->columns, $values[$i]);
	return ['rows' => $rows($client->sendEach($mail, $plan->columns, $values)), 'watched' => $watched];
};

/* read($n) of so many octets, all alike. */
$filled = fn (string $letter, int $left) => function (int $n) use ($letter, &$left) {
	$piece = str_repeat($letter, min($n, $left));
	$left -= strlen($piece);
	return $piece;
};

$source = function () use ($plan, $options, $compose, $rows, $filled) {
	$stream = fopen('php://memory', 'w+');
	fwrite($stream, str_repeat('s', $plan->n_octets));
	rewind($stream);
	$begun = 0;
	$mail = $compose()->attachStream('s.bin', $stream)->attachSource('r.bin', function () use ($plan, $filled, &$begun) {
		$begun++;
		return $filled('r', $plan->n_octets);
	}, $plan->n_octets);
	return ['rows' => $rows($mail->send(options: $options)), 'begun' => $begun];
};

$cancel = function () use ($plan, $options, $compose, $short) {
	$client = new Client($options);
	$client->watch(fn () => $client->cancel()); // one.test is decided; silent.test stays so
	$cancelled = $short($client->send($compose()));
	$after = $client->send((new Mail($plan->sender, $plan->to[0], $plan->subject))->text($plan->text));
	return ['cancelled' => $cancelled, 'after' => $short($after)];
};

/* [the exception's words, the rows that it has] */
$caught = function (callable $call) use ($short) {
	try {
		$call();
	} catch (Exception $thrown) {
		$result = Result::of($thrown);
		return [$thrown->getMessage(), $result === null ? null : $short($result)];
	}
	return null;
};

$throws = function () use ($plan, $options, $compose, $short, $caught) {
	$client = new Client($options);
	$mine = fn () => throw new Exception('mine');
	$client->watch($mine);
	$told = ['watch' => $caught(fn () => $client->send($compose()))];
	$client->watch(null);
	$client->token($mine);
	$told['token'] = $caught(fn () => $client->send($compose(), $plan->server));
	$told['open'] = $caught(fn () => $client->send($compose()->attachSource('x', $mine)));
	$told['read'] = $caught(fn () => $client->send($compose()->attachSource('x', fn () => $mine)));
	$told['stream'] = $caught(fn () => $compose()->attachStream('x', $mine))[0];
	$told['after'] = $short($client->send((new Mail($plan->sender, $plan->to[0], $plan->subject))->text($plan->text)));
	return $told;
};

$token = function () use ($plan, $options, $compose, $rows) {
	$asked = $told = [];
	$tokens = [null, 'wrong-1', 'good-1'];
	$client = (new Client($options))->token(function (string $user, string $host) use (&$asked, &$tokens) {
		$asked[] = [$user, $host];
		return array_shift($tokens);
	});
	for ($i = 0; $i < 3; $i++)
		array_push($told, ...$rows($client->send($compose(), $plan->server)));
	return ['asked' => $asked, 'rows' => $told];
};

$refused = fn () => array_map(function (callable $call) {
	try {
		$call();
	} catch (Error $error) {
		return [$error->getCode(), $error->getMessage()];
	}
}, [
	fn () => new Mail('a@x.test', 'b@y.test', "Hi\nBcc: x@evil.test"), fn () => (new Mail('a@x.test'))->to('nobody'),
	fn () => (new Mail())->header('X', "a\r\nY: b"), fn () => (new Mail())->attach('/no/such'), fn () => (new Mail())->subject("a\0b"),
	fn () => new Client(['dns' => 'nowhere']), fn () => new Client(['no_such' => 1]),
]);

$memory = function () use ($plan) {
	$size = fn () => preg_match('/VmRSS:\s+(\d+)/', file_get_contents('/proc/self/status'), $found) ? (int)$found[1] : 0;
	$before = $size();
	$octets = str_repeat('x', 1 << 20);
	for ($i = 0; $i < $plan->n; $i++) {
		$mail = (new Mail('a@x.test', 'b@y.test', 's'))->attachMemory('x', $octets);
		if ($i % 10 === 0)
			$mail->octets();
	}
	return $size() - $before;
};

echo json_encode(${$argv[1]}(), JSON_THROW_ON_ERROR);
