/* controld/controld.h - the command line's door: JSON lines over a Unix socket.
 *
 * Floor 5, in the control role.  The socket belongs to its owner alone, so whoever speaks
 * here may send as anybody and see every message.
 *
 * A request is one line, a JSON object with "call"; then as many octets as its "size" says.
 * An answer is one or more lines; the last one holds "ok": true, or false with
 * "error" (a name of base/errs.def) and "what" (a sentence).
 *
 *   {"call":"send","from":"a@b","to_size":k,"size":n}
 *        + k octets: the recipients' addresses, each with LF behind it; n octets: message text
 *        {"ok":true,"message":id,"seq":n}   its records have greater numbers than seq
 *   {"call":"changes","message":id?,"after":seq?,"wait":ms}   records, then {"ok":true,"seq":n}
 *   {"call":"status","message":id or Message-ID,"after":recipient?,"limit":n?}
 *        a record for each recipient, then {"ok":true,"message":{...},"next":text or null}
 *   {"call":"queue","limit":n?,"after":next?,"message":id or
 * Message-ID?,"from":a?,"to":a?,"domain":d?,
 *    "state":"queued,held"?,"class":c?,"older_ms":n?,"younger_ms":n?}
 *        a row for each undecided recipient, the next to be tried first; then
 *        {"ok":true,"rows":n,"more":bool,"next":text or null}: ask on with that as "after"
 *   {"call":"order","order":"hold|release|retry|cancel|reroute", those of "queue" but limit, after,
 *    "by":name?,"why":text?,"route":r?,"quiet":bool?,"dry_run":bool?,"tell":bool?}
 *        with tell a row for each recipient that it touches, as it was; then
 *        {"ok":true,"done":n,"under_way":n}
 *   {"call":"mailbox","account":a,"mailbox":"INBOX","after":uid?,"uid":uid?}
 *        {"ok":true,"rows":[...]}: a page; ask on behind its last row
 *   {"call":"mailboxes","account":a}
 *        {"ok":true,"used_octets":n,"used_messages":n,"rows":[...]}
 *   {"call":"rebuild","account":a}
 *        {"ok":true,"missing":n,"rows":[{"mailbox":path,"messages":n,...},...]}
 *   {"call":"make","account":a,"mailbox":path,"subscribe":bool?}
 *        {"ok":true,"row":{...}}   as "mailboxes" has it; made when it is missing
 *   {"call":"subscribe","account":a,"mailbox":path}       {"ok":true}   it need not exist
 *   {"call":"append","account":a,"mailbox":path,
 *    "messages":[{"size":n,"date":seconds?,"flags":"\\Seen $Forwarded"?},...]}  + their octets
 *        {"ok":true,"kept":n,"refused":[{"message":index,"what":text},...],"flags_lost":n}
 *        all that were not refused are kept together, in their order; of more than one the
 *        octets together are at most 384 KiB.  flags_lost: keywords that the account cannot have
 *   {"call":"messages","account":a,"mailbox":path,"after":uid?,"max":n?,"octets":bool?}
 *        a row for each: {"uid":n,"size":n,"date":seconds,"flags":text}, with octets each followed
 *        by `size` octets, or with "error" and "what" instead of a size when it cannot be read;
 *        then {"ok":true,"done":bool,"uid_validity":n}: ask on behind the last one's uid
 *   {"call":"directory","object":"domain|account|alias|dkim","verb":"add|set|remove|show|list",
 *    "name":n?,"fields":[[name,value],...]?,"after":next?}
 *        a row for each that was touched or is shown; then {"ok":true}.  Of a list that is asked
 *        with "after" ("" at first) one page, and {"ok":true,"next":text or null}
 *   {"call":"spf","ip":a,"helo":name,"sender":address}
 *        {"ok":true,"result":name,"words":text,"domain":d,"term":text,"explanation":text,"questions":n}
 *   {"call":"dmarc","domain":d}
 *        {"ok":true,"policy_domain":d or "","organization":d,"usable":bool,"p","sp","np":policy,
 *         "testing":bool,"strict_dkim":bool,"strict_spf":bool,"rua":text,"questions":n}
 *   {"call":"dns","name":n,"type":number}                 type: of wire/dns
 *        {"ok":true,"status":"found|no-data|no-name|failed","secure":bool,"records":[{"ip":a} or
 *         {"name":n} or {"name":n,"preference":n} or {"text":text} or {"hex":octets},...]}
 *   {"call":"quarantine","order":"list|show|release|delete","account":a?,"id":MESSAGE[.RECIPIENT]?,
 *    "by":name?,"limit":n?,"after":next?}               id: of all but list
 *        a row for each that it is about; then {"ok":true,"rows":n,"next":text or null}
 *   {"call":"defence","ip":a,"helo":name,"sender":address or "","recipient":address,"size":n}
 *        + n octets: what would become of that message, if a client had brought it
 *        {"ok":true,"lists":{...},"reply":text,"defence":[...],"fields":text,"recipients":[...]}
 *   {"call":"learn","what":"spam|ham","account":a?,"size":n}   + n octets, at most 512 KiB
 *        {"ok":true,"done":"counted|turned|repeated|known","told_spam":n,"told_ham":n}
 *   {"call":"learn","what":"forget|show","account":a?}
 *        {"ok":true,"done":"forgotten|enough|not enough","told_spam":n,"told_ham":n}
 *   {"call":"ban","verb":"list|add|remove","address":a?,"ms":n?,"why":text?}
 *        of list a row for each: {"address":a,"until":time,"reason":text,"debt":n,"turned_away":n};
 * then
 *        {"ok":true}
 *   {"call":"probe"}   who helps the defence; each is asked now
 *        {"ok":true,"help":[{"helper":"clamd|hashes|milter","state":"answers|absent|silent","at":a,
 *         "words":version or why not,"n":hashes},...]}
 *   {"call":"mirror","order":"rebuild"?}
 *        {"ok":true,"connected":bool,"database":name,"words":what is wrong,"seq":n,"behind":n,
 *         "since":time?,"written":time?,"rows":n}
 *   {"call":"acme","verb":"status|renew"}   certificates by ACME (certificates.h)
 *        {"ok":true,"text":lines}
 *   {"call":"reload"}   configuration and files are read anew; lines for people
 *        {"ok":true,"good":bool,"text":text}   not good: what is wrong; nothing has changed
 *   {"call":"metrics"}   {"ok":true,"size":n}  + n octets: a page for Prometheus
 *   {"call":"text","message":id}                          {"ok":true,"size":n}  + n octets
 */
#ifndef CONTROLD_CONTROLD_H
#define CONTROLD_CONTROLD_H

#include <jansson.h>

#include "base/arena.h"
#include "config/settings.h"
#include "rt/stream/stream.h"

struct controld_server {
	const struct settings *set;
	/* Reads configuration and files anew.  good: text has what has changed, a line each; else
	 * what is wrong. */
	WAITS int (*reload)(bool *good, struct buf *text);
};

/* A new connection (listener_open's callback); arg is the struct controld_server. */
void controld_accept(struct stream *stream, void *arg);
/* The same calls for another door of the operator's (admind). */
struct controld_asked {
	const struct settings *set;
	const char *who;  /* gives the orders, as log and ledger tell it */
	struct span text; /* the octets that follow the request */
	/* Takes one line of the answer.  What it refuses (negative) ends the call. */
	int (*line)(struct controld_asked *a, struct span json);
};
/* 0: it was answered, with "ok": true in the last line; else why not. */
NODISCARD WAITS int controld_ask(struct controld_asked *a, json_t *request);
/* As JSON, for json_decref; ERR_SYNTAX. */
NODISCARD int controld_parse(struct span line, json_t **out);

/* Waits until no call but "changes" is being answered, or the fibre's deadline has come. */
WAITS void controld_finish(void);

/* What all roles have counted, in Prometheus' text format; mem is for the way. */
NODISCARD WAITS int controld_metrics_page(const struct settings *set, struct arena *mem,
                                          struct buf *out);

#endif
