/*
 * zone_copy.h - the copy of a transferred zone: a zone file, one record a line.
 *
 *	; rpz.example: copied from its primary, without times to live
 *	$TTL 60
 *	rpz.example. IN SOA ns.example. hostmaster.example. 7 3600 600 86400 60
 *	bad.example.rpz.example. IN CNAME .
 *	; 2 records
 *
 * The same record always gives the same line, so that a difference is applied
 * by dropping and adding lines: nothing of the zone is parsed or held in
 * memory but the difference itself. The last line tells a whole copy from one
 * that lost its end. What policy never looks at is left out: times to live,
 * the signatures and proofs of DNSSEC, what is at the zone's own name other
 * than SOA and NS.
 */
#ifndef TRANSFER_ZONE_COPY_H
#define TRANSFER_ZONE_COPY_H

#include <stdio.h>

#include "tools/transfer/stream.h"

/* ---- writing ---- */

struct zone_writer {
	FILE *file;
	const struct pol_name *zone;
	ldns_buffer *line;
	uint64_t records; /* written */
};

/* Begin a copy at PATH, in place of what is there. POL_EIO with errno set, or
 * POL_ENOMEM. End with zone_writer_end() in any case. */
int zone_writer_begin(struct zone_writer *writer, const char *path,
    const ldns_rr *soa, const struct pol_name *zone);

/* Add a record other than the SOA, in case it belongs in a copy. */
int zone_writer_add(struct zone_writer *writer, const ldns_rr *rr);

/* Close the file; where IS_WHOLE, with the last line. */
int zone_writer_end(struct zone_writer *writer, bool is_whole);

/* ---- differences ---- */

/* Records that a difference may have; one with more is better had as a zone. */
#define ZONE_DIFFERENCE_MAX 250000

struct zone_difference {
	const struct pol_name *zone;
	ldns_rbtree_t *removed; /* lines */
	ldns_rbtree_t *added;
	ldns_buffer *line;
};

int zone_difference_new(
    struct zone_difference *difference, const struct pol_name *zone);
void zone_difference_free(struct zone_difference *difference);

/* Note a record to remove or to add, in the order of the transfer: what is
 * first added and then removed is neither. POL_ERANGE where there are too many.
 */
int zone_difference_note(
    struct zone_difference *difference, const ldns_rr *rr, bool is_removed);

/*
 * Write the copy at TO that is the one at FROM with the difference and with the
 * new SOA. POL_EINVAL where it does not fit: FROM is not whole, lacks
 * what is to be removed, or has what is to be added; POL_EIO with errno set.
 */
int zone_difference_apply(const struct zone_difference *difference,
    const char *from, const char *to, const ldns_rr *soa);

/* ---- reading ---- */

/* Read the SOA of the copy of ZONE at PATH. Other than 0: there is no such
 * copy. */
int zone_copy_soa(
    const char *path, const struct pol_name *zone, struct soa *soa);

#endif
