/*
 * rpz_local.h - the addresses that a response policy zone gives its triggers.
 *
 * A and AAAA records of one owner are one indicator, wherever in the file
 * they are. They are gathered here and merged when all are known.
 */
#ifndef FEED_RPZ_LOCAL_H
#define FEED_RPZ_LOCAL_H

#include "tools/feed/rpz_trigger.h"

struct rpz_local_chunk;
struct rpz_local_record;

/* All zero to begin with; end with rpz_local_free(). */
struct rpz_local {
	struct rpz_local_chunk *chunks; /* hold the records */
	struct rpz_local_record **records;
	size_t count;
	size_t capacity;
};

/* Add an address of LEN octets, 4 or 16, for a trigger. */
int rpz_local_add(struct rpz_local *local, const struct rpz_trigger *trigger,
    const uint8_t *address, size_t len, unsigned long line);

/* Put an indicator for each trigger into the list of PARSE. What is said twice
 * or is over POL_ADDRESSES_MAX becomes a fault. */
int rpz_local_finish(struct rpz_local *local, struct feed_parse *parse);

void rpz_local_free(struct rpz_local *local);

#endif
