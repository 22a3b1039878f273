"""The log's reader stalls: nobody waits for it, and when it is back it hears what it lost."""
import fcntl
import os
import threading

from harness import ALICE, BOB, Postrider, until

N_MESSAGES = 800


def test_a_stalled_log_stops_nothing(tmp_path):
    own = Postrider(tmp_path / "stalled", settings="log { level = debug }")
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    own.log.close()
    own.log = os.fdopen(writer, "w")
    own.start()
    with own.session() as s:
        s.hello()
        for i in range(N_MESSAGES):  # each is several records in each role: far more than is held
            s.message(BOB, [ALICE], f"Subject: {i}\r\n\r\nx\r\n".encode())
    read = bytearray()

    def drain():
        while octets := os.read(reader, 1 << 16):
            read.extend(octets)

    threading.Thread(target=drain, daemon=True).start()
    until(lambda: b" log_lost records=" in read, what="the loss is told")
    assert own.stop() == 0
    own.log.close()
