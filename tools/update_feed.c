/*
 * update_feed.c - one feed of an update: fetch, compare, import, keep.
 *
 * A candidate is imported from where it lies, then takes the copy's place, then
 * the state is written. Each step leaves whole what the next one needs,
 * wherever it ends; tools/fetch/spool.h says what follows.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/fetch/spool.h"
#include "tools/output.h"
#include "tools/update_p.h"

#define CHECKS_NOTED 20 /* in the time of a feed's `expires` */

/* ---- what went wrong ---- */

/* Keep why, for the state; what was said on stderr already is not repeated. */
static void
failed(struct update_feed *feed, const char *message)
{
	feed->outcome = UPDATE_FAILED;
	snprintf(feed->error, sizeof(feed->error), "%.*s", FETCH_MESSAGE_MAX,
	    message);
}

static void
say_failed(struct update_feed *feed, const char *message)
{
	progress_end(feed->import.progress);
	output_error("feed %s: %s: %s", feed->import.config->name,
	    feed->import.source, message);
	failed(feed, message);
}

/* ---- what is known before ---- */

void
update_begin_feed(struct update *update, size_t index, struct update_feed *feed)
{
	*feed = (struct update_feed){.update = update, .index = index};
	apply_begin_feed(&feed->import, update->config, index, &update->guards,
	    &update->progress, (int64_t)time(NULL));
}

/* The state, as far as the copy bears it out. */
static void
read_state(struct update_feed *feed)
{
	const struct config *config = feed->update->config;
	const struct config_feed *source = feed->import.config;
	char path[POL_PATH_MAX + 1], content[FETCH_HASH_TEXT];
	char from[FETCH_HASH_TEXT];

	spool_path(config->spool, source->name, SPOOL_STATE, path);
	fetch_state_read(path, &feed->state);
	fetch_hash_source(&source->fetch, from);
	feed->has_copy = fetch_hash_file(source->file, content) == 0 &&
			 strcmp(content, feed->state.content) == 0;
	if (!feed->has_copy || strcmp(from, feed->state.source) != 0)
		feed->state.validators = (struct fetch_validators){0};
	strcpy(feed->state.source, from);
}

static void
write_state(struct update_feed *feed)
{
	const struct config *config = feed->update->config;
	char path[POL_PATH_MAX + 1];
	int error;

	spool_path(config->spool, feed->import.config->name, SPOOL_STATE, path);
	error = fetch_state_write(path, &feed->state);
	if (error == 0)
		return;
	progress_end(feed->import.progress);
	output_error("%s: %s", path, strerror(error));
	feed->outcome = UPDATE_FAILED;
}

/* ---- fetching ---- */

static void
show_fetching(uint64_t done, uint64_t total, void *arg)
{
	const struct update_feed *feed = arg;

	progress_show(feed->import.progress, "fetching",
	    feed->import.config->name, done, total);
}

static void
fetch(struct update_feed *feed, const char *candidate)
{
	const struct config_feed *config = feed->import.config;
	bool anew = !feed->has_copy || feed->update->force;
	const struct fetch_job job = {.source = &config->fetch,
	    .known = anew ? NULL : &feed->state.validators,
	    .accepted = anew ? NULL : config->file,
	    .candidate = candidate,
	    .progress = show_fetching,
	    .progress_arg = feed};

	if (config->fetch.kind == FETCH_AXFR)
		fetch_axfr(&job, &feed->fetched);
	else
		fetch_url(&job, &feed->fetched);
	if (feed->fetched.outcome == FETCH_FAILED)
		say_failed(feed, feed->fetched.message);
}

/* ---- the change ---- */

/* Does the database hold what was imported last, as the configuration wants
 * it? Begins a change to find out, which is not committed. */
static bool
is_in_force(struct update_feed *feed)
{
	const char *name = feed->import.config->name;
	const struct pol_feed *known;
	struct pol_change *change;
	struct pol_feed stated;
	bool is = false;
	uint16_t id;

	if (!feed->state.imported ||
	    pol_change_begin(feed->update->store, &change) != 0)
		return false;
	known = pol_change_feed_named(change, name);
	if (known != NULL && known->changed == feed->state.changed) {
		feed->checked = known->checked;
		apply_state_feed(&feed->import, &stated);
		pol_change_set_feed(change, &stated, &id);
		is = !pol_change_dirty(change);
	}
	pol_change_abort(change);
	return is;
}

/* The other feeds keep what the database says of them, but for their rank: no
 * two may have the same. */
static void
rank_feeds(struct pol_change *change, const struct config *config)
{
	for (size_t i = 0; i < config->feed_count; i++) {
		const struct pol_feed *known =
		    pol_change_feed_named(change, config->feeds[i].name);
		struct pol_feed ranked;
		uint16_t id;

		if (known == NULL)
			continue;
		ranked = *known;
		ranked.order = (uint16_t)(i + 1);
		pol_change_set_feed(change, &ranked, &id);
	}
}

static int
write_feed(struct pol_change *change, void *arg)
{
	struct update_feed *feed = arg;
	const struct pol_feed *known;

	if (apply_is_refused(change, &feed->import))
		return DATABASE_REFUSED;
	rank_feeds(change, feed->update->config);
	apply_import_feed(change, &feed->import);
	known = pol_change_feed_named(change, feed->import.config->name);
	feed->state.changed = known == NULL ? 0 : known->changed;
	return 0;
}

/* The database has said why it does not take it, or the guards have. */
static void
refused(struct update_feed *feed)
{
	const char *reason = feed->import.refusal;

	failed(feed, *reason != '\0' ? reason : "the database did not take it");
	if (*reason != '\0')
		output_error("If that is meant, run `sinkbound update "
			     "--accept=%s`.",
		    feed->import.config->name);
}

static bool
import(struct update_feed *feed, const char *path)
{
	struct update *update = feed->update;

	feed->import.path = path;
	feed->import.now = (int64_t)time(NULL);
	feed->import.checked = feed->import.now;
	if (apply_read_feed(&feed->import) != STATUS_OK) {
		failed(feed, "what was fetched cannot be read");
		return false;
	}
	if (database_change(update->store, update->config, write_feed, feed,
		&feed->change) != STATUS_OK) {
		refused(feed);
		return false;
	}
	feed->state.imported = true;
	feed->outcome = UPDATE_IMPORTED;
	return true;
}

/* ---- what was fetched ---- */

/* Import a candidate; it becomes the copy. */
static void
take_candidate(struct update_feed *feed, const char *candidate)
{
	const char *name = feed->import.config->name;
	int error;

	if (!import(feed, candidate))
		return;
	error = spool_accept(feed->update->config->spool, name);
	if (error != 0) {
		say_failed(feed, strerror(error));
		return;
	}
	strcpy(feed->state.content, feed->content);
	feed->state.validators = feed->fetched.validators;
}

static int
write_checked(struct pol_change *change, void *arg)
{
	const struct update_feed *feed = arg;
	const struct pol_feed *known =
	    pol_change_feed_named(change, feed->import.config->name);

	if (known != NULL)
		pol_change_checked(change, known->id, (int64_t)time(NULL));
	return 0;
}

/* What the feed lists is in force until `expires` after it was last checked.
 * That is written down now and then, for each commit makes the resolver look
 * through its cache. */
static bool
note_check(struct update_feed *feed)
{
	struct update *update = feed->update;
	int64_t expires = feed->import.config->expires;

	if (expires == 0 || time(NULL) - feed->checked < expires / CHECKS_NOTED)
		return true;
	if (database_change(update->store, update->config, write_checked, feed,
		&feed->change) == STATUS_OK)
		return true;
	refused(feed);
	return false;
}

/* The copy is what the source has. */
static void
keep_copy(struct update_feed *feed)
{
	bool anew = feed->update->force || !is_in_force(feed);

	if (anew && !import(feed, feed->import.config->file))
		return;
	if (!anew) {
		if (!note_check(feed))
			return;
		feed->outcome = UPDATE_UNCHANGED;
	}
	feed->state.validators = feed->fetched.validators;
}

static void
take(struct update_feed *feed, const char *candidate)
{
	int error = 0;

	if (feed->fetched.outcome == FETCH_NEW)
		error = fetch_hash_file(candidate, feed->content);
	if (error != 0)
		say_failed(feed, strerror(error));
	else if (feed->fetched.outcome == FETCH_NEW &&
		 !(feed->has_copy &&
		     strcmp(feed->content, feed->state.content) == 0))
		take_candidate(feed, candidate);
	else
		keep_copy(feed);
}

/* While no apply reads the copies. */
static void
take_locked(struct update_feed *feed, const char *candidate)
{
	int lock;
	int error =
	    spool_lock(feed->update->config->spool, SPOOL_IMPORT, true, &lock);

	if (error != 0) {
		say_failed(feed, strerror(error));
		return;
	}
	take(feed, candidate);
	close(lock);
}

void
update_feed(struct update *update, struct update_feed *feed)
{
	const struct config_feed *config = feed->import.config;
	char candidate[POL_PATH_MAX + 1];
	int64_t now;

	spool_path(
	    update->config->spool, config->name, SPOOL_CANDIDATE, candidate);
	read_state(feed);
	fetch(feed, candidate);
	if (feed->fetched.outcome != FETCH_FAILED)
		take_locked(feed, candidate);
	spool_remove_candidate(update->config->spool, config->name);
	now = (int64_t)time(NULL);
	if (feed->outcome == UPDATE_FAILED)
		fetch_state_fail(&feed->state, &config->fetch, now,
		    feed->fetched.refresh, feed->error);
	else
		fetch_state_succeed(
		    &feed->state, &config->fetch, now, feed->fetched.refresh);
	write_state(feed);
}
