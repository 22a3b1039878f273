"""A real browser, Debian's Chromium, fills in a form of a web page and sends it."""
import contextlib
import http.server
import json
import subprocess
import threading
import urllib.error
import urllib.request

import pytest

from harness import BOB, Postrider, can_connect, free_port, until
from http_api import Api, new_key

PAGE = """<!doctype html><meta charset="utf-8"><title>Contact</title>
<form method="post" action="{url}" accept-charset="utf-8">
<input name="email" type="email"> <textarea name="message"></textarea> <input name="website" style="display: none"> <input name="_token" type="hidden">
<button>Send</button></form>
<script>const form = document.forms[0]; fetch(form.action + "/token").then(r => r.json()).then(t => {{ form._token.value = t.token; document.title = "Ready"; }});</script>"""


class Browser:
    """What a person does with one, by WebDriver (https://www.w3.org/TR/webdriver2/)."""

    def __init__(self, directory):
        self.port = free_port("127.0.0.1")
        self.process = subprocess.Popen(["chromedriver", f"--port={self.port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: can_connect("127.0.0.1", self.port), 60)
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--ignore-certificate-errors", f"--user-data-dir={directory}"]}
        self.session = ""
        made = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": True, "goog:chromeOptions": options}}})
        self.session = "/session/" + made["sessionId"]

    def ask(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{self.session}{path}", None if body is None else json.dumps(body).encode(),
                                         {"Content-Type": "application/json"}, method=method)
        return json.load(urllib.request.urlopen(request, timeout=120))["value"]

    def find(self, css):
        return "/element/" + next(iter(self.ask("POST", "/element", {"using": "css selector", "value": css}).values()))

    def type(self, css, text):
        self.ask("POST", self.find(css) + "/value", {"text": text})

    def click(self, css):
        self.ask("POST", self.find(css) + "/click", {})

    def text(self):
        """Of the page; nothing while one gives way to another."""
        try:
            return self.ask("GET", self.find("body") + "/text")
        except urllib.error.HTTPError:
            return ""

    def end(self):
        with contextlib.suppress(OSError):
            self.ask("DELETE", "")
        self.process.terminate()
        self.process.wait(30)


class Site:
    """A web site that has the page."""

    def __init__(self):
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                octets = (site.page if self.path == "/" else "<!doctype html><title>Thanks</title>Thanks from the site").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(octets)))
                self.end_headers()
                self.wfile.write(octets)

            def log_message(self, *_):
                pass

        self.page, self.server = "", http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        self.server.shutdown()


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    made = Postrider(tmp_path_factory.mktemp("browser") / "server").start()
    yield made
    assert made.stop() == 0


@pytest.fixture
def site():
    made = Site()
    yield made
    made.end()


@pytest.fixture
def browser(tmp_path):
    made = Browser(tmp_path / "profile")
    yield made
    made.end()


def test_a_form_is_filled_in(own, site, browser):
    """With its token by a script of the page, and a redirect; then from a site that has no such form."""
    api = Api(own, new_key(own, BOB, "--rights", "read,manage"))
    form = api.ask("POST", "/v1/forms", {"name": "Contact", "origins": [site.origin], "redirect": site.origin + "/thanks", "required": ["message"],
                                         "honeypot": "website", "min_time": "1ms"}, 201).json
    site.page = PAGE.format(url=f"https://127.0.0.1:{own.https}/f/{form['id']}")
    browser.ask("POST", "/url", {"url": site.origin + "/"})
    until(lambda: browser.ask("GET", "/title") == "Ready", what="the token")
    browser.click("button")
    until(lambda: "not filled in" in browser.text(), what="the words about what is missing")
    browser.ask("POST", "/url", {"url": site.origin + "/"})
    until(lambda: browser.ask("GET", "/title") == "Ready", what="the token")
    browser.type("[name=email]", "ann@away.test")
    browser.type("[name=message]", "Grüße, and a second line")
    browser.click("button")
    until(lambda: browser.text() == "Thanks from the site", what="the page behind it")
    text = own.wait_mail(BOB, subject="Contact").decode()
    assert "Reply-To: ann@away.test" in text and "ann@away.test" in text
    other = api.ask("POST", "/v1/forms", {"name": "Other", "origins": ["https://www.site.test"]}, 201).json
    site.page = PAGE.format(url=f"https://127.0.0.1:{own.https}/f/{other['id']}")
    browser.ask("POST", "/url", {"url": site.origin + "/"})
    browser.type("[name=message]", "x")
    browser.click("button")
    until(lambda: "not one of this site" in browser.text(), what="the refusal")
