/*
 * rpz.h - a policy as a response policy zone (draft-vixie-dnsop-dns-rpz).
 *
 * The zone is one, so the order of feeds is worked out here: each trigger says
 * what sinkbound decides at it. Between a listed name and a listed one above
 * it, names that nobody lists get triggers of their own, since a wildcard of
 * DNS ends where a name below it exists (RFC 4592 section 3.3.1), and a policy
 * server may go by that. What says nothing else than what is above it anyway
 * is left out.
 *
 * What RPZ cannot say is counted, never changed into something that blocks
 * more.
 */
#ifndef EXPORT_RPZ_H
#define EXPORT_RPZ_H

#include <stdio.h>

#include "policy/store.h"

#define EXPORT_ZONE_DEFAULT "rpz.sinkbound"

struct export_rpz_options {
	struct pol_name zone;
	/* The feeds to export; FEED_COUNT 0: all of them. */
	const uint16_t *feeds;
	size_t feed_count;
	int64_t now; /* what is not in force then is left out */
};

/* Indicators, unless it says otherwise. */
struct export_rpz_count {
	uint64_t read;	   /* of the feeds to export */
	uint64_t triggers; /* written: owners of records */
	uint64_t shadow;   /* left out, and so on: in shadow mode */
	uint64_t idle;	   /* not in force, or of too low a risk */
	uint64_t asns;
	uint64_t other_triggers; /* of targets of aliases only, of rules */
	uint64_t bad_names;	 /* that mean something else in RPZ */
	uint64_t long_names;	 /* triggers: too long with the zone behind */
	uint64_t ending;  /* written, but to end: the zone does not know */
	uint64_t refused; /* triggers: nxdomain stands for refused */
};

/*
 * Write the records of the zone, without SOA and NS, with owners relative to
 * the zone. 0; POL_ENOMEM; POL_ECORRUPT. Errors of OUT are the caller's to
 * find.
 */
int export_rpz(struct pol_snapshot *snapshot,
    const struct export_rpz_options *options, FILE *out,
    struct export_rpz_count *count);

#endif
