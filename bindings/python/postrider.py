"""Mail from a Python program, and it knows what became of it, recipient by recipient.

    import postrider

    mail = postrider.Mail("Alice <alice@example.org>", "bob@example.net", "Report")
    mail.text("It is attached.").attach("report.pdf")
    for one in mail.send():
        print(one)                      # delivered  bob@example.net  mx.example.net: 250 2.0.0 ok

libpostrider by ctypes: nothing to compile.  The names are those of include/postrider.h, which says what each call takes.  The library is
$POSTRIDER_LIBRARY, else libpostrider.so.1 where the system finds it.  One thread at a time for each Mail and Client.
"""
import asyncio
import ctypes
import email.message
import email.policy
import json
import os

__all__ = ["Mail", "Client", "Result", "Recipient", "Error", "send", "version"]

_OK, _text, _int, _pointer, _size = 0, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t
_PUT = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _size)
_DECIDED = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _size)
_GET = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _int)
_BEGIN = ctypes.CFUNCTYPE(_int, _pointer)
_TOKEN = ctypes.CFUNCTYPE(_pointer, _pointer, _text, _text)
_CALLS = {
    "version": (_text,),
    "mail_new": (_pointer, _text, _text, _text), "mail_free": (None, _pointer), "mail_error": (_text, _pointer),
    **{f"mail_{name}": (_int, _pointer, _text) for name in
       "from to cc bcc reply_to return_path subject text html attach message_id unsubscribe".split()},
    "mail_attach_memory": (_int, _pointer, _text, _text, _text, _size),
    "mail_attach_stream": (_int, _pointer, _text, _text, _GET, _pointer),
    "mail_attach_source": (_int, _pointer, _text, _text, ctypes.c_int64, _GET, _BEGIN, _pointer),
    "mail_contact": (_int, _pointer, _text, _text, _text),
    "mail_inline": (_int, _pointer, _text, _text), "mail_inline_memory": (_int, _pointer, _text, _text, _text, _text, _size),
    "mail_header": (_int, _pointer, _text, _text), "mail_date": (_int, _pointer, ctypes.c_int64),
    "mail_raw": (_int, _pointer, _text, _size), "mail_write": (_int, _pointer, _PUT, _pointer),
    "client_new": (_pointer,), "client_free": (None, _pointer), "client_error": (_text, _pointer),
    "client_set": (_int, _pointer, _text, _text), "client_send": (_pointer, _pointer, _pointer, _text),
    "client_send_each": (_pointer, _pointer, _pointer, _text, _pointer, _pointer, _size),
    "client_dkim": (_int, _pointer, _text, _text, _text),
    "client_cancel": (None, _pointer),
    "client_start": (_pointer, _pointer, _pointer, _text), "client_fd": (_int, _pointer), "client_wait_ms": (_int, _pointer),
    "client_run": (_int, _pointer),
    "client_token": (_int, _pointer, _TOKEN, _pointer),
    "client_watch": (_int, _pointer, _DECIDED, _pointer),
    "result_free": (None, _pointer), "result_address": (_text, _pointer, _size), "result_count": (_size, _pointer), "result_line": (_text, _pointer, _size),
    "result_status": (_int, _pointer), "result_json": (_text, _pointer), "result_error": (_text, _pointer), "result_route": (_text, _pointer),
}


def _load():
    library = ctypes.CDLL(os.environ.get("POSTRIDER_LIBRARY", "libpostrider.so.1"))
    for name, (result, *arguments) in _CALLS.items():
        call = getattr(library, "postrider_" + name)
        call.restype, call.argtypes = result, arguments
    return library


_library = _load()


def _get(read, raised):
    """A file's read as the function that gives octets; what it raises goes into raised, and text or more than n octets is a failure, too."""
    def get(_, room, n):
        try:
            given = read(n)
        except BaseException as error:
            raised.append(error)
            return -1
        try:
            octets = bytes(memoryview(given))
        except TypeError:
            return -1
        if len(octets) > n:
            return -1
        ctypes.memmove(room, octets, len(octets))
        return len(octets)
    return _GET(get)


def version():
    return _library.postrider_version().decode()


def _raise(raised, result=None):
    """What a function of the program raised comes out of the call that called it; .result of it has the rows."""
    if not raised:
        return
    error = raised[0]
    raised.clear()
    try:
        error.result = result
    except AttributeError:  # it has no room for one
        pass
    raise error


def _turn(one):
    """The lock of a client or a mail in the loop that runs: one belongs to its loop."""
    loop = asyncio.get_running_loop()
    if getattr(one, "_lock", (None,))[0] is not loop:
        one._lock = loop, asyncio.Lock()
    return one._lock[1]


class Error(ValueError):
    """What a call refused, in the library's words; code: enum postrider_error."""

    def __init__(self, code, words):
        super().__init__(words)
        self.code = code


def _octets(value):
    """UTF-8; a NUL would end it for C, so that the rest went unseen."""
    if value is None:
        return None
    octets = value.encode() if isinstance(value, str) else os.fsencode(value)
    if b"\0" in octets:
        raise Error(-1, "a value holds a NUL")
    return octets


class Mail:
    """A mail while it is composed.  Each call returns the mail, and raises Error when it is refused."""

    def __init__(self, sender=None, to=None, subject=None):
        self._mail = _library.postrider_mail_new(None, None, None)
        self._raised = []  # by sources, while they are read
        if not self._mail:
            raise MemoryError
        for call, value in ((self.sender, sender), (self.to, to), (self.subject, subject)):
            if value is not None:
                call(value)

    @classmethod
    def of(cls, message):
        """Of an email.message.EmailMessage, or of a whole message in octets: it goes as it is, but for Bcc."""
        octets = message.as_bytes(policy=email.policy.SMTPUTF8) if isinstance(message, email.message.Message) else bytes(message)
        mail = cls()
        mail._call("raw", octets, len(octets))
        return mail

    def __del__(self):
        _library.postrider_mail_free(getattr(self, "_mail", None))

    def _call(self, name, *arguments):
        code = getattr(_library, "postrider_mail_" + name)(self._mail, *arguments)
        _raise(self._raised)
        if code != _OK:
            raise Error(code, (_library.postrider_mail_error(self._mail) or b"it failed").decode(errors="replace"))
        return self

    def sender(self, mailbox):
        """From, which is a word of Python's own."""
        return self._call("from", _octets(mailbox))

    def _people(self, name, people):
        for one in [people] if isinstance(people, str) else people:
            self._call(name, _octets(one))
        return self

    def to(self, people):
        """A list as it stands in a header, or several of them; likewise cc and bcc."""
        return self._people("to", people)

    def cc(self, people):
        return self._people("cc", people)

    def bcc(self, people):
        return self._people("bcc", people)

    def reply_to(self, mailbox):
        return self._call("reply_to", _octets(mailbox))

    def return_path(self, address):
        return self._call("return_path", _octets(address))

    def subject(self, subject):
        return self._call("subject", _octets(subject))

    def text(self, text):
        return self._call("text", _octets(text))

    def html(self, html):
        return self._call("html", _octets(html))

    def attach(self, path):
        return self._call("attach", _octets(path))

    def attach_memory(self, name, octets, type=None):
        return self._call("attach_memory", _octets(name), _octets(type), bytes(octets), len(octets))

    def attach_stream(self, name, file, type=None):
        """A file that is open in binary; read at once, into a temporary file."""
        return self._call("attach_stream", _octets(name), _octets(type), _get(file.read, self._raised), None)

    def attach_source(self, name, open, size=None, type=None):
        """open(): the octets from their beginning on, as a file open in binary; called for each server while the mail is sent."""
        files = []

        def begin(_):
            try:
                files[:] = [open()]
            except BaseException as error:
                self._raised.append(error)
                return 1
            return 0
        calls = _get(lambda n: files[0].read(n), self._raised), _BEGIN(begin)
        self._kept = getattr(self, "_kept", []) + [calls]  # as long as the mail
        return self._call("attach_source", _octets(name), _octets(type), -1 if size is None else size, *calls, None)

    def contact(self, name, address=None, phone=None):
        return self._call("contact", _octets(name), _octets(address), _octets(phone))

    def inline(self, path, id):
        return self._call("inline", _octets(path), _octets(id))

    def inline_memory(self, name, octets, id, type=None):
        return self._call("inline_memory", _octets(name), _octets(type), _octets(id), bytes(octets), len(octets))

    def header(self, name, value):
        return self._call("header", _octets(name), _octets(value))

    def date(self, when):
        """A datetime, or seconds since 1970."""
        return self._call("date", int(when.timestamp() if hasattr(when, "timestamp") else when))

    def message_id(self, id):
        return self._call("message_id", _octets(id))

    def unsubscribe(self, url):
        return self._call("unsubscribe", _octets(url))

    def octets(self):
        """The message as it would be sent."""
        pieces = []

        def put(_, octets, n):
            pieces.append(ctypes.string_at(octets, n))
            return 0
        self._call("write", _PUT(put), None)
        return b"".join(pieces)

    def send(self, server=None, **options):
        """A Result.  server: None, "host:587", "smtps://user:password@host", "https://key@host", ...; options: those of Client."""
        with Client(**options) as client:
            return client.send(self, server)


    def send_each(self, columns, rows, server=None, **options):
        """One mail a row: {{name}} is what the row has in that column, and the first column is the recipient."""
        with Client(**options) as client:
            return client.send_each(self, columns, rows, server)


class Client:
    """Options, and connections that are kept from mail to mail: Client(dns="192.0.2.53", connect_time="5s"); None is as if it were left out."""

    def __init__(self, **options):
        self._client = _library.postrider_client_new()
        self._raised = []  # by watch and token, while a send is under way
        if not self._client:
            raise MemoryError
        for name, value in options.items():
            if value is not None:
                self.set(name.replace("_", "-"), value)

    def _open(self):
        if not self._client:
            raise Error(-1, "the client is closed")
        return self._client

    def _call(self, name, *arguments):
        code = getattr(_library, "postrider_client_" + name)(self._open(), *arguments)
        if code != _OK:
            raise Error(code, (_library.postrider_client_error(self._client) or b"it failed").decode(errors="replace"))
        return self

    def set(self, option, value):
        """value: text, a number, or True and False for yes and no."""
        return self._call("set", _octets(option), _octets(("yes" if value else "no") if isinstance(value, bool) else str(value)))

    def _told(self, mail, result):
        """What was raised meanwhile, by whose word the send ended, comes first."""
        made = Result(result)
        raised = self._raised + mail._raised
        self._raised.clear()
        mail._raised.clear()
        _raise(raised, made)
        return made

    def _result(self, mail, result):
        if not result:
            raise MemoryError
        try:
            return self._told(mail, result)
        finally:
            _library.postrider_result_free(result)

    def send(self, mail, server=None):
        """A Result.  What a function of yours raises (watch, token, a source) ends the send, and comes out of it; its .result is the Result."""
        return self._result(mail, _library.postrider_client_send(self._open(), mail._mail, _octets(server)))

    async def _ready(self, loop):
        """Until there is something to do.  asyncio.wait_for loses a cancellation that comes together with what it waits for (Python 3.11)."""
        ready = loop.create_future()

        def wake():
            if not ready.done():
                ready.set_result(None)
        fd, ms = _library.postrider_client_fd(self._client), _library.postrider_client_wait_ms(self._client)
        timer = loop.call_later(ms / 1000, wake) if ms >= 0 else None
        loop.add_reader(fd, wake)
        try:
            await ready
        finally:
            loop.remove_reader(fd)
            if timer:
                timer.cancel()

    async def send_async(self, mail, server=None):
        """The same within a loop of asyncio's.  Sends of one client, and of one mail, take turns."""
        async with _turn(self), _turn(mail):
            return await self._send_async(mail, server)

    async def _send_async(self, mail, server):
        result = _library.postrider_client_start(self._open(), mail._mail, _octets(server))
        if not result:
            raise MemoryError
        loop, finished = asyncio.get_running_loop(), False
        try:
            while _library.postrider_client_run(self._client) == 1:
                await self._ready(loop)
            finished = True
            return self._told(mail, result)
        finally:
            while not finished and _library.postrider_client_run(self._client) == 1:  # abandoned
                self.cancel()
            _library.postrider_result_free(result)

    def send_each(self, mail, columns, rows, server=None):
        """columns: names; rows: as many values each, or dicts of them."""
        rows = [[row[c] for c in columns] if isinstance(row, dict) else list(row) for row in rows]
        if any(len(row) != len(columns) for row in rows):
            raise Error(-1, "send_each: a row has not as many values as there are columns")
        for missing in (column for row in rows for column, value in zip(columns, row) if value is None):
            raise Error(-1, f"send_each: a row has no value in its column {missing}")
        names = (_text * (len(columns) + 1))(*(_octets(c) for c in columns), None)
        values = (_text * (len(rows) * len(columns)))(*(_octets(str(value)) for row in rows for value in row))
        return self._result(mail, _library.postrider_client_send_each(self._open(), mail._mail, _octets(server), names, values, len(rows)))

    def dkim(self, domain, selector, key):
        """Signs what is sent for authors of that domain; key: a private key in PEM."""
        return self._call("dkim", _octets(domain), _octets(selector), _octets(key))

    def _calls(self, name, call):
        """The one before lives until it is not called any more."""
        self._call(name, call, None)
        setattr(self, f"_{name}", call)
        return self

    def token(self, give):
        """give(user, host): the access token for a login, or None; None: nothing is called."""
        kept = []  # until the next is asked for

        def call(_, user, host):
            try:
                token = give(user.decode(errors="replace"), host.decode(errors="replace"))
                kept[:] = [ctypes.create_string_buffer(_octets(token))] if token else []
            except BaseException as error:
                kept.clear()
                self._raised.append(error)
                self.cancel()
            return ctypes.addressof(kept[0]) if kept else None
        return self._calls("token", _TOKEN(call) if give else _TOKEN())

    def cancel(self):
        """Ends the send that is under way, from another thread; else the next one."""
        _library.postrider_client_cancel(self._client)

    def watch(self, decided):
        """decided(address, line) for each recipient as it is decided; true ends the send.  None: nothing is called."""
        def call(_, result, i):
            try:
                return int(bool(decided(_library.postrider_result_address(result, i).decode(errors="replace"),
                                        _library.postrider_result_line(result, i).decode(errors="replace"))))
            except BaseException as error:
                self._raised.append(error)
                return 1
        return self._calls("watch", _DECIDED(call) if decided else _DECIDED())

    def close(self):
        client, self._client = getattr(self, "_client", None), None
        _library.postrider_client_free(client)

    __del__ = close

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Recipient(dict):
    """What became of one recipient: the members of the server's record, also as attributes."""

    line = ""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __str__(self):
        return self.line

    @property
    def delivered(self):
        return self["state"] == "delivered"


class Result(list):
    """One Recipient a recipient.  status: 0 all delivered, 1 some failed, 2 some undecided; error: why nothing was sent, or None."""

    def __init__(self, result):
        told = json.loads(_library.postrider_result_json(result))
        super().__init__(Recipient(one) for one in told["recipients"])
        for i, one in enumerate(self):
            one.line = _library.postrider_result_line(result, i).decode(errors="replace")
        self.status, self.error, self.route = _library.postrider_result_status(result), told["error"], told["route"]
        self.json = told


def send(message, server=None, **options):
    """An EmailMessage, octets of a message, or a Mail."""
    return (message if isinstance(message, Mail) else Mail.of(message)).send(server, **options)
