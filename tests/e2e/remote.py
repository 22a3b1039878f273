"""A remote mail server that does what a test tells it: accepts, refuses, defers, dawdles, babbles, hangs up."""
import socket
import ssl
import threading
import time


class Remote:
    """`script` maps a stage to what is said there instead of the usual reply.

    Stages: connect, greeting, ehlo, starttls, mail, rcpt, data, body, quit.  A value is a reply (str, without CRLF; bytes
    are sent as they are), None to drop the connection there, a float to wait so many seconds and go on as usual, or a
    function of the argument (the address, for mail and rcpt) that returns any of these or "" for the usual reply.
    """

    USUAL = {"greeting": "220 remote.test ESMTP", "mail": "250 2.1.0 ok", "rcpt": "250 2.1.5 ok",
             "data": "354 go on", "body": "250 2.0.0 taken", "rset": "250 2.0.0 ok", "quit": "221 2.0.0 bye"}
    EXTENSIONS = ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 50000000", "ENHANCEDSTATUSCODES"]

    def __init__(self, address, port, certificate=None):
        self.address, self.port = address, port
        self.certificate = certificate
        self.reset()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((address, port))
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def reset(self, extensions=None, **script):
        self.script = script
        self.extensions = list(self.EXTENSIONS if extensions is None else extensions)
        self.messages = []     # (sender, [recipients], octets), once the final dot came
        self.partial = []      # octets of bodies cut short
        self.connections = 0
        self.commands = []
        self.arrived = threading.Condition()

    def stop(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def wait_messages(self, n, seconds=20):
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.messages) >= n, seconds), self.messages
            return list(self.messages)

    def serve(self, connection):
        try:
            connection.settimeout(60)
            Dialogue(self, connection).run()
        except (OSError, EOFError):
            pass
        finally:
            connection.close()


class Dialogue:
    def __init__(self, remote, connection):
        self.remote, self.connection = remote, connection
        self.input = connection.makefile("rb")
        self.sender, self.recipients = None, []

    def say(self, stage, usual=None, argument=""):
        """Sends the reply for a stage; returns it."""
        reply = self.remote.script.get(stage, "")
        if callable(reply):
            reply = reply(argument)
        if isinstance(reply, float):
            time.sleep(reply)
            reply = ""
        if reply is None:
            raise EOFError
        if isinstance(reply, bytes):
            self.connection.sendall(reply)
            return reply.decode("latin1")
        reply = reply or usual or self.remote.USUAL[stage]
        self.connection.sendall(reply.encode() + b"\r\n")
        return reply

    def run(self):
        if "connect" in self.remote.script and self.remote.script["connect"] is None:
            return
        if not self.say("greeting").startswith("220"):
            pass
        while True:
            line = self.input.readline()
            if not line:
                return
            verb, _, argument = line.decode("utf-8", "replace").rstrip("\r\n").partition(" ")
            self.remote.commands.append(line)
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
        usual = "\r\n".join(f"250{'-' if i + 1 < len(lines) else ' '}{x}" for i, x in enumerate(lines))
        self.say("ehlo", usual)

    def do_helo(self, argument):
        self.say("helo", "250 remote.test")

    def do_starttls(self, argument):
        if not self.say("starttls", "220 2.0.0 go").startswith("220"):
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.remote.certificate)
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.input = self.connection.makefile("rb")

    def do_mail(self, argument):
        address = argument[argument.index("<") + 1:argument.index(">")]
        if self.say("mail", argument=address).startswith("250"):
            self.sender, self.recipients = address, []

    def do_rcpt(self, argument):
        address = argument[argument.index("<") + 1:argument.index(">")]
        if self.say("rcpt", argument=address).startswith("250"):
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
        octets = b""
        limit = self.remote.script.get("drop_after")
        while True:
            line = self.input.readline()
            if not line:
                self.remote.partial.append(octets)
                return False
            if line == b".\r\n":
                break
            octets += line[1:] if line.startswith(b".") else line
            if limit is not None and len(octets) >= limit:
                self.remote.partial.append(octets)
                return False
        envelope = (self.sender, self.recipients, octets)
        self.sender, self.recipients = None, []
        before = self.remote.script.get("take_before_body_reply", False)
        if before:
            self.take(envelope)
        if self.say("body").startswith("250") and not before:
            self.take(envelope)

    def take(self, envelope):
        with self.remote.arrived:
            self.remote.messages.append(envelope)
            self.remote.arrived.notify_all()

    def do_quit(self, argument):
        self.say("quit")
        return False
