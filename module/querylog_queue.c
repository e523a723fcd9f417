/*
 * querylog_queue.c - records, and the queue between one worker and the writer.
 *
 * Records have different lengths and may wrap around the end of the ring, so
 * both sides copy them; a usual one has some 150 octets.
 */
#include "module/querylog_p.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"

/* ---- records ---- */

static uint8_t
append(struct querylog_record *record, const void *from, size_t len)
{
	if (len > UINT8_MAX)
		len = UINT8_MAX;
	memcpy((uint8_t *)record + record->size, from, len);
	record->size = (uint16_t)(record->size + len);
	return (uint8_t)len;
}

/* CLIENT may be unaligned. */
static void
set_client(struct querylog_record *record, const struct sockaddr *client,
    socklen_t len)
{
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} address = {0};

	memcpy(&address, client, len < sizeof(address) ? len : sizeof(address));
	record->family = (uint8_t)address.any.sa_family;
	if (record->family == AF_INET6)
		memcpy(record->client, &address.ipv6.sin6_addr, 16);
	else
		memcpy(record->client, &address.ipv4.sin_addr, 4);
}

/* What is listed. */
static void
set_listed(struct querylog_record *record, const struct pol_match *match)
{
	const struct pol_address *address = &match->prefix.address;

	record->kind = (uint8_t)match->kind;
	record->listed_len = 0;
	if (match->kind == POL_NAME)
		record->listed_len =
		    append(record, match->name, pol_name_length(match->name));
	if (match->kind == POL_PREFIX) {
		record->prefix_length = match->prefix.length;
		record->listed_len = append(record, address->octets,
		    pol_address_octets(address->family));
	}
	record->asn = match->asn;
}

/* What it was met in. */
static void
set_item(struct querylog_record *record, const struct pol_item *item)
{
	record->item_len = 0;
	if (item == NULL)
		return;
	if (item->name != NULL)
		record->item_len = append(record, item->name, item->name_len);
	else
		record->item_len = append(record, item->address.octets,
		    pol_address_octets(item->address.family));
}

static void
set_holder(struct querylog_record *record, const struct pol_origin *origin)
{
	record->holder_len = 0;
	record->has_origin = origin != NULL;
	if (origin == NULL)
		return;
	record->asn = origin->asn;
	record->holder_len = append(
	    record, origin->holder, strnlen(origin->holder, POL_HOLDER_MAX));
}

void
querylog_record_set(struct querylog_record *record,
    const struct querylog_query *query, const struct pol_match *match)
{
	const struct pol_indicator *indicator = &match->indicator;
	const char *feed = match->feed->name;

	record->size = offsetof(struct querylog_record, data);
	record->second = query->time.tv_sec;
	record->ms = (uint16_t)(query->time.tv_usec / 1000);
	record->qtype = query->qtype;
	set_client(record, query->client, query->client_len);
	record->trigger = (uint8_t)match->trigger;
	record->scope = (uint8_t)indicator->scope;
	record->action = (uint8_t)match->action;
	record->mode = (uint8_t)(query->is_shadow ? POL_SHADOW : match->mode);
	record->qname_len = append(record, query->qname, query->qname_len);
	set_listed(record, match);
	set_item(record, match->item);
	record->feed_len =
	    append(record, feed, strnlen(feed, POL_FEED_NAME_MAX));
	record->reference_len = 0;
	if (indicator->reference != NULL)
		record->reference_len = append(
		    record, indicator->reference, indicator->reference_len);
	set_holder(record, query->origin);
	record->group_len = 0;
	if (query->group != NULL)
		record->group_len = append(record, query->group,
		    strnlen(query->group, POL_GROUP_NAME_MAX));
	record->risk = indicator->risk;
}

/* ---- queues ---- */

/* Room for one record: more than usual ones need, so that a queue holds the
 * records that it was made for although a few of them are long. */
#define RECORD_ROOM 256

_Static_assert(
    QUERYLOG_QUEUE_MIN *RECORD_ROOM > 4 * sizeof(struct querylog_record),
    "the smallest queue holds several of the longest records");

int
querylog_queue_init(struct querylog_queue *queue, size_t records)
{
	size_t size = RECORD_ROOM;

	while (size < records * RECORD_ROOM)
		size *= 2;
	atomic_init(&queue->head, 0);
	atomic_init(&queue->tail, 0);
	atomic_init(&queue->dropped, 0);
	queue->size = size;
	queue->data = malloc(size);
	return queue->data == NULL ? POL_ENOMEM : 0;
}

void
querylog_queue_free(struct querylog_queue *queue)
{
	free(queue->data);
}

static void
copy_in(struct querylog_queue *queue, size_t at, const void *from, size_t len)
{
	size_t offset = at & (queue->size - 1);
	size_t first = queue->size - offset;

	if (first > len)
		first = len;
	memcpy(queue->data + offset, from, first);
	memcpy(queue->data, (const uint8_t *)from + first, len - first);
}

static void
copy_out(const struct querylog_queue *queue, size_t at, void *to, size_t len)
{
	size_t offset = at & (queue->size - 1);
	size_t first = queue->size - offset;

	if (first > len)
		first = len;
	memcpy(to, queue->data + offset, first);
	memcpy((uint8_t *)to + first, queue->data, len - first);
}

bool
querylog_queue_put(
    struct querylog_queue *queue, const struct querylog_record *record)
{
	size_t head, used, half = queue->size / 2;

	head = atomic_load_explicit(&queue->head, memory_order_relaxed);
	used = head - atomic_load_explicit(&queue->tail, memory_order_acquire);
	if (queue->size - used < record->size) {
		atomic_fetch_add_explicit(
		    &queue->dropped, 1, memory_order_relaxed);
		return false;
	}
	copy_in(queue, head, record, record->size);
	atomic_store_explicit(
	    &queue->head, head + record->size, memory_order_release);
	return used < half && used + record->size >= half;
}

bool
querylog_queue_peek(
    const struct querylog_queue *queue, struct querylog_record *record)
{
	size_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);

	if (tail == atomic_load_explicit(&queue->head, memory_order_acquire))
		return false;
	copy_out(queue, tail, &record->size, sizeof(record->size));
	copy_out(queue, tail, record, record->size);
	return true;
}

void
querylog_queue_take(
    struct querylog_queue *queue, const struct querylog_record *record)
{
	atomic_fetch_add_explicit(
	    &queue->tail, record->size, memory_order_release);
}

bool
querylog_queue_half_full(const struct querylog_queue *queue)
{
	size_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);

	return atomic_load_explicit(&queue->head, memory_order_relaxed) -
		   tail >=
	       queue->size / 2;
}
