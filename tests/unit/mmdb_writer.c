/*
 * mmdb_writer.c - make small MaxMind databases: see the format's
 * specification, version 2.0.
 */
#include "mmdb_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* Types of the data section. */
enum {
	TYPE_STRING = 2,
	TYPE_UINT16 = 5,
	TYPE_UINT32 = 6,
	TYPE_MAP = 7,
	TYPE_UINT64 = 9,
	TYPE_ARRAY = 11,
};

#define SEPARATOR 16 /* zero octets between tree and data */
#define METADATA_MAX 512

static const char marker[] = "\xab\xcd\xefMaxMind.com";

/* ---- data ---- */

struct out {
	uint8_t *octets;
	size_t len;
	size_t size;
};

static void
put(struct out *out, const void *octets, size_t len)
{
	assert_true(out->len + len <= out->size);
	memcpy(out->octets + out->len, octets, len);
	out->len += len;
}

static void
put_octet(struct out *out, unsigned octet)
{
	uint8_t one = (uint8_t)octet;

	put(out, &one, 1);
}

/* Types over 7 have an octet of their own, and sizes over 28 another one. */
static void
put_control(struct out *out, unsigned type, size_t size)
{
	unsigned short_size = size < 29 ? (unsigned)size : 29;

	assert_in_range(size, 0, 29 + 255);
	put_octet(out, (type <= 7 ? type << 5 : 0) | short_size);
	if (type > 7)
		put_octet(out, type - 7);
	if (size >= 29)
		put_octet(out, (unsigned)size - 29);
}

static void
put_string(struct out *out, const char *text)
{
	put_control(out, TYPE_STRING, strlen(text));
	put(out, text, strlen(text));
}

static void
put_number(struct out *out, unsigned type, uint64_t number)
{
	unsigned octets = 0;

	while (octets < 8 && number >> 8 * octets != 0)
		octets++;
	put_control(out, type, octets);
	while (octets-- > 0)
		put_octet(out, (unsigned)(number >> 8 * octets));
}

static void
put_asn(struct out *out, enum mmdb_asn kind, uint64_t asn)
{
	static const unsigned types[] = {[MMDB_ASN_UINT32] = TYPE_UINT32,
	    [MMDB_ASN_UINT16] = TYPE_UINT16,
	    [MMDB_ASN_UINT64] = TYPE_UINT64};

	if (kind == MMDB_ASN_NONE)
		return;
	put_string(out, "autonomous_system_number");
	if (kind == MMDB_ASN_STRING)
		put_string(out, "AS64500");
	else
		put_number(out, types[kind], asn);
}

/* ---- the tree ---- */

void
mmdb_begin(struct mmdb *mmdb, unsigned bits, unsigned record_size)
{
	memset(mmdb, 0, sizeof(*mmdb));
	mmdb->bits = bits;
	mmdb->record_size = record_size;
	mmdb->node_count = 1;
}

/* The record that LENGTH bits lead to; nodes on the way are made. */
static struct mmdb_record *
record_at(struct mmdb *mmdb, const uint8_t *octets, unsigned length)
{
	struct mmdb_record *record = NULL;
	uint32_t node = 0;

	assert_in_range(length, 1, mmdb->bits);
	for (unsigned bit = 0; bit < length; bit++) {
		unsigned side = octets[bit / 8] >> (7 - bit % 8) & 1;

		record = &mmdb->nodes[node][side];
		if (bit + 1 == length)
			break;
		if (record->kind == MMDB_NOTHING) {
			assert_in_range(mmdb->node_count, 1, MMDB_NODES - 1);
			record->kind = MMDB_NODE;
			record->at = mmdb->node_count++;
		}
		assert_int_equal(record->kind, MMDB_NODE);
		node = record->at;
	}
	return record;
}

static struct mmdb_record *
record_of(struct mmdb *mmdb, const char *text)
{
	uint8_t octets[POL_ADDRESS_OCTETS_MAX] = {0};
	struct pol_prefix prefix = {.length = 0};
	unsigned lead;

	assert_int_equal(
	    pol_prefix_from_text(text, strlen(text), &prefix), POL_PREFIX_OK);
	lead = mmdb->bits - 8 * pol_address_octets(prefix.address.family);
	memcpy(octets + lead / 8, prefix.address.octets,
	    pol_address_octets(prefix.address.family));
	return record_at(mmdb, octets, lead + prefix.length);
}

void
mmdb_add(struct mmdb *mmdb, const char *prefix, enum mmdb_asn kind,
    uint64_t asn, const char *name)
{
	struct mmdb_record *record = record_of(mmdb, prefix);
	struct out out = {mmdb->data, mmdb->data_len, sizeof(mmdb->data)};

	assert_int_equal(record->kind, MMDB_NOTHING);
	record->kind = MMDB_NETWORK;
	record->at = (uint32_t)mmdb->data_len;
	put_control(&out, TYPE_MAP, (kind != MMDB_ASN_NONE) + (name != NULL));
	put_asn(&out, kind, asn);
	if (name != NULL) {
		put_string(&out, "autonomous_system_organization");
		put_string(&out, name);
	}
	mmdb->data_len = out.len;
}

void
mmdb_set(struct mmdb *mmdb, const char *prefix, struct mmdb_record record)
{
	*record_of(mmdb, prefix) = record;
}

void
mmdb_alias(struct mmdb *mmdb, const char *prefix)
{
	mmdb_set(mmdb, prefix, *record_of(mmdb, "::/96"));
}

/* ---- the file ---- */

static void
put_metadata(struct out *out, const struct mmdb *mmdb)
{
	put(out, marker, sizeof(marker) - 1);
	put_control(out, TYPE_MAP, 9);
	put_string(out, "node_count");
	put_number(out, TYPE_UINT32, mmdb->node_count);
	put_string(out, "record_size");
	put_number(out, TYPE_UINT16, mmdb->record_size);
	put_string(out, "ip_version");
	put_number(out, TYPE_UINT16, mmdb->bits == 32 ? 4 : 6);
	put_string(out, "database_type");
	put_string(out, "Test-ASN");
	put_string(out, "languages");
	put_control(out, TYPE_ARRAY, 1);
	put_string(out, "en");
	put_string(out, "binary_format_major_version");
	put_number(out, TYPE_UINT16, 2);
	put_string(out, "binary_format_minor_version");
	put_number(out, TYPE_UINT16, 0);
	put_string(out, "build_epoch");
	put_number(out, TYPE_UINT64, 1700000000);
	put_string(out, "description");
	put_control(out, TYPE_MAP, 1);
	put_string(out, "en");
	put_string(out, "A test");
}

static uint32_t
record_number(const struct mmdb *mmdb, struct mmdb_record record)
{
	switch (record.kind) {
	case MMDB_NODE:
		return record.at;
	case MMDB_NETWORK:
		return mmdb->node_count + SEPARATOR + record.at;
	case MMDB_NOTHING:
		break;
	}
	return mmdb->node_count;
}

static void
put_node(struct out *out, const struct mmdb *mmdb, uint32_t node)
{
	uint32_t left = record_number(mmdb, mmdb->nodes[node][0]);
	uint32_t right = record_number(mmdb, mmdb->nodes[node][1]);

	if (mmdb->record_size == 32)
		put_octet(out, left >> 24);
	put_octet(out, left >> 16);
	put_octet(out, left >> 8);
	put_octet(out, left);
	/* Of 28 bits, the middle octet has the highest four of both. */
	if (mmdb->record_size == 28)
		put_octet(out, (left >> 24 & 0x0f) << 4 | (right >> 24 & 0x0f));
	if (mmdb->record_size == 32)
		put_octet(out, right >> 24);
	put_octet(out, right >> 16);
	put_octet(out, right >> 8);
	put_octet(out, right);
}

uint8_t *
mmdb_octets(const struct mmdb *mmdb, size_t *len)
{
	static const uint8_t separator[SEPARATOR];
	struct out out = {.size = mmdb->node_count * 8 + SEPARATOR +
				  mmdb->data_len + METADATA_MAX};

	out.octets = malloc(out.size);
	assert_non_null(out.octets);
	for (uint32_t node = 0; node < mmdb->node_count; node++)
		put_node(&out, mmdb, node);
	put(&out, separator, sizeof(separator));
	put(&out, mmdb->data, mmdb->data_len);
	put_metadata(&out, mmdb);
	*len = out.len;
	return out.octets;
}
