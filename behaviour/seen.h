/*
 * seen.h - when a domain, an ASN or a prefix was first seen here.
 *
 * The times of all that was ever seen are on disk (observed.h), which no query
 * may wait for. In memory there is a filter (B. H. Bloom, "Space/time
 * trade-offs in hash coding with allowable errors", CACM 13(7), 1970) of what
 * is known, and a table of the times that were of use lately. So
 *
 *	what the filter does not know   is new: first seen now
 *	what the table holds            has that time
 *	anything else                   is known, but not since when; the
 *	                                time is asked for, and there at the
 *	                                next sighting
 *
 * A filter takes one new thing in so many for known, and never the reverse:
 * with the default memory 0.15 % at 8 million things, 0.5 % at 10 and 1.4 % at
 * 13 million (measured); the harm is that a new name does not count as one.
 *
 * Prefixes are many, and no rule asks since when one is known: of those the
 * table holds none, so that they push nothing else out.
 *
 * Two kinds of threads: any number note sightings and never wait for more than
 * a short lock; one, which may read the disk, takes what they found and asked
 * for.
 */
#ifndef BEHAVIOUR_SEEN_H
#define BEHAVIOUR_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets of memory: seven parts of eight are the filter. */
#define BEH_SEEN_MEMORY_MIN ((size_t)1 << 20)
#define BEH_SEEN_MEMORY_DEFAULT ((size_t)16 << 20)
#define BEH_SEEN_MEMORY_MAX ((size_t)1 << 30)

enum beh_seen_type {
	BEH_SEEN_DOMAIN = 0, /* wire format, in any case */
	BEH_SEEN_ASN = 1,    /* 4 octets, network order */
	BEH_SEEN_PREFIX = 2, /* a prefix's key: the /24 or IPv6 /48 */
};

/* What was seen, by its hash, and when for the first time. */
struct beh_sighting {
	uint64_t hash;
	uint32_t first; /* seconds since the epoch */
	enum beh_seen_type type;
};

struct beh_seen;

/* SEED is that of the hashes on disk. POL_EINVAL where MEMORY is out of range,
 * POL_ENOMEM. */
int beh_seen_new(size_t memory, uint64_t seed, struct beh_seen **seen);
void beh_seen_free(struct beh_seen *seen);
size_t beh_seen_memory(const struct beh_seen *seen);

/*
 * How many things MEMORY is enough for: the filter has eight bits for each
 * then, and takes one of 40 that are new for known. What comes beyond that is
 * kept in memory only: it counts as new once more after a restart. So a flood
 * of names does its harm until then, and no longer.
 */
size_t beh_seen_max(size_t memory);

/* The hash by which a thing is known, in memory and on disk. */
uint64_t beh_seen_hash(
    uint64_t seed, enum beh_seen_type type, const uint8_t *octets, size_t len);

/*
 * Something was seen at NOW: since when is it known? 0 where that is not in
 * memory, and until all is loaded.
 */
int64_t beh_seen_note(struct beh_seen *seen, enum beh_seen_type type,
    const uint8_t *octets, size_t len, int64_t now);

/*
 * The same in parts, for who has a domain's name in lower case: its hash, to
 * have memory fetched that will be looked at soon, and to note it.
 */
uint64_t beh_seen_hash_lower(
    uint64_t seed, enum beh_seen_type type, const uint8_t *octets, size_t len);
void beh_seen_expect(
    const struct beh_seen *seen, enum beh_seen_type type, uint64_t hash);
int64_t beh_seen_note_hash(
    struct beh_seen *seen, enum beh_seen_type type, uint64_t hash, int64_t now);

/* ---- for the thread that keeps the disk ---- */

/* Take what is on disk, all of it before beh_seen_ready(). */
void beh_seen_load(struct beh_seen *seen, const struct beh_sighting *sighting);
void beh_seen_ready(struct beh_seen *seen);

/* Take up to MAX new things, to be written; how many there were. */
size_t beh_seen_take_new(
    struct beh_seen *seen, struct beh_sighting *new, size_t max);

/* Take up to MAX things whose times are asked for: beh_seen_load() them. */
size_t beh_seen_take_asked(
    struct beh_seen *seen, struct beh_sighting *asked, size_t max);

#endif
