"""Proxies in front that speak the PROXY protocol: Debian's haproxy and nginx, before SMTP, IMAP over TLS and HTTP."""
import imaplib
import re
import smtplib
import ssl
import subprocess

import pytest

from harness import ALICE, PASSWORD, Postrider, can_connect, free_port, until

SERVICES = ("smtp", "imaps", "https")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    made = Postrider(tmp_path_factory.mktemp("proxies") / "server", settings='listen { proxy_from = { "127.0.0.1/32", "unix" }  http_socket = http  http_socket_mode = "0666" }')
    made.start()
    yield made
    assert made.stop() == 0


def haproxy(directory, own, ports, how):
    services = "".join(f"""
listen {name}
    bind 127.0.0.1:{port}
    server one 127.0.0.1:{getattr(own, name)} {how} check inter 100ms
""" for name, port in zip(SERVICES, ports))
    (directory / "haproxy.cfg").write_text(f"""
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
{services}
listen web
    bind 127.0.0.1:{ports[-1]}
    server one unix@{own.directory}/http {how}
""")
    return ["haproxy", "-db", "-f", str(directory / "haproxy.cfg")]


def nginx(directory, own, ports, _):
    module = "/usr/lib/nginx/modules/ngx_stream_module.so"
    servers = "".join(f"    server {{ listen 127.0.0.1:{port}; proxy_pass 127.0.0.1:{getattr(own, name)}; proxy_protocol on; }}\n"
                      for name, port in zip(SERVICES, ports))
    (directory / "nginx.conf").write_text(f"""
load_module {module};
daemon off;
user root;
pid {directory}/pid;
error_log {directory}/error.log;
events {{}}
stream {{
{servers}
    server {{ listen 127.0.0.1:{ports[-1]}; proxy_pass unix:{own.directory}/http; proxy_protocol on; }}
}}
""")
    return ["nginx", "-c", str(directory / "nginx.conf"), "-e", str(directory / "error.log")]


@pytest.mark.parametrize("proxy, how", [(haproxy, "send-proxy"), (haproxy, "send-proxy-v2"),
                                        (haproxy, "send-proxy-v2 proxy-v2-options crc32c,unique-id,authority"), (nginx, "")])
def test_in_front(own, tmp_path, proxy, how):
    """Each client is seen by his own address: 127.0.0.3, which no connection to the server itself is from."""
    ports = [free_port() for _ in range(len(SERVICES) + 1)]
    tmp_path.chmod(0o755)
    server = subprocess.Popen(proxy(tmp_path, own, ports, how), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for port in ports:
            until(lambda: can_connect("127.0.0.1", port), what="the proxy")
        seen = len(own.log_text())
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with smtplib.SMTP("127.0.0.1", ports[0], source_address=("127.0.0.3", 0)) as smtp:
            smtp.ehlo()
        with imaplib.IMAP4_SSL("127.0.0.1", ports[1], ssl_context=context) as imap:
            imap.login(ALICE, PASSWORD)
        done = subprocess.run(["curl", "-sSk", "--interface", "127.0.0.3", f"https://127.0.0.1:{ports[2]}/v1/openapi.json"], capture_output=True, timeout=60)
        assert done.returncode == 0 and b'"openapi"' in done.stdout, done.stderr
        done = subprocess.run(["curl", "-sS", "--interface", "127.0.0.3", f"http://127.0.0.1:{ports[3]}/v1/openapi.json"], capture_output=True, timeout=60)
        assert done.returncode == 0 and b'"openapi"' in done.stdout, done.stderr
        until(lambda: len(re.findall(r" session_closed client=127\.0\.0\.3:", own.log_text()[seen:])) == 3, what="the sessions' lines in the log")
        assert "proxy_failed" not in own.log_text()
    finally:
        server.terminate()
        server.wait(30)
