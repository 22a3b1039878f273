"""Certificates of the server's own: which one a client is shown, by the name that it asks for (SNI, RFC 6066 3)."""
import socket
import ssl

import pytest

from certificates import Authority
from harness import Postrider


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority") / "ca")


@pytest.fixture(scope="module")
def own(tmp_path_factory, authority):
    first, second = authority.sign("autoconfig.home.test"), authority.sign("other.test")
    whole = authority.directory / "whole.pem"
    whole.write_text(open(second[1]).read() + open(second[0]).read())
    made = Postrider(tmp_path_factory.mktemp("certificates") / "server", settings=f'tls {{ certificates = {{ "{first[0]} {first[1]}", "{whole}" }} }}').start()
    yield made
    assert made.stop() == 0


def shown(own, port, name, before=()):
    """The common name of the certificate that is shown on a port, behind STARTTLS where `before` says how that is asked for."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 30) as s:
        if before:
            with s.makefile("rb") as lines:
                for command, answer in (b"", before[0]), *before[1:]:
                    s.sendall(command)
                    while not lines.readline().startswith(answer):
                        pass
        with context.wrap_socket(s, server_hostname=name) as t:
            return t.getpeercert(binary_form=True)


@pytest.mark.parametrize("port, before", [("smtp", (b"220 ", (b"EHLO there.test\r\n", b"250 "), (b"STARTTLS\r\n", b"220 "))), ("submissions", ()), ("imaps", ()),
                                          ("pop3", (b"+OK", (b"STLS\r\n", b"+OK"))), ("https", ())])
def test_by_name(own, authority, port, before):
    port = getattr(own, port)
    usual = shown(own, port, None, before)
    assert ssl.PEM_cert_to_DER_cert((own.directory / "tls" / "cert.pem").read_text()) == usual
    for name in ("autoconfig.home.test", "other.test"):
        pem = (authority.directory / f"{name}-20490101.pem").read_text()
        assert shown(own, port, name, before) == ssl.PEM_cert_to_DER_cert(pem[:pem.index("-----END CERTIFICATE-----")] + "-----END CERTIFICATE-----\n")
    assert shown(own, port, "nobody.test", before) == usual


@pytest.mark.parametrize("value, words", [('"relative.pem"', "is neither one whole path"), ('"/a /b /c"', "is neither one whole path"), ('"/a b"', "is neither one whole path")])
def test_what_is_none(own, tmp_path, value, words):
    config = tmp_path / "postrider.conf"
    config.write_text(f"tls {{ certificates = {{ {value} }} }}\n")
    done = own.run("config", "check", "-c", str(config), config=False)
    assert done.returncode == 1 and words in done.stderr, done.stderr


def test_a_file_is_missing(own, tmp_path):
    """Without a file the server does not start, and says which."""
    made = Postrider(tmp_path / "server", settings='tls { certificates = "/nowhere/at/all.pem" }')
    done = made.run("serve")
    assert done.returncode == 1 and "tls.certificates: cannot read /nowhere/at/all.pem" in done.stderr
    assert "/nowhere/at/all.pem" in made.run("config", "check").stderr
