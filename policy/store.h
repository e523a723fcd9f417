/*
 * store.h - the policy database: one LMDB file.
 *
 * The resolver reads it, the tool writes it. A reader works in a snapshot: one
 * LMDB read transaction, so that every decision for one query sees one state
 * of the policy. A writer works in a change: one LMDB write transaction, of
 * which readers see all or nothing once it is committed. Each commit makes a
 * new generation, numbered upwards by LMDB.
 *
 * One process must not open the same file twice, nor carry an open store over
 * a fork (LMDB's own rules: lmdb.h, "Caveats").
 *
 * Threads: a store may be used by many; a snapshot by one thread at a time,
 * which need not be the one that began it; a change by the thread that began
 * it.
 */
#ifndef POL_STORE_H
#define POL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/clients.h"
#include "policy/indicator.h"

#define POL_STORE_DEFAULT_PATH "/var/lib/sinkbound/policy.mdb"
#define POL_STORE_FORMAT 3 /* meta/"format": readers refuse any other */

/* Reader slots: threads of all resolvers plus tools that read at one time. */
#define POL_STORE_READERS 512

/*
 * The map's size limits the database. It takes address space, not memory; a
 * writer doubles it when it is full, and readers then get POL_EGROWN.
 */
#define POL_STORE_MAP_MIN ((size_t)1 << 20)
#if SIZE_MAX > 0xffffffff
#define POL_STORE_MAP_DEFAULT ((size_t)4 << 30)
#define POL_STORE_MAP_MAX ((size_t)1 << 40)
#else
#define POL_STORE_MAP_DEFAULT ((size_t)256 << 20)
#define POL_STORE_MAP_MAX ((size_t)1 << 30)
#endif

struct pol_store;

/*
 * Open the database at PATH for reading. It must exist; a file that is no
 * database of ours, that is damaged or shorter than its own header says is an
 * error. Needs write access to PATH "-lock", which LMDB makes where missing.
 * Close with pol_store_close() after the last snapshot has ended.
 */
int pol_store_open(const char *path, struct pol_store **store);

/*
 * Could the database at PATH be opened for reading? 0 or the error. Touches
 * neither the file nor the lock file, so a process that has another file open
 * under the same path may ask.
 */
int pol_store_probe(const char *path);

/* Is the open file still the one at PATH? True also where PATH is gone. */
bool pol_store_is_at(const struct pol_store *store, const char *path);

/*
 * Open for writing, and make it where it does not exist (or is empty, as a
 * killed maker leaves it). MAP_SIZE is in octets, 0 for the default; a larger
 * one found in the file stays. New files take the group of their folder, and
 * its group's write permission, so that a resolver of that group can use the
 * lock file. A file that misses only pages of no use, as a killed writer may
 * leave it, is made whole; any other that is too short is POL_ECORRUPT.
 */
int pol_store_create(const char *path, size_t map_size,
    struct pol_store **store);

/* Give a new file the group of its folder, and the mode MODE, so that a tool
 * and a resolver of that group can share it. */
void pol_share_with_group(const char *path, mode_t mode);

void pol_store_close(struct pol_store *store);

/* Write a copy of the latest generation to PATH, where no file may be. Others
 * may read and write meanwhile. */
int pol_store_copy(const struct pol_store *store, const char *path);

/* The generation last committed by any process. Cheap: no transaction. */
uint64_t pol_store_generation(const struct pol_store *store);

/*
 * Is the file whole: as long as its header says? A file cut short under an
 * open store must not be read any more (it would raise SIGBUS). 0, or
 * POL_ECORRUPT.
 */
int pol_store_check(const struct pol_store *store);

/* Sizes in octets, and the number of subjects. */
struct pol_store_stat {
	uint64_t generation;
	uint64_t file_size;  /* octets of the file */
	uint64_t used_size;  /* of which subjects and indicators take */
	uint64_t subjects[POL_KINDS]; /* with at least one indicator */
	uint64_t origin_size;    /* octets that origin data takes */
	uint64_t origin_ranges;
	uint64_t origin_holders;
};
int pol_store_stat(struct pol_store *store, struct pol_store_stat *stat);

/* ---- snapshots ---- */

/*
 * A snapshot holds the settings and the feeds of its generation in memory;
 * they are read again only when the generation has changed.
 */
struct pol_snapshot {
	uint64_t generation;
	struct pol_settings settings;
	struct pol_feed *feeds; /* in order of id; use pol_snapshot_feed() */
	size_t feed_count;
	bool has_shadow; /* some indicator may be in shadow mode */
	bool has_shadow_addresses; /* some for a prefix or an ASN may be */
	bool has_short_names; /* some name of one label, or none, is listed */
	bool has_allow;       /* some indicator may be an allow */
	bool serves_nameservers; /* some indicator serves nsdname or nsip */
	uint64_t prefix_lengths[2][3]; /* listed ones, as bits; IPv4, IPv6 */
	uint32_t *asns; /* listed ones, in order; NULL where they are many */
	size_t asn_count;
	struct pol_clients *clients; /* NULL: no groups */
	struct pol_snapshot_impl *impl;
};

/* Begin a snapshot of the latest generation. End with pol_snapshot_end(). */
int pol_snapshot_begin(struct pol_store *store, struct pol_snapshot **snapshot);

/*
 * Let go of the transaction but keep the memory. What was read through the
 * snapshot must not be used any more. Call pol_snapshot_renew() before the
 * next use.
 */
void pol_snapshot_release(struct pol_snapshot *snapshot);

/*
 * Move a released snapshot to the latest generation. Allocates only where the
 * generation has changed. On an error the snapshot stays released.
 */
int pol_snapshot_renew(struct pol_snapshot *snapshot);

void pol_snapshot_end(struct pol_snapshot *snapshot);

/*
 * The rules' octets (behaviour/rule.h knows what they mean), valid as long as
 * the snapshot's transaction: 1, 0 where there are none, or an error.
 */
int pol_snapshot_rules(const struct pol_snapshot *snapshot,
    const uint8_t **octets, size_t *len);

/* The feed with this id, or NULL. */
const struct pol_feed *pol_snapshot_feed(const struct pol_snapshot *snapshot,
    uint16_t id);

/* The feed of this name, or NULL. */
const struct pol_feed *pol_snapshot_feed_named(
    const struct pol_snapshot *snapshot, const char *name);

/*
 * Call VISIT for each indicator: those of names first, then prefixes, then
 * ASNs, each in the order of the keys, which groups a zone's names. Stops at
 * the first VISIT that returns other than 0, and returns that. VISIT must look
 * nothing else up in the same snapshot: all that do share its cursors.
 */
typedef int pol_visit(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg);
int pol_snapshot_each(struct pol_snapshot *snapshot, pol_visit *visit,
    void *arg);

/* The same for the indicators of exactly this subject. */
int pol_snapshot_at(struct pol_snapshot *snapshot,
    const struct pol_subject *subject, pol_visit *visit, void *arg);

/*
 * When after NOW the policy changes without a commit, because something begins
 * to block or ends to allow: in seconds since the epoch, 0 where never as far
 * as is known. It may be earlier than that. POL_ECORRUPT.
 */
int pol_snapshot_next_moment(struct pol_snapshot *snapshot, int64_t now,
    int64_t *moment);

/* ---- changes ---- */

struct pol_change;

/*
 * Begin a change; waits while another process has one. The first error of any
 * call below stays in the change: pol_change_commit() returns it and commits
 * nothing, so the calls between need not be checked one by one.
 */
int pol_change_begin(struct pol_store *store, struct pol_change **change);

/* Commit and free. GENERATION may be NULL. POL_EFULL: see pol_store_grow(). */
int pol_change_commit(struct pol_change *change, uint64_t *generation);

void pol_change_abort(struct pol_change *change);

/* After POL_EFULL and with no change and no snapshot open: double the map. */
int pol_store_grow(struct pol_store *store);

/* Has the change anything to commit so far? */
bool pol_change_dirty(const struct pol_change *change);

/* The feeds as the change has them now; valid until it ends or a feed is added
 * or removed. */
const struct pol_feed *pol_change_feed_named(const struct pol_change *change,
    const char *name);
const struct pol_feed *pol_change_feeds(const struct pol_change *change,
    size_t *count);

/* Writes only where something differs. */
void pol_change_set_settings(struct pol_change *change,
    const struct pol_settings *settings);

/* The groups of clients; none: NULL or empty. Writes only where something
 * differs. */
void pol_change_set_clients(
    struct pol_change *change, const struct pol_clients *clients);

/* The rules' octets; none with LEN 0. Writes only where they differ. */
void pol_change_set_rules(struct pol_change *change, const uint8_t *octets,
    size_t len);

/*
 * Add the feed, or change the one of the same name. Its id and count are
 * those of the database whatever FEED says; the id is returned in ID.
 */
void pol_change_set_feed(struct pol_change *change,
    const struct pol_feed *feed, uint16_t *id);

/*
 * At WHEN the feed's source stated what the database holds of it, whether it
 * was imported then or had not changed: what `expires` counts from. Kept only
 * for a feed that has `expires`. After the feed's import, which takes the time
 * of before for that when the feed last listed what is gone.
 */
void pol_change_checked(struct pol_change *change, uint16_t id, int64_t when);

/* Remove a feed, not the operator's, with all its indicators; their number
 * goes to REMOVED. */
void pol_change_remove_feed(struct pol_change *change, uint16_t id,
    uint64_t *removed);

/* Set the indicator with this identity (subject, feed, scope, triggers),
 * replacing one. */
void pol_change_set(struct pol_change *change,
    const struct pol_subject *subject, const struct pol_indicator *indicator);

/* Remove every indicator of this feed at exactly this subject. */
void pol_change_remove(struct pol_change *change,
    const struct pol_subject *subject, uint16_t feed, unsigned *removed);

#endif
