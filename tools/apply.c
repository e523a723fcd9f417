/*
 * apply.c - sinkbound apply: bring the database to what the configuration and
 * its feeds say.
 *
 * Every feed and the origin data are read before the change begins, so that one
 * which cannot be read stops the apply while nothing has been touched, and so
 * that other writers wait no longer than the import takes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "behaviour/observed.h"
#include "policy/error.h"
#include "policy/journal.h"
#include "tools/apply_p.h"
#include "tools/fetch/spool.h"
#include "tools/fetch/state.h"
#include "tools/output.h"
#include "tools/verb.h"

/* ---- reading the feeds ---- */

/* What a copy says was said when its source was last asked. */
static void
date_copy(struct apply_feed *feed, const struct config *config)
{
	char path[POL_PATH_MAX + 1];
	struct fetch_state state;

	if (feed->config->fetch.kind == FETCH_NO_SOURCE)
		return;
	spool_path(config->spool, feed->config->name, SPOOL_STATE, path);
	fetch_state_read(path, &state);
	if (state.accepted != 0 && state.accepted < feed->now)
		feed->checked = state.accepted;
}

/* Read what can be read; say of each feed that cannot why. */
static enum status
read_feeds(struct apply *apply)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < apply->config->feed_count; i++) {
		struct apply_feed *feed = &apply->feeds[i];

		apply_begin_feed(feed, apply->config, i, &apply->guards,
		    &apply->progress, apply->now);
		if (apply_lacks_copy(feed))
			continue;
		date_copy(feed, apply->config);
		if (apply_read_feed(feed) != STATUS_OK)
			status = STATUS_FAILED;
	}
	return status;
}

/* ---- the change ---- */

static bool
is_configured(const struct config *config, const struct pol_feed *feed)
{
	if (feed->id == POL_OPERATOR)
		return true;
	for (size_t i = 0; i < config->feed_count; i++)
		if (strcmp(config->feeds[i].name, feed->name) == 0)
			return true;
	return false;
}

static const struct pol_feed *
find_gone(const struct pol_change *change, const struct config *config)
{
	size_t count;
	const struct pol_feed *feeds = pol_change_feeds(change, &count);

	for (size_t i = 0; i < count; i++)
		if (!is_configured(config, &feeds[i]))
			return &feeds[i];
	return NULL;
}

static void
remove_gone(struct pol_change *change, struct apply *apply)
{
	const struct pol_feed *feed;

	apply->gone_count = 0;
	while (apply->gone_count < POL_FEEDS_MAX &&
	       (feed = find_gone(change, apply->config)) != NULL) {
		struct apply_gone *gone = &apply->gone[apply->gone_count++];

		strcpy(gone->name, feed->name);
		progress_show(&apply->progress, "removing", gone->name, 0, 0);
		gone->entries = 0;
		pol_change_remove_feed(change, feed->id, &gone->entries);
	}
}

/* The rules, and how to observe; nothing of either where the configuration has
 * no word of them. */
static int
set_rules(struct pol_change *change, const struct config *config)
{
	uint8_t *octets = NULL;
	size_t len = 0;
	int error = 0;

	if (config->observes)
		error = beh_rules_encode(&config->behaviour, &octets, &len);
	if (error == 0)
		pol_change_set_rules(change, octets, len);
	free(octets);
	return error;
}

static int
write_policy(struct pol_change *change, void *arg)
{
	struct apply *apply = arg;
	bool refused = false;

	for (size_t i = 0; i < apply->config->feed_count; i++)
		if (apply_is_refused(change, &apply->feeds[i]))
			refused = true;
	if (refused) {
		output_error("Nothing was changed. If that is meant, add "
			     "--accept=FEED.");
		return DATABASE_REFUSED;
	}
	pol_change_set_settings(change, &apply->config->settings);
	if (apply->told[0] != '\0')
		pol_change_tell(change, apply->told);
	remove_gone(change, apply);
	for (size_t i = 0; i < apply->config->feed_count; i++)
		apply_import_feed(change, &apply->feeds[i]);
	pol_change_set_clients(change, apply->config->clients);
	pol_import_origin(change, apply->origin.ranges, &apply->origin.result);
	return set_rules(change, apply->config);
}

/* Make the file that the resolver writes what it learns to: it may have no
 * right to make files beside the policy database. */
static enum status
make_observed(const struct config *config)
{
	char path[POL_PATH_MAX + 1];
	struct beh_observed *observed;
	int error = POL_ERANGE;

	if (!config->observes)
		return STATUS_OK;
	if (beh_observed_path(config->database, path, sizeof(path))) {
		if (access(path, F_OK) == 0)
			return STATUS_OK;
		error =
		    beh_observed_create(path, (int64_t)time(NULL), &observed);
		if (error == 0)
			database_share(path);
	}
	if (error != 0) {
		output_error("%s: %s", path, pol_strerror(error));
		return STATUS_FAILED;
	}
	beh_observed_close(observed);
	return STATUS_OK;
}

static enum status
change_policy(struct apply *apply)
{
	enum status status = database_open(apply->config, &apply->store);
	int error;

	if (status == STATUS_OK)
		status = make_observed(apply->config);
	if (status != STATUS_OK)
		return status;
	error = apply_compare(apply);
	if (error != 0)
		return database_failed(apply->config, error);
	wait_begin(&apply->wait, apply->store);
	return database_change(
	    apply->store, apply->config, write_policy, apply, &apply->result);
}

/* A person reads what was done while it is waited for the resolvers. */
static enum status
report(struct apply *apply, bool json)
{
	uint64_t generation = apply->result.generation;
	enum status status;

	if (json) {
		status = wait_for(
		    &apply->wait, apply->config, apply->store, generation);
		if (status == STATUS_OK)
			status = command_printed(apply_print_json(apply));
		return status == STATUS_OK ? wait_status(&apply->wait) : status;
	}
	status = command_printed(apply_print(apply));
	fflush(stdout);
	return status == STATUS_OK ? wait_report(&apply->wait, apply->config,
					 apply->store, generation)
				   : status;
}

/* ---- the spool ---- */

/* Hold the copies of fetched feeds as they are while they are read and
 * imported: *LOCK is closed to let go, -1 where there are none. */
static enum status
lock_copies(const struct config *config, int *lock)
{
	size_t fetched = 0;
	int error;

	*lock = -1;
	for (size_t i = 0; i < config->feed_count; i++)
		fetched += config->feeds[i].fetch.kind != FETCH_NO_SOURCE;
	if (fetched == 0)
		return STATUS_OK;
	error = spool_lock(config->spool, SPOOL_IMPORT, true, lock);
	if (error == 0 || error == ENOENT)
		return STATUS_OK;
	output_error("%s: %s", config->spool, strerror(error));
	return STATUS_FAILED;
}

/* Those of feeds that the database had, and nobody wants any more. */
static void
remove_copies(const struct apply *apply)
{
	for (size_t i = 0; i < apply->gone_count; i++)
		spool_remove_feed(apply->config->spool, apply->gone[i].name);
}

/* ---- the verb ---- */

#define OPTION_ACCEPT 'A'

struct options {
	bool json;
	bool strict;
	struct guard_accepted accepted;
	struct wait wait;
};

static enum status
apply_config(const struct config *config, const struct options *options)
{
	struct apply apply = {.config = config,
	    .now = (int64_t)time(NULL),
	    .guards = {.accepted = options->accepted,
		.strict = options->strict},
	    .wait = options->wait};
	enum status status = STATUS_FAILED;
	int lock = -1;

	progress_begin(&apply.progress);
	apply.feeds = calloc(config->feed_count + 1, sizeof(*apply.feeds));
	apply.gone = calloc(POL_FEEDS_MAX, sizeof(*apply.gone));
	if (apply.feeds == NULL || apply.gone == NULL) {
		output_error("%s", pol_strerror(POL_ENOMEM));
		goto out;
	}
	status = lock_copies(config, &lock);
	if (status == STATUS_OK)
		status = apply_guard(config, &apply.guards);
	if (status == STATUS_OK)
		status = read_feeds(&apply);
	if (apply_read_origin(&apply) != STATUS_OK)
		status = STATUS_FAILED;
	if (status != STATUS_OK)
		output_error("Nothing was changed.");
	else
		status = change_policy(&apply);
	progress_end(&apply.progress);
	if (status == STATUS_OK)
		remove_copies(&apply);
	if (lock >= 0)
		close(lock);
	if (status == STATUS_OK)
		status = report(&apply, options->json);
	pol_store_close(apply.store);
	for (size_t i = 0; i < config->feed_count; i++)
		pol_list_free(apply.feeds[i].parse.list);
out:
	apply_free_origin(&apply);
	guard_free(apply.guards.guard);
	free(apply.gone);
	free(apply.feeds);
	return status;
}

static enum status
take_option(const struct command *command, int option, void *arg)
{
	struct options *options = arg;

	switch (option) {
	case COMMAND_JSON:
		options->json = true;
		return STATUS_OK;
	case APPLY_OPTION_STRICT:
		options->strict = true;
		return STATUS_OK;
	case WAIT_OPTION:
		return wait_option(command, &options->wait);
	default:
		guard_accept(&options->accepted, optarg);
		return STATUS_OK;
	}
}

static enum status
run(struct command *command)
{
	static const struct option known[] = {
	    {"accept", optional_argument, NULL, OPTION_ACCEPT},
	    {"json", no_argument, NULL, COMMAND_JSON},
	    {"strict", no_argument, NULL, APPLY_OPTION_STRICT}, WAIT_GETOPT,
	    {NULL, 0, NULL, 0}};
	struct options options = {.json = false};
	struct config *config;
	enum status status;

	if (!command_options(command, known, take_option, &options))
		return command->status;
	status = command_no_argument(command);
	if (status == STATUS_OK)
		status = command_config(command, &config);
	if (status != STATUS_OK)
		return status;
	status = apply_check_accepted(command, &options.accepted, config);
	if (status == STATUS_OK)
		status = apply_config(config, &options);
	config_free(config);
	return status;
}

const struct verb verb_apply = {
    .name = "apply",
    .synopsis = "[--accept[=FEED]] [--strict] [--wait] [--json]",
    .summary = "bring the database to what the configuration and feeds say",
    .details =
	"Reads the configuration, every feed and the origin data, and writes\n"
	"the difference to what the database holds, all of it or nothing. "
	"What\n"
	"is not configured any more is removed. A feed that cannot be read, "
	"that\n"
	"has become empty, or that has changed by more than its max-change, "
	"stops\n"
	"the apply before anything is changed.\n"
	"\n"
	"  --accept[=FEED]  take a feed however much it has changed; without "
	"FEED,\n"
	"                   every feed\n"
	"  --strict         refuse a feed of which any entry is rejected,\n"
	"                   but for duplicates and the names of columns\n"
	"  --wait[=10s]     until it is in force on every resolver\n"
	"  --json           print the summary as JSON\n",
    .run = run,
};
