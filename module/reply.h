/*
 * reply.h - the messages that the policy answers with.
 *
 * They are QR RD RA without AA or AD; the owner is the query name as the client
 * wrote it; every TTL is the policy's; there are no signatures. A negative
 * reply has a SOA in AUTHORITY whose owner is the query name, so that clients
 * cache it for that long (RFC 2308). All is allocated in the query's region.
 */
#ifndef REPLY_H
#define REPLY_H

#include "module/module.h"

struct ub_packed_rrset_key;

/* Make the reply of this match the query's. The match's action is sinkhole,
 * nxdomain, nodata, refused or drop. False without memory. */
bool reply_set(struct module_qstate *qstate, const struct pol_match *match,
    const struct pol_settings *settings);

/* After reply_set() of a refusal: the same as a message instead of a bare code,
 * which Unbound would send to all clients alike. False without memory. */
bool reply_refuse_as_message(struct module_qstate *qstate);

/* Tell clients that sent OPT that the reply is a policy's (RFC 8914), with the
 * feed's name as text, where the feed says so. False without memory. */
bool reply_add_ede(struct module_qstate *qstate, const struct pol_feed *feed);

/*
 * A message with a CNAME to TARGET (wire format) followed by COUNT RRsets,
 * which it refers to, and the given RCODE. NULL without memory.
 */
struct dns_msg *reply_cname(struct module_qstate *qstate,
    const struct pol_name *target, uint32_t ttl, int rcode,
    struct ub_packed_rrset_key *const *answer, size_t count);

#endif
