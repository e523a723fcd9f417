/*
 * store_p.h - what the files of the store share.
 */
#ifndef POL_STORE_P_H
#define POL_STORE_P_H

#include <lmdb.h>

#include "policy/store.h"

struct pol_store {
	MDB_env *env;
	MDB_dbi meta;
	MDB_dbi feed;
	MDB_dbi subject[POL_KINDS]; /* "name", "prefix", "asn" */
	MDB_dbi origin;
	MDB_dbi holder;
	MDB_dbi moment;
	MDB_dbi journal;
	unsigned page_size; /* octets */
};

/* Keys in meta. */
#define META_FORMAT "format"
#define META_SETTINGS "settings"
#define META_RULES "rules"
#define META_CLIENTS "clients"
#define META_LENGTHS "prefix-lengths"
#define META_FRESH "fresh"
#define META_ORIGIN "origin-stamp"

static inline MDB_val
store_val(const void *data, size_t len)
{
	/* LMDB takes a pointer to non-const and does not write through it. */
	union {
		const void *given;
		void *taken;
	} data_pointer = {.given = data};

	return (MDB_val){.mv_size = len, .mv_data = data_pointer.taken};
}

/* Begin an LMDB read transaction; slots of dead readers are given out again. */
int store_begin_read(const struct pol_store *store, MDB_txn **txn);

/* The length that the file's header says, in octets. */
uint64_t store_size_in_header(const struct pol_store *store);

/* Is the file that long? One in which only free pages are missing is given its
 * length. 0, or POL_ECORRUPT with the length as it was. Within a write
 * transaction, so that nobody else makes the file longer meanwhile. */
int store_repair(const struct pol_store *store);

/* A feed's key is its id in network order. */
#define STORE_FEED_KEY_LEN 2
void store_feed_key(uint16_t id, uint8_t *key);

/* Read the settings and the feeds, in order of id, into memory of the
 * caller's: free *FEEDS with free(). */
int store_read_settings(const struct pol_store *store, MDB_txn *txn,
    struct pol_settings *settings);
int store_read_feeds(const struct pol_store *store, MDB_txn *txn,
    struct pol_feed **feeds, size_t *count);

/* The index of the feed with this id among COUNT in order of id, or COUNT. */
size_t store_feed_index(const struct pol_feed *feeds, size_t count,
    uint16_t id);
const struct pol_feed *store_feed_named(const struct pol_feed *feeds,
    size_t count, const char *name);

/* Call VISIT for the indicators in one value of a subject table. */
int store_visit_value(const struct pol_subject *subject, const MDB_val *value,
    pol_visit *visit, void *arg);

/* A snapshot's cursors; 0 or an error. */
enum snapshot_table {
	SNAPSHOT_NAMES,
	SNAPSHOT_PREFIXES,
	SNAPSHOT_ASNS,
	SNAPSHOT_ORIGINS,
	SNAPSHOT_HOLDERS,
	SNAPSHOT_MOMENTS,
	SNAPSHOT_JOURNAL,
	SNAPSHOT_TABLES /* their number */
};
int snapshot_cursor(struct pol_snapshot *snapshot, enum snapshot_table table,
    MDB_cursor **cursor);

/* The entries of a table. 0 or an error. */
int snapshot_count(struct pol_snapshot *snapshot, enum snapshot_table table,
    uint64_t *count);

/* One value of meta, valid as long as the transaction: 1, 0 where there is
 * none, or an error. */
int snapshot_meta(
    const struct pol_snapshot *snapshot, const char *name, MDB_val *value);

/* The range that origin.c found last in this generation; ASN 0: none. */
struct pol_origin;
struct pol_origin *snapshot_last_origin(struct pol_snapshot *snapshot);

/* How many indicators there are for prefixes of each length, of IPv4 and of
 * IPv6: see lengths.c. */
#define STORE_LENGTHS_OF_FAMILY (8 * POL_ADDRESS_OCTETS_MAX + 1)
#define STORE_LENGTHS (2 * STORE_LENGTHS_OF_FAMILY)
#define STORE_LENGTHS_OCTETS (1 + 4 * STORE_LENGTHS)
struct store_lengths {
	uint32_t counts[2][STORE_LENGTHS_OF_FAMILY];
};

/* Read which lengths there are in this transaction. */
int snapshot_load_lengths(struct pol_snapshot *snapshot,
    const struct pol_store *store, MDB_txn *txn);

/* The greatest length up to AT_MOST that some listed prefix has, or -1. */
int snapshot_prefix_length(
    const struct pol_snapshot *snapshot, uint8_t family, int at_most);

/* Read which ASNs are listed in this transaction. */
int snapshot_load_asns(struct pol_snapshot *snapshot,
    const struct pol_store *store, MDB_txn *txn);

/* May this ASN be listed? */
bool snapshot_may_list_asn(const struct pol_snapshot *snapshot, uint32_t asn);

/* The table of a kind of subject. */
static inline enum snapshot_table
snapshot_table(enum pol_kind kind)
{
	return (enum snapshot_table)((int)SNAPSHOT_NAMES + (int)kind);
}

#endif
