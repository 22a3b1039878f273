<?php
/* Mail from a PHP program, and it knows what became of it, recipient by recipient.
 *
 *	require 'postrider.php';
 *
 *	$mail = new Postrider\Mail('Alice <alice@example.org>', 'bob@example.net', 'Report');
 *	$mail->text('It is attached.')->attach('report.pdf');
 *	foreach ($mail->send() as $one)
 *		echo "$one\n";          // delivered  bob@example.net  mx.example.net: 250 2.0.0 ok
 *
 * libpostrider by FFI: nothing to compile.  The names are those of include/postrider.h, which says what each call takes.  The library
 * is $POSTRIDER_LIBRARY, else libpostrider.so.1 where the system finds it.
 */
declare(strict_types=1);

namespace Postrider;

use FFI;
use FFI\CData;

/** What a call refused, in the library's words; getCode(): enum postrider_error. */
class Error extends \RuntimeException
{
	public function __construct(int $code, string $words)
	{
		parent::__construct($words, $code);
	}
}

/** @internal The library, and the functions of PHP that it calls: one callback of each kind, since PHP frees none before its end. */
final class Library
{
	/* What is given to be called is known to C by a number. */
	private const HEADER = '
typedef int postrider_put(intptr_t arg, void *octets, size_t n);
typedef int postrider_get(intptr_t arg, void *octets, int n);
typedef int postrider_begin(intptr_t arg);
typedef void *postrider_token(intptr_t arg, void *user, void *host);
typedef int postrider_decided(intptr_t arg, void *result, size_t i);
struct postrider_calls {
	postrider_put *put;
	postrider_get *get;
	postrider_begin *begin;
	postrider_token *token;
	postrider_decided *decided;
};

const char *postrider_version(void);
void *postrider_mail_new(const char *from, const char *to, const char *subject);
void postrider_mail_free(void *m);
const char *postrider_mail_error(void *m);
int postrider_mail_from(void *m, const char *mailbox);
int postrider_mail_to(void *m, const char *mailboxes);
int postrider_mail_cc(void *m, const char *mailboxes);
int postrider_mail_bcc(void *m, const char *mailboxes);
int postrider_mail_reply_to(void *m, const char *mailbox);
int postrider_mail_return_path(void *m, const char *address);
int postrider_mail_subject(void *m, const char *subject);
int postrider_mail_text(void *m, const char *text);
int postrider_mail_html(void *m, const char *html);
int postrider_mail_attach(void *m, const char *path);
int postrider_mail_attach_memory(void *m, const char *name, const char *type, const char *octets, size_t n);
int postrider_mail_attach_stream(void *m, const char *name, const char *type, postrider_get *get, intptr_t arg);
int postrider_mail_attach_source(void *m, const char *name, const char *type, int64_t size, postrider_get *get,
                                 postrider_begin *begin, intptr_t arg);
int postrider_mail_contact(void *m, const char *name, const char *address, const char *phone);
int postrider_mail_inline(void *m, const char *path, const char *id);
int postrider_mail_inline_memory(void *m, const char *name, const char *type, const char *id, const char *octets, size_t n);
int postrider_mail_header(void *m, const char *name, const char *value);
int postrider_mail_date(void *m, int64_t seconds);
int postrider_mail_message_id(void *m, const char *id);
int postrider_mail_unsubscribe(void *m, const char *url);
int postrider_mail_raw(void *m, const char *octets, size_t n);
int postrider_mail_write(void *m, postrider_put *put, intptr_t arg);

void *postrider_client_new(void);
void postrider_client_free(void *c);
const char *postrider_client_error(void *c);
int postrider_client_set(void *c, const char *option, const char *value);
int postrider_client_dkim(void *c, const char *domain, const char *selector, const char *key);
int postrider_client_token(void *c, postrider_token *token, intptr_t arg);
int postrider_client_watch(void *c, postrider_decided *decided, intptr_t arg);
void postrider_client_cancel(void *c);
void *postrider_client_send(void *c, void *m, const char *server);
void *postrider_client_send_each(void *c, void *m, const char *server, const char **columns, const char **values, size_t n_rows);

const char *postrider_result_address(void *r, size_t i);
const char *postrider_result_line(void *r, size_t i);
int postrider_result_status(void *r);
const char *postrider_result_json(void *r);
void postrider_result_free(void *r);
';
	private static ?FFI $ffi = null;
	private static CData $calls;
	/** @var array<int, object|callable> by their numbers */
	private static array $given = [];
	private static int $n_given = 0;
	private static ?\Throwable $thrown = null;

	public static function ffi(): FFI
	{
		if (self::$ffi === null) {
			self::$ffi = FFI::cdef(self::HEADER, getenv('POSTRIDER_LIBRARY') ?: 'libpostrider.so.1');
			self::$calls = self::$ffi->new('struct postrider_calls');
			self::$calls->put = fn (int $arg, $octets, int $n): int => self::put($arg, $octets, $n);
			self::$calls->get = fn (int $arg, $room, int $n): int => self::get($arg, $room, $n);
			self::$calls->begin = fn (int $arg): int => self::begin($arg);
			self::$calls->token = fn (int $arg, $user, $host) => self::token($arg, $user, $host);
			self::$calls->decided = fn (int $arg, $result, int $i): int => self::decided($arg, $result, $i);
		}
		return self::$ffi;
	}

	public static function callback(string $kind): CData
	{
		self::ffi();
		return self::$calls->$kind;
	}

	public static function give(object $what): int
	{
		self::$given[++self::$n_given] = $what;
		return self::$n_given;
	}

	public static function take(int $number): void
	{
		unset(self::$given[$number]);
	}

	private static function put(int $arg, CData $octets, int $n): int
	{
		self::$given[$arg]->octets .= FFI::string($octets, $n);
		return 0;
	}

	/** What a function of the program threw comes out of the call that called it; Result::of it has the rows. */
	public static function rethrow(?Result $result = null): void
	{
		[$thrown, self::$thrown] = [self::$thrown, null];
		if ($thrown === null)
			return;
		if ($result !== null)
			Result::keep($thrown, $result);
		throw $thrown;
	}

	private static function get(int $arg, CData $room, int $n): int
	{
		try {
			$piece = (self::$given[$arg]->read)($n);
			if (!is_string($piece) || strlen($piece) > $n)
				return -1;
			FFI::memcpy($room, $piece, strlen($piece));
			return strlen($piece);
		} catch (\Throwable $thrown) {
			self::$thrown ??= $thrown;
			return -1;
		}
	}

	private static function begin(int $arg): int
	{
		try {
			self::$given[$arg]->read = reader((self::$given[$arg]->open)());
			return 0;
		} catch (\Throwable $thrown) {
			self::$thrown ??= $thrown;
			return 1;
		}
	}

	private static function token(int $arg, CData $user, CData $host): ?CData
	{
		$given = self::$given[$arg];
		try {
			$token = ($given->give)(self::text($user), self::text($host));
			$given->kept = $token === null ? null : self::octets(octets($token) . "\0"); // until the next is asked for
		} catch (\Throwable $thrown) {
			$given->kept = null;
			self::$thrown ??= $thrown;
			self::$ffi->postrider_client_cancel($given->client);
		}
		return $given->kept === null ? null : FFI::addr($given->kept[0]);
	}

	private static function decided(int $arg, CData $result, int $i): int
	{
		try {
			$end = (self::$given[$arg]->decided)(self::$ffi->postrider_result_address($result, $i), self::$ffi->postrider_result_line($result, $i));
			return $end === true ? 1 : 0;
		} catch (\Throwable $thrown) {
			self::$thrown ??= $thrown;
			return 1;
		}
	}

	private static function text(CData $pointer): string
	{
		return FFI::string(self::$ffi->cast('char *', $pointer));
	}

	/** Memory of C's that holds them. */
	public static function octets(string $octets): CData
	{
		$made = self::ffi()->new('char[' . max(1, strlen($octets)) . ']');
		FFI::memcpy($made, $octets, strlen($octets));
		return $made;
	}
}

/** @internal A NUL would end a text for C, so that the rest went unseen. */
function octets(?string $value): ?string
{
	if ($value !== null && str_contains($value, "\0"))
		throw new Error(-1, 'a value holds a NUL');
	return $value;
}

/** @internal read($n) of a stream, or of a callable that is one. */
function reader(mixed $source): callable
{
	return is_resource($source) ? fn (int $n) => fread($source, $n) : $source;
}

function version(): string
{
	return Library::ffi()->postrider_version();
}

/** A mail while it is composed.  Each call returns the mail, and throws Error when it is refused. */
final class Mail
{
	private ?CData $mail;
	private array $given = [];

	public function __construct(?string $from = null, string|array|null $to = null, ?string $subject = null)
	{
		$this->mail = Library::ffi()->postrider_mail_new(null, null, null) ?? throw new Error(-4, 'out of memory');
		if ($from !== null)
			$this->from($from);
		if ($to !== null)
			$this->to($to);
		if ($subject !== null)
			$this->subject($subject);
	}

	/** Of a whole message that was made elsewhere: it goes as it is, but for Bcc. */
	public static function of(string $message): self
	{
		return (new self())->call('raw', $message, strlen($message));
	}

	public function __destruct()
	{
		Library::ffi()->postrider_mail_free($this->mail);
		array_map(Library::take(...), $this->given);
	}

	private function __clone()
	{
	}

	private function call(string $name, mixed ...$values): self
	{
		$code = Library::ffi()->{"postrider_mail_$name"}($this->mail, ...$values);
		Library::rethrow();
		if ($code !== 0)
			throw new Error($code, Library::ffi()->postrider_mail_error($this->mail) ?? 'it failed');
		return $this;
	}

	private function people(string $name, string|array $people): self
	{
		foreach ((array)$people as $one)
			$this->call($name, octets($one));
		return $this;
	}

	/** A list as it stands in a header, or an array of them; likewise cc and bcc. */
	public function to(string|array $people): self
	{
		return $this->people('to', $people);
	}

	public function cc(string|array $people): self
	{
		return $this->people('cc', $people);
	}

	public function bcc(string|array $people): self
	{
		return $this->people('bcc', $people);
	}

	public function from(string $mailbox): self
	{
		return $this->call('from', octets($mailbox));
	}

	public function replyTo(string $mailbox): self
	{
		return $this->call('reply_to', octets($mailbox));
	}

	/** "" for nowhere. */
	public function returnPath(string $address): self
	{
		return $this->call('return_path', octets($address));
	}

	public function subject(string $subject): self
	{
		return $this->call('subject', octets($subject));
	}

	public function text(string $text): self
	{
		return $this->call('text', octets($text));
	}

	public function html(string $html): self
	{
		return $this->call('html', octets($html));
	}

	public function attach(string $path): self
	{
		return $this->call('attach', octets($path));
	}

	public function attachMemory(string $name, string $octets, ?string $type = null): self
	{
		return $this->call('attach_memory', octets($name), octets($type), $octets, strlen($octets));
	}

	/** @param resource|callable $source a stream, or read($n), which returns up to $n octets, "" at the end.  Read at once. */
	public function attachStream(string $name, mixed $source, ?string $type = null): self
	{
		$number = Library::give((object)['read' => reader($source)]);
		try {
			return $this->call('attach_stream', octets($name), octets($type), Library::callback('get'), $number);
		} finally {
			Library::take($number);
		}
	}

	/** open(): such a source, from its beginning on; called for each server while the mail is sent. */
	public function attachSource(string $name, callable $open, int $size = -1, ?string $type = null): self
	{
		$this->given[] = $number = Library::give((object)['open' => $open, 'read' => null]);
		return $this->call('attach_source', octets($name), octets($type), $size, Library::callback('get'), Library::callback('begin'), $number);
	}

	public function contact(string $name, ?string $address = null, ?string $phone = null): self
	{
		return $this->call('contact', octets($name), octets($address), octets($phone));
	}

	public function inline(string $path, string $id): self
	{
		return $this->call('inline', octets($path), octets($id));
	}

	public function inlineMemory(string $name, string $octets, string $id, ?string $type = null): self
	{
		return $this->call('inline_memory', octets($name), octets($type), octets($id), $octets, strlen($octets));
	}

	public function header(string $name, string $value): self
	{
		return $this->call('header', octets($name), octets($value));
	}

	/** Seconds since 1970, or a date. */
	public function date(int|\DateTimeInterface $when): self
	{
		return $this->call('date', is_int($when) ? $when : $when->getTimestamp());
	}

	public function messageId(string $id): self
	{
		return $this->call('message_id', octets($id));
	}

	public function unsubscribe(string $url): self
	{
		return $this->call('unsubscribe', octets($url));
	}

	/** The message as it would be sent. */
	public function octets(): string
	{
		$number = Library::give($into = (object)['octets' => '']);
		try {
			$this->call('write', Library::callback('put'), $number);
		} finally {
			Library::take($number);
		}
		return $into->octets;
	}

	/** $server: null, "host:587", "smtps://user:password@host", "https://key@host", ...; $options: those of Client. */
	public function send(?string $server = null, array $options = []): Result
	{
		return (new Client($options))->send($this, $server);
	}

	/** One mail a row: {{name}} is what the row has in that column, and the first column is the recipient. */
	public function sendEach(array $columns, array $rows, ?string $server = null, array $options = []): Result
	{
		return (new Client($options))->sendEach($this, $columns, $rows, $server);
	}

	/** @internal */
	public function pointer(): CData
	{
		return $this->mail;
	}
}

/** Options, and connections that are kept from mail to mail: new Client(['dns' => '192.0.2.53', 'connect-time' => '5s']). */
final class Client
{
	private ?CData $client;
	private array $given = [];

	public function __construct(array $options = [])
	{
		$this->client = Library::ffi()->postrider_client_new() ?? throw new Error(-4, 'out of memory');
		foreach ($options as $name => $value)
			if ($value !== null)  // as if it were left out
				$this->set((string)$name, $value);
	}

	/** Says goodbye to the servers. */
	public function __destruct()
	{
		Library::ffi()->postrider_client_free($this->client);
		array_map(Library::take(...), $this->given);
	}

	private function __clone()
	{
	}

	private function call(string $name, mixed ...$values): self
	{
		$code = Library::ffi()->{"postrider_client_$name"}($this->client, ...$values);
		if ($code !== 0)
			throw new Error($code, Library::ffi()->postrider_client_error($this->client) ?? 'it failed');
		return $this;
	}

	public function set(string $option, string|int|bool $value): self
	{
		$text = is_bool($value) ? ($value ? 'yes' : 'no') : (string)$value;
		return $this->call('set', octets(strtr($option, '_', '-')), octets($text));
	}

	/** Signs what is sent for authors of that domain; $key: a private key in PEM. */
	public function dkim(string $domain, string $selector, string $key): self
	{
		return $this->call('dkim', octets($domain), octets($selector), octets($key));
	}

	private function calls(string $kind, string $callback, ?object $what): self
	{
		$number = $what === null ? 0 : Library::give($what);
		$this->call($kind, $what === null ? null : Library::callback($callback), $number);
		if (isset($this->given[$kind]))
			Library::take($this->given[$kind]);
		$this->given[$kind] = $number;
		return $this;
	}

	/** give($user, $host): the access token for a login, or null. */
	public function token(?callable $give): self
	{
		return $this->calls('token', 'token', $give === null ? null : (object)['give' => $give, 'kept' => null, 'client' => $this->client]);
	}

	/** decided($address, $line) for each recipient as it is decided; true ends the send. */
	public function watch(?callable $decided): self
	{
		return $this->calls('watch', 'decided', $decided === null ? null : (object)['decided' => $decided]);
	}

	/** Ends the send that is under way, from a signal handler; else the next one. */
	public function cancel(): void
	{
		Library::ffi()->postrider_client_cancel($this->client);
	}

	/** What was thrown meanwhile, by whose word the send ended, comes first. */
	private static function told(?CData $made): Result
	{
		$result = new Result($made);
		Library::rethrow($result);
		return $result;
	}

	/** What a function of yours throws (watch, token, a source) ends the send, and comes out of it; Result::of() it has the rows. */
	public function send(Mail $mail, ?string $server = null): Result
	{
		return self::told(Library::ffi()->postrider_client_send($this->client, $mail->pointer(), octets($server)));
	}

	/** $columns: names; $rows: as many values each, or arrays by those names. */
	public function sendEach(Mail $mail, array $columns, array $rows, ?string $server = null): Result
	{
		$values = [];
		foreach ($rows as $row) {
			$ordered = array_is_list($row) ? $row : array_map(fn ($name) => $row[$name] ?? null, $columns);
			if (count($ordered) !== count($columns) || in_array(null, $ordered, true))
				throw new Error(-1, 'sendEach: a row has not as many values as there are columns');
			array_push($values, ...$ordered);
		}
		[$names, $kept_names] = self::texts($columns);
		[$texts, $kept_texts] = self::texts($values);
		return self::told(Library::ffi()->postrider_client_send_each($this->client, $mail->pointer(), octets($server), $names, $texts, count($rows)));
	}

	/** An array of C's strings with NULL at its end, and the memory that it points to. */
	private static function texts(array $values): array
	{
		$ffi = Library::ffi();
		$values = array_map(fn ($value) => octets((string)$value), $values);
		$memory = Library::octets(implode("\0", $values) . "\0");
		$array = $ffi->new('const char *[' . (count($values) + 1) . ']');
		$at = 0;
		foreach (array_values($values) as $i => $value) {
			$array[$i] = FFI::addr($memory[$at]);
			$at += strlen($value) + 1;
		}
		return [$array, $memory];
	}
}

/** What became of one recipient: the members of the server's record, as properties (docs/guide/ledger.md). */
final class Recipient implements \JsonSerializable
{
	public readonly bool $delivered;

	public function __construct(private array $told, public readonly string $line)
	{
		$this->delivered = $told['state'] === 'delivered';
	}

	public function __get(string $name): mixed
	{
		return array_key_exists($name, $this->told) ? $this->told[$name] : throw new \OutOfBoundsException("a recipient has no $name");
	}

	public function __isset(string $name): bool
	{
		return isset($this->told[$name]);
	}

	public function __toString(): string
	{
		return $this->line;
	}

	public function jsonSerialize(): array
	{
		return $this->told;
	}
}

/** One Recipient a recipient.  status: 0 all delivered, 1 some failed, 2 some undecided; error: why nothing was sent, or null. */
final class Result implements \IteratorAggregate, \Countable, \ArrayAccess
{
	public readonly int $status;
	public readonly ?string $error;
	public readonly string $route;
	/** The whole of it. */
	public readonly array $json;
	/** @var list<Recipient> */
	public readonly array $recipients;
	private static ?\WeakMap $thrown = null;

	/** What became of each recipient, where a send ended by what a function of yours threw; else null. */
	public static function of(\Throwable $thrown): ?self
	{
		return self::$thrown[$thrown] ?? null;
	}

	/** @internal */
	public static function keep(\Throwable $thrown, self $result): void
	{
		self::$thrown ??= new \WeakMap();
		self::$thrown[$thrown] = $result;
	}

	/** @internal */
	public function __construct(?CData $result)
	{
		if ($result === null)
			throw new Error(-4, 'out of memory');
		$ffi = Library::ffi();
		try {
			$this->json = json_decode($ffi->postrider_result_json($result), true, 512, JSON_THROW_ON_ERROR);
			$this->status = $ffi->postrider_result_status($result);
			$recipients = [];
			foreach ($this->json['recipients'] as $i => $told)
				$recipients[] = new Recipient($told, $ffi->postrider_result_line($result, $i));
		} finally {
			$ffi->postrider_result_free($result);
		}
		$this->recipients = $recipients;
		$this->error = $this->json['error'];
		$this->route = $this->json['route'];
	}

	public function getIterator(): \ArrayIterator
	{
		return new \ArrayIterator($this->recipients);
	}

	public function count(): int
	{
		return count($this->recipients);
	}

	public function offsetExists(mixed $offset): bool
	{
		return isset($this->recipients[$offset]);
	}

	public function offsetGet(mixed $offset): Recipient
	{
		return $this->recipients[$offset];
	}

	public function offsetSet(mixed $offset, mixed $value): void
	{
		throw new \LogicException('a result is not changed');
	}

	public function offsetUnset(mixed $offset): void
	{
		throw new \LogicException('a result is not changed');
	}
}

/** A Mail, or a whole message. */
function send(Mail|string $message, ?string $server = null, array $options = []): Result
{
	return (is_string($message) ? Mail::of($message) : $message)->send($server, $options);
}
