/*
 * mmdb_writer.h - make small MaxMind databases, whole and damaged, so that the
 * tests need none of anybody else's.
 *
 * Networks go into a binary tree; each has a map of its own in the data
 * section. Fails the running test where something does not fit.
 */
#ifndef MMDB_WRITER_H
#define MMDB_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "policy/address.h"

#define MMDB_NODES 2048
#define MMDB_DATA 16384

/* The kinds of record that a node can have. */
enum mmdb_kind { MMDB_NOTHING, MMDB_NODE, MMDB_NETWORK };

struct mmdb_record {
	enum mmdb_kind kind;
	uint32_t at; /* a node's number, or an offset in the data */
};

struct mmdb {
	unsigned bits;	      /* of its addresses: 32 or 128 */
	unsigned record_size; /* bits of a record: 24, 28 or 32 */
	uint32_t node_count;
	struct mmdb_record nodes[MMDB_NODES][2];
	uint8_t data[MMDB_DATA];
	size_t data_len;
};

/* How an ASN is written down. */
enum mmdb_asn {
	MMDB_ASN_UINT32,
	MMDB_ASN_UINT16,
	MMDB_ASN_UINT64,
	MMDB_ASN_STRING,
	MMDB_ASN_NONE, /* there is no such key */
};

void mmdb_begin(struct mmdb *mmdb, unsigned bits, unsigned record_size);

/*
 * Add a network. An IPv4 PREFIX in a tree of IPv6 goes to ::/96. NAME may be
 * NULL. Prefixes must not overlap.
 */
void mmdb_add(struct mmdb *mmdb, const char *prefix, enum mmdb_asn kind,
    uint64_t asn, const char *name);

/* Let this IPv6 prefix lead to where IPv4 is. */
void mmdb_alias(struct mmdb *mmdb, const char *prefix);

/* Let a prefix lead to a node, or to an offset in the data, of any number. */
void mmdb_set(struct mmdb *mmdb, const char *prefix, struct mmdb_record record);

/* The octets of the file; *LEN of them. Free with free(). */
uint8_t *mmdb_octets(const struct mmdb *mmdb, size_t *len);

#endif
