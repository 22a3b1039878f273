"""`postrider metrics`: a page that Prometheus's own reader takes, and whose numbers are what happened."""
import http.client
import os
import signal

from prometheus_client.parser import text_string_to_metric_families

from harness import ALICE, free_port, LOOKING, Postrider, Session, until
from imap import Imap
from test_attachments import letter


def page(server):
    """{(sample's name, its labels' values): value}"""
    text = server.run("metrics", check=True, program=LOOKING).stdout
    families = list(text_string_to_metric_families(text))
    assert all(family.documentation and family.type in ("counter", "gauge", "histogram") for family in families)
    assert len({family.name for family in families}) == len(families)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


class Since:
    """What has been added since the page before."""

    def __init__(self, server):
        self.server, self.before = server, page(server)

    def now(self):
        self.after = page(self.server)
        return self

    def __call__(self, *name):
        return self.after.get(name, 0) - self.before.get(name, 0)


def test_a_message_that_is_sent(server, network):
    """Its session, login, acceptance, commit, steps, attempt and verdicts are each counted once."""
    remote = network.remote(rcpt=lambda address: {"refused": "550 5.1.1 no such user", "later": "451 4.2.0 later"}.get(address.split("@")[0], ""))
    since = Since(server)
    with server.logged_in() as s:
        octets = f"From: <{ALICE}>\r\nSubject: s\r\n\r\nhello\r\n".encode()
        s.message(ALICE, [f"{who}@{remote.domain}" for who in ("taken", "refused", "later")], octets)
        assert page(server)["postrider_sessions", "submission"] == 1
        s.ask("QUIT", 221)
    message = until(lambda: next((row["message"] for row in server.queue() if row["state"] == "deferred"), None), what="an attempt")
    server.run("queue", "hold", message, check=True)
    until(lambda: since.now()("postrider_queue_recipients", "held") == 1, what="the recipient that is held")
    assert since("postrider_connections_total", "submission") == 1 and since("postrider_sessions", "submission") == 0
    assert since("postrider_logins_total", "submission", "logged-in") == 1
    assert since("postrider_messages_accepted_total", "submission") == 1 and since("postrider_recipients_accepted_total", "submission") == 3
    assert since("postrider_message_bytes_accepted_total", "submission") >= len(octets)
    assert since("postrider_accept_seconds_count", "submission") == 1 and since("postrider_accept_seconds_bucket", "submission", "+Inf") == 1
    assert since("postrider_defence_findings_total", "attachments", "passed") == 1 and since("postrider_defence_step_seconds_count", "attachments") == 1
    assert since("postrider_deliveries_total", "delivered", "delivered") == 2  # and the notification of the refused one
    assert since("postrider_delivery_seconds_count") == 1
    assert since("postrider_deliveries_total", "no-such-user", "refused") == 1
    assert since("postrider_deliveries_total", server.status(message)["recipients"][2]["class"], "deferred") >= 1
    assert since("postrider_journal_syncs_total") >= 2 and since("postrider_journal_bytes_total") >= len(octets)
    assert since("postrider_events_total", "message_accepted") == 1 and since("postrider_events_total", "auth_succeeded") == 1
    server.run("queue", "cancel", message, "--quiet", check=True)
    until(lambda: since.now()("postrider_queue_recipients", "held") == 0, what="nobody held, once the states are looked up again")
    assert since("postrider_deliveries_total", "cancelled", "cancelled") == 1


def test_what_is_refused(server):
    since = Since(server)
    with Session(("127.0.0.1", server.smtp)) as s:
        s.hello()
        s.message("a@x.test", [ALICE], letter("evil.exe"), codes=(550,))
    assert since.now()("postrider_defence_findings_total", "attachments", "failed") == 1
    assert since("postrider_defence_actions_total", "attachments", "reject") == 1
    assert since("postrider_messages_accepted_total", "smtp") == 0 and since("postrider_events_total", "message_refused") == 1


def test_mailboxes(server):
    since = Since(server)
    imap = Imap(server)
    imap.append("INBOX")
    assert since.now()("postrider_sessions", "imaps") == 1 and since("postrider_connections_total", "imaps") == 1
    assert since("postrider_logins_total", "imap", "logged-in") == 1
    imap.ask("LOGOUT")
    until(lambda: since.now()("postrider_sessions", "imaps") == 0, what="the session's end")


def test_a_role_that_is_down(server):
    """The others are told, and that it is missing."""
    roles = server.roles()
    os.kill(roles["inspect"], signal.SIGSTOP)
    try:
        got = page(server)
        assert got["postrider_role_up", "inspect"] == 0 and got["postrider_role_up", "edge"] == 1
        assert ("postrider_role_heap_bytes", "edge") in got and ("postrider_role_heap_bytes", "inspect") not in got
    finally:
        os.kill(roles["inspect"], signal.SIGCONT)
    got = page(server)
    assert got["postrider_role_up", "inspect"] == 1
    for role in ("edge", "auth", "store", "courier", "inspect", "control"):
        assert ("postrider_role_heap_bytes", role) in got and got["postrider_role_peak_resident_bytes", role] > 1 << 20
        assert got["postrider_role_cpu_seconds_total", role] > 0


def test_all_in_one_process(tmp_path):
    """Nothing is added up twice."""
    one = Postrider(tmp_path / "server", one_process=True)
    one.start()
    since = Since(one)
    with one.session() as s:
        s.hello()
        s.message("a@x.test", [ALICE], b"Subject: s\r\n\r\nhello\r\n")
    assert since.now()("postrider_messages_accepted_total", "smtp") == 1 and since("postrider_connections_total", "smtp") == 1
    assert one.stop() == 0


def test_for_prometheus(server):
    """On a listener of the operator's own: the same page, GET alone, and nothing else is there."""
    port = free_port()
    own = Postrider(server.directory.parent / "scraped", settings=f'listen {{ metrics = {{ "127.0.0.1:{port}" }} }}').start()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(method, target):
        connection.request(method, target)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read().decode()

    status, kind, text = ask("GET", "/metrics")
    assert status == 200 and kind == "text/plain; version=0.0.4; charset=utf-8"
    names = {family.name for family in text_string_to_metric_families(text)}
    assert names == {family.name for family in text_string_to_metric_families(own.run("metrics", check=True, program=LOOKING).stdout)}
    assert [ask(*what)[0] for what in (("POST", "/metrics"), ("GET", "/"), ("GET", "/v1/messages"), ("GET", "/v1/openapi.json"))] == [405, 404, 404, 404]
    assert own.stop() == 0
