/*
 * dump.c - sinkbound dump: every indicator, one a line.
 *
 * Fields are separated by a tab, which no field can hold: subject, scope,
 * action, mode, feed, since, until, reference, triggers, risk, category. "-"
 * stands for none. As JSON each line is an object. The order is that of the
 * database's keys: names by their labels from the last to the first, which
 * groups a zone's names, then prefixes, then ASNs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "tools/database.h"
#include "tools/describe.h"
#include "tools/output.h"
#include "tools/verb.h"

struct dump {
	const struct pol_snapshot *snapshot;
	const struct pol_feed *only; /* NULL: all feeds */
	const char *feed_name;	     /* of it */
	bool json;
};

/* An indicator with what its feed says for it. */
struct line {
	const struct pol_subject *subject;
	const struct pol_indicator *indicator;
	const struct pol_feed *feed;
	enum pol_action action;
	enum pol_mode mode;
	int64_t until;
	char words[DESCRIBE_TRIGGERS_MAX]; /* the triggers */
};

/* ---- columns ---- */

static void
print_time(int64_t seconds)
{
	printf("\t%s", seconds != 0 ? show_rfc3339(seconds).text : "-");
}

static void
print_words(const char *text, size_t len)
{
	putchar('\t');
	if (text != NULL)
		output_text(stdout, text, len);
	else
		putchar('-');
}

static void
print_columns(const struct line *line)
{
	const struct pol_indicator *indicator = line->indicator;
	char text[POL_NAME_TEXT_MAX];

	printf("%s\t%s\t", pol_subject_to_text(line->subject, text),
	    pol_scope_text(indicator->scope));
	describe_own_action(stdout, line->action, indicator);
	printf("\t%s\t%s", pol_mode_text(line->mode), line->feed->name);
	print_time(indicator->since);
	print_time(line->until);
	print_words(indicator->reference, indicator->reference_len);
	printf("\t%s\t", line->words);
	if (indicator->risk > 0)
		printf("%u", (unsigned)indicator->risk);
	else
		putchar('-');
	print_words(indicator->category, indicator->category_len);
	putchar('\n');
}

/* ---- JSON ---- */

static json_t *
triggers_json(char *words)
{
	json_t *triggers = json_array();
	char *rest, *word = strtok_r(words, ",", &rest);

	for (; word != NULL; word = strtok_r(NULL, ",", &rest))
		json_array_append_new(triggers, json_string(word));
	return triggers;
}

/* An action with what belongs to it is one word, as in the columns. */
static json_t *
action_json(const struct line *line)
{
	char *words = NULL;
	size_t len;
	FILE *out = open_memstream(&words, &len);
	json_t *action = NULL;

	if (out == NULL)
		return NULL;
	describe_own_action(out, line->action, line->indicator);
	if (fclose(out) == 0)
		action = json_string(words);
	free(words);
	return action;
}

/* One object on one line. False where memory was short. */
static bool
print_json(struct line *line)
{
	const struct pol_indicator *indicator = line->indicator;
	char text[POL_NAME_TEXT_MAX];
	json_t *object = json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:o, "
				   "s:o, s:o, s:o}",
	    pol_kind_text(line->subject->kind),
	    pol_subject_to_text(line->subject, text), "scope",
	    pol_scope_text(indicator->scope), "action", action_json(line),
	    "mode", pol_mode_text(line->mode), "feed", line->feed->name,
	    "since", json_time(indicator->since), "until",
	    json_time(line->until), "reference",
	    json_text(indicator->reference, indicator->reference_len),
	    "triggers", triggers_json(line->words), "risk",
	    indicator->risk > 0 ? json_integer(indicator->risk) : json_null(),
	    "category",
	    json_text(indicator->category, indicator->category_len));
	bool printed =
	    object != NULL && json_dumpf(object, stdout, JSON_COMPACT) == 0;

	putchar('\n');
	json_decref(object);
	return printed;
}

/* ---- all of it ---- */

static int
print_indicator(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg)
{
	const struct dump *dump = arg;
	struct line line = {.subject = subject,
	    .indicator = indicator,
	    .feed = pol_snapshot_feed(dump->snapshot, indicator->feed)};

	if (line.feed == NULL)
		return POL_ECORRUPT;
	if (dump->only != NULL && line.feed != dump->only)
		return 0;
	line.action = indicator->action != POL_ACTION_OF_FEED
			  ? indicator->action
			  : line.feed->action;
	line.mode = indicator->shadow ? POL_SHADOW : line.feed->mode;
	line.until = pol_indicator_end(indicator, line.feed);
	describe_triggers(
	    pol_triggers_of(indicator, line.feed, subject->kind), line.words);
	if (!dump->json)
		print_columns(&line);
	else if (!print_json(&line) && !ferror(stdout))
		return POL_ENOMEM;
	return 0;
}

static enum status
show(const struct config *config, const struct reading *reading, void *arg)
{
	struct dump *dump = arg;
	int error;

	dump->snapshot = reading->snapshot;
	if (dump->feed_name != NULL) {
		dump->only = database_feed(reading, dump->feed_name);
		if (dump->only == NULL)
			return STATUS_FAILED;
	}
	error = pol_snapshot_each(reading->snapshot, print_indicator, dump);
	return error == 0 ? STATUS_OK : database_failed(config, error);
}

static enum status
take_option(const struct command *command, int option, void *arg)
{
	struct dump *dump = arg;

	(void)command;
	if (option == COMMAND_JSON)
		dump->json = true;
	else
		dump->feed_name = optarg;
	return STATUS_OK;
}

static enum status
run(struct command *command)
{
	static const struct option options[] = {
	    {"feed", required_argument, NULL, 'f'},
	    {"json", no_argument, NULL, COMMAND_JSON}, {NULL, 0, NULL, 0}};
	struct dump dump = {0};
	enum status status;

	if (!command_options(command, options, take_option, &dump))
		return command->status;
	status = command_no_argument(command);
	return status == STATUS_OK ? database_read(command, show, &dump)
				   : status;
}

const struct verb verb_dump = {
    .name = "dump",
    .synopsis = "[--feed FEED] [--json]",
    .summary = "print every indicator, one a line",
    .details =
	"Prints subject, scope, action, mode, feed, since, until, reference,\n"
	"triggers, risk and category, separated by tabs, with \"-\" for none,\n"
	"sorted.\n"
	"\n"
	"  --feed FEED  only what this feed states\n"
	"  --json       print a JSON object a line\n",
    .run = run,
};
