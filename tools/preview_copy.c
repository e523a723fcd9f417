/*
 * preview_copy.c - the policy as it would be, in a copy of the database.
 *
 * Nothing but an import and pol_evaluate() knows all that matters: the order of
 * the feeds, exceptions, the guards, what ages. So both work on a copy. It is
 * made in a folder of its own below $TMPDIR or /var/tmp and loses its name as
 * soon as it is open, so that nothing is left whatever ends the process. In the
 * moment between, signals wait.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/error.h"
#include "tools/preview_p.h"

#define FOLDER "sinkbound-XXXXXX"

/* No configured feed can have this name. */
#define FILE_FEED "(file)"

/* ---- the candidate ---- */

static size_t
find_feed(const struct config *config, const char *name)
{
	size_t i = 0;

	while (
	    i < config->feed_count && strcmp(config->feeds[i].name, name) != 0)
		i++;
	return i;
}

/* A file comes after all that is configured, in the most careful way. */
static enum status
describe_file(struct config_feed *feed, const char *path,
    const struct feed_format *format)
{
	*feed = (struct config_feed){.name = FILE_FEED,
	    .max_change = CONFIG_CHANGE_DEFAULT,
	    .format = format != NULL ? format : &feed_auto,
	    .action = POL_SINKHOLE,
	    .ede = POL_EDE_BLOCKED};
	if (strlen(path) >= sizeof(feed->file)) {
		output_error("%s: %s", path, strerror(ENAMETOOLONG));
		return STATUS_FAILED;
	}
	strcpy(feed->file, path);
	return STATUS_OK;
}

static enum status
add_candidate(struct preview_copy *copy, const struct config *config,
    const char *name, const struct feed_format *format)
{
	struct config_feed *feed;

	copy->config = *config;
	copy->config.verb = NULL; /* nothing for the journal */
	copy->feeds = calloc(config->feed_count + 1, sizeof(*copy->feeds));
	if (copy->feeds == NULL) {
		output_error("%s", pol_strerror(POL_ENOMEM));
		return STATUS_FAILED;
	}
	if (config->feed_count > 0)
		memcpy(copy->feeds, config->feeds,
		    config->feed_count * sizeof(*copy->feeds));
	copy->config.feeds = copy->feeds;
	copy->index = find_feed(config, name);
	copy->is_configured = copy->index < config->feed_count;
	feed = &copy->feeds[copy->index];
	if (!copy->is_configured) {
		copy->config.feed_count++;
		if (access(name, F_OK) != 0 && errno == ENOENT) {
			output_error("%s is neither a feed of %s nor a file",
			    name, config->path);
			return STATUS_FAILED;
		}
		return describe_file(feed, name, format);
	}
	copy->was_shadow = feed->mode == POL_SHADOW;
	feed->mode = POL_ENFORCE;
	if (format != NULL)
		feed->format = format;
	return STATUS_OK;
}

static enum status
read_candidate(struct preview_copy *copy, int64_t now)
{
	enum status status = apply_guard(&copy->config, &copy->guards);

	if (status != STATUS_OK)
		return status;
	apply_begin_feed(&copy->feed, &copy->config, copy->index, &copy->guards,
	    &copy->progress, now);
	if (apply_lacks_copy(&copy->feed))
		return STATUS_FAILED;
	return apply_read_feed(&copy->feed);
}

/* ---- the copy ---- */

static int
open_copy(
    const struct pol_store *base, const char *path, struct pol_store **store)
{
	int error = base == NULL ? 0 : pol_store_copy(base, path);

	return error != 0 ? error : pol_store_create(path, 0, store);
}

/* Make a file, open it and take its name away. */
static int
make_nameless(const struct pol_store *base, struct pol_store **store)
{
	const char *parent = getenv("TMPDIR");
	char folder[POL_PATH_MAX + 1];
	char path[POL_PATH_MAX + 16], lock[POL_PATH_MAX + 24];
	int error;

	if (parent == NULL || *parent == '\0')
		parent = "/var/tmp";
	if (snprintf(folder, sizeof(folder), "%s/" FOLDER, parent) >=
	    (int)sizeof(folder))
		return POL_EINVAL;
	if (mkdtemp(folder) == NULL)
		return pol_error_from_lmdb(errno);
	snprintf(path, sizeof(path), "%s/copy", folder);
	snprintf(lock, sizeof(lock), "%s-lock", path);
	error = open_copy(base, path, store);
	unlink(path);
	unlink(lock);
	rmdir(folder);
	return error;
}

static enum status
make_copy(struct preview_copy *copy, const struct pol_store *base)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	error = make_nameless(base, &copy->store);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (error == 0)
		return STATUS_OK;
	output_error("cannot make a copy of the database in $TMPDIR or "
		     "/var/tmp: %s",
	    pol_strerror(error));
	return STATUS_FAILED;
}

/* ---- the import ---- */

/* The configuration may have put feeds before others since the last apply. */
static void
set_orders(struct pol_change *change, const struct config *config)
{
	for (size_t i = 0; i < config->feed_count; i++) {
		const struct pol_feed *known =
		    pol_change_feed_named(change, config->feeds[i].name);
		struct pol_feed moved;
		uint16_t id;

		if (known == NULL || known->order == i + 1)
			continue;
		moved = *known;
		moved.order = (uint16_t)(i + 1);
		pol_change_set_feed(change, &moved, &id);
	}
}

static int
import(struct pol_change *change, void *arg)
{
	struct preview_copy *copy = arg;
	struct apply_feed *feed = &copy->feed;

	copy->is_refused = guard_refuses(&copy->guards.accepted, change,
	    feed->config, &feed->parse, feed->refusal);
	set_orders(change, &copy->config);
	apply_import_feed(change, feed);
	return 0;
}

enum status
preview_copy_make(struct preview_copy *copy, const struct config *config,
    const struct pol_store *base, const char *name,
    const struct feed_format *format, int64_t now)
{
	struct change_result result;
	enum status status;
	int error;

	progress_begin(&copy->progress);
	status = add_candidate(copy, config, name, format);
	if (status == STATUS_OK)
		status = read_candidate(copy, now);
	if (status == STATUS_OK)
		status = make_copy(copy, base);
	if (status == STATUS_OK)
		status = database_change(
		    copy->store, &copy->config, import, copy, &result);
	progress_end(&copy->progress);
	if (status != STATUS_OK)
		return status;
	/* It is in the copy now. */
	pol_list_free(copy->feed.parse.list);
	copy->feed.parse.list = NULL;
	error = pol_snapshot_begin(copy->store, &copy->snapshot);
	return error == 0 ? STATUS_OK : database_failed(&copy->config, error);
}

void
preview_copy_end(struct preview_copy *copy)
{
	if (copy->snapshot != NULL)
		pol_snapshot_end(copy->snapshot);
	pol_store_close(copy->store);
	pol_list_free(copy->feed.parse.list);
	guard_free(copy->guards.guard);
	free(copy->feeds);
}
