/*
 * filter_names.c - a set of names that forgets none and invents few.
 *
 * A split block Bloom filter, as Apache Parquet specifies it: a hash chooses a
 * block of eight words, and one bit in each of them. All of a block lies in one
 * cache line, so that a look costs one access to memory. With 16 bits for each
 * name about one of two thousand names that are not there is taken for one that
 * is.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string.h>

#include "policy/error.h"
#include "policy/filter_p.h"

#define WORDS 8
#define NAMES_OF_BLOCK 16 /* 256 bits for them */
#define ROOM_MIN 1024	  /* names that may be added before it is made anew */

uint64_t
filter_hash_label(uint64_t above, const uint8_t *label, size_t len)
{
	return XXH3_64bits_withSeed(label, len, above);
}

static uint64_t
hash_name(const struct pol_name *name)
{
	const uint8_t *labels[POL_LABELS_MAX];
	unsigned count = pol_name_split(name->wire, labels);
	uint64_t hash = FILTER_HASH_ROOT;

	while (count-- > 0)
		hash = filter_hash_label(
		    hash, labels[count] + 1, labels[count][0]);
	return hash;
}

uint64_t
filter_hash_key(const uint8_t *key, size_t len)
{
	struct pol_name name;

	return pol_key_to_name(key, len, &name) == 0 ? hash_name(&name)
						     : FILTER_HASH_ROOT;
}

static size_t
octets_of(const struct filter_names *names)
{
	return names->block_count * sizeof(*names->blocks);
}

static int
new_blocks(struct filter_names *names)
{
	names->blocks = pages_map(octets_of(names));
	return names->blocks != NULL ? 0 : POL_ENOMEM;
}

void
filter_names_free(struct filter_names *names)
{
	pages_unmap(names->blocks, octets_of(names));
}

int
filter_names_new(struct filter_names *names, uint64_t count)
{
	names->room = count + count / 4 + ROOM_MIN;
	names->block_count = names->room / NAMES_OF_BLOCK;
	return new_blocks(names);
}

int
filter_names_copy(struct filter_names *names, const struct filter_names *from)
{
	names->room = from->room;
	names->block_count = from->block_count;
	if (new_blocks(names) != 0)
		return POL_ENOMEM;
	memcpy(names->blocks, from->blocks, octets_of(names));
	return 0;
}

static uint32_t *
block_of(const struct filter_names *names, uint64_t hash)
{
	return names->blocks[((hash >> 32) * names->block_count) >> 32];
}

/* The bit of this hash in a block's word. */
static uint32_t
bit_of(uint64_t hash, unsigned word)
{
	static const uint32_t salts[WORDS] = {0x47b6137bu, 0x44974d91u,
	    0x8824ad5bu, 0xa2b7289du, 0x705495c7u, 0x2df1424bu, 0x9efc4947u,
	    0x5c6bfb31u};

	return UINT32_C(1) << ((uint32_t)hash * salts[word] >> 27);
}

void
filter_names_add(struct filter_names *names, uint64_t hash)
{
	uint32_t *block = block_of(names, hash);

	for (unsigned i = 0; i < WORDS; i++)
		block[i] |= bit_of(hash, i);
	if (names->room > 0)
		names->room--;
}

void
filter_names_expect(const struct filter_names *names, uint64_t hash)
{
	__builtin_prefetch(block_of(names, hash));
}

bool
filter_names_may_have(const struct filter_names *names, uint64_t hash)
{
	const uint32_t *block = block_of(names, hash);

	for (unsigned i = 0; i < WORDS; i++)
		if ((block[i] & bit_of(hash, i)) == 0)
			return false;
	return true;
}
