/*
 * rpz_local.c - the addresses that a response policy zone gives its triggers.
 */
#include "tools/feed/rpz_local.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "policy/grow.h"

#define IPV4_LEN 4
#define IPV6_LEN 16

struct rpz_local_record {
	unsigned long line;
	uint8_t address[IPV6_LEN];
	uint8_t address_len;
	uint8_t kind; /* of the trigger, whose key follows */
	uint8_t scope;
	uint8_t triggers;
	uint16_t key_len;
	uint8_t key[];
};

/* Records are not allocated one by one: libldns takes and frees large pieces
 * for each record that it reads, and small ones that stay between them make
 * malloc() ten times slower. */
#define CHUNK_SIZE ((size_t)1 << 20)

struct rpz_local_chunk {
	struct rpz_local_chunk *next;
	size_t used;
	_Alignas(struct rpz_local_record) uint8_t octets[CHUNK_SIZE];
};

/* An indicator in the making. */
struct merge {
	uint8_t ipv4[POL_ADDRESSES_MAX * IPV4_LEN];
	uint8_t ipv6[POL_ADDRESSES_MAX * IPV6_LEN];
	size_t ipv4_count;
	size_t ipv6_count;
};

static int
make_room(struct rpz_local *local)
{
	struct rpz_local_record **records = pol_grow(local->records,
	    &local->capacity, local->count + 1, sizeof(records[0]), 64);

	if (records == NULL)
		return POL_ENOMEM;
	local->records = records;
	return 0;
}

/* Room for a record with a key of KEY_LEN octets, or NULL. */
static struct rpz_local_record *
new_record(struct rpz_local *local, size_t key_len)
{
	size_t align = _Alignof(struct rpz_local_record);
	size_t size = sizeof(struct rpz_local_record) + key_len;
	struct rpz_local_chunk *chunk = local->chunks;
	void *record;

	size = (size + align - 1) / align * align;
	if (chunk == NULL || CHUNK_SIZE - chunk->used < size) {
		chunk = malloc(sizeof(*chunk));
		if (chunk == NULL)
			return NULL;
		chunk->next = local->chunks;
		chunk->used = 0;
		local->chunks = chunk;
	}
	record = chunk->octets + chunk->used;
	chunk->used += size;
	return record;
}

int
rpz_local_add(struct rpz_local *local, const struct rpz_trigger *trigger,
    const uint8_t *address, size_t len, unsigned long line)
{
	struct rpz_local_record *record;
	struct pol_key key;
	int rc = make_room(local);

	if (rc != 0)
		return rc;
	pol_subject_key(&trigger->subject, &key);
	record = new_record(local, key.len);
	if (record == NULL)
		return POL_ENOMEM;
	record->line = line;
	record->address_len = (uint8_t)len;
	memcpy(record->address, address, len);
	record->kind = (uint8_t)trigger->subject.kind;
	record->scope = (uint8_t)trigger->scope;
	record->triggers = trigger->triggers;
	record->key_len = key.len;
	memcpy(record->key, key.data, key.len);
	local->records[local->count++] = record;
	return 0;
}

void
rpz_local_free(struct rpz_local *local)
{
	while (local->chunks != NULL) {
		struct rpz_local_chunk *chunk = local->chunks;

		local->chunks = chunk->next;
		free(chunk);
	}
	free(local->records);
	*local = (struct rpz_local){.records = NULL};
}

/* The order of triggers; 0 for two records of one. */
static int
compare_triggers(
    const struct rpz_local_record *a, const struct rpz_local_record *b)
{
	int order = (int)a->kind - (int)b->kind;

	if (order == 0)
		order = (int)a->triggers - (int)b->triggers;
	if (order == 0)
		order = (int)a->scope - (int)b->scope;
	if (order == 0)
		order = (int)a->key_len - (int)b->key_len;
	return order != 0 ? order : memcmp(a->key, b->key, a->key_len);
}

static int
compare_records(const void *a, const void *b)
{
	const struct rpz_local_record *const *x = a;
	const struct rpz_local_record *const *y = b;
	int order = compare_triggers(*x, *y);

	if (order != 0)
		return order;
	return (*x)->line < (*y)->line ? -1 : (*x)->line > (*y)->line;
}

static void
reject(struct feed_parse *parse, enum feed_fault fault,
    const struct rpz_local_record *record)
{
	int family = record->address_len == IPV4_LEN ? AF_INET : AF_INET6;
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(family, record->address, text, sizeof(text)) == NULL)
		text[0] = '\0';
	feed_reject(parse, fault, record->line, text_of(text));
}

/* Add a record's address to those of its trigger. */
static void
merge_address(struct merge *merge, const struct rpz_local_record *record,
    struct feed_parse *parse)
{
	bool is_ipv4 = record->address_len == IPV4_LEN;
	uint8_t *addresses = is_ipv4 ? merge->ipv4 : merge->ipv6;
	size_t *count = is_ipv4 ? &merge->ipv4_count : &merge->ipv6_count;
	size_t len = record->address_len;
	size_t i;

	for (i = 0; i < *count; i++)
		if (memcmp(addresses + i * len, record->address, len) == 0) {
			reject(parse, FEED_DUPLICATE, record);
			return;
		}
	if (*count == POL_ADDRESSES_MAX) {
		reject(parse, FEED_OTHER_DATA, record);
		return;
	}
	memcpy(addresses + *count * len, record->address, len);
	(*count)++;
}

/* Put the indicator of the COUNT records of one trigger into the list. */
static int
finish_trigger(struct rpz_local_record *const *records, size_t count,
    struct feed_parse *parse)
{
	const struct rpz_local_record *first = records[0];
	struct pol_indicator indicator = {
	    .scope = first->scope, .triggers = first->triggers};
	struct pol_subject subject;
	struct merge merge = {.ipv4_count = 0};
	size_t i;
	int rc = pol_subject_from_key(
	    first->kind, first->key, first->key_len, &subject);

	if (rc != 0)
		return rc;
	for (i = 0; i < count; i++)
		merge_address(&merge, records[i], parse);
	if (!parse->options.has_action) {
		indicator.action = POL_SINKHOLE;
		indicator.ipv4 = merge.ipv4;
		indicator.ipv4_count = merge.ipv4_count;
		indicator.ipv6 = merge.ipv6;
		indicator.ipv6_count = merge.ipv6_count;
	}
	return pol_list_add(parse->list, &subject, &indicator, first->line);
}

int
rpz_local_finish(struct rpz_local *local, struct feed_parse *parse)
{
	size_t first = 0;
	int rc = 0;

	if (local->count > 0)
		qsort(local->records, local->count, sizeof(local->records[0]),
		    compare_records);
	while (first < local->count && rc == 0) {
		size_t next = first + 1;

		while (next < local->count &&
		       compare_triggers(
			   local->records[first], local->records[next]) == 0)
			next++;
		rc =
		    finish_trigger(local->records + first, next - first, parse);
		first = next;
	}
	return rc;
}
