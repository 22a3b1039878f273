"""Reads calls, one JSON object a line (method, url, key, body), and prints what was answered, likewise."""
import json
import ssl
import sys
import urllib.error
import urllib.request

UNCHECKED = ssl._create_unverified_context()
for line in sys.stdin:
    call = json.loads(line)
    request = urllib.request.Request(call["url"], None if call["body"] is None else call["body"].encode(), method=call["method"])
    request.add_header("Authorization", "Bearer " + call["key"])
    request.add_header("Content-Type", "application/json")
    try:
        answer = urllib.request.urlopen(request, context=UNCHECKED)
    except urllib.error.HTTPError as refused:
        answer = refused
    print(json.dumps({"status": answer.status, "type": answer.headers["Content-Type"], "body": answer.read().decode()}), flush=True)
