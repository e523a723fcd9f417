/*
 * filter_p.h - the parts of a filter: names, addresses, and what was added.
 */
#ifndef POL_FILTER_P_H
#define POL_FILTER_P_H

#include "policy/filter.h"
#include "policy/pages_p.h"
#include "policy/store_p.h"

/* ---- names: by their hashes ---- */

struct filter_names {
	uint32_t (*blocks)[8];
	size_t block_count;
	size_t room; /* names that it is made for and does not have yet */
};

/* The hash of a name: that of its first label (LEN octets in lower case), with
 * the hash of the name above it; of the root's it is FILTER_HASH_ROOT. */
#define FILTER_HASH_ROOT 0
uint64_t filter_hash_label(uint64_t above, const uint8_t *label, size_t len);

/* The hash of the name that a key is of. */
uint64_t filter_hash_key(const uint8_t *key, size_t len);

/* Make an empty one for COUNT names and some more. POL_ENOMEM. */
int filter_names_new(struct filter_names *names, uint64_t count);

/* POL_ENOMEM. */
int filter_names_copy(
    struct filter_names *names, const struct filter_names *from);

void filter_names_free(struct filter_names *names);

void filter_names_add(struct filter_names *names, uint64_t hash);
/* The hash will be asked for soon. */
void filter_names_expect(const struct filter_names *names, uint64_t hash);
bool filter_names_may_have(const struct filter_names *names, uint64_t hash);

/* ---- addresses ---- */

struct filter_span {
	uint64_t first, last;
};

/* All zero: empty. */
struct filter_addresses {
	uint64_t *networks;	   /* IPv4: a bit for each /24; NULL: none */
	struct filter_span *spans; /* IPv6; once sealed in order, and apart */
	size_t count, size;
};

/* The addresses FIRST to LAST, of one family. POL_ENOMEM. */
int filter_addresses_add(struct filter_addresses *addresses,
    const struct pol_address *first, const struct pol_address *last);

/* After the last one was added. */
void filter_addresses_seal(struct filter_addresses *addresses);

/* Into an empty set. POL_ENOMEM. */
int filter_addresses_copy(
    struct filter_addresses *addresses, const struct filter_addresses *from);

/* The address will be asked for soon. */
void filter_addresses_expect(const struct filter_addresses *addresses,
    const struct pol_address *address);
bool filter_addresses_may_have(const struct filter_addresses *addresses,
    const struct pol_address *address);

/* Octets. */
size_t filter_addresses_memory(const struct filter_addresses *addresses);

void filter_addresses_free(struct filter_addresses *addresses);

/* ---- what the latest commits added, see fresh.c ---- */

/*
 * Add to NAMES what was listed after GENERATION and up to SNAPSHOT's.
 * ADDRESSES: some prefix, ASN or origin range changed. False, and some of it
 * added, where the database does not know any more.
 */
bool fresh_add(const struct pol_snapshot *snapshot, uint64_t generation,
    struct filter_names *names, bool *addresses);

#endif
