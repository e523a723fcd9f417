/*
 * holders.c - who holds which ASN, gathered before it goes into the database.
 *
 * Sources say it with every range, so most of what comes is known already: a
 * hash table by ASN (open addressing, at most half full) tells at once. The
 * names lie one behind another in one block.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "policy/grow.h"
#include "policy/ranges_p.h"
#include "policy/utf8.h"

#define SLOTS_FIRST 4096 /* a power of two */

struct holder {
	uint32_t asn;
	uint32_t name; /* where it begins in the block */
	uint8_t len;   /* 0: not known */
	char country[3];
};

struct holders {
	struct holder *entries;
	size_t count;
	uint32_t *slots; /* index of an entry plus 1, or 0 */
	size_t slot_count;
	char *names;
	size_t names_len;
	size_t names_size;
};

/* ---- the table ---- */

int
holders_new(struct holders **holders)
{
	struct holders *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return POL_ENOMEM;
	*holders = made;
	return 0;
}

void
holders_free(struct holders *holders)
{
	if (holders == NULL)
		return;
	free(holders->entries);
	free(holders->slots);
	free(holders->names);
	free(holders);
}

/* The slot of ASN, or the free one where it belongs. */
static uint32_t *
find_slot(uint32_t *slots, size_t slot_count, const struct holder *entries,
    uint32_t asn)
{
	/* Multiplying by the golden ratio spreads neighbours. */
	size_t at = (size_t)(asn * UINT32_C(0x9e3779b9)) >> 7;

	for (;; at++) {
		uint32_t *slot = &slots[at & (slot_count - 1)];

		if (*slot == 0 || entries[*slot - 1].asn == asn)
			return slot;
	}
}

/* Make room for twice as many entries. */
static int
grow(struct holders *holders)
{
	size_t slot_count =
	    holders->slot_count > 0 ? 2 * holders->slot_count : SLOTS_FIRST;
	uint32_t *slots = calloc(slot_count, sizeof(*slots));
	struct holder *entries =
	    realloc(holders->entries, slot_count / 2 * sizeof(*entries));

	if (entries != NULL)
		holders->entries = entries;
	if (slots == NULL || entries == NULL) {
		free(slots);
		return POL_ENOMEM;
	}
	for (size_t i = 0; i < holders->count; i++)
		*find_slot(slots, slot_count, entries, entries[i].asn) =
		    (uint32_t)i + 1;
	free(holders->slots);
	holders->slots = slots;
	holders->slot_count = slot_count;
	return 0;
}

/* The entry of ASN, a new one where it has none. */
static int
find_or_add(struct holders *holders, uint32_t asn, struct holder **entry)
{
	uint32_t *slot;
	int error;

	if (holders->count == holders->slot_count / 2) {
		error = grow(holders);
		if (error != 0)
			return error;
	}
	slot = find_slot(
	    holders->slots, holders->slot_count, holders->entries, asn);
	if (*slot == 0) {
		if (holders->count == POL_HOLDERS_MAX)
			return POL_ERANGE;
		holders->entries[holders->count] = (struct holder){.asn = asn};
		*slot = (uint32_t)++holders->count;
	}
	*entry = &holders->entries[*slot - 1];
	return 0;
}

/* ---- names ---- */

/* The octets of the printable character at TEXT, or 0 where there is none:
 * UTF-8, and no control character (U+0000 to U+001F, U+007F to U+009F). */
static size_t
character_length(const char *text, size_t len)
{
	size_t octets = pol_utf8_length(text, len);
	uint8_t lead = (uint8_t)text[0];

	if (octets == 1 && (lead < 0x20 || lead == 0x7f))
		return 0;
	if (octets == 2 && lead == 0xc2 && (uint8_t)text[1] < 0xa0)
		return 0;
	return octets;
}

/* Copy what is printable, and '?' for each octet that is not. Returns the
 * length of the copy. */
static size_t
copy_name(char *copy, const char *name, size_t len)
{
	size_t used = 0;
	size_t octets;

	for (size_t i = 0; i < len; i += octets) {
		size_t known = character_length(name + i, len - i);

		octets = known > 0 ? known : 1;
		if (used + octets > POL_HOLDER_MAX)
			break;
		if (known > 0)
			memcpy(copy + used, name + i, known);
		else
			copy[used] = '?';
		used += octets;
	}
	return used;
}

static int
set_name(
    struct holders *holders, struct holder *entry, const char *name, size_t len)
{
	char *names = pol_grow(holders->names, &holders->names_size,
	    holders->names_len + POL_HOLDER_MAX, 1, 0);

	if (names == NULL)
		return POL_ENOMEM;
	holders->names = names;
	entry->name = (uint32_t)holders->names_len;
	entry->len = (uint8_t)copy_name(names + holders->names_len, name, len);
	holders->names_len += entry->len;
	return 0;
}

static bool
is_country(const char *country)
{
	return country[0] >= 'A' && country[0] <= 'Z' && country[1] >= 'A' &&
	       country[1] <= 'Z' && country[2] == '\0';
}

int
holders_add(struct holders *holders, uint32_t asn, const char *holder,
    size_t len, const char *country)
{
	struct holder *entry;
	int error;

	if (asn == 0 || (len == 0 && !is_country(country)))
		return 0;
	error = find_or_add(holders, asn, &entry);
	if (error != 0)
		return error;
	if (entry->country[0] == '\0' && is_country(country))
		strcpy(entry->country, country);
	if (entry->len > 0)
		return 0;
	return set_name(holders, entry, holder, len);
}

/* ---- in order ---- */

static int
compare_holders(const void *a_holder, const void *b_holder)
{
	const struct holder *a = a_holder, *b = b_holder;

	return a->asn < b->asn ? -1 : a->asn > b->asn;
}

void
holders_sort(struct holders *holders)
{
	if (holders->count > 0)
		qsort(holders->entries, holders->count,
		    sizeof(*holders->entries), compare_holders);
}

size_t
holders_count(const struct holders *holders)
{
	return holders->count;
}

void
holders_get(const struct holders *holders, size_t n, struct pol_origin *origin)
{
	const struct holder *entry = &holders->entries[n];

	origin->asn = entry->asn;
	strcpy(origin->country, entry->country);
	if (entry->len > 0)
		memcpy(
		    origin->holder, holders->names + entry->name, entry->len);
	origin->holder[entry->len] = '\0';
}
