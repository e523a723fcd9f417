/*
 * prefixes.c - a set of prefixes.
 */
#include "tools/guard/prefixes.h"

#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "policy/grow.h"

struct guard_prefixes {
	struct pol_prefix *entries;
	size_t count;
	size_t room;
};

int
guard_prefixes_new(struct guard_prefixes **prefixes)
{
	struct guard_prefixes *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return POL_ENOMEM;
	*prefixes = made;
	return 0;
}

void
guard_prefixes_free(struct guard_prefixes *prefixes)
{
	if (prefixes == NULL)
		return;
	free(prefixes->entries);
	free(prefixes);
}

int
guard_prefixes_add(
    struct guard_prefixes *prefixes, const struct pol_prefix *prefix)
{
	struct pol_prefix *entries = pol_grow(prefixes->entries,
	    &prefixes->room, prefixes->count + 1, sizeof(*entries), 64);

	if (entries == NULL)
		return POL_ENOMEM;
	prefixes->entries = entries;
	entries[prefixes->count++] = *prefix;
	return 0;
}

int
guard_prefixes_add_special(struct guard_prefixes *prefixes)
{
	static const char *const special[] = {"0.0.0.0/8", "10.0.0.0/8",
	    "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	    "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4",
	    "240.0.0.0/4", "::/8", "100::/64", "2001::/23", "2002::/16",
	    "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(special) / sizeof(special[0]);
	     i++) {
		struct pol_prefix prefix;

		if (pol_prefix_from_text(special[i], strlen(special[i]),
			&prefix) != POL_PREFIX_OK)
			return POL_EINVAL;
		rc = guard_prefixes_add(prefixes, &prefix);
	}
	return rc;
}

static int
compare(const void *a_prefix, const void *b_prefix)
{
	const struct pol_prefix *a = a_prefix, *b = b_prefix;
	int order = pol_address_compare(&a->address, &b->address);

	return order != 0 ? order : (int)a->length - (int)b->length;
}

/* Is B the same as A, or in it? */
static bool
holds(const struct pol_prefix *a, const struct pol_prefix *b)
{
	return a->length <= b->length && pol_prefix_covers(a, &b->address);
}

void
guard_prefixes_seal(struct guard_prefixes *prefixes)
{
	struct pol_prefix *entries = prefixes->entries;
	size_t kept = 0;

	if (prefixes->count == 0)
		return;
	qsort(entries, prefixes->count, sizeof(*entries), compare);
	for (size_t i = 1; i < prefixes->count; i++)
		if (!holds(&entries[kept], &entries[i]))
			entries[++kept] = entries[i];
	prefixes->count = kept + 1;
}

const struct pol_prefix *
guard_prefixes_meet(
    const struct guard_prefixes *prefixes, const struct pol_prefix *prefix)
{
	size_t low = 0, high = prefixes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&prefixes->entries[middle], prefix) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low > 0 && holds(&prefixes->entries[low - 1], prefix))
		return &prefixes->entries[low - 1];
	if (low < prefixes->count && holds(prefix, &prefixes->entries[low]))
		return &prefixes->entries[low];
	return NULL;
}
