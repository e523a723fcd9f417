/*
 * tally.c - summing a log up by name.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "tools/log/tally.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "policy/error.h"

#define FIRST_SIZE 1024 /* places of a table at first; a power of two */
#define SHOWN_STEP 4

/* Open addressing, at most half full. */
struct clients {
	uint64_t *hashes; /* of a name or a group, and a client; 0: none */
	size_t size;
	size_t count;
};

struct tally {
	uint64_t seed;
	size_t shown;
	struct tally_sum sums[TALLY_GROUPS];
	struct tally_name **names; /* by hash, then sorted */
	size_t size;
	size_t count;
	struct clients clients;
	bool is_full;
};

int
tally_new(size_t shown, struct tally **tally)
{
	struct tally *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return POL_ENOMEM;
	made->shown = shown;
	made->names = calloc(FIRST_SIZE, sizeof(struct tally_name *));
	made->size = FIRST_SIZE;
	made->clients.hashes = calloc(FIRST_SIZE, sizeof(uint64_t));
	made->clients.size = FIRST_SIZE;
	if (made->names == NULL || made->clients.hashes == NULL) {
		tally_free(made);
		return POL_ENOMEM;
	}
	/* Whoever wants the table slow or a client uncounted must guess it. */
	if (getrandom(&made->seed, sizeof(made->seed), 0) < 0)
		made->seed = (uint64_t)(uintptr_t)made;
	*tally = made;
	return 0;
}

void
tally_free(struct tally *tally)
{
	if (tally == NULL)
		return;
	for (size_t i = 0; tally->names != NULL && i < tally->size; i++) {
		if (tally->names[i] == NULL)
			continue;
		free(tally->names[i]->shown);
		free(tally->names[i]);
	}
	free(tally->names);
	free(tally->clients.hashes);
	free(tally);
}

uint64_t
tally_hash(const struct tally *tally, const struct pol_name *name)
{
	return XXH3_64bits_withSeed(name->wire, name->len, tally->seed);
}

const struct tally_sum *
tally_sum(const struct tally *tally, unsigned group)
{
	return &tally->sums[group];
}

bool
tally_is_full(const struct tally *tally)
{
	return tally->is_full;
}

uint64_t
tally_count(const uint64_t counts[LOG_KINDS])
{
	return counts[LOG_ASKED] > counts[LOG_ANSWERED] ? counts[LOG_ASKED]
							: counts[LOG_ANSWERED];
}

/* ---- clients ---- */

static size_t
find_hash(const struct clients *clients, uint64_t hash)
{
	size_t at = hash & (clients->size - 1);

	while (clients->hashes[at] != 0 && clients->hashes[at] != hash)
		at = (at + 1) & (clients->size - 1);
	return at;
}

static int
grow_clients(struct clients *clients)
{
	struct clients grown = {
	    .size = 2 * clients->size, .count = clients->count};

	grown.hashes = calloc(grown.size, sizeof(uint64_t));
	if (grown.hashes == NULL)
		return POL_ENOMEM;
	for (size_t i = 0; i < clients->size; i++)
		if (clients->hashes[i] != 0)
			grown.hashes[find_hash(&grown, clients->hashes[i])] =
			    clients->hashes[i];
	free(clients->hashes);
	*clients = grown;
	return 0;
}

/* Is the client of RECORD new to what has OWNER as its hash? 1, 0, or
 * POL_ENOMEM. */
static int
add_client(struct tally *tally, uint64_t owner, const struct log_record *record)
{
	struct clients *clients = &tally->clients;
	uint64_t hash = XXH3_64bits_withSeed(record->client.octets,
	    pol_address_octets(record->client.family), owner);
	size_t at;

	hash |= 1;
	at = find_hash(clients, hash);
	if (clients->hashes[at] == hash)
		return 0;
	if (clients->count == TALLY_CLIENTS_MAX) {
		tally->is_full = true;
		return 0;
	}
	clients->hashes[at] = hash;
	clients->count++;
	if (2 * clients->count > clients->size && grow_clients(clients) != 0)
		return POL_ENOMEM;
	return 1;
}

static int
show_client(const struct tally *tally, struct tally_name *name,
    const struct log_record *record)
{
	if (name->shown_count == tally->shown)
		return 0;
	/* Full at 4, 8, 16...: then there is room for as many again. */
	if (name->shown_count == 0 ||
	    (name->shown_count >= SHOWN_STEP &&
		(name->shown_count & (name->shown_count - 1)) == 0)) {
		size_t size =
		    name->shown_count == 0 ? SHOWN_STEP : 2 * name->shown_count;
		struct pol_address *shown =
		    realloc(name->shown, size * sizeof(*shown));

		if (shown == NULL)
			return POL_ENOMEM;
		name->shown = shown;
	}
	name->shown[name->shown_count++] = record->client;
	return 0;
}

/* ---- names ---- */

static size_t
find_name(struct tally_name *const *names, size_t size, uint64_t hash,
    const uint8_t *wire)
{
	size_t len = pol_name_length(wire);
	size_t at = hash & (size - 1);

	while (
	    names[at] != NULL && (names[at]->hash != hash ||
				     pol_name_length(names[at]->name) != len ||
				     memcmp(names[at]->name, wire, len) != 0))
		at = (at + 1) & (size - 1);
	return at;
}

static int
grow_names(struct tally *tally)
{
	size_t size = 2 * tally->size;
	struct tally_name **names = calloc(size, sizeof(struct tally_name *));

	if (names == NULL)
		return POL_ENOMEM;
	for (size_t i = 0; i < tally->size; i++) {
		struct tally_name *name = tally->names[i];

		if (name != NULL)
			names[find_name(names, size, name->hash, name->name)] =
			    name;
	}
	free(tally->names);
	tally->names = names;
	tally->size = size;
	return 0;
}

/* The name of RECORD, new where it was not there; *FOUND is NULL where there
 * is no room. 0 or POL_ENOMEM. */
static int
get_name(struct tally *tally, unsigned group, const struct log_record *record,
    uint64_t hash, struct tally_name **found)
{
	size_t at =
	    find_name(tally->names, tally->size, hash, record->name.wire);
	struct tally_name *name = tally->names[at];
	uint8_t *wire;

	*found = name;
	if (name != NULL)
		return 0;
	if (tally->count == TALLY_NAMES_MAX) {
		tally->is_full = true;
		return 0;
	}
	name = calloc(1, sizeof(*name) + record->name.len);
	if (name == NULL)
		return POL_ENOMEM;
	wire = (uint8_t *)(name + 1);
	memcpy(wire, record->name.wire, record->name.len);
	name->name = wire;
	name->hash = hash;
	name->group = group;
	tally->names[at] = name;
	tally->count++;
	tally->sums[group].names++;
	*found = name;
	return 2 * tally->count > tally->size ? grow_names(tally) : 0;
}

/* ---- counting ---- */

static void
add_count(struct tally_sum *sum, const struct log_record *record, bool is_early)
{
	sum->counts[record->kind] += record->count;
	if (is_early)
		sum->early[record->kind] += record->count;
}

static int
add_to_name(struct tally *tally, struct tally_name *name,
    const struct log_record *record, bool is_early)
{
	int is_new;

	add_count(&name->sum, record, is_early);
	if (record->time != 0 &&
	    (name->first == 0 || record->time < name->first))
		name->first = record->time;
	if (record->time > name->last)
		name->last = record->time;
	if (!record->has_client)
		return 0;
	is_new = add_client(tally, name->hash, record);
	if (is_new <= 0)
		return is_new;
	name->sum.clients++;
	return show_client(tally, name, record);
}

int
tally_add(struct tally *tally, unsigned group, const struct log_record *record,
    uint64_t hash, int64_t since)
{
	bool is_early = record->time != 0 && record->time < since;
	struct tally_sum *sum = &tally->sums[group];
	struct tally_name *name;
	int rc = get_name(tally, group, record, hash, &name);

	if (rc != 0)
		return rc;
	add_count(sum, record, is_early);
	if (record->has_client) {
		rc = add_client(tally, tally->seed + group, record);
		if (rc < 0)
			return rc;
		sum->clients += (uint64_t)rc;
	}
	return name == NULL ? 0 : add_to_name(tally, name, record, is_early);
}

/* ---- the order ---- */

static int
compare_names(const void *a, const void *b)
{
	const struct tally_name *const *first = a, *const *second = b;
	uint64_t count = tally_count((*first)->sum.counts);
	uint64_t other = tally_count((*second)->sum.counts);

	if (count != other)
		return count > other ? -1 : 1;
	return strcmp(
	    (const char *)(*first)->name, (const char *)(*second)->name);
}

const struct tally_name *const *
tally_sort(struct tally *tally, size_t *count)
{
	size_t used = 0;

	for (size_t i = 0; i < tally->size; i++)
		if (tally->names[i] != NULL)
			tally->names[used++] = tally->names[i];
	for (size_t i = used; i < tally->size; i++)
		tally->names[i] = NULL;
	qsort(tally->names, used, sizeof(struct tally_name *), compare_names);
	*count = used;
	return (const struct tally_name *const *)tally->names;
}
