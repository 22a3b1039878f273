/* policy/calls.c - the encodings of policy's calls. */
#include "policy/calls.h"

PACK_DEFINE(policy_rdns_args, POLICY_RDNS_ARGS)
PACK_DEFINE(policy_rdns_reply, POLICY_RDNS_REPLY)
