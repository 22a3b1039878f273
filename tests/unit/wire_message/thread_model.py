"""What RFC 5256 says of subjects and threads, done as it is written, with no thought of speed.

A message is a dictionary: number, sent, id, refs, subject (the base subject, folded), reply.
"""
import re

BLOB = r"\[[^\[\]]*\]\s*"
LEADER = re.compile(rf"\s|(?:{BLOB})*(?:re|fwd?)\s*(?:{BLOB})?:", re.I)
TRAILER = re.compile(r"\s$|\(fwd\)$", re.I)


def fold(text):
    """Simple case folding, a character at a time."""
    return "".join(f if len(f) == 1 else c.lower() if len(c.lower()) == 1 else c for c in text for f in [c.casefold()])


def base_subject(text):
    """RFC 5256 2.1, of a decoded subject: what is left, and whether it was a reply's or forward's."""
    text, reply = re.sub(r"\s+", " ", text), False
    while True:
        while TRAILER.search(text):
            reply |= not text.endswith(" ")
            text = TRAILER.sub("", text)
        while True:
            leader, blob = LEADER.match(text), re.match(BLOB, text)
            if leader:
                reply |= ":" in leader[0]
                text = text[leader.end():]
            elif blob and blob.end() < len(text):
                text = text[blob.end():]
            else:
                break
        if not re.fullmatch(r"\[fwd:.*\]", text, re.I):
            return text, reply
        text, reply = text[5:-1], True


class Node:
    def __init__(self, message=None):
        self.message, self.parent, self.children = message, None, []

    def link(self, parent):
        if self.parent:
            self.parent.children.remove(self)
        self.parent = parent
        if parent:
            parent.children.append(self)

    def is_above(self, other):
        while other and other is not self:
            other = other.parent
        return other is self

    def key(self):
        message = self.message or min((c.message for c in self.children), key=lambda m: (m["sent"], m["number"]))
        return message["sent"], message["number"]

    def subject(self):
        first = self if self.message else min(self.children, key=Node.key)
        return first.message["subject"]


def link_all(messages):
    table, nodes = {}, []
    for message in messages:
        node = Node(message)
        if message["id"]:
            table.setdefault(message["id"], node)
        nodes.append(node)
    for message, node in zip(messages, nodes):
        before = None
        for ref in message["refs"]:
            there = table.setdefault(ref, Node())
            if before and not there.parent and not there.is_above(before):
                there.link(before)
            before = there
        node.link(None)
        if before and not node.is_above(before):
            node.link(before)
    everything = list({id(n): n for n in [*table.values(), *nodes]}.values())
    return [n for n in everything if not n.parent]


def prune(node, at_top):
    """Returns what stands in the node's place."""
    children = [kept for child in node.children for kept in prune(child, False)]
    node.children = children
    if node.message or (at_top and len(children) > 1):
        return [node]
    return children


def merge(roots):
    table = {}
    for node in roots:
        subject = node.subject()
        there = table.get(subject)
        if not subject:
            continue
        if not there:
            table[subject] = node
        elif there.message and (not node.message or (there.message["reply"] and not node.message["reply"])):
            table[subject] = node
    out = list(roots)
    for node in roots:
        subject = node.subject()
        there = table.get(subject)
        if not subject or there is node:
            continue
        out.remove(node)
        if not there.message and not node.message:
            there.children += node.children
        elif not there.message or (node.message and node.message["reply"] and not there.message["reply"]):
            there.children.append(node)
        else:
            both = Node()
            both.children = [there, node]
            out[out.index(there)] = both
            table[subject] = both
    return out


def sort_all(nodes):
    for node in nodes:
        sort_all(node.children)
    nodes.sort(key=Node.key)


def written(node):
    text, chain = str(node.message["number"]) if node.message else "", node
    while len(chain.children) == 1:
        chain = chain.children[0]
        text += f" {chain.message['number']}"
    if chain.children:
        text += (" " if text else "") + "".join(f"({written(child)})" for child in chain.children)
    return text


def references(messages):
    roots = [kept for root in link_all(messages) for kept in prune(root, True)]
    roots.sort(key=Node.key)
    roots = merge(roots)
    sort_all(roots)
    return "".join(f"({written(root)})" for root in roots)


def ordered_subject(messages):
    threads = {}
    for message in sorted(messages, key=lambda m: (m["sent"], m["number"])):
        threads.setdefault(message["subject"], []).append(message["number"])
    out = ""
    for first, *rest in threads.values():
        out += f"({first}" + (f" {rest[0]}" if len(rest) == 1 else " " * bool(rest) + "".join(f"({n})" for n in rest)) + ")"
    return out
