/*
 * database.h - opening the policy database for a verb, and saying what to do
 * where that fails.
 */
#ifndef TOOLS_DATABASE_H
#define TOOLS_DATABASE_H

#include "policy/store.h"
#include "tools/config.h"
#include "tools/verb.h"

/* The resolver's group: Debian's, Fedora's and Unbound's own default. */
#define DATABASE_GROUP "unbound"

/* Say that the file at PATH is damaged, and end the command: LMDB found WHAT
 * where it cannot go back. For pol_on_damage(). */
_Noreturn void database_damaged(const char *path, const char *what);

/* A database that is read. */
struct reading {
	struct pol_store *store;
	struct pol_snapshot *snapshot;
};

/* The way of a verb that shows something: load the configuration, begin a
 * snapshot of the database, have SHOW called, let go of both. */
typedef enum status database_show(
    const struct config *config, const struct reading *reading, void *arg);
enum status database_read(
    const struct command *command, database_show *show, void *arg);

/* Begin a snapshot of the configured database. STATUS_FAILED with a message.
 * End with database_end_reading(). */
enum status database_begin_reading(
    const struct config *config, struct reading *reading);
void database_end_reading(struct reading *reading);

/* The feed of this name; NULL with a message. */
const struct pol_feed *database_feed(
    const struct reading *reading, const char *name);

/*
 * Open the configured database to change it. Where it does not exist, its
 * folder and it are made, with the configured settings, so that the resolver
 * can use them. STATUS_FAILED with a message. pol_store_close() it.
 */
enum status database_open(
    const struct config *config, struct pol_store **store);

/*
 * Let the resolver use an LMDB file that was just made at PATH, and its lock
 * file: where nobody chose a group for the folder (root's own), they get the
 * resolver's.
 */
void database_share(const char *path);

/*
 * Make one change: WRITE is called with it, then it is committed. Where the
 * map is full it is enlarged and WRITE called again with a new change. WRITE
 * returns 0; or DATABASE_REFUSED (having said why) or an error, which end it
 * without a commit. It must not keep a snapshot.
 */
#define DATABASE_REFUSED 1
struct change_result {
	bool changed;	     /* else there was nothing to commit */
	uint64_t generation; /* after it */
};
typedef int database_write(struct pol_change *change, void *arg);
enum status database_change(struct pol_store *store,
    const struct config *config, database_write *write, void *arg,
    struct change_result *result);

/* Say that an operation on the database failed. STATUS_FAILED. */
enum status database_failed(const struct config *config, int error);

#endif
