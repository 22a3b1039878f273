"""An IMAP client that costs little, and what twenty people do with their mailboxes."""
import random
import socket
import ssl
import threading

WORDS = "invoice meeting report lunch holiday server contract project budget travel release question".split()


class Session:
    """One connection; answers are read to their tagged line, literals and all, and kept only where they are wanted."""

    def __init__(self, port, user, password, tls=False, source=None):
        self.socket = socket.create_connection(("127.0.0.1", port), source_address=source)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file, self.n = self.socket.makefile("rb", 65536), 0
        self.file.readline()
        self.do(f"LOGIN {user}@home.test {password}")

    def answer(self, tag):
        lines = []
        while True:
            line = self.file.readline()
            assert line, "the server ended the connection"
            lines.append(line)
            if line.endswith(b"}\r\n"):
                lines.append(self.file.read(int(line[line.rindex(b"{") + 1:-3])))
            elif line.startswith(tag):
                assert line.startswith(tag + b" OK"), (b"".join(lines[-3:]))
                return lines

    def do(self, command, literal=None):
        self.n += 1
        tag = b"A%d" % self.n
        octets = tag + b" " + command.encode()
        if literal is not None:
            self.socket.sendall(octets + b" {%d}\r\n" % len(literal))
            assert self.file.readline().startswith(b"+")
            self.socket.sendall(literal + b"\r\n")
        else:
            self.socket.sendall(octets + b"\r\n")
        return self.answer(tag)

    def swallow(self, command):
        """For long answers without literals: octets of it."""
        tag = b"swallow"
        self.socket.sendall(tag + b" " + command.encode() + b"\r\n")
        n, end = 0, b""
        while not (end.endswith(b"\r\n") and (at := end.rfind(b"\n", 0, -1)) >= 0 and end[at + 1:].startswith(tag)):
            piece = self.socket.recv(1 << 20)
            assert piece, "the server ended the connection"
            n += len(piece)
            end = (end + piece)[-1000:]
        assert b"swallow OK" in end, end
        return n

    def idle(self):
        self.socket.sendall(b"idle IDLE\r\n")
        while not self.file.readline().startswith(b"+"):
            pass

    def close(self):
        self.file.close()
        self.socket.close()


def message(rng, n):
    """About 2 KiB, as people write."""
    subject = " ".join(rng.choice(WORDS) for _ in range(5))
    body = "\r\n".join(" ".join(rng.choice(WORDS) for _ in range(10)) for _ in range(25))
    return (f"From: Ann Other <ann{rng.randrange(50)}@example.net>\r\nTo: bench@home.test, Carl <carl@example.org>\r\n"
            f"Subject: {subject}\r\nDate: Mon, {1 + n % 28} Jan 2026 12:00:00 +0000\r\nMessage-ID: <{rng.getrandbits(64):x}@example.net>\r\n"
            f"References: <{n}@example.net>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n").encode()


class Person:
    """One session with its own account; the same seed does the same in every server."""
    KINDS = {"NOOP": 10, "flags": 20, "list": 15, "read": 20, "mark": 15, "unseen": 5, "search": 3, "copy": 4, "append": 5, "status": 3}

    def __init__(self, session, seed, exists):
        self.session, self.rng, self.exists, self.done = session, random.Random(seed), exists, 0
        session.do("SELECT INBOX")

    def some(self, n):
        first = self.rng.randrange(1, max(2, self.exists - n))
        return f"{first}:{min(self.exists, first + n)}"

    def act(self):
        s, rng = self.session, self.rng
        kind = rng.choices(list(self.KINDS), self.KINDS.values())[0]
        one = rng.randrange(1, self.exists + 1)
        if kind == "NOOP":
            s.do("NOOP")
        elif kind == "flags":
            s.do(f"FETCH {self.some(50)} (UID FLAGS)")
        elif kind == "list":
            s.do(f"FETCH {self.some(50)} (UID FLAGS RFC822.SIZE INTERNALDATE ENVELOPE)")
        elif kind == "read":
            s.do(f"FETCH {one} (UID BODY.PEEK[])")
        elif kind == "mark":
            s.do(f"STORE {one} {rng.choice('+-')}FLAGS (\\{rng.choice(['Seen', 'Flagged', 'Answered'])})")
        elif kind == "unseen":
            s.do("SEARCH UNSEEN")
        elif kind == "search":
            s.do(f"SEARCH SUBJECT {rng.choice(WORDS)}")
        elif kind == "copy":
            s.do(f"COPY {one} Trash")
        elif kind == "append":
            s.do("APPEND INBOX (\\Seen)", message(rng, self.exists))
            self.exists += 1
        else:
            s.do("STATUS Trash (MESSAGES UNSEEN UIDNEXT)")
        self.done += 1


def all_at_once(people, seconds=None, each=None):
    """Everybody does things, for so long or so many; how many were done."""
    end = threading.Event()
    failed = []

    def live(person):
        try:
            while not end.is_set() and (each is None or person.done < each):
                person.act()
        except BaseException as e:  # a thread's failure is the run's
            failed.append(e)
            end.set()
    threads = [threading.Thread(target=live, args=(p,)) for p in people]
    for t in threads:
        t.start()
    if seconds is not None:
        end.wait(seconds)
        end.set()
    for t in threads:
        t.join()
    if failed:
        raise failed[0]
    return sum(p.done for p in people)
