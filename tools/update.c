/*
 * update.c - sinkbound update: fetch the feeds that are due, and bring what has
 * come into the database.
 *
 * Each feed is a change of its own: one that fails stops no other, a crash
 * leaves each as it was or as it is to be, and no more than one list is in
 * memory at a time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "policy/error.h"
#include "tools/fetch/spool.h"
#include "tools/output.h"
#include "tools/update_p.h"
#include "tools/verb.h"
#include "tools/wait.h"

#define OPTION_ACCEPT 'A'
#define OPTION_FORCE 'F'

/* What a call asks for, and what has been done of it. */
struct run {
	struct update update;
	struct wait wait;
	bool json;
	bool *named;   /* feeds, as configured; NULL: those that are due */
	int width;     /* of the longest name */
	json_t *feeds; /* of the report */
	size_t outcomes[UPDATE_IMPORTED + 1];
	uint64_t generation; /* of the last commit */
	const char *next;    /* the feed that is due next, where none was */
	int64_t next_due;
};

/* ---- which feeds ---- */

static bool
is_fetched(const struct config *config, size_t i)
{
	return config->feeds[i].fetch.kind != FETCH_NO_SOURCE;
}

/* Is it time to fetch the feed? A clock that was set back must not put it off
 * for ever. */
static bool
is_due(struct run *run, size_t i)
{
	const struct config *config = run->update.config;
	const struct config_feed *feed = &config->feeds[i];
	char path[POL_PATH_MAX + 1], from[FETCH_HASH_TEXT];
	struct fetch_state state;
	int64_t now = (int64_t)time(NULL);

	spool_path(config->spool, feed->name, SPOOL_STATE, path);
	fetch_state_read(path, &state);
	fetch_hash_source(&feed->fetch, from);
	if (strcmp(from, state.source) != 0 || state.due <= now ||
	    state.checked > now)
		return true;
	if (run->next == NULL || state.due < run->next_due) {
		run->next = feed->name;
		run->next_due = state.due;
	}
	return false;
}

static bool
is_wanted(struct run *run, size_t i)
{
	if (!is_fetched(run->update.config, i))
		return false;
	if (run->named != NULL)
		return run->named[i];
	return run->update.force || is_due(run, i);
}

/* Mark the feed called NAME. */
static enum status
mark(const struct command *command, struct run *run, const char *name)
{
	const struct config *config = run->update.config;

	for (size_t i = 0; i < config->feed_count; i++) {
		if (strcmp(config->feeds[i].name, name) != 0)
			continue;
		if (is_fetched(config, i)) {
			run->named[i] = true;
			return STATUS_OK;
		}
		output_error(
		    "feed %s is a file: `sinkbound apply` reads it", name);
		return STATUS_USAGE;
	}
	return command_misused(
	    command, "%s has no feed called %s", config->path, name);
}

static enum status
mark_named(const struct command *command, struct run *run)
{
	enum status status = STATUS_OK;

	if (optind == command->argc)
		return STATUS_OK;
	run->named = calloc(run->update.config->feed_count + 1, sizeof(bool));
	if (run->named == NULL) {
		output_error("%s", pol_strerror(POL_ENOMEM));
		return STATUS_FAILED;
	}
	for (int i = optind; i < command->argc && status == STATUS_OK; i++)
		status = mark(command, run, command->argv[i]);
	return status;
}

/* ---- the feeds ---- */

static bool
report_feed(struct run *run, const struct update_feed *feed)
{
	run->outcomes[feed->outcome]++;
	if (feed->outcome == UPDATE_IMPORTED && feed->change.changed)
		run->generation = feed->change.generation;
	if (run->json)
		return json_array_append_new(run->feeds, update_json(feed)) ==
		       0;
	progress_end(&run->update.progress);
	if (!update_print(feed, run->width))
		return false;
	/* Whoever reads along sees each feed when it is done. */
	return fflush(stdout) == 0 || !ferror(stdout);
}

static enum status
update_feeds(struct run *run)
{
	const struct config *config = run->update.config;
	struct update_feed *feed = calloc(1, sizeof(*feed));
	bool reported = feed != NULL;

	for (size_t i = 0; i < config->feed_count && reported; i++) {
		if (!is_wanted(run, i))
			continue;
		update_begin_feed(&run->update, i, feed);
		update_feed(&run->update, feed);
		reported = report_feed(run, feed);
		pol_list_free(feed->import.parse.list);
	}
	free(feed);
	if (command_printed(reported) != STATUS_OK)
		return STATUS_FAILED;
	return run->outcomes[UPDATE_FAILED] == 0 ? STATUS_OK : STATUS_FAILED;
}

/* ---- the report ---- */

static void
print_nothing_done(const struct run *run)
{
	const struct config *config = run->update.config;
	size_t fetched = 0;

	for (size_t i = 0; i < config->feed_count; i++)
		fetched += is_fetched(config, i);
	if (fetched == 0)
		printf("%s has no feed that is fetched: none has a url\n",
		    config->path);
	else
		printf("nothing is due; the next is %s, at %s\n", run->next,
		    show_time(run->next_due).text);
}

static bool
print_json(const struct run *run)
{
	const struct wait *wait = &run->wait;
	json_t *object = json_pack("{s:o, s:f, s:O}", "generation",
	    run->generation != 0 ? json_integer((json_int_t)run->generation)
				 : json_null(),
	    "seconds", progress_seconds(&run->update.progress), "feeds",
	    run->feeds);

	if (wait->is_wanted && run->generation != 0) {
		json_object_set_new(object, "waited", json_real(wait->seconds));
		json_object_set_new(object, "resolvers",
		    resolvers_json(&wait->after, run->generation));
	}
	return output_json(object);
}

static bool
print_summary(const struct run *run)
{
	const size_t *outcomes = run->outcomes;

	if (outcomes[UPDATE_FAILED] + outcomes[UPDATE_UNCHANGED] +
		outcomes[UPDATE_IMPORTED] ==
	    0)
		print_nothing_done(run);
	if (outcomes[UPDATE_FAILED] > 0)
		output_error("%s failed: what the database holds of it stays "
			     "in force",
		    show_count(outcomes[UPDATE_FAILED], "feed").text);
	if (run->generation != 0)
		printf("generation %s committed, all done in %.2f s\n",
		    show_number(run->generation).text,
		    progress_seconds(&run->update.progress));
	return true;
}

/* ---- the verb ---- */

/* The lock of the whole update: one at a time. */
static enum status
lock_spool(const struct config *config, int *lock)
{
	int error = spool_make(config->spool);

	if (error == 0)
		error = spool_lock(config->spool, SPOOL_UPDATE, false, lock);
	if (error == EWOULDBLOCK) {
		output_error("another update is running: waiting for its end");
		error = spool_lock(config->spool, SPOOL_UPDATE, true, lock);
	}
	if (error == 0)
		return STATUS_OK;
	output_error("%s: %s", config->spool, strerror(error));
	return STATUS_FAILED;
}

/* Print what was done, and wait, if wanted, until the last commit is in force.
 * A person reads it while it is waited for the resolvers. */
static enum status
report(struct run *run)
{
	const struct config *config = run->update.config;
	const struct pol_store *store = run->update.store;
	enum status status = STATUS_OK;

	if (run->json) {
		if (run->generation != 0)
			status = wait_for(
			    &run->wait, config, store, run->generation);
		if (status == STATUS_OK)
			status = command_printed(print_json(run));
		return status == STATUS_OK ? wait_status(&run->wait) : status;
	}
	status = command_printed(print_summary(run));
	fflush(stdout);
	return status == STATUS_OK && run->generation != 0
		   ? wait_report(&run->wait, config, store, run->generation)
		   : status;
}

static enum status
run_locked(struct run *run)
{
	const struct config *config = run->update.config;
	enum status status = apply_guard(config, &run->update.guards);
	enum status reported;

	if (status != STATUS_OK)
		return status;
	status = database_open(config, &run->update.store);
	if (status != STATUS_OK)
		return status;
	wait_begin(&run->wait, run->update.store);
	status = update_feeds(run);
	progress_end(&run->update.progress);
	reported = report(run);
	pol_store_close(run->update.store);
	return status != STATUS_OK ? status : reported;
}

static enum status
update(const struct command *command, struct run *run)
{
	const struct config *config = run->update.config;
	enum status status;
	int lock;

	status =
	    apply_check_accepted(command, &run->update.guards.accepted, config);
	if (status == STATUS_OK)
		status = mark_named(command, run);
	if (status != STATUS_OK)
		return status;
	for (size_t i = 0; i < config->feed_count; i++)
		if (is_fetched(config, i) &&
		    (int)strlen(config->feeds[i].name) > run->width)
			run->width = (int)strlen(config->feeds[i].name);
	progress_begin(&run->update.progress);
	run->feeds = json_array();
	status = lock_spool(config, &lock);
	if (status != STATUS_OK)
		return status;
	status = run_locked(run);
	close(lock);
	return status;
}

static enum status
take_option(const struct command *command, int option, void *arg)
{
	struct run *run = arg;

	switch (option) {
	case COMMAND_JSON:
		run->json = true;
		return STATUS_OK;
	case OPTION_FORCE:
		run->update.force = true;
		return STATUS_OK;
	case APPLY_OPTION_STRICT:
		run->update.guards.strict = true;
		return STATUS_OK;
	case WAIT_OPTION:
		return wait_option(command, &run->wait);
	default:
		guard_accept(&run->update.guards.accepted, optarg);
		return STATUS_OK;
	}
}

static enum status
run(struct command *command)
{
	static const struct option known[] = {
	    {"accept", optional_argument, NULL, OPTION_ACCEPT},
	    {"force", no_argument, NULL, OPTION_FORCE},
	    {"json", no_argument, NULL, COMMAND_JSON},
	    {"strict", no_argument, NULL, APPLY_OPTION_STRICT}, WAIT_GETOPT,
	    {NULL, 0, NULL, 0}};
	struct run run = {0};
	struct config *config;
	enum status status;

	if (!command_options(command, known, take_option, &run))
		return command->status;
	status = command_config(command, &config);
	if (status != STATUS_OK)
		return status;
	run.update.config = config;
	status = update(command, &run);
	guard_free(run.update.guards.guard);
	json_decref(run.feeds);
	free(run.named);
	config_free(config);
	return status;
}

const struct verb verb_update = {
    .name = "update",
    .synopsis = "[--accept[=FEED]] [--force] [--strict] [--wait] [--json] "
		"[FEED...]",
    .summary = "fetch the feeds that are due, and import what has changed",
    .details =
	"Fetches the feeds with a url or axfr that are due, or those that are\n"
	"named, and brings what has changed into the database, each feed by\n"
	"itself. A feed that fails stays as it is, and stops no other. Settings\n"
	"and feeds that are files are left to `sinkbound apply`. Where another\n"
	"update is running this one waits for its end.\n"
	"\n"
	"  --accept[=FEED]  take a feed however much it has changed; without "
	"FEED,\n"
	"                   every feed\n"
	"  --force          fetch all, due or not, whether the source has\n"
	"                   changed or not, and import them again\n"
	"  --strict         refuse a feed of which any entry is rejected,\n"
	"                   but for duplicates and the names of columns\n"
	"  --wait[=10s]     until it is in force on every resolver\n"
	"  --json           print the summary as JSON\n",
    .run = run,
};
