"""bindings/node, with koffi and Nodemailer from the npm registry."""
import json

import pytest

import ends
import sending
from harness import ROOT
from sending import keyed, world  # noqa: F401

MODULES = ROOT / "build-interop/node_modules"  # where tools/test-interop puts it


@pytest.fixture(scope="module", autouse=True)
def modules():
    ends.need("node")
    if not (MODULES / "koffi").is_dir():
        pytest.skip(f"koffi is not in {MODULES}; tools/test-interop brings it there from the npm registry")


class TestNode(sending.Binding):
    @pytest.fixture(scope="class", autouse=True)
    def as_a_module(self, tmp_path_factory):
        """By the name that programs use for it."""
        type(self).folder = tmp_path_factory.mktemp("modules")
        (self.folder / "postrider").symlink_to(ROOT / "bindings/node")

    def sender(self):
        return ["node", "--expose-gc", str(sending.CLIENTS / "sender.cjs")]

    def example(self):
        return ["node", str(ROOT / "examples/node/hello.js")]

    def environment(self):
        return super().environment() | {"NODE_PATH": f"{self.folder}:{MODULES}"}

    def test_as_an_es_module(self):
        out = self.call(["node", "--input-type=module", "-e", f"""
import {{ Mail, Client, Result, PostriderError, send, version }} from "{ROOT}/bindings/node/postrider.js";
console.log(version(), [Mail, Client, Result, PostriderError, send].map((one) => typeof one).join(" "));
"""])
        assert out.split()[1:] == ["function"] * 5

    def test_nodemailer(self, world):  # noqa: F811
        """As a transport: the envelope is Nodemailer's, and so is what it tells; when nobody got it that is an error."""
        world.reset()
        told = json.loads(self.call(["node", "-e", """
const transport = require("nodemailer").createTransport(require("postrider/nodemailer")(process.argv[1]));
const mail = { from: "Alice <a@sender.test>", to: "b@one.test, later@one.test", bcc: ["refused@one.test", "hidden@one.test"], subject: "Grüße",
	text: "Hallo", attachments: [{ filename: "a.bin", content: Buffer.alloc(100000, "x") }] };
(async () => {
	const { accepted, pending, rejected, messageId, envelope, result } = await transport.sendMail(mail);
	const failed = await transport.sendMail({ ...mail, to: "refused@one.test", bcc: [] }).catch((error) => [error.code, error.message, error.rejected]);
	await transport.close();
	console.log(JSON.stringify({ accepted, pending, rejected, messageId, envelope, status: result.status, failed }));
})();
"""], world.server("one")))
        [(sender, recipients, octets)] = world.remotes["one"].messages
        assert sender == "a@sender.test" and sorted(recipients) == ["b@one.test", "hidden@one.test"]
        assert sorted(told["accepted"]) == sorted(recipients) and told["pending"] == ["later@one.test"] and told["rejected"] == ["refused@one.test"]
        message = sending.read(octets)
        assert message["Subject"] == "Grüße" and message["Message-ID"] == told["messageId"] and message["Bcc"] is None and b"hidden" not in octets
        assert [part.get_payload(decode=True) for part in message.iter_attachments()] == [b"x" * 100_000]
        assert told["status"] == 1 and told["envelope"]["from"] == "a@sender.test"
        assert told["failed"][0] == "EENVELOPE" and "550 5.1.1 no such user" in told["failed"][1] and told["failed"][2] == ["refused@one.test"]
