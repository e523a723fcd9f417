/*
 * tally.h - how often names were asked for, when, and by whom.
 *
 * Only names that the policy decides on are kept, so the memory does not grow
 * with the log: some 150 octets for each name, at most TALLY_NAMES_MAX of them;
 * 16 to 32 octets for each client of a name, at most TALLY_CLIENTS_MAX; and the
 * addresses that are to be shown. What goes beyond is counted in the sums but
 * not listed.
 */
#ifndef LOG_TALLY_H
#define LOG_TALLY_H

#include "tools/log/record.h"

#define TALLY_NAMES_MAX 500000
#define TALLY_CLIENTS_MAX 4000000 /* of all names together */

/* Addresses that are kept of each name. */
#define TALLY_SHOWN_DEFAULT 5
#define TALLY_SHOWN_MAX 1000000

#define TALLY_GROUPS 4 /* what is decided, as the caller has it */

/* Of a name, or of all that is decided alike. */
struct tally_sum {
	uint64_t counts[LOG_KINDS];
	uint64_t early[LOG_KINDS]; /* of them before the name was listed */
	uint64_t names;
	uint64_t clients;
};

struct tally_name {
	uint64_t hash;
	struct tally_sum sum;
	int64_t first, last;	   /* seconds since the epoch; 0: not known */
	struct pol_address *shown; /* the first of its clients */
	size_t shown_count;
	unsigned group;
	const uint8_t *name; /* wire format */
};

struct tally;

/* Keep SHOWN addresses of each name. Free with tally_free(). */
int tally_new(size_t shown, struct tally **tally);
void tally_free(struct tally *tally);

/* The hash of a name, for tally_add(): the same for names that differ in
 * nothing but case. */
uint64_t tally_hash(const struct tally *tally, const struct pol_name *name);

/* Count a query for a name of GROUP, which is listed since SINCE (0: not
 * known). 0 or POL_ENOMEM. */
int tally_add(struct tally *tally, unsigned group,
    const struct log_record *record, uint64_t hash, int64_t since);

const struct tally_sum *tally_sum(const struct tally *tally, unsigned group);

/* Were there more names or clients than could be kept? Their numbers are the
 * least that there are then. */
bool tally_is_full(const struct tally *tally);

/* The names, the most asked first, valid until the tally is freed; nothing may
 * be added any more. NULL without memory. */
const struct tally_name *const *tally_sort(struct tally *tally, size_t *count);

/* How often: of a query and its reply, one. */
uint64_t tally_count(const uint64_t counts[LOG_KINDS]);

#endif
