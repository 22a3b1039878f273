"""A clamd of its own signatures, and a door in front of it that counts, or stands for one that is broken."""
import contextlib
import hashlib
import os
import pathlib
import select
import signal
import socket
import subprocess
import threading

from harness import RUNNING, until

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
STREAM_MAX = 200 << 10
INTENT = b"buy these pills"  # a signature over mails


class Clamd:
    """A real clamd in the foreground, with these signatures alone: it is up in a fraction of a second."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        (self.directory / "db").mkdir(parents=True)
        self.path = self.directory / "real"
        (self.directory / "db/own.hdb").write_text(f"{hashlib.md5(EICAR).hexdigest()}:{len(EICAR)}:Eicar-Test-Signature\n")
        (self.directory / "db/own.ndb").write_text(f"Own.Mail:4:*:{INTENT.hex()}\nOwn.File:0:*:{b'a naughty file'.hex()}\n")
        (self.directory / "clamd.conf").write_text(
            f"LocalSocket {self.path}\nDatabaseDirectory {self.directory}/db\nForeground yes\nStreamMaxLength {STREAM_MAX}\n"
            f"MaxThreads 4\nLogFile {self.directory}/log\nAlertExceedsMax yes\n")
        self.process = subprocess.Popen(["/usr/sbin/clamd", "-c", str(self.directory / "clamd.conf")], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        RUNNING.append(self.process)
        until(self.path.is_socket, what="clamd")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Door:
    """A Unix socket in front of clamd (path None: whoever has another kind of listener calls serve).  mode: "open" leads to it; the others are no clamd at all: "silent" takes everything and
    never answers, "half" answers in part and closes, "garbage" speaks another language, "deaf" closes at once, "gone" is not there."""

    SPEECH = {"half": b"1: stream: O", "garbage": b"HTTP/1.1 400 Bad Request\r\n\r\n\0", "silent": b""}

    def __init__(self, path, real):
        self.path, self.real = path, real
        self.octets = self.connections = 0
        self.mode, self.listener = "open", None
        self.pairs = []
        if path:
            self.turn("open")

    def turn(self, mode):
        """Sessions that are there end."""
        for s in self.pairs:
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)
        self.pairs = []
        self.mode = mode
        if mode == "gone" and self.listener:
            os.unlink(self.path)
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener = None
        elif mode != "gone" and not self.listener:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(self.path))
            self.listener.listen(20)
            threading.Thread(target=self.serve, args=(self.listener,), daemon=True).start()

    def serve(self, listener):
        with contextlib.suppress(OSError), listener:
            while True:
                s, _ = listener.accept()
                self.connections += 1
                self.pairs.append(s)
                threading.Thread(target=self.speak, args=(s,), daemon=True).start()

    def speak(self, s):
        mode = self.mode
        with contextlib.suppress(OSError), s:
            if mode == "open":
                self.relay(s)
            elif mode in self.SPEECH:
                s.recv(4096)
                s.sendall(self.SPEECH[mode])
                while mode == "silent" and s.recv(1 << 16):
                    pass

    def relay(self, s):
        with socket.socket(socket.AF_UNIX) as real:
            real.connect(str(self.real))
            self.pairs.append(real)
            while True:
                for one in select.select([s, real], [], [])[0]:
                    octets = one.recv(1 << 16)
                    if not octets:
                        return
                    self.octets += len(octets) if one is s else 0
                    (real if one is s else s).sendall(octets)
