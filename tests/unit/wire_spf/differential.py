#!/usr/bin/python3
"""A second opinion on wire/spf: Debian's python3-spf.  `differential.py PEER [SEED [POLICIES]]`

Both judge the same senders by the same generated policies.  Where they differ, the difference must be
one of those below, each with the section of RFC 7208 that decides; anything else is a failure, and
its zone is printed as the peer reads it.
"""

import collections
import random
import socket
import subprocess
import sys

import spf

PEER = sys.argv[1]
RANDOM = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 7208)
POLICIES = int(sys.argv[3]) if len(sys.argv) > 3 else 1500
SENDERS = 4  # of each policy

V4 = ["192.0.2.1", "192.0.2.77", "192.0.3.1", "198.51.100.9", "203.0.113.200"]
V6 = ["2001:db8::1", "2001:db8::4d", "2001:db8:1::1", "2001:db9::1"]
NAMES = [f"{n}.test" for n in ("a", "b", "c", "d.c", "e.d.c", "mx.a", "x.b")]
GONE = ["gone.test", "gone.a.test", "nothing.b.test"]
HELOS = NAMES[:3] + ["helo.example", "[192.0.2.1]", "un known"]
LOCALS = ["bob", "strong-bad", "a+b-c", "x.y_z", ""]


# --- policies ---

def name():
    kind = RANDOM.randrange(12)
    if kind < 7:
        return RANDOM.choice(NAMES)
    if kind < 8:
        return RANDOM.choice(GONE)
    if kind < 11:
        return RANDOM.choice(["%{d}", "%{o}", "a.%{d1}", "%{h}", "%{d2}", "x.%{o2r}", "%{l}.b.test", "%{dr-}.test",
                              "%{ir}.%{v}.c.test", "%{l1r-}.test", "%{s}.test", "%{i}.d.c.test", "%{H}",
                              "%%.test", "%-.a.test", "%{d255r}", "%{d03}", "%{lr+-_}.b.test"])
    return RANDOM.choice(["test", "a..test", "a.test.", ".a.test", "a.1", "%{d", "%{d0}", "%x.test", "%{c}.test",
                          "a" * 64 + ".test", "a.te-", "a.t_t", "[a].test", "%{y}", ""])


def bits():
    return RANDOM.choice([""] * 12 + ["/24", "/0", "/32", "/24//32", "//0", "//64", "//128", "/16//16",
                                      "/33", "//129", "/024", "/", "/24/24"])


def network():
    if RANDOM.random() < 0.5:
        return "ip4:" + RANDOM.choice(V4 + ["192.0.2", "192.0.2.300", "", "::1"] * (RANDOM.random() < 0.1)) + \
            RANDOM.choice([""] * 4 + ["/24", "/16", "/0", "/31", "/33"] * (RANDOM.random() < 0.6))
    return "ip6:" + RANDOM.choice(V6 + ["192.0.2.1", ":::", ""] * (RANDOM.random() < 0.1)) + \
        RANDOM.choice([""] * 4 + ["/64", "/32", "/0", "/127", "/129"] * (RANDOM.random() < 0.6))


def term():
    kind = RANDOM.randrange(40)
    sign = RANDOM.choice(["", "", "", "+", "-", "~", "?"])
    if kind < 10:
        return sign + network()
    if kind < 17:
        return sign + RANDOM.choice(["a", "a", "A"]) + RANDOM.choice(["", ":" + name()]) + bits()
    if kind < 23:
        return sign + "mx" + RANDOM.choice(["", ":" + name()]) + bits()
    if kind < 29:
        return sign + "include:" + name()
    if kind < 32:
        return sign + "exists:" + name()
    if kind < 34:
        return sign + "ptr" + RANDOM.choice(["", ":" + name()])
    if kind < 37:
        return "redirect=" + name()
    if kind < 38:
        return "exp=" + RANDOM.choice(NAMES)
    if kind < 39 or RANDOM.random() < 0.6:
        return RANDOM.choice(["x=y", "y=%{l}", "z=", "u-1=%%"])
    return RANDOM.choice(["foo", "all", "a:", "ip4", "x=%y", "1=2", "include", "-", "exists", "--all", "all/8"])


def record():
    words = ["v=spf1"] + [term() for _ in range(RANDOM.randrange(1, 6))]
    if RANDOM.random() < 0.1:
        words += [RANDOM.choice(["a", "mx", "include:a.test", "exists:b.test"]) for _ in range(9)]
    if RANDOM.random() < 0.6:
        words.append(RANDOM.choice(["-all", "~all", "?all", "+all"]))
    return RANDOM.choice([" "] * 9 + ["  "]).join(words)


def zone():
    """(name, type, value)"""
    rrs = []
    for n in NAMES:
        kinds = RANDOM.random()
        if kinds < 0.03:
            rrs.append((n, "FAIL", ""))
            continue
        if kinds < 0.06:
            rrs.append((n, "CNAME", RANDOM.choice([x for x in NAMES if x > n] or GONE)))
            continue
        rrs += [(n, "A", ip) for ip in RANDOM.sample(V4, RANDOM.choice([0, 1, 1, 2]))]
        rrs += [(n, "AAAA", ip) for ip in RANDOM.sample(V6, RANDOM.choice([0, 1, 1, 2]))]
        mx = [(n, "MX", f"{10 * i} {RANDOM.choice(NAMES + GONE[:1])}") for i in range(RANDOM.choice([0, 1, 2, 3]))]
        rrs += mx if RANDOM.random() < 0.98 else [(n, "MX", f"{10 + i} {NAMES[0]}") for i in range(11)]
        rrs += [(n, "TXT", record()) for _ in range(RANDOM.choice([0, 1, 1, 1, 1, 1, 1, 1, 2]))]
        if RANDOM.random() < 0.3:
            rrs.append((n, "TXT", "something else"))
        if not any(rr[0] == n for rr in rrs):
            rrs.append((n, "TXT", "nothing"))
    for ip in V4 + V6:
        if RANDOM.random() < 0.7:
            family = "in-addr" if ip in V4 else "ip6"
            rrs += [(f"{spf.reverse_dots(spf.query(ip, 'a@b', 'c').i)}.{family}.arpa", "PTR", n)
                    for n in RANDOM.sample(NAMES + GONE, RANDOM.randrange(1, 4))]
    return rrs


# --- the oracle ---

ZONE = {}


def look_up(name_, qtype, strict=True, timeout=None, level=0):
    rrs = ZONE.get(name_.lower(), [])
    for kind, value in rrs:
        if kind == qtype or kind == "CNAME":
            yield (name_, kind), value
    for kind, value in rrs:
        if kind == "CNAME" and level < 10:
            yield from look_up(value, qtype, level=level + 1)
        if kind == "FAIL":
            raise spf.TempError("DNS failed")


spf.DNSLookup = look_up


def octets(kind, value):
    if kind == "AAAA":
        return socket.inet_pton(socket.AF_INET6, value)
    if kind == "MX":
        number, host = value.split(" ")
        return int(number), host
    return (value.encode(),) if kind == "TXT" else value


def load(rrs):
    ZONE.clear()
    for name_, kind, value in rrs:
        ZONE.setdefault(name_.lower(), []).append((kind, octets(kind, value)))


class Oracle(spf.query):
    """Void look-ups are counted by term: 4.6.4 limits the number of "terms"."""

    by_term = True
    term_is_void = False
    depth = 0

    def check_lookups(self):
        self.term_is_void = False
        super().check_lookups()

    def dns(self, name, qtype, cnames=None, ignore_void=False):
        if not self.by_term or self.depth:
            return super().dns(name, qtype, cnames, ignore_void or self.by_term)
        self.depth += 1
        try:
            found = super().dns(name, qtype, cnames, True)
        finally:
            self.depth -= 1
        well_formed = all(0 < len(label) < 64 for label in str(name).rstrip(".").split("."))
        if not found and not ignore_void and qtype != "TXT" and well_formed and not self.term_is_void:
            self.term_is_void = True
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("Void lookup limit")
        return found


def ask(ip, helo, sender, by_term):
    query = Oracle(i=ip, s=sender, h=helo, strict=True)
    query.by_term = by_term
    try:
        result, _, words = query.check()
    except Exception as fault:  # of the oracle's own
        return "broken", repr(fault)
    return result, words


# --- differences that are meant ---

def all_records(rrs):
    return " ".join(value for _, kind, value in rrs if kind == "TXT")


REASONS = (
    ("4.6.4: redirect counts when it is followed, not when it is read",
     lambda c: "Too many DNS" in c.words and "redirect=" in c.records),
    ("5.2: an include of the domain itself is an error when it is reached, not when it is read",
     lambda c: "trivial recursion" in c.words or "missing domain" in c.words),
    ("5.4: what a later mx server's look-up would have brought does not matter after a match",
     lambda c: (c.theirs == "temperror" or "Void" in c.words) and "mx" in c.records and c.ours != c.theirs),
    ("5.5: where DNS fails, ptr does not match, or passes over a name",
     lambda c: c.theirs == "temperror" and "ptr" in c.records),
    ("6: unknown modifiers may stand often",
     lambda c: "= MUST appear at most once" in c.words and not c.words.split(": ")[1].startswith(("exp", "redirect"))),
    ("7.1: %% is whole wherever it stands", lambda c: c.words.endswith("invalid-macro-char : %%")),
    ("7.3: a number of parts is not 0", lambda c: "%{d0}" in c.records and c.ours == "permerror"),
)
Case = collections.namedtuple("Case", "ours theirs words records")


def escape(text):
    return "".join(c if " " <= c <= "~" and c != "\\" else f"\\x{ord(c):02x}" for c in text)


def main():
    cases, lines = [], []
    for number in range(POLICIES):
        rrs = zone()
        load(rrs)
        lines.append(f"scenario\t{number}")
        lines += [f"rr\t{n}\t{kind}\t{escape(value)}" for n, kind, value in rrs]
        for _ in range(SENDERS):
            ip, helo = RANDOM.choice(V4 + V6), RANDOM.choice(HELOS)
            sender = RANDOM.choice(LOCALS) + "@" + RANDOM.choice(NAMES[:4] + NAMES + GONE[:1])
            cases.append((rrs, ip, helo, sender, ask(ip, helo, sender, True), ask(ip, helo, sender, False)))
            lines.append(f"case\t{len(cases) - 1}\t{ip}\t{helo}\t{escape(sender)}\t-\t-")
    done = subprocess.run([PEER], input="\n".join(lines) + "\n", capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the peer ended with {done.returncode}: {done.stderr}")
    return compare(cases, [line.split("\t") for line in done.stdout.splitlines()])


def compare(cases, ours):
    if len(ours) != len(cases):
        sys.exit(f"{len(ours)} answers to {len(cases)} cases")
    results, reasons, failures = collections.Counter(), collections.Counter(), 0
    for (rrs, ip, helo, sender, (theirs, words), (plain, _)), (_, result, asked, terms, _voids) in zip(cases, ours):
        results[result] += 1
        if int(asked) > 123 or int(terms) > 11:
            sys.exit(f"{asked} questions, {terms} terms")
        if result == theirs:
            reasons["4.6.4: void look-ups are counted by term"] += result != plain
            continue
        case = Case(result, theirs, words, all_records(rrs))
        reason = next((text for text, holds in REASONS if holds(case)), None)
        if reason:
            reasons[reason] += 1
            continue
        failures += 1
        if failures <= 2:
            print(f"\n{result}, python3-spf says {theirs} ({words}):")
            print("\n".join(f"rr\t{n}\t{kind}\t{value}" for n, kind, value in rrs))
            print(f"case\tx\t{ip}\t{helo}\t{sender}\t{theirs}\t-")
    print(f"{len(cases)} cases: " + ", ".join(f"{n} {r}" for r, n in results.most_common()))
    for reason, n in reasons.most_common():
        print(f"{n:6} differ by RFC 7208 {reason}")
    print(f"{failures:6} differ for no reason that is known")
    return 1 if failures or min(results[r] for r in ("pass", "fail", "softfail", "neutral", "none", "temperror",
                                                     "permerror")) < len(cases) // 200 else 0


if __name__ == "__main__":
    sys.exit(main())
