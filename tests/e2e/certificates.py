"""Certificates made for a test by openssl: an authority, and what it or nobody signs."""
import hashlib
import pathlib
import ssl
import subprocess

CONF = """[ca]
default_ca = a
[a]
database = {0}/index
new_certs_dir = {0}
rand_serial = yes
default_md = sha256
policy = p
unique_subject = no
copy_extensions = copy
[p]
commonName = supplied
"""
GOOD, EXPIRED = ("20200101", "20490101"), ("20200101", "20200201")


class Authority:
    """Each certificate is (file of its chain, file of its key)."""

    def __init__(self, directory, name="Test Authority"):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir()
        (self.directory / "index").write_text("")
        (self.directory / "ca.conf").write_text(CONF.format(self.directory))
        self.certificate = self.directory / "authority.pem"
        self.key = self.directory / "authority.key"
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650", "-subj", f"/CN={name}",
                     "-keyout", self.key, "-out", self.certificate)

    def openssl(self, *arguments):
        return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True).stdout

    def sign(self, name, valid=GOOD):
        """A certificate for a host, with this authority's behind it."""
        chain, key, request = (self.directory / f"{name}-{valid[1]}.{x}" for x in ("pem", "key", "csr"))
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                     "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", request)
        self.openssl("ca", "-batch", "-config", self.directory / "ca.conf", "-keyfile", self.key, "-cert", self.certificate, "-in", request,
                     "-notext", "-startdate", valid[0] + "000000Z", "-enddate", valid[1] + "000000Z", "-out", chain)
        chain.write_text(chain.read_text() + self.certificate.read_text())
        return str(chain), str(key)


def tlsa(certificate, usage, selector, matching):
    """The data of a TLSA record (RFC 6698 2.1) for the first certificate of a file, as a zone file has it."""
    pem = pathlib.Path(certificate).read_text()
    octets = ssl.PEM_cert_to_DER_cert(pem[:pem.index("-----END CERTIFICATE-----")] + "-----END CERTIFICATE-----\n")
    if selector == 1:
        key = subprocess.run(["openssl", "x509", "-in", str(certificate), "-noout", "-pubkey"], check=True, capture_output=True).stdout
        octets = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key, check=True, capture_output=True).stdout
    if matching:
        octets = {1: hashlib.sha256, 2: hashlib.sha512}[matching](octets).digest()
    return f"{usage} {selector} {matching} {octets.hex()}"
