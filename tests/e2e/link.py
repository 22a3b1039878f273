"""The parent's and a role's place at real role processes: what the parent hands over, and raw calls between roles.

Numbers, contracts and rows are read from the source (boot.h, ipc.h, calls.def, the tables of src/calls), so that
this keeps step with them.
"""
import array
import itertools
import os
import pathlib
import re
import select
import socket
import struct
import subprocess

from harness import PROGRAM, ROOT, RUNNING

SRC = ROOT / "src"


def text_of(name):
    return re.sub(r"/\*.*?\*/", "", (SRC / name).read_text(), flags=re.S)


def enum(name, tag):
    body = re.search(rf"enum {tag} \{{(.*?)\}}", text_of(name), re.S)[1]
    values, n = {}, 0
    for item in filter(None, map(str.strip, body.split(","))):
        key, _, value = item.partition("=")
        n = int(value, 0) if value else n
        values[key.strip()] = n
        n += 1
    return values


BOOT = {k[5:]: v for k, v in enum("role/boot.h", "boot_type").items()}
ROLES = {k[5:]: v for k, v in enum("ipc/ipc.h", "role").items()}
ERRORS = {name: -int(number) for name, number in re.findall(r"^ERR\((\w+), (\d+),", (SRC / "base/errs.def").read_text(), re.M)}


class Row:
    """One call of calls.def."""

    def __init__(self, kind, fields):
        method, self.serving, _, self.name, self.args, self.reply, asking = [f.strip() for f in fields.split(",", 6)]
        self.method, self.with_fd = int(method), kind == "CALL_FD"
        self.asking = set(re.findall(r"FROM\((\w+)\)", asking))


ROWS = {row.name: row for row in (Row(*m) for m in re.findall(r"^(CALL(?:_GIVE)?(?:_FD)?)\((\d.*)\)$", text_of("calls/calls.def"), re.M))}


def tables():
    """{struct: [(type or struct of a list, member, is a list)]} of every PACK_DECLARE in src/calls."""
    source = "\n".join(text_of(f"calls/{path.name}") for path in (SRC / "calls").glob("*.h")).replace("\\\n", " ")
    fields = dict(re.findall(r"#define (\w+)\(F, L\)([^\n]*)", source))
    return {name: [(kind, member, letter == "L") for letter, kind, member in re.findall(r"([FL])\((\w+), (\w+)\)", fields[macro])]
            for name, macro in re.findall(r"PACK_DECLARE\((\w+), (\w+)\)", source)} | {
        "record_change": [(kind, member, False) for kind, member in re.findall(r"\bC\((\w+), (\w+),", text_of("change/change_table.h"))]}


TABLES = tables()
FORMATS = {"u8": "<B", "u16": "<H", "u32": "<I", "u64": "<Q", "i64": "<q", "bool": "<?"}


def pack(name, values):
    """base/coding/pack.h.  What is not given is 0 or empty."""
    out = b""
    for kind, member, is_list in TABLES[name]:
        value = values.get(member)
        if is_list:
            packed = [pack(kind, v) for v in value or []]
            out += struct.pack("<I", len(packed)) + b"".join(struct.pack("<I", len(p)) + p for p in packed)
        elif kind == "span":
            octets = value.encode() if isinstance(value, str) else value or b""
            out += struct.pack("<I", len(octets)) + octets
        else:
            out += struct.pack(FORMATS[kind], value or 0)
    return out


def unpack(name, octets):
    values, at = {}, 0

    def take(n):
        nonlocal at
        at += n
        return octets[at - n:at]
    for kind, member, is_list in TABLES[name]:
        if is_list:
            values[member] = [unpack(kind, take(struct.unpack("<I", take(4))[0])) for _ in range(struct.unpack("<I", take(4))[0])]
        elif kind == "span":
            values[member] = take(struct.unpack("<I", take(4))[0])
        else:
            values[member], = struct.unpack(FORMATS[kind], take(struct.calcsize(FORMATS[kind])))
    return values


class Broken(Exception):
    """The other side has closed the link."""


class Link:
    """A role's end of a link: calls, and what came back."""

    def __init__(self, calls, descriptors):
        self.calls, self.descriptors = calls, descriptors
        self.serials, self.heard = itertools.count(1), b""
        calls.settimeout(30)

    def read(self, n):
        got = b""
        while len(got) < n:
            try:
                more = self.calls.recv(n - len(got))
            except ConnectionResetError:
                more = b""
            if not more:
                raise Broken()
            got += more
        self.heard += got
        return got

    def send(self, method, payload):
        serial = next(self.serials)
        self.calls.sendall(struct.pack("<IBBHI", 8 + len(payload), 0, 0, method, serial) + payload)
        return serial

    def raw(self, method, payload=b""):
        """(result, payload) of one call."""
        serial = self.send(method, payload)
        while True:
            length, kind, _, _, n = struct.unpack("<IBBHI", self.read(12))
            rest = self.read(length - 8)
            if kind == 1 and n == serial:
                return struct.unpack("<i", rest[:4])[0], rest[4:]

    def ask(self, call, /, **values):
        """(result, reply as a dict, or the words of a failure)."""
        row = ROWS[call]
        result, payload = self.raw(row.method, pack(row.args, values))
        return result, payload.decode() if result < 0 else unpack(row.reply, payload)

    def close(self):
        self.calls.close()
        self.descriptors.close()


class Role:
    """One role's process, with this test as its parent."""

    def __init__(self, name, log):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.name, self.sock = name, ours

        def take_place():
            os.dup2(theirs.fileno(), 3)
        self.process = subprocess.Popen([PROGRAM, "role", name], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                        pass_fds=[3], preexec_fn=take_place, env={**os.environ, "UV_USE_IO_URING": "0"})
        RUNNING.append(self.process)
        theirs.close()

    def hand(self, kind, text="", arg=0, fds=()):
        self.sock.sendmsg([bytes([BOOT[kind], arg]) + text.encode()],
                          [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else [])

    def hand_octets(self, kind, octets, text=""):
        fd = os.memfd_create("test")
        os.write(fd, octets)
        self.hand(kind, text, fds=[fd])
        os.close(fd)

    def link(self, peer, ends):
        self.hand("LINK", arg=ROLES[peer.upper()], fds=[end.fileno() for end in ends])

    def link_as(self, peer):
        """A link whose other end is ours: we are `peer`."""
        calls = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        descriptors = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.link(peer, [calls[1], descriptors[1]])
        calls[1].close()
        descriptors[1].close()
        return Link(calls[0], descriptors[0])

    def ready(self):
        assert select.select([self.sock], [], [], 30)[0], f"{self.name} is not ready"
        assert self.sock.recv(100)[:1] == bytes([BOOT["READY"]])

    def end(self):
        self.sock.close()  # its parent is gone
        self.process.wait(30)


def link_two(a, b):
    calls = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    descriptors = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    a.link(b.name, [calls[0], descriptors[0]])
    b.link(a.name, [calls[1], descriptors[1]])
    for s in (*calls, *descriptors):
        s.close()
