/*
 * memo.c - names that are known not to be listed.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "policy/memo.h"

#include <stdlib.h>
#include <sys/random.h>

#include "policy/error.h"
#include "policy/name.h"

struct pol_memo {
	uint64_t seed;
	size_t mask; /* size - 1 */
	uint64_t hashes[];
};

int
pol_memo_new(size_t size, struct pol_memo **memo)
{
	struct pol_memo *made;

	if (size < POL_MEMO_MIN || size > POL_MEMO_MAX ||
	    (size & (size - 1)) != 0)
		return POL_EINVAL;
	made = calloc(1, sizeof(*made) + size * sizeof(made->hashes[0]));
	if (made == NULL)
		return POL_ENOMEM;
	made->mask = size - 1;
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
	return hash != 0 && memo->hashes[hash & memo->mask] == hash;
}

void
pol_memo_add(struct pol_memo *memo, uint64_t hash)
{
	memo->hashes[hash & memo->mask] = hash;
}
