"""Mail filters for tests: a real one, by Debian's python3-milter (`milters.py SOCKET LOG`), whose answers the message asks for; and a fake
one, of a few lines, that does what no library would."""
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import threading

from harness import until


class Real:
    """Does what the return path or the field X-Do says: see Filter."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.path, self.log = self.directory / "milter.sock", self.directory / "milter.log"
        self.process = subprocess.Popen(["/usr/bin/python3", __file__, str(self.path), str(self.log)],
                                        stderr=(self.directory / "stderr").open("wb"))
        until(self.path.exists, what="the socket of a milter")

    def seen(self):
        """The events of the last message."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        starts = [i for i, line in enumerate(lines) if line[0] == "connect"]
        return lines[starts[-1]:]

    def stop(self):
        self.process.kill()
        self.process.wait()


class Fake:
    """Named as such: answers each connection by `behave(connection)`."""

    def __init__(self, behave):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.behave, self.n = behave, 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.n += 1
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        with connection:
            try:
                self.behave(connection)
            except (OSError, EOFError):
                pass

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def read(connection):
    def exactly(n):
        octets = b""
        while len(octets) < n:
            more = connection.recv(n - len(octets))
            if not more:
                raise EOFError
            octets += more
        return octets
    packet = exactly(struct.unpack(">I", exactly(4))[0])
    return packet[:1], packet[1:]


def write(connection, command, data=b""):
    connection.sendall(struct.pack(">I", 1 + len(data)) + command + data)


def negotiate(connection, actions=0x1FF, protocol=0):
    command, data = read(connection)
    assert command == b"O"
    write(connection, b"O", struct.pack(">III", 6, actions, protocol))
    return struct.unpack(">III", data)


def answering(answers, protocol=0, actions=0x1FF):
    """Continues, but for what `answers` has: {command: [(command, data), ...]}."""
    def behave(connection):
        negotiate(connection, actions, protocol)
        while True:
            command, _ = read(connection)
            if command == b"Q":
                return
            if command != b"D":
                for reply in answers.get(command, [(b"c", b"")]):
                    write(connection, *reply)
    return behave


def main(path, log):
    import Milter
    out = open(log, "a", buffering=1)

    class Filter(Milter.Base):
        def tell(self, *what):
            out.write(json.dumps(what) + "\n")

        def connect(self, name, family, address):
            self.tell("connect", name, str(address))
            return Milter.CONTINUE

        def hello(self, name):
            self.tell("helo", name)
            return Milter.CONTINUE

        def envfrom(self, sender, *args):
            self.tell("mail", sender, self.getsymval("{auth_authen}"))
            self.headers, self.body_n = [], 0
            if sender.startswith("<later"):
                self.setreply("451", "4.7.0", "come back in an hour")
                return Milter.TEMPFAIL
            return Milter.REJECT if sender.startswith("<nobody") else Milter.CONTINUE

        def envrcpt(self, recipient, *args):
            self.tell("rcpt", recipient)
            if self.getsymval("{mail_addr}").startswith("not-bob") and "bob" in recipient:
                self.setreply("550", "5.7.1", "Bob does not want this")
                return Milter.REJECT
            return Milter.CONTINUE

        def data(self):
            self.tell("data")
            return Milter.CONTINUE

        def header(self, name, value):
            self.headers.append((name, value))
            return Milter.CONTINUE

        def eoh(self):
            self.tell("headers", self.headers)
            return Milter.CONTINUE

        def body(self, piece):
            self.body_n += len(piece)
            return Milter.SKIP if dict(self.headers).get("X-Do") == "skip" else Milter.CONTINUE

        def eom(self):
            self.tell("eom", self.body_n)
            do = dict(self.headers).get("X-Do", "")
            if do == "edit":
                self.addheader("X-Added", "one\n two")
                self.addheader("X-First", "yes", 0)
                self.chgheader("Subject", 1, "edited")
                self.chgheader("X-Gone", 1, "")
                self.chgheader("Received", 2, "from nowhere")
                self.addheader("X-Evil", "a\nSubject: smuggled\n\nbody")
            if do == "progress":
                for _ in range(5):
                    self.progress()
            if do == "quarantine":
                self.quarantine("looks odd")
            if do == "code":
                self.setreply("554", "5.7.9", "not", "like this")
                return Milter.REJECT
            for order in dict(self.headers).get("X-Rewrite", "").split(";"):
                self.rewrite(*order.split())
            return {"reject": Milter.REJECT, "tempfail": Milter.TEMPFAIL, "discard": Milter.DISCARD}.get(do, Milter.ACCEPT)

        def rewrite(self, what="", argument="", *params):
            if what == "add":
                self.addrcpt(argument, " ".join(params) or None)
            if what == "remove":
                self.delrcpt(argument)
            if what == "from":
                self.chgfrom(argument, " ".join(params) or None)
            if what == "lines":  # so many of them, as Unix has them
                self.replacebody(b"".join(b"new line %d\n" % i for i in range(int(argument))))
            if what == "odd":
                self.replacebody(b"a\nb\rc\r\n.\r\nd\n.\ne")
            if what == "latin":
                self.replacebody("gr\xfc\xdfe\r\n".encode())
            if what == "nothing":
                self.replacebody(b"")

        def close(self):
            self.tell("close")
            return Milter.CONTINUE

    Milter.factory = Filter
    Milter.set_flags(Milter.ADDHDRS + Milter.CHGHDRS + Milter.QUARANTINE + Milter.CHGBODY + Milter.ADDRCPT + Milter.ADDRCPT_PAR +
                     Milter.DELRCPT + Milter.CHGFROM)
    Milter.runmilter("tests", path, timeout=60)


if __name__ == "__main__":
    main(*sys.argv[1:])
    os._exit(0)
