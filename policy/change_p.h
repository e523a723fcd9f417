/*
 * change_p.h - what the files that write the database share.
 */
#ifndef POL_CHANGE_P_H
#define POL_CHANGE_P_H

#include "policy/store_p.h"

struct journal;

/* Names that a change lists, see fresh.c: the hashes of their keys. */
#define CHANGE_FRESH_MAX 256
struct change_fresh {
	uint64_t hashes[CHANGE_FRESH_MAX];
	size_t count;
	bool many;	/* more than these */
	bool addresses; /* prefixes, ASNs or origin ranges changed, too */
};

struct pol_change {
	struct pol_store *store;
	MDB_txn *txn;
	int error;  /* the first one; POL_OK while all went well */
	bool dirty; /* something was written */
	struct pol_settings settings;
	struct pol_feed *feeds; /* in order of id */
	size_t feed_count;
	bool feeds_touched; /* times or counts differ from the database */
	struct store_lengths lengths;
	bool lengths_touched;
	int64_t begun;      /* when; for what is past by then */
	int64_t *moments;   /* to be added, see moments.c */
	size_t moment_count;
	size_t moment_size;
	struct change_fresh fresh;
	struct journal *journal; /* NULL: nobody signed the change */
	uint8_t *value;     /* one being put together */
	size_t value_len;
	size_t value_size;
};

/* Keep the first error. Returns whether all is well so far. */
bool change_check(struct pol_change *change, int error);

/* The feed with this id, or NULL and the error POL_ENOENT. */
struct pol_feed *change_feed(struct pol_change *change, uint16_t id);

/* Write a feed as it is in the change. */
void change_put_feed(struct pol_change *change, const struct pol_feed *feed);

/* A cursor on the table of this kind; NULL and an error in the change. */
MDB_cursor *change_open_cursor(struct pol_change *change, enum pol_kind kind);

/*
 * A subject's value is put together by change_value_begin(), change_value_add()
 * in order of (feed, scope, triggers), and change_value_put(), which deletes
 * the key where nothing was added. APPEND says that the key is behind all
 * others. change_value_lengthen() adds octets of no meaning, for a value that
 * is to be put again.
 */
void change_value_begin(struct pol_change *change);
void change_value_add(struct pol_change *change,
    const struct pol_indicator *indicator);
void change_value_lengthen(struct pol_change *change, size_t octets);
void change_value_put(struct pol_change *change, MDB_cursor *cursor,
    enum pol_kind kind, const struct pol_key *key, bool append);

/* Account for an indicator that a feed gained (+1) or lost (-1) at KEY. */
void change_count(struct pol_change *change, enum pol_kind kind,
    const struct pol_key *key, const struct pol_indicator *indicator, int sign);

/*
 * Keep in mind when INDICATOR, which FEED gains, begins to block or ends to
 * allow; the same of all that a feed has that becomes one that allows. Written
 * before the commit.
 */
void change_note_moments(struct pol_change *change,
    const struct pol_feed *feed, const struct pol_indicator *indicator);
void change_note_feed(struct pol_change *change, const struct pol_feed *feed);
void change_write_moments(struct pol_change *change);

/* Write one value of meta where it differs; no octets: take it out. */
void change_set_meta(struct pol_change *change, const char *name,
    const uint8_t *octets, size_t len);

/* Keep in mind that the value at KEY is written, and that origin data is; put
 * it into the database, after all else of the change. */
void change_note_fresh(struct pol_change *change, enum pol_kind kind,
    const struct pol_key *key);
void change_write_fresh(struct pol_change *change);

/* Prefix lengths: read at the beginning, counted with each indicator, written
 * before the commit. */
int change_read_lengths(struct pol_change *change);
void change_count_length(
    struct pol_change *change, const struct pol_key *key, int sign);
void change_write_lengths(struct pol_change *change);

#endif
