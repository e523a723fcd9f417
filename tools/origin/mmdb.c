/*
 * mmdb.c - MaxMind databases (.mmdb) that give an ASN: GeoLite2-ASN, GeoIP2-ISP
 * and others of the same keys.
 *
 * The file is a binary tree of address bits whose leaves are networks. IPv4
 * lives in it as ::/96, and other branches (::ffff:0:0/96, 2002::/16...) lead
 * to the same node: they are no networks of their own and are skipped.
 */
#include <errno.h>
#include <maxminddb.h>
#include <string.h>

#include "policy/error.h"
#include "tools/origin/origin.h"

#define BITS_MAX (8 * POL_ADDRESS_OCTETS_MAX)
#define EMBEDDED_BITS 96 /* of IPv6 in front of an IPv4 address */

static const char asn_key[] = "autonomous_system_number";
static const char organization_key[] = "autonomous_system_organization";

/* A record of the tree: another node, a network or nothing. */
struct branch {
	uint64_t record;
	uint8_t type;
	MMDB_entry_s data;
	uint8_t octets[POL_ADDRESS_OCTETS_MAX]; /* the bits that lead to it */
	unsigned length;			/* their number */
};

struct walk {
	struct origin_parse *parse;
	MMDB_s mmdb;
	unsigned bits;	    /* of its addresses */
	uint64_t nodes;	    /* walked so far */
	uint64_t networks;  /* likewise */
	uint64_t ipv4_node; /* where IPv4 begins in a tree of IPv6 */
	/* What is still to be walked: one branch for each bit, and one more. */
	struct branch pending[BITS_MAX + 2];
	size_t pending_count;
};

/* ---- networks ---- */

static bool
is_embedded(const struct branch *branch)
{
	static const uint8_t zero[EMBEDDED_BITS / 8];

	return branch->length >= EMBEDDED_BITS &&
	       memcmp(branch->octets, zero, sizeof(zero)) == 0;
}

static void
prefix_of(const struct walk *walk, const struct branch *branch,
    struct pol_prefix *prefix)
{
	bool embedded = walk->bits == BITS_MAX && is_embedded(branch);

	pol_address_set(&prefix->address, embedded || walk->bits == 32 ? 4 : 6,
	    branch->octets + (embedded ? EMBEDDED_BITS / 8 : 0));
	prefix->length =
	    (uint8_t)(branch->length - (embedded ? EMBEDDED_BITS : 0));
}

static bool
read_asn(MMDB_entry_s *data, uint32_t *asn)
{
	const char *const path[] = {asn_key, NULL};
	MMDB_entry_data_s value;
	uint64_t number;

	if (MMDB_aget_value(data, &value, path) != MMDB_SUCCESS ||
	    !value.has_data)
		return false;
	if (value.type == MMDB_DATA_TYPE_UINT16)
		number = value.uint16;
	else if (value.type == MMDB_DATA_TYPE_UINT32)
		number = value.uint32;
	else if (value.type == MMDB_DATA_TYPE_UINT64)
		number = value.uint64;
	else
		return false;
	*asn = (uint32_t)number;
	return number <= UINT32_MAX;
}

static struct text
read_organization(MMDB_entry_s *data)
{
	const char *const path[] = {organization_key, NULL};
	MMDB_entry_data_s value;

	if (MMDB_aget_value(data, &value, path) != MMDB_SUCCESS ||
	    !value.has_data || value.type != MMDB_DATA_TYPE_UTF8_STRING)
		return (struct text){NULL, 0};
	return (struct text){value.utf8_string, value.data_size};
}

static int
take_network(struct walk *walk, struct branch *branch)
{
	struct origin_entry entry = {.multi_origin = false};
	char text[POL_PREFIX_TEXT_MAX];
	struct pol_prefix prefix;

	walk->networks++;
	prefix_of(walk, branch, &prefix);
	if (branch->type == MMDB_RECORD_TYPE_DATA &&
	    read_asn(&branch->data, &entry.asn)) {
		origin_set_prefix(&entry, &prefix);
		entry.name = read_organization(&branch->data);
		return origin_accept(walk->parse, &entry);
	}
	pol_prefix_to_text(&prefix, text);
	origin_reject(walk->parse, ORIGIN_BAD_ASN, walk->networks,
	    (struct text){text, strlen(text)});
	return 0;
}

/* ---- the tree ---- */

static void
push(struct walk *walk, const struct branch *parent, unsigned bit,
    uint64_t record, uint8_t type, MMDB_entry_s data)
{
	struct branch *branch = &walk->pending[walk->pending_count++];

	*branch = (struct branch){.record = record,
	    .type = type,
	    .data = data,
	    .length = parent->length + 1};
	memcpy(branch->octets, parent->octets, sizeof(branch->octets));
	if (bit != 0)
		branch->octets[parent->length / 8] |=
		    (uint8_t)(0x80 >> parent->length % 8);
}

/* Zeros are walked first, so IPv4 comes before what else leads to it. */
static bool
is_alias(struct walk *walk, const struct branch *branch)
{
	if (walk->bits == BITS_MAX && branch->length == EMBEDDED_BITS &&
	    is_embedded(branch))
		walk->ipv4_node = branch->record;
	else if (branch->record == walk->ipv4_node)
		return true;
	return false;
}

/* A tree that is whole leads to each node once, and no deeper than an address
 * has bits: what is damaged could be walked for ever. */
static int
walk_node(struct walk *walk, const struct branch *branch)
{
	const MMDB_s *mmdb = &walk->mmdb;
	MMDB_search_node_s node;

	if (is_alias(walk, branch))
		return 0;
	if (walk->nodes == mmdb->metadata.node_count ||
	    branch->length == walk->bits ||
	    MMDB_read_node(mmdb, (uint32_t)branch->record, &node) !=
		MMDB_SUCCESS)
		return origin_fail(
		    walk->parse, POL_EINVAL, "its search tree is damaged");
	walk->nodes++;
	if (walk->parse->progress != NULL &&
	    walk->nodes % ORIGIN_PROGRESS_STEP == 0)
		walk->parse->progress(
		    walk->parse, walk->nodes * mmdb->full_record_byte_size);
	push(walk, branch, 1, node.right_record, node.right_record_type,
	    node.right_record_entry);
	push(walk, branch, 0, node.left_record, node.left_record_type,
	    node.left_record_entry);
	return 0;
}

static int
walk_tree(struct walk *walk)
{
	int error = 0;

	walk->bits = walk->mmdb.metadata.ip_version == 4 ? 32 : BITS_MAX;
	walk->ipv4_node = UINT64_MAX;
	walk->pending[walk->pending_count++] =
	    (struct branch){.type = MMDB_RECORD_TYPE_SEARCH_NODE};
	while (error == 0 && walk->pending_count > 0) {
		struct branch branch = walk->pending[--walk->pending_count];

		if (branch.type == MMDB_RECORD_TYPE_SEARCH_NODE)
			error = walk_node(walk, &branch);
		else if (branch.type != MMDB_RECORD_TYPE_EMPTY)
			error = take_network(walk, &branch);
	}
	return error;
}

static int
parse_mmdb(struct origin_parse *parse)
{
	struct walk walk = {.parse = parse};
	int status = MMDB_open(parse->path, MMDB_MODE_MMAP, &walk.mmdb);
	int error;

	if (status == MMDB_FILE_OPEN_ERROR || status == MMDB_IO_ERROR)
		return origin_fail_errno(parse);
	if (status == MMDB_OUT_OF_MEMORY_ERROR)
		return POL_ENOMEM;
	if (status != MMDB_SUCCESS)
		return origin_fail(parse, POL_EINVAL,
		    "not a MaxMind database: %s", MMDB_strerror(status));
	error = walk_tree(&walk);
	MMDB_close(&walk.mmdb);
	return error;
}

const struct origin_format origin_mmdb = {
    .name = "mmdb",
    .parse = parse_mmdb,
};
