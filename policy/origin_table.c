/*
 * origin_table.c - the origin ASN of any address, in memory.
 *
 * All addresses are cut into spans of one ASN each, 0 in the gaps between
 * ranges, so that a span needs its first address only.
 *
 * IPv4: each /16 has spans of its own, the first of which begins where it does.
 * So the upper half of an address says where the spans are, and the lower half
 * is searched for among a few numbers of 16 bits, most often in one cache line.
 *
 * IPv6: spans by the upper half of an address, which is what networks are given
 * out by. What begins within a /64 is in a list of its own, which is short.
 */
#include "policy/origin_table.h"

#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "policy/octets_p.h"
#include "policy/origin_record_p.h"
#include "policy/pages_p.h"
#include "policy/store_p.h"

#define BLOCKS (UINT32_C(1) << 16) /* of IPv4 */

/* A span within a /16: six octets, so that a look at some of them takes one
 * cache line. */
struct low {
	uint16_t begin;
	uint16_t asn[2]; /* its upper and its lower half */
};

/* A span that begins within a /64: up to the next one there, or its end. */
struct inner {
	uint64_t high, low;
	uint32_t asn;
};

/* The spans, all in one piece of memory. */
struct spans {
	void *mapped;
	size_t octets;
	struct inner *inner;
	uint64_t *highs;
	uint32_t *high_asns;
	uint32_t *blocks; /* where those of each /16 begin; and the end */
	struct low *lows;
	size_t low_count, high_count, inner_count;
};

struct pol_origin_table {
	uint8_t stamp[ORIGIN_STAMP_LEN];
	bool has_stamp;
	bool has_begun, is_done; /* reading the database */
	uint32_t block_count;	 /* that have spans so far */
	uint32_t block_asn;	 /* of the last of these */
	uint64_t left;		 /* ranges to be read */
	struct pol_address last; /* of those that were */
	struct spans spans;
};

/* ---- memory ---- */

/* Room for so many spans, none of which is there yet. */
static int
lay_out(struct spans *spans, size_t lows, size_t highs, size_t inner)
{
	size_t octets =
	    inner * sizeof(*spans->inner) +
	    highs * (sizeof(*spans->highs) + sizeof(*spans->high_asns)) +
	    lows * sizeof(*spans->lows) + (BLOCKS + 1) * sizeof(*spans->blocks);
	void *mapped = pages_map(octets);

	if (mapped == NULL)
		return POL_ENOMEM;
	spans->mapped = mapped;
	spans->octets = octets;
	/* What needs most alignment comes first. */
	spans->inner = mapped;
	spans->highs = (uint64_t *)(spans->inner + inner);
	spans->high_asns = (uint32_t *)(spans->highs + highs);
	spans->blocks = spans->high_asns + highs;
	spans->lows = (struct low *)(spans->blocks + BLOCKS + 1);
	spans->low_count = spans->high_count = spans->inner_count = 0;
	return 0;
}

static void
copy(struct spans *spans, const struct spans *from)
{
	memcpy(spans->inner, from->inner,
	    from->inner_count * sizeof(*from->inner));
	memcpy(
	    spans->highs, from->highs, from->high_count * sizeof(*from->highs));
	memcpy(spans->high_asns, from->high_asns,
	    from->high_count * sizeof(*from->high_asns));
	memcpy(
	    spans->blocks, from->blocks, (BLOCKS + 1) * sizeof(*from->blocks));
	memcpy(spans->lows, from->lows, from->low_count * sizeof(*from->lows));
	spans->low_count = from->low_count;
	spans->high_count = from->high_count;
	spans->inner_count = from->inner_count;
}

/* Let go of the room that was not needed. */
static int
shrink(struct spans *spans)
{
	struct spans exact;
	int error = lay_out(
	    &exact, spans->low_count, spans->high_count, spans->inner_count);

	if (error != 0)
		return error;
	copy(&exact, spans);
	pages_unmap(spans->mapped, spans->octets);
	*spans = exact;
	return 0;
}

/* ---- spans ---- */

static struct low
low_of(uint16_t begin, uint32_t asn)
{
	return (struct low){begin, {(uint16_t)(asn >> 16), (uint16_t)asn}};
}

static uint32_t
asn_of(const struct low *low)
{
	return (uint32_t)low->asn[0] << 16 | low->asn[1];
}

/* Have each /16 up to BLOCK begin with a span. */
static void
begin_blocks(struct pol_origin_table *table, uint32_t block)
{
	struct spans *spans = &table->spans;

	for (; table->block_count <= block; table->block_count++) {
		spans->blocks[table->block_count] = (uint32_t)spans->low_count;
		spans->lows[spans->low_count++] = low_of(0, table->block_asn);
	}
}

/* A span begins at ADDRESS, in place of one that begins there. */
static void
begin_ipv4(struct pol_origin_table *table, uint32_t address, uint32_t asn)
{
	struct spans *spans = &table->spans;
	uint16_t low = (uint16_t)address;

	begin_blocks(table, address / BLOCKS);
	if (spans->lows[spans->low_count - 1].begin == low)
		spans->low_count--;
	spans->lows[spans->low_count++] = low_of(low, asn);
	table->block_asn = asn;
}

static void
begin_high(struct spans *spans, uint64_t high, uint32_t asn)
{
	if (spans->high_count == 0 ||
	    spans->highs[spans->high_count - 1] != high)
		spans->highs[spans->high_count++] = high;
	spans->high_asns[spans->high_count - 1] = asn;
}

static void
begin_inner(struct spans *spans, uint64_t high, uint64_t low, uint32_t asn)
{
	struct inner *last = spans->inner + spans->inner_count;

	if (spans->inner_count == 0 || last[-1].high != high ||
	    last[-1].low != low)
		spans->inner_count++;
	else
		last--;
	*last = (struct inner){high, low, asn};
}

static void
begin_ipv6(struct spans *spans, uint64_t high, uint64_t low, uint32_t asn)
{
	if (low != 0)
		begin_inner(spans, high, low, asn);
	/* What begins within a /64 goes on behind it. */
	if (low == 0 || high != UINT64_MAX)
		begin_high(spans, low == 0 ? high : high + 1, asn);
}

/* ---- filling ---- */

static void
add_ipv4(struct pol_origin_table *table, const struct pol_origin *origin)
{
	uint32_t last = (uint32_t)get_big_endian(origin->last.octets, 4);

	begin_ipv4(table, (uint32_t)get_big_endian(origin->first.octets, 4),
	    origin->asn);
	if (last != UINT32_MAX)
		begin_ipv4(table, last + 1, 0);
}

static void
add_ipv6(struct pol_origin_table *table, const struct pol_origin *origin)
{
	struct spans *spans = &table->spans;
	uint64_t high = get_big_endian(origin->last.octets, 8);
	uint64_t low = get_big_endian(origin->last.octets + 8, 8);

	begin_ipv6(spans, get_big_endian(origin->first.octets, 8),
	    get_big_endian(origin->first.octets + 8, 8), origin->asn);
	if (low != UINT64_MAX)
		begin_ipv6(spans, high, low + 1, 0);
	else if (high != UINT64_MAX)
		begin_ipv6(spans, high + 1, 0, 0);
}

/* Ranges come in order, and do not overlap. */
static int
add_range(
    struct pol_origin_table *table, const MDB_val *key, const MDB_val *value)
{
	struct pol_origin origin;
	int error = origin_read_entry(key, value, &origin);

	if (error != 0)
		return error;
	if (table->left-- == 0 ||
	    (table->last.family != 0 &&
		pol_address_compare(&table->last, &origin.first) >= 0))
		return POL_ECORRUPT;
	table->last = origin.last;
	if (origin.last.family == 4)
		add_ipv4(table, &origin);
	else
		add_ipv6(table, &origin);
	return 0;
}

static int
seal(struct pol_origin_table *table)
{
	struct spans *spans = &table->spans;

	begin_blocks(table, BLOCKS - 1);
	spans->blocks[BLOCKS] = (uint32_t)spans->low_count;
	table->is_done = true;
	return shrink(spans);
}

int
pol_origin_table_begin(struct pol_origin_table **table)
{
	struct pol_origin_table *begun = calloc(1, sizeof(*begun));

	if (begun == NULL)
		return POL_ENOMEM;
	*table = begun;
	return 0;
}

/* Room for what there may be: each range has a gap behind it. */
static int
begin_spans(struct pol_origin_table *table, struct pol_snapshot *snapshot)
{
	size_t spans;
	int error = snapshot_count(snapshot, SNAPSHOT_ORIGINS, &table->left);

	if (error != 0)
		return error;
	if (table->left > POL_RANGES_MAX)
		return POL_ECORRUPT;
	table->has_stamp = origin_read_stamp(snapshot, table->stamp) == 1;
	table->has_begun = true;
	table->is_done = table->left == 0;
	if (table->is_done)
		return 0;
	spans = 2 * (size_t)table->left;
	error = lay_out(&table->spans, BLOCKS + spans, 1 + spans, spans);
	if (error == 0)
		begin_high(&table->spans, 0, 0);
	return error;
}

int
pol_origin_table_fill(
    struct pol_origin_table *table, struct pol_snapshot *snapshot, size_t step)
{
	MDB_cursor_op op = table->has_begun ? MDB_NEXT : MDB_FIRST;
	MDB_cursor *cursor;
	MDB_val key, value;
	int error = snapshot_cursor(snapshot, SNAPSHOT_ORIGINS, &cursor);

	if (error == 0 && !table->has_begun)
		error = begin_spans(table, snapshot);
	for (; error == 0 && !table->is_done && step > 0; step--) {
		int code = mdb_cursor_get(cursor, &key, &value, op);

		if (code == MDB_NOTFOUND)
			return seal(table);
		error = code != 0 ? pol_error_from_lmdb(code)
				  : add_range(table, &key, &value);
		op = MDB_NEXT;
	}
	if (error != 0)
		return error;
	return table->is_done ? 0 : 1;
}

void
pol_origin_table_free(struct pol_origin_table *table)
{
	if (table == NULL)
		return;
	pages_unmap(table->spans.mapped, table->spans.octets);
	free(table);
}

/* ---- asking ---- */

bool
pol_origin_table_is_of(
    const struct pol_origin_table *table, const struct pol_snapshot *snapshot)
{
	uint8_t stamp[ORIGIN_STAMP_LEN];

	return table->has_stamp && origin_read_stamp(snapshot, stamp) == 1 &&
	       memcmp(stamp, table->stamp, sizeof(stamp)) == 0;
}

size_t
pol_origin_table_memory(const struct pol_origin_table *table)
{
	return sizeof(*table) + table->spans.octets;
}

/* The last span that begins at ADDRESS or before; one does, in each /16. */
static uint32_t
find_ipv4(const struct spans *spans, uint32_t address)
{
	const uint32_t *block = &spans->blocks[address / BLOCKS];
	uint32_t at = block[0];
	uint16_t low = (uint16_t)address;

	for (uint32_t left = block[1] - at; left > 1;) {
		uint32_t half = left / 2;

		at = spans->lows[at + half].begin <= low ? at + half : at;
		left -= half;
	}
	return asn_of(&spans->lows[at]);
}

/* What begins within this /64; false where ADDRESS is before all of it. */
static bool
find_inner(
    const struct spans *spans, uint64_t high, uint64_t low, uint32_t *asn)
{
	size_t at = 0; /* those that begin at the address or before */

	for (size_t left = spans->inner_count; left > 0;) {
		size_t half = left / 2;
		const struct inner *inner = &spans->inner[at + half];

		if (inner->high < high ||
		    (inner->high == high && inner->low <= low)) {
			at += half + 1;
			left -= half + 1;
		} else {
			left = half;
		}
	}
	if (at == 0 || spans->inner[at - 1].high != high)
		return false;
	*asn = spans->inner[at - 1].asn;
	return true;
}

static uint32_t
find_ipv6(const struct spans *spans, uint64_t high, uint64_t low)
{
	size_t at = 0; /* the first span begins at 0 */
	uint32_t asn;

	if (find_inner(spans, high, low, &asn))
		return asn;
	for (size_t left = spans->high_count; left > 1;) {
		size_t half = left / 2;

		at = spans->highs[at + half] <= high ? at + half : at;
		left -= half;
	}
	return spans->high_asns[at];
}

static const uint32_t *
block_of(const struct spans *spans, const struct pol_address *address)
{
	return &spans->blocks[get_big_endian(address->octets, 2)];
}

void
pol_origin_table_expect(
    const struct pol_origin_table *table, const struct pol_address *address)
{
	if (table->spans.mapped != NULL && address->family == 4)
		__builtin_prefetch(block_of(&table->spans, address));
}

void
pol_origin_table_expect_now(
    const struct pol_origin_table *table, const struct pol_address *address)
{
	const struct spans *spans = &table->spans;

	if (spans->mapped != NULL && address->family == 4)
		__builtin_prefetch(&spans->lows[*block_of(spans, address)]);
}

uint32_t
pol_origin_table_find(
    const struct pol_origin_table *table, const struct pol_address *address)
{
	if (table->spans.mapped == NULL)
		return 0;
	return address->family == 4
		   ? find_ipv4(&table->spans,
			 (uint32_t)get_big_endian(address->octets, 4))
		   : find_ipv6(&table->spans,
			 get_big_endian(address->octets, 8),
			 get_big_endian(address->octets + 8, 8));
}
