/*
 * database.c - opening the policy database for a verb.
 *
 * Who may do what: the files belong to root and the resolver's group. The
 * resolver writes the lock file, as every LMDB reader must, but neither the
 * policy nor its folder.
 */
#include "tools/database.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "policy/error.h"
#include "tools/output.h"
#include "tools/who.h"

#define FOLDER_MODE 0755
#define GROW_MAX 8		      /* doublings of the map in one change */
#define DISK_FULL ((uint64_t)1 << 20) /* octets: less is a full disk */

static const char *
advice(int error)
{
	switch (error) {
	case POL_ENOENT:
		return "\nRun `sinkbound apply` to make it.";
	case POL_EACCES:
		return "\nRun this as root; to read, the group of the file "
		       "\"-lock\" beside it is enough, which readers write "
		       "to.";
	case POL_EVERSION:
		return "\nThe sinkbound that made it can still tell your own "
		       "statements: `sinkbound dump --feed operator`. Then "
		       "move it away, run `sinkbound apply` to make it anew, "
		       "and say them again.";
	case POL_ECORRUPT:
		return "\nMove it away and run `sinkbound apply` to make it "
		       "anew, or put a copy in its place; only block and "
		       "allow statements and the history are lost.";
	case POL_EFULL:
		return "\nMake room on its disk.";
	default:
		return "";
	}
}

enum status
database_failed(const struct config *config, int error)
{
	output_error("%s: %s%s", config->database,
	    error == POL_ENOENT ? "there is no database" : pol_strerror(error),
	    advice(error));
	return STATUS_FAILED;
}

void
database_damaged(const char *path, const char *what)
{
	output_error("%s: damaged: %s\nMove it away and run `sinkbound apply` "
		     "to make it anew, or put a copy in its place.",
	    path, what);
	exit(STATUS_FAILED);
}

/* ---- reading ---- */

enum status
database_begin_reading(const struct config *config, struct reading *reading)
{
	struct reading begun = {NULL, NULL};
	int error = pol_store_open(config->database, &begun.store);

	if (error == 0)
		error = pol_snapshot_begin(begun.store, &begun.snapshot);
	if (error != 0) {
		pol_store_close(begun.store);
		return database_failed(config, error);
	}
	*reading = begun;
	return STATUS_OK;
}

void
database_end_reading(struct reading *reading)
{
	pol_snapshot_end(reading->snapshot);
	pol_store_close(reading->store);
}

enum status
database_read(const struct command *command, database_show *show, void *arg)
{
	struct reading reading;
	struct config *config;
	enum status status = command_config(command, &config);

	if (status != STATUS_OK)
		return status;
	status = database_begin_reading(config, &reading);
	if (status == STATUS_OK) {
		status = show(config, &reading, arg);
		database_end_reading(&reading);
	}
	config_free(config);
	return status;
}

const struct pol_feed *
database_feed(const struct reading *reading, const char *name)
{
	const struct pol_feed *feed =
	    pol_snapshot_feed_named(reading->snapshot, name);

	if (feed == NULL)
		output_error("the database has no feed %s", name);
	return feed;
}

/* ---- making ---- */

/* The folder of PATH, to be freed; NULL without memory. */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Give PATH to the resolver's group. */
static bool
share(const char *path)
{
	const struct group *group = getgrnam(DATABASE_GROUP);

	return group != NULL && chown(path, (uid_t)-1, group->gr_gid) == 0;
}

static enum status
make_folder(const char *folder)
{
	if (mkdir(folder, FOLDER_MODE) != 0) {
		if (errno == EEXIST)
			return STATUS_OK;
		output_error(
		    "cannot make the folder %s: %s", folder, strerror(errno));
		return STATUS_FAILED;
	}
	/* The umask may have taken away what the resolver needs. */
	if (chmod(folder, FOLDER_MODE) == 0)
		share(folder);
	return STATUS_OK;
}

/*
 * New files have the group of their folder. Elsewhere than in the default
 * place they may well be meant for another resolver, or for none: nothing is
 * said about them.
 */
void
database_share(const char *path)
{
	size_t size = strlen(path) + sizeof("-lock");
	char *lock = malloc(size), *folder = folder_of(path);
	struct stat st;
	bool shared = true;

	if (lock == NULL || folder == NULL)
		goto out;
	snprintf(lock, size, "%s-lock", path);
	if (stat(folder, &st) == 0 && st.st_gid == 0)
		shared = share(lock) && share(path);
	if (!shared && strcmp(path, POL_STORE_DEFAULT_PATH) == 0)
		output_error("note: the resolver must be able to write %s:\n"
			     "    chgrp -R GROUP %s\n"
			     "with the group that it runs as.",
		    lock, folder);
out:
	free(folder);
	free(lock);
}

static int
write_settings(struct pol_store *store, const struct pol_settings *settings)
{
	struct pol_change *change;
	int error = pol_change_begin(store, &change);

	if (error != 0)
		return error;
	pol_change_set_settings(change, settings);
	return pol_change_commit(change, NULL);
}

static enum status
create(
    const struct config *config, const char *folder, struct pol_store **store)
{
	struct pol_store *created;
	int error;

	if (make_folder(folder) != STATUS_OK)
		return STATUS_FAILED;
	error = pol_store_create(config->database, 0, &created);
	if (error != 0)
		return database_failed(config, error);
	database_share(config->database);
	error = write_settings(created, &config->settings);
	if (error != 0) {
		pol_store_close(created);
		return database_failed(config, error);
	}
	*store = created;
	return STATUS_OK;
}

enum status
database_open(const struct config *config, struct pol_store **store)
{
	enum status status;
	char *folder;
	int error;

	if (access(config->database, F_OK) == 0 || errno != ENOENT) {
		error = pol_store_create(config->database, 0, store);
		return error == 0 ? STATUS_OK : database_failed(config, error);
	}
	folder = folder_of(config->database);
	if (folder == NULL)
		return database_failed(config, POL_ENOMEM);
	status = create(config, folder, store);
	free(folder);
	return status;
}

/* ---- changing ---- */

/* A larger map is of no use then. */
static bool
disk_is_full(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 &&
	       (uint64_t)fs.f_bavail * fs.f_frsize < DISK_FULL;
}

/* Who makes the change, for the journal. */
static void
sign(struct pol_change *change, const struct config *config)
{
	char who[POL_BY_MAX + 1];

	if (config->verb == NULL)
		return;
	who_runs(who);
	pol_change_sign(
	    change, &config->history, config->verb, who, (int64_t)time(NULL));
}

static int
attempt(struct pol_store *store, const struct config *config,
    database_write *write, void *arg, struct change_result *result)
{
	struct change_result done;
	struct pol_change *change;
	int error = pol_change_begin(store, &change);

	if (error != 0)
		return error;
	sign(change, config);
	error = write(change, arg);
	if (error != 0) {
		pol_change_abort(change);
		return error;
	}
	/* Also without anything to write: an error may be the reason. */
	done.changed = pol_change_dirty(change);
	error = pol_change_commit(change, &done.generation);
	if (error == 0)
		*result = done;
	return error;
}

enum status
database_change(struct pol_store *store, const struct config *config,
    database_write *write, void *arg, struct change_result *result)
{
	int error = attempt(store, config, write, arg, result);

	for (int i = 0; error == POL_EFULL && i < GROW_MAX; i++) {
		if (disk_is_full(config->database) ||
		    pol_store_grow(store) != 0)
			break;
		error = attempt(store, config, write, arg, result);
	}
	if (error == 0)
		return STATUS_OK;
	/* LMDB calls a page that was written in part an I/O error. */
	if (error == POL_EIO && disk_is_full(config->database))
		error = POL_EFULL;
	return error == DATABASE_REFUSED ? STATUS_FAILED
					 : database_failed(config, error);
}
