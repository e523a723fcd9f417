/*
 * memo.c - names that are known not to be listed.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "policy/memo.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "policy/error.h"
#include "policy/name.h"

#define WAYS 8 /* 64-bit hashes in a cache line */
#define CACHE_LINE 64

struct set {
	_Alignas(CACHE_LINE) uint64_t hashes[WAYS]; /* the newest first */
};

struct pol_memo {
	uint64_t seed;
	size_t mask; /* sets - 1 */
	struct set sets[];
};

int
pol_memo_new(size_t size, struct pol_memo **memo)
{
	struct pol_memo *made;
	size_t octets = sizeof(*made) + size / WAYS * sizeof(struct set);

	if (size < POL_MEMO_MIN || size > POL_MEMO_MAX ||
	    (size & (size - 1)) != 0)
		return POL_EINVAL;
	made = aligned_alloc(CACHE_LINE, octets);
	if (made == NULL)
		return POL_ENOMEM;
	memset(made, 0, octets);
	made->mask = size / WAYS - 1;
	if (getrandom(&made->seed, sizeof(made->seed), 0) !=
	    (ssize_t)sizeof(made->seed)) {
		free(made);
		return POL_EIO;
	}
	*memo = made;
	return 0;
}

void
pol_memo_free(struct pol_memo *memo)
{
	free(memo);
}

uint64_t
pol_memo_hash(const struct pol_memo *memo, uint64_t generation,
    const uint8_t *name, size_t len)
{
	struct pol_name lower;

	/* A malformed name is not remembered: see pol_memo_has(). */
	if (pol_name_from_wire(name, len, &lower) != 0)
		return 0;
	return XXH3_64bits_withSeed(
	    lower.wire, lower.len, memo->seed ^ generation);
}

bool
pol_memo_has(const struct pol_memo *memo, uint64_t hash)
{
	const struct set *set = &memo->sets[hash & memo->mask];
	unsigned found = 0;

	for (unsigned i = 0; i < WAYS; i++)
		found |= set->hashes[i] == hash;
	return hash != 0 && found != 0;
}

void
pol_memo_add(struct pol_memo *memo, uint64_t hash)
{
	struct set *set = &memo->sets[hash & memo->mask];

	memmove(&set->hashes[1], &set->hashes[0],
	    (WAYS - 1) * sizeof(set->hashes[0]));
	set->hashes[0] = hash;
}
