"""A web server that has MTA-STS policies, and misbehaves as a test tells it."""
import http.server
import ssl
import threading

POLICY = "version: STSv1\r\nmode: {}\r\nmx: {}\r\nmax_age: 604800\r\n"


class Policies:
    """One address and port for all domains; its certificate is the one that was made for the host that is asked for.

    set(domain, text, **how): what mta-sts.DOMAIN answers.  how: status, type, location, certificate (another one), wait (an event to
    wait for before anything is said).
    """

    def __init__(self, address, port, authority):
        self.authority, self.hosts, self.asked, self.contexts = authority, {}, [], {}
        policies = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                policies.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, port), Handler, bind_and_activate=False)
        self.server.daemon_threads = True
        self.server.allow_reuse_address = True
        self.server.server_bind()
        self.server.server_activate()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.sign("mta-sts.nobody.test"))
        context.sni_callback = self.choose
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def set(self, domain, text, status=200, type="text/plain; charset=utf-8", location=None, certificate=None, wait=None):
        host = f"mta-sts.{domain}"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*(certificate or self.authority.sign(host)))
        self.contexts[host] = context
        self.hosts[host] = text, status, type, location, wait

    def choose(self, connection, host, _):
        if host in self.contexts:
            connection.context = self.contexts[host]

    def answer(self, request):
        host = request.headers["Host"].partition(":")[0]
        self.asked.append((host, request.path))
        text, status, kind, location, wait = self.hosts[host]
        if wait:
            wait.wait(60)
        octets = text.encode()
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(octets)))
        if location:
            request.send_header("Location", location)
        request.end_headers()
        request.wfile.write(octets)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
