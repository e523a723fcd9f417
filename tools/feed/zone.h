/*
 * zone.h - the records of a zone file, whatever is wrong between them.
 *
 * libldns reads a record from its text; what is before that is done here,
 * since libldns's own reader takes an open parenthesis to the end of the
 * file, takes "@x" for the apex, and after a bad $ORIGIN goes on as if all
 * names were absolute.
 *
 * A file need not name its zone: RPZ lists often begin with "@ SOA" and leave
 * the name to the server. Names then are relative to an origin that no file
 * can write, until a SOA record names the zone.
 */
#ifndef FEED_ZONE_H
#define FEED_ZONE_H

#include <ldns/ldns.h>

#include <stdbool.h>
#include <stdio.h>

#include "policy/name.h"

struct feed_zone;

struct feed_record {
	const ldns_rr *rr;     /* of class IN; NULL: it is not a record */
	struct pol_name owner; /* where rr is not NULL */
	unsigned long line;    /* its first, and that line as it is written */
	const char *text;
	size_t len;
};

/* Read the records of SOURCE, which stays the caller's. Free with
 * feed_zone_free(). */
int feed_zone_new(FILE *source, struct feed_zone **zone);
void feed_zone_free(struct feed_zone *zone);

/* The next record or fault, valid until the next call; false at the end, or
 * where feed_zone_error() has something to say. */
bool feed_zone_next(struct feed_zone *zone, struct feed_record *record);

/* 0, POL_ENOMEM, or POL_EIO with errno set. */
int feed_zone_error(const struct feed_zone *zone);

/* Octets of the source read so far. */
uint64_t feed_zone_octets(const struct feed_zone *zone);

/*
 * Write to RELATIVE what is left of NAME without the zone's name, the root
 * for the zone's own. False where NAME is not within the zone.
 */
bool feed_zone_relative(const struct feed_zone *zone,
    const struct pol_name *name, struct pol_name *relative);

/* Was the name written relative to an origin that the file does not say? */
bool feed_zone_is_unknown(const struct pol_name *name);

#endif
