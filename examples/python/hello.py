"""python3 hello.py FROM TO [SERVER], with bindings/python in PYTHONPATH."""
import sys

import postrider

mail = postrider.Mail(sys.argv[1], sys.argv[2], "Report").text("It is attached.").html("<p>It is <b>attached</b>.</p>").attach(__file__)
result = mail.send(sys.argv[3] if len(sys.argv) > 3 else None)  # no server: straight to the recipients' servers
for one in result:
    print(one)           # delivered  bob@example.net  mx.example.net: 250 ok
sys.exit(result.status)  # 0 all delivered, 1 some failed, 2 some undecided
