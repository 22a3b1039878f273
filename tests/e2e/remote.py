"""A remote mail server that does what a test tells it: accepts, refuses, defers, dawdles, babbles, hangs up."""
import socket
import ssl
import struct
import threading
import time


class Pause:
    """For whom it takes its time.  Being slow is what such a server does; no test waits by it for anything else."""

    def __init__(self, seconds):
        self.seconds = seconds

    def trickle(self, octets):
        """The same octets again and again, with a pause before each time."""
        while True:
            time.sleep(self.seconds)
            yield octets


class Remote:
    """`script` maps a stage to what is said there instead of the usual reply.

    Stages: greeting, ehlo, helo, starttls, handshake, mail, rcpt, data, body, rset, quit.  A value is
      str       a reply, without its last CRLF
      bytes     sent as they are
      None      the connection is closed there
      RESET     likewise, by a TCP reset
      SILENCE   nothing is said, until the other side hangs up
      list      one value for each time that the stage is reached; then the usual reply
      iterator  pieces of octets, sent one after the other until the other side hangs up
      Pause(s)  the usual reply, after s seconds: a server that dawdles
      function  of the argument (the address, for mail and rcpt); returns any of these, or "" for the usual reply
    Besides: drop_after=n closes the connection (the first time) after n octets of a body.
    """

    RESET, SILENCE = object(), object()
    USUAL = {"greeting": "220 remote.test ESMTP", "helo": "250 remote.test", "starttls": "220 2.0.0 go",
             "mail": "250 2.1.0 ok", "rcpt": "250 2.1.5 ok", "data": "354 go on", "body": "250 2.0.0 taken",
             "rset": "250 2.0.0 ok", "quit": "221 2.0.0 bye"}
    EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 50000000", "ENHANCEDSTATUSCODES")

    def __init__(self, address, port, domain=None, host=None, certificate=None):
        self.address, self.port, self.domain, self.host = address, port, domain, host
        self.certificate = certificate
        self.arrived = threading.Condition()
        self.reset()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((address, port))
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def reset(self, extensions=None, **script):
        self.script = script
        self.extensions = list(self.EXTENSIONS if extensions is None else extensions)
        self.messages = []     # (sender, [recipients], octets): answered with 250
        self.taken_at = []     # when, by time.monotonic()
        self.raw = []          # the octets of each body as they came, dots and all
        self.parameters = []   # of each MAIL
        self.n_connections = 0
        self.commands = []     # lines as they came
        self.in_clear = []     # of these, the ones outside of TLS
        self.hung_up = threading.Event()  # a client hung up on an iterator or a SILENCE

    def context(self):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def stop(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept
        except OSError:
            pass
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.n_connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def wait_messages(self, n, seconds=30):
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.messages) >= n, seconds), self.messages
            return list(self.messages)

    def serve(self, connection):
        dialogue = Dialogue(self, connection)
        try:
            connection.settimeout(60)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            dialogue.run()
        except (OSError, EOFError):
            pass
        finally:
            dialogue.close()

    def take(self, envelope):
        with self.arrived:
            self.messages.append(envelope)
            self.taken_at.append(time.monotonic())
            self.arrived.notify_all()


class Dialogue:
    def __init__(self, remote, connection):
        self.remote, self.connection = remote, connection
        self.input = connection.makefile("rb")
        self.sender, self.recipients = None, []

    def close(self):
        self.input.close()
        self.connection.close()

    def value(self, stage, argument):
        value = self.remote.script.get(stage, "")
        if isinstance(value, list):
            value = value.pop(0) if value else ""
        if isinstance(value, Pause):
            time.sleep(value.seconds)
            return ""
        return value(argument) if callable(value) else value

    def hang_up(self, value):
        if value is Remote.RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise EOFError

    def babble(self, pieces):
        """Until the other side hangs up."""
        try:
            for piece in pieces:
                self.connection.sendall(piece)
            while self.connection.recv(65536):
                pass
        finally:
            self.remote.hung_up.set()
        raise EOFError

    def say(self, stage, usual=None, argument=""):
        """Sends the reply for a stage; returns it."""
        value = self.value(stage, argument)
        if value is None or value is Remote.RESET:
            self.hang_up(value)
        if value is Remote.SILENCE:
            self.babble([])
        if hasattr(value, "__next__"):
            self.babble(value)
        if isinstance(value, bytes):
            self.connection.sendall(value)
            return value.decode("latin1")
        reply = value or usual or Remote.USUAL[stage]
        self.connection.sendall(reply.encode() + b"\r\n")
        return reply

    def run(self):
        self.say("greeting")
        while True:
            line = self.input.readline()
            if not line:
                return
            self.remote.commands.append(line)
            if not isinstance(self.connection, ssl.SSLSocket):
                self.remote.in_clear.append(line)
            verb, _, argument = line.decode("utf-8", "replace").rstrip("\r\n").partition(" ")
            handler = getattr(self, "do_" + verb.lower(), None)
            if not handler:
                self.connection.sendall(b"500 5.5.1 what?\r\n")
            elif handler(argument) is False:
                return

    def do_ehlo(self, argument):
        extensions = list(self.remote.extensions)
        if self.remote.certificate and not isinstance(self.connection, ssl.SSLSocket):
            extensions.append("STARTTLS")
        lines = ["remote.test", *extensions]
        self.say("ehlo", "\r\n".join(f"250{'-' if i + 1 < len(lines) else ' '}{x}" for i, x in enumerate(lines)))

    def do_helo(self, argument):
        self.say("helo")

    def do_starttls(self, argument):
        if not self.say("starttls").startswith("220"):
            return
        if "handshake" in self.remote.script:
            value = self.value("handshake", "")
            if isinstance(value, bytes):
                self.input.read(1)  # their handshake has begun: this is no injection
                self.connection.sendall(value)
            if value != "":
                self.hang_up(value)
        context = self.remote.context()
        context.load_cert_chain(*self.remote.certificate)
        self.input.close()
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.input = self.connection.makefile("rb")

    def do_mail(self, argument):
        end = argument.index(">")
        address = argument[argument.index("<") + 1:end]
        self.remote.parameters.append(argument[end + 1:].split())
        if self.say("mail", argument=address).startswith("250"):
            self.sender, self.recipients = address, []

    def do_rcpt(self, argument):
        address = argument[argument.index("<") + 1:argument.index(">")]
        if self.say("rcpt", argument=address).startswith("25"):
            self.recipients.append(address)

    def do_rset(self, argument):
        self.sender, self.recipients = None, []
        self.say("rset")

    def do_noop(self, argument):
        self.connection.sendall(b"250 2.0.0 ok\r\n")

    def do_data(self, argument):
        if not self.recipients and "data" not in self.remote.script:
            self.connection.sendall(b"554 5.5.1 no valid recipients\r\n")
            return
        if not self.say("data").startswith("354"):
            return
        raw = bytearray()
        while True:
            line = self.input.readline()
            if not line:
                raise EOFError
            if line == b".\r\n":
                break
            raw += line
            if len(raw) > self.remote.script.get("drop_after", 1 << 40):
                del self.remote.script["drop_after"]
                raise EOFError
        raw = bytes(raw)
        octets = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n")[2:]
        envelope = (self.sender, self.recipients, octets)
        self.sender, self.recipients = None, []
        self.remote.raw.append(raw)
        if self.say("body").startswith("250"):
            self.remote.take(envelope)

    def do_quit(self, argument):
        self.say("quit")
        return False
