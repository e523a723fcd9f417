/*
 * network.h - prefixes and ASNs as block lists write them.
 */
#ifndef FEED_NETWORK_H
#define FEED_NETWORK_H

#include "tools/feed/entry.h"
#include "tools/feed/format.h"

/* The risk of what is on a list that grades nothing. */
#define FEED_RISK POL_RISK_MAX

/* Read an address or a prefix. True: SUBJECT is set. False: FAULT says why it
 * is none. */
bool feed_prefix(
    struct text text, struct pol_subject *subject, enum feed_fault *fault);

/*
 * Read an address that a list maps a name to. *BLOCKS: it is one where nobody
 * is, the unspecified one or a loopback. False where it is no address.
 */
bool feed_read_target(struct text text, bool *blocks);

/* The same for an ASN, with or without "AS" in front. */
bool feed_asn(
    struct text text, struct pol_subject *subject, enum feed_fault *fault);

/*
 * Copy a text of the source to the MAX octets at KEPT, as UTF-8 and without
 * control characters or blanks around it, cut where a character ends. Returns
 * its length.
 */
size_t feed_keep_text(struct text text, char *kept, size_t max);

#endif
