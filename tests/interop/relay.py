"""A port before the server's that stops passing octets on at a place of the test's choice: there a client is killed."""
import socket
import threading


class Relay:
    """Octets are counted from halt_after on, over all connections; what is on its way when they stop is lost."""

    def __init__(self, address, port):
        self.target = (address, port)
        self.halt = threading.Event()
        self.changed = threading.Condition()
        self.limits, self.passed = {}, {}
        self.sockets = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def halt_after(self, side, octets):
        """side: "client" or "server", whose octets count."""
        with self.changed:
            self.limits, self.passed = {side: octets}, {"client": 0, "server": 0}

    def hang_up(self):
        """The end of each connection; then all passes again."""
        with self.changed:
            self.limits = {}
            self.halt.clear()
            for s in self.sockets:
                close(s)
            self.sockets.clear()
            self.changed.notify_all()

    def stop(self):
        close(self.listener)
        self.hang_up()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target)
            except OSError:
                return
            with self.changed:
                self.sockets |= {client, server}
            for side, source, target in (("client", client, server), ("server", server, client)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self.copy, args=(side, source, target), daemon=True).start()

    def may_pass(self, side, source, n):
        """Counts; false once the connection shall end."""
        with self.changed:
            if side in self.limits:
                self.passed[side] += n
                if self.passed[side] > self.limits[side]:
                    self.halt.set()
            self.changed.wait_for(lambda: not self.halt.is_set() or source not in self.sockets)
            return source in self.sockets

    def copy(self, side, source, target):
        try:
            while (octets := source.recv(4096)) and self.may_pass(side, source, len(octets)):
                target.sendall(octets)
        except OSError:
            pass
        close(source)
        close(target)


def close(s):
    try:
        s.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    s.close()
