"""Web servers in front, which end TLS: Debian's nginx and haproxy, by a Unix socket."""
import json
import subprocess
import urllib.error
import urllib.request

import pytest

from harness import ALICE, BOB, Postrider, can_connect, free_port, until
from http_api import new_key


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    made = Postrider(tmp_path_factory.mktemp("web") / "server", settings='listen { http_socket = http  http_socket_mode = "0666" }').start()
    yield made
    assert made.stop() == 0


def nginx(directory, socket, port):
    """Debian's nginx as a reverse proxy, for streams too."""
    (directory / "nginx.conf").write_text(f"""
daemon off;
user root;
pid {directory}/pid;
error_log {directory}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
    upstream mail {{ server unix:{socket}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port};
        client_max_body_size 64m;
        location / {{ proxy_pass http://mail; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }}
    }}
}}
""")
    return ["nginx", "-c", str(directory / "nginx.conf"), "-e", str(directory / "error.log")]


def haproxy(directory, socket, port):
    (directory / "haproxy.cfg").write_text(f"""
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend web
    bind 127.0.0.1:{port}
    default_backend mail
backend mail
    server one unix@{socket}
""")
    return ["haproxy", "-db", "-f", str(directory / "haproxy.cfg")]


@pytest.mark.parametrize("front", [nginx, haproxy])
def test_behind(own, tmp_path, front):
    """A message with its verdict, one of a megabyte, an error, and events as they come."""
    port = free_port()
    tmp_path.chmod(0o755)
    server = subprocess.Popen(front(tmp_path, own.directory / "http", port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: can_connect("127.0.0.1", port), what="the web server")
        key = new_key(own)

        def ask(target, body=None):
            request = urllib.request.Request(f"http://127.0.0.1:{port}{target}", json.dumps(body).encode() if body else None,
                                             {"Authorization": "Bearer " + key, "Content-Type": "application/json"})
            return urllib.request.urlopen(request, timeout=60)

        events = ask("/v1/events")
        assert events.readline().startswith(b":")
        for text in ("short", "long " * 200000):
            sent = json.load(ask("/v1/messages", {"from": ALICE, "to": BOB, "text": text, "wait": "10s"}))
            assert [r["state"] for r in sent["recipients"]] == ["delivered"]
            line = next(line for line in iter(events.readline, b"") if line.startswith(b"data: "))
            assert json.loads(line[6:])["message"] == sent["id"]
        with pytest.raises(urllib.error.HTTPError) as told:
            ask("/v1/messages", {"from": ALICE, "to": "nobody@home.test", "text": "x"})
        assert told.value.code == 422 and "No such user" in json.load(told.value)["detail"]
        events.close()
    finally:
        server.terminate()
        server.wait(30)
