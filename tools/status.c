/*
 * status.c - sinkbound status: what the database holds.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/error.h"
#include "tools/database.h"
#include "tools/describe.h"
#include "tools/output.h"
#include "tools/status_fetch.h"
#include "tools/status_rules.h"
#include "tools/verb.h"
#include "tools/wait.h"

/* What is told about a database. */
struct overview {
	const struct config *config;
	const struct pol_snapshot *snapshot;
	struct pol_store_stat stat;
	const struct pol_feed **feeds; /* as they rank */
	struct resolvers resolvers;
	struct behaviour behaviour;
	int64_t now;
};

static int
compare_feeds(const void *a, const void *b)
{
	const struct pol_feed *const *first = a, *const *second = b;

	return (int)(*first)->order - (int)(*second)->order;
}

static const struct pol_feed **
rank_feeds(const struct pol_snapshot *snapshot)
{
	const struct pol_feed **feeds =
	    calloc(snapshot->feed_count + 1, sizeof(*feeds));

	if (feeds == NULL)
		return NULL;
	for (size_t i = 0; i < snapshot->feed_count; i++)
		feeds[i] = &snapshot->feeds[i];
	qsort(feeds, snapshot->feed_count, sizeof(*feeds), compare_feeds);
	return feeds;
}

static const char *
on_error_text(enum pol_on_error on_error)
{
	return on_error == POL_ON_ERROR_SERVFAIL ? "servfail" : "pass";
}

/* ---- for a person ---- */

static void
print_settings(const struct overview *overview)
{
	const struct pol_settings *settings = &overview->snapshot->settings;
	const uint64_t *subjects = overview->stat.subjects;

	printf("database  %s, generation %s\n", overview->config->database,
	    show_number(overview->stat.generation).text);
	printf("size      %s, of which indicators %s",
	    show_size(overview->stat.file_size).text,
	    show_size(overview->stat.used_size).text);
	if (overview->stat.origin_ranges > 0)
		printf(", origin data %s",
		    show_size(overview->stat.origin_size).text);
	putchar('\n');
	printf("names     %s\n", show_number(subjects[POL_NAME]).text);
	if (subjects[POL_PREFIX] > 0)
		printf(
		    "prefixes  %s\n", show_number(subjects[POL_PREFIX]).text);
	if (subjects[POL_ASN] > 0)
		printf("ASNs      %s\n", show_number(subjects[POL_ASN]).text);
	if (overview->stat.origin_ranges > 0)
		printf("origin    %s ranges, %s holders\n",
		    show_number(overview->stat.origin_ranges).text,
		    show_number(overview->stat.origin_holders).text);
	fputs("sinkhole  ", stdout);
	describe_sinkhole(stdout, settings);
	printf(", TTL %u\n", (unsigned)settings->ttl);
	printf(
	    "log       %s\n", *settings->log != '\0' ? settings->log : "none");
	printf("on-error  %s\n", on_error_text(settings->on_error));
}

static void
print_clients(const struct pol_clients *clients)
{
	for (size_t i = 0; i < pol_clients_count(clients); i++) {
		const struct pol_group *group = pol_clients_group(clients, i);

		printf("clients   %s: %s, %s prefix%s\n", group->name,
		    pol_client_mode_text(group->mode),
		    show_number(group->prefix_count).text,
		    group->prefix_count == 1 ? "" : "es");
	}
}

static void
print_resolvers(const struct overview *overview)
{
	if (overview->resolvers.count == 0)
		puts("resolver  none has the database open");
	for (size_t i = 0; i < overview->resolvers.count; i++) {
		const struct pol_follower *resolver =
		    &overview->resolvers.at[i];

		fputs("resolver  ", stdout);
		resolver_print(stdout, resolver);
		if (resolver->generation == 0)
			puts(": has not yet gone through its cache");
		else
			printf(": generation %s%s\n",
			    show_number(resolver->generation).text,
			    resolver->generation < overview->stat.generation
				? ", not yet the latest"
				: "");
	}
	putchar('\n');
}

static void
add_feed(struct table *table, const struct pol_feed *feed, int64_t now)
{
	table_row(table);
	table_cell(table, "%s", feed->name);
	table_cell(table, "%s", show_number(feed->count).text);
	table_cell(table, "%s", *feed->format != '\0' ? feed->format : "-");
	table_cell(table, "%s", pol_mode_text(feed->mode));
	table_cell(table, "%s", pol_action_text(feed->action));
	table_cell(table, "%s",
	    feed->changed != 0 ? show_age(now - feed->changed).text : "-");
	table_cell(table, "%s", *feed->source != '\0' ? feed->source : "-");
}

static bool
print_feeds(const struct overview *overview)
{
	static const char *const heads[] = {
	    "feed", "entries", "format", "mode", "action", "changed", "source"};
	struct table *table = table_new("lrlllll");

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_cell(table, "%s", heads[i]);
	for (size_t i = 0; i < overview->snapshot->feed_count; i++)
		add_feed(table, overview->feeds[i], overview->now);
	return table_print(table, stdout);
}

/* Configured feeds that the database does not know yet. */
static void
print_hint(const struct overview *overview)
{
	const struct config *config = overview->config;
	size_t missing = 0;

	for (size_t i = 0; i < config->feed_count; i++)
		if (config->feeds[i].fetch.kind == FETCH_NO_SOURCE &&
		    pol_snapshot_feed_named(
			overview->snapshot, config->feeds[i].name) == NULL)
			missing++;
	if (config->feed_count == 0)
		printf("\nNo feed is configured: add one to %s and run "
		       "`sinkbound apply`.\n",
		    config->path);
	else if (missing > 0)
		printf("\n%s configured but not in the database: run "
		       "`sinkbound apply`.\n",
		    show_count(missing, "feed").text);
}

static bool
print_text(const struct overview *overview)
{
	print_settings(overview);
	print_clients(overview->snapshot->clients);
	status_rules_print(&overview->behaviour, overview->now);
	print_resolvers(overview);
	if (!print_feeds(overview) ||
	    !status_fetch_print(overview->config, overview->now))
		return false;
	print_hint(overview);
	return true;
}

/* ---- for a program ---- */

static json_t *
feeds_json(const struct overview *overview)
{
	json_t *feeds = json_array();

	for (size_t i = 0; i < overview->snapshot->feed_count; i++) {
		const struct pol_feed *feed = overview->feeds[i];

		json_array_append_new(feeds,
		    json_pack("{s:s, s:I, s:s, s:s, s:s, s:i, s:o, s:s}",
			"name", feed->name, "entries", (json_int_t)feed->count,
			"format", feed->format, "mode",
			pol_mode_text(feed->mode), "action",
			pol_action_text(feed->action), "ede", (int)feed->ede,
			"changed", json_time(feed->changed), "source",
			feed->source));
	}
	return feeds;
}

static json_t *
origin_json(const struct pol_store_stat *stat)
{
	return json_pack("{s:I, s:I, s:I}", "ranges",
	    (json_int_t)stat->origin_ranges, "holders",
	    (json_int_t)stat->origin_holders, "size",
	    (json_int_t)stat->origin_size);
}

static json_t *
clients_json(const struct pol_clients *clients)
{
	json_t *groups = json_array();

	for (size_t i = 0; i < pol_clients_count(clients); i++) {
		const struct pol_group *group = pol_clients_group(clients, i);

		json_array_append_new(groups,
		    json_pack("{s:s, s:s, s:I}", "group", group->name, "mode",
			pol_client_mode_text(group->mode), "prefixes",
			(json_int_t)group->prefix_count));
	}
	return groups;
}

static bool
print_json(const struct overview *overview)
{
	const struct pol_settings *settings = &overview->snapshot->settings;
	const struct pol_store_stat *stat = &overview->stat;

	json_t *object = json_pack(
	    "{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:s, s:s, s:o, "
	    "s:o, s:o, s:o}",
	    "database", overview->config->database, "generation",
	    (json_int_t)stat->generation, "file_size",
	    (json_int_t)stat->file_size, "indicators_size",
	    (json_int_t)stat->used_size, "names",
	    (json_int_t)stat->subjects[POL_NAME], "prefixes",
	    (json_int_t)stat->subjects[POL_PREFIX], "asns",
	    (json_int_t)stat->subjects[POL_ASN], "origin", origin_json(stat),
	    "sinkhole", describe_sinkhole_json(settings), "log", settings->log,
	    "on_error", on_error_text(settings->on_error), "clients",
	    clients_json(overview->snapshot->clients), "resolvers",
	    resolvers_json(&overview->resolvers, stat->generation), "feeds",
	    feeds_json(overview), "fetched",
	    status_fetch_json(overview->config, overview->now));

	status_rules_json(object, &overview->behaviour, overview->now);
	return output_json(object);
}

/* ---- the verb ---- */

static enum status
show(const struct config *config, const struct reading *reading, void *arg)
{
	const bool *json = arg;
	struct overview overview = {.config = config,
	    .snapshot = reading->snapshot,
	    .feeds = rank_feeds(reading->snapshot),
	    .now = (int64_t)time(NULL)};
	int error = pol_store_stat(reading->store, &overview.stat);

	if (error == 0)
		error = resolvers_find(reading->store, &overview.resolvers);
	if (overview.feeds == NULL)
		error = POL_ENOMEM;
	/* The rest can be shown all the same. */
	(void)behaviour_begin(config, reading->snapshot, &overview.behaviour);
	if (error == 0 &&
	    !(*json ? print_json(&overview) : print_text(&overview)))
		error = POL_ENOMEM;
	behaviour_end(&overview.behaviour);
	free(overview.feeds);
	return error == 0 ? STATUS_OK : database_failed(config, error);
}

static enum status
run(struct command *command)
{
	bool json = false;
	enum status status;

	if (!command_json_option(command, &json))
		return command->status;
	status = command_no_argument(command);
	return status == STATUS_OK ? database_read(command, show, &json)
				   : status;
}

const struct verb verb_status = {
    .name = "status",
    .synopsis = "[--json]",
    .summary = "show what the database holds, and which resolvers follow",
    .details =
	"Shows the generation, sizes and settings of the database; each "
	"resolver\n"
	"that has it open, and the generation that it has gone through its "
	"cache\n"
	"for; and the feeds as they rank. \"changed\" is when an import last\n"
	"changed something.\n"
	"\n"
	"  --json  print JSON\n",
    .run = run,
};
