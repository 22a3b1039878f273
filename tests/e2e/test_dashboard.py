"""packaging/grafana/postrider.json: what its panels ask for is what `postrider metrics` has."""
import collections
import json
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness import ALICE, LOOKING, PASSWORD, ROOT, Session, free_port, plain, until
from hooks import Hooks
from test_attachments import letter

WEB = "127.0.2.2"
SETTINGS = f"http {{ webhook_networks = {{ \"{WEB}\" }} }}"
BOARD = json.loads((ROOT / "packaging" / "grafana" / "postrider.json").read_text())
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
OUTSIDE = {"instance", "le"}  # what Prometheus adds, and what a histogram has


@pytest.fixture(scope="module")
def samples(server, network):
    """{a sample's name: {label: its values}}, of a server where each thing has happened that is counted."""
    remote = network.remote(rcpt=lambda address: {"refused": "550 5.1.1 no such user", "later": "451 4.2.0 later"}.get(address.split("@")[0], ""))
    with server.logged_in() as s:
        s.message(ALICE, [f"{who}@{remote.domain}" for who in ("taken", "refused", "later")], f"From: <{ALICE}>\r\n\r\nhello\r\n".encode())
    with Session(("127.0.0.1", server.smtp)) as s:
        s.hello()
        s.message("a@x.test", [ALICE], letter("evil.exe"), codes=(550,))
    with server.session(server.submissions) as s:
        s.start_tls()
        s.hello()
        s.ask("AUTH PLAIN " + plain(password=PASSWORD + "x"), 535)
    until(lambda: any(row["state"] == "deferred" for row in server.queue()), what="the attempts")
    hooks = Hooks(WEB, free_port(WEB))
    webhook = json.loads(server.run("webhook", "new", "--json", "--account", ALICE, f"http://{WEB}:{hooks.server.server_port}/", check=True, program=LOOKING).stdout)
    server.send("--from", ALICE, "--to", ALICE, "--body", "x")
    hooks.wait(1)
    until(lambda: "taken" in server.run("webhook", "log", "--account", ALICE, webhook["id"], check=True, program=LOOKING).stdout)
    hooks.reset(lambda event: 500)
    server.run("webhook", "test", "--account", ALICE, webhook["id"], program=LOOKING)
    hooks.stop()
    found = collections.defaultdict(lambda: collections.defaultdict(set))
    for family in text_string_to_metric_families(server.run("metrics", check=True, program=LOOKING).stdout):
        for sample in family.samples:
            for label, value in sample.labels.items():
                found[sample.name][label].add(value)
            found[sample.name]
    return found


def names(query):
    return re.findall(r"\bpostrider_\w+", query)


def test_queries(samples):
    """Their series are there, the labels that they choose and add up by, and the values that they name."""
    events = set(re.findall(r"^EVENT\((\w+),", (ROOT / "src" / "base" / "events.def").read_text(), re.M))
    for query in QUERIES:
        assert names(query), query
        for name in names(query):
            assert name in samples, f"{name} is no series of postrider metrics: {query}"
            for by in re.findall(r"\bby \(([^)]*)\)", query):
                assert set(re.split(r",\s*", by)) <= set(samples[name]) | OUTSIDE, query
        for label, kind, value in re.findall(r'(\w+)(=~|!=|=)"([^"]*)"', query):
            if label == "instance":
                assert value == "$instance", query
            elif label == "event":  # any may happen, few have
                assert set(value.split("|")) <= events, query
            else:
                assert value in samples[names(query)[0]][label], query


def test_every_series_is_on_it(samples):
    shown = {name for query in QUERIES for name in names(query)}
    rest = {name for name in samples if not name.endswith(("_count", "_sum"))} - shown
    assert not rest, rest


def test_it_is_a_dashboard():
    """As Grafana reads it: panels by numbers of their own, none upon another; the data source is chosen by who looks."""
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids) and BOARD["title"] == "Postrider" and "id" not in BOARD
    cells = collections.Counter((x, y) for p in BOARD["panels"] for g in [p["gridPos"]] for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"]))
    assert max(cells.values()) == 1 and max(x for x, _ in cells) < 24
    assert [v["name"] for v in BOARD["templating"]["list"]] == ["source", "instance"]
    for panel in PANELS:
        assert panel["title"] and panel["targets"]
        assert all(of["datasource"] == {"type": "prometheus", "uid": "${source}"} for of in (panel, *panel["targets"]))
        for target in panel["targets"]:
            used = re.findall(r"{{(\w+)}}", target["legendFormat"])
            assert set(used) <= {label for by in re.findall(r"\bby \(([^)]*)\)", target["expr"]) for label in re.split(r",\s*", by)}
