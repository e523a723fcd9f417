/*
 * dump.c - sinkbound dump: every indicator, one a line.
 *
 * Fields are separated by a tab, which no field can hold: subject, scope,
 * action, mode, feed, since, until, reference. "-" stands for none. The order
 * is that of the database's keys: names by their labels from the last to the
 * first, which groups a zone's names, then prefixes, then ASNs.
 */
#include <stdio.h>
#include <string.h>

#include "policy/error.h"
#include "tools/database.h"
#include "tools/describe.h"
#include "tools/output.h"
#include "tools/verb.h"

struct dump {
	const struct pol_snapshot *snapshot;
	const struct pol_feed *only; /* NULL: all feeds */
};

static void
print_time(int64_t seconds)
{
	printf("\t%s", seconds != 0 ? show_rfc3339(seconds).text : "-");
}

static int
print_indicator(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg)
{
	const struct dump *dump = arg;
	const struct pol_feed *feed =
	    pol_snapshot_feed(dump->snapshot, indicator->feed);
	char text[POL_NAME_TEXT_MAX];

	if (feed == NULL)
		return POL_ECORRUPT;
	if (dump->only != NULL && feed != dump->only)
		return 0;
	printf("%s\t%s\t", pol_subject_to_text(subject, text),
	    pol_scope_text(indicator->scope));
	describe_own_action(stdout,
	    indicator->action != POL_ACTION_OF_FEED ? indicator->action
						    : feed->action,
	    indicator);
	printf("\t%s\t%s",
	    pol_mode_text(indicator->shadow ? POL_SHADOW : feed->mode),
	    feed->name);
	print_time(indicator->since);
	print_time(indicator->until);
	putchar('\t');
	if (indicator->reference != NULL)
		output_text(
		    stdout, indicator->reference, indicator->reference_len);
	else
		putchar('-');
	putchar('\n');
	return 0;
}

static enum status
dump_names(
    const struct config *config, struct reading *reading, const char *feed_name)
{
	struct dump dump = {.snapshot = reading->snapshot};
	int error;

	if (feed_name != NULL) {
		dump.only =
		    pol_snapshot_feed_named(reading->snapshot, feed_name);
		if (dump.only == NULL) {
			output_error("the database has no feed %s", feed_name);
			return STATUS_FAILED;
		}
	}
	error = pol_snapshot_each(reading->snapshot, print_indicator, &dump);
	return error == 0 ? STATUS_OK : database_failed(config, error);
}

static enum status
run(struct command *command)
{
	static const struct option options[] = {
	    {"feed", required_argument, NULL, 'f'}, {NULL, 0, NULL, 0}};
	const char *feed_name = NULL;
	struct reading reading;
	struct config *config;
	enum status status;
	int option;

	while ((option = command_option(command, options)) != COMMAND_END) {
		if (option == COMMAND_STOP)
			return command->status;
		feed_name = optarg;
	}
	status = command_no_argument(command);
	if (status == STATUS_OK)
		status = command_config(command, &config);
	if (status != STATUS_OK)
		return status;
	status = database_begin_reading(config, &reading);
	if (status == STATUS_OK) {
		status = dump_names(config, &reading, feed_name);
		database_end_reading(&reading);
	}
	config_free(config);
	return status;
}

const struct verb verb_dump = {
    .name = "dump",
    .synopsis = "[--feed FEED]",
    .summary = "print every indicator, one a line",
    .details =
	"Prints subject, scope, action, mode, feed, since, until and reference,\n"
	"separated by tabs, with \"-\" for none, sorted.\n"
	"\n"
	"  --feed FEED  only what this feed states\n",
    .run = run,
};
