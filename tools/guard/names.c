/*
 * names.c - a set of names.
 */
#include "tools/guard/names.h"

#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "policy/grow.h"

#define OCTETS_FIRST ((size_t)1 << 16)
#define ENTRIES_FIRST ((size_t)1 << 10)

struct entry {
	uint32_t at; /* where its key begins */
	uint16_t len;
	uint8_t scope;
};

struct guard_names {
	uint8_t *octets;
	size_t used;
	size_t size;
	struct entry *entries;
	size_t count;
	size_t room;
};

int
guard_names_new(struct guard_names **names)
{
	struct guard_names *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return POL_ENOMEM;
	*names = made;
	return 0;
}

void
guard_names_free(struct guard_names *names)
{
	if (names == NULL)
		return;
	free(names->octets);
	free(names->entries);
	free(names);
}

static bool
make_room(struct guard_names *names, size_t len)
{
	size_t need = names->used + len;
	uint8_t *octets =
	    need <= UINT32_MAX
		? pol_grow(names->octets, &names->size, need, 1, OCTETS_FIRST)
		: NULL;
	struct entry *entries = pol_grow(names->entries, &names->room,
	    names->count + 1, sizeof(*entries), ENTRIES_FIRST);

	if (octets != NULL)
		names->octets = octets;
	if (entries != NULL)
		names->entries = entries;
	return octets != NULL && entries != NULL;
}

int
guard_names_add(struct guard_names *names, const struct pol_name *name,
    enum pol_scope scope)
{
	struct pol_key key;

	pol_key_from_name(name, &key);
	if (!make_room(names, key.len))
		return POL_ENOMEM;
	memcpy(names->octets + names->used, key.data, key.len);
	names->entries[names->count++] =
	    (struct entry){(uint32_t)names->used, key.len, (uint8_t)scope};
	names->used += key.len;
	return 0;
}

/* ---- order ---- */

static int
compare_entries(const void *a_entry, const void *b_entry, void *octets)
{
	const struct entry *a = a_entry, *b = b_entry;
	const uint8_t *base = octets;

	return pol_key_compare(base + a->at, a->len, base + b->at, b->len);
}

static const uint8_t *
key_of(const struct guard_names *names, const struct entry *entry)
{
	return names->octets + entry->at;
}

/* Is B the name of A, or below it? */
static bool
is_within(const struct guard_names *names, const struct entry *a,
    const struct entry *b)
{
	return pol_key_within(
	    key_of(names, b), b->len, key_of(names, a), a->len);
}

void
guard_names_seal(struct guard_names *names)
{
	struct entry *entries = names->entries;
	size_t kept = 0;

	if (names->count == 0)
		return;
	qsort_r(entries, names->count, sizeof(*entries), compare_entries,
	    names->octets);
	for (size_t i = 1; i < names->count; i++) {
		struct entry *last = &entries[kept];
		const struct entry *next = &entries[i];

		if (next->len == last->len && is_within(names, last, next)) {
			if (next->scope != last->scope)
				last->scope = POL_SUBTREE;
		} else if (last->scope == POL_EXACT ||
			   !is_within(names, last, next)) {
			entries[++kept] = *next;
		}
	}
	names->count = kept + 1;
}

/* ---- asking ---- */

/* The number of entries that do not come after KEY. */
static size_t
count_up_to(const struct guard_names *names, const uint8_t *key, size_t len)
{
	size_t low = 0, high = names->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct entry *entry = &names->entries[middle];

		if (pol_key_compare(
			key_of(names, entry), entry->len, key, len) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Does ENTRY, at or above a name, cover something of what SCOPE covers there?
 */
static bool
reaches(const struct entry *entry, size_t len, enum pol_scope scope)
{
	if (entry->len < len)
		return entry->scope != POL_EXACT;
	return !(entry->scope == POL_EXACT && scope == POL_BELOW) &&
	       !(entry->scope == POL_BELOW && scope == POL_EXACT);
}

enum guard_meeting
guard_names_meet(const struct guard_names *names, const uint8_t *key,
    size_t len, enum pol_scope scope, struct guard_key *met)
{
	size_t next = count_up_to(names, key, len);
	const struct entry *entry;

	if (next > 0) {
		entry = &names->entries[next - 1];
		if (pol_key_within(
			key, len, key_of(names, entry), entry->len) &&
		    reaches(entry, len, scope)) {
			*met = (struct guard_key){
			    key_of(names, entry), entry->len};
			return GUARD_WITHIN;
		}
	}
	if (scope != POL_EXACT && next < names->count) {
		entry = &names->entries[next];
		if (pol_key_within(
			key_of(names, entry), entry->len, key, len)) {
			*met = (struct guard_key){
			    key_of(names, entry), entry->len};
			return GUARD_ABOVE;
		}
	}
	return GUARD_APART;
}
