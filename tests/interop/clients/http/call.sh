#!/bin/sh
# Reads calls, one JSON object a line (method, url, key, body), and prints what was answered, likewise: by curl.
while IFS= read -r line; do
	field() { printf '%s' "$line" | python3 -c 'import json, sys; v = json.load(sys.stdin)[sys.argv[1]]; print("" if v is None else v, end="")' "$1"; }
	body=$(field body)
	set -- -sSk -X "$(field method)" -H "Authorization: Bearer $(field key)" -H "Content-Type: application/json"
	[ -z "$body" ] || set -- "$@" --data-binary "$body"
	curl "$@" -w '\n%{http_code}\n%{content_type}' "$(field url)" | python3 -c '
import json, sys
body, status, kind = sys.stdin.read().rsplit("\n", 2)
print(json.dumps({"status": int(status), "type": kind, "body": body}), flush=True)'
done
