/*
 * exceptions.c - sinkbound exceptions: what the operator lets through, why, who
 * said so and for how long still.
 */
#include <string.h>
#include <time.h>

#include "tools/database.h"
#include "tools/output.h"
#include "tools/verb.h"

/* What is being listed, in one of both forms. */
struct listing {
	int64_t now;
	bool all; /* also those that are over */
	uint64_t shown;
	uint64_t over; /* not shown */
	struct table *table;
	bool json;
	json_t *array;
};

static bool
is_over(const struct pol_indicator *indicator, int64_t now)
{
	return indicator->until != 0 && indicator->until <= now;
}

/* ---- for a person ---- */

static void
add_end(struct table *table, const struct pol_indicator *indicator, int64_t now)
{
	if (indicator->until == 0)
		table_cell(table, "no end");
	else if (is_over(indicator, now))
		table_cell(
		    table, "over since %s", show_time(indicator->until).text);
	else
		table_cell(table, "%s left, until %s",
		    show_left(indicator->until - now).text,
		    show_time(indicator->until).text);
}

static void
add_heads(struct table *table)
{
	static const char *const heads[] = {
	    "exception", "covers", "by", "since", "ends", "reason"};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_cell(table, "%s", heads[i]);
}

static void
add_row(struct table *table, const struct pol_subject *subject,
    const struct pol_indicator *indicator, int64_t now)
{
	char text[POL_NAME_TEXT_MAX];

	table_row(table);
	table_cell(table, "%s", pol_subject_to_text(subject, text));
	table_cell(table, "%s",
	    subject->kind == POL_NAME ? pol_scope_text(indicator->scope)
				      : pol_kind_text(subject->kind));
	if (indicator->by_len > 0)
		table_text(table, indicator->by, indicator->by_len);
	else
		table_cell(table, "-");
	table_cell(table, "%s%s", indicator->since > now ? "from " : "",
	    show_time(indicator->since).text);
	add_end(table, indicator, now);
	table_text(table, indicator->reference, indicator->reference_len);
}

static bool
print_table(const struct listing *listing)
{
	if (!table_print(listing->table, stdout))
		return false;
	if (listing->shown == 0)
		puts("no exception is in force");
	if (listing->over > 0)
		printf("%s over: --all shows them too\n",
		    show_number(listing->over).text);
	return true;
}

/* ---- for a program ---- */

static void
add_object(json_t *list, const struct pol_subject *subject,
    const struct pol_indicator *indicator, int64_t now)
{
	char text[POL_NAME_TEXT_MAX];

	json_array_append_new(
	    list, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:b}",
		      "subject", pol_subject_to_text(subject, text), "kind",
		      pol_kind_text(subject->kind), "scope",
		      pol_scope_text(indicator->scope), "by",
		      json_text(indicator->by, indicator->by_len), "since",
		      json_time(indicator->since), "until",
		      json_time(indicator->until), "reference",
		      json_text(indicator->reference, indicator->reference_len),
		      "in_force",
		      indicator->since <= now && !is_over(indicator, now)));
}

/* ---- the verb ---- */

static int
list_one(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg)
{
	struct listing *listing = arg;

	if (indicator->feed != POL_OPERATOR || indicator->action != POL_ALLOW)
		return 0;
	if (is_over(indicator, listing->now) && !listing->all) {
		listing->over++;
		return 0;
	}
	if (listing->json) {
		add_object(listing->array, subject, indicator, listing->now);
	} else {
		if (listing->shown == 0)
			add_heads(listing->table);
		add_row(listing->table, subject, indicator, listing->now);
	}
	listing->shown++;
	return 0;
}

static enum status
list(const struct config *config, const struct reading *reading, void *arg)
{
	struct listing *listing = arg;
	bool printed;
	int error;

	if (listing->json)
		listing->array = json_array();
	else
		listing->table = table_new("llllll");
	error = pol_snapshot_each(reading->snapshot, list_one, listing);
	printed =
	    listing->json ? output_json(listing->array) : print_table(listing);
	return error == 0 ? command_printed(printed)
			  : database_failed(config, error);
}

static enum status
take_option(const struct command *command, int option, void *arg)
{
	struct listing *listing = arg;

	(void)command;
	if (option == COMMAND_JSON)
		listing->json = true;
	else
		listing->all = true;
	return STATUS_OK;
}

static enum status
run(struct command *command)
{
	static const struct option options[] = {{"all", no_argument, NULL, 'a'},
	    {"json", no_argument, NULL, COMMAND_JSON}, {NULL, 0, NULL, 0}};
	struct listing listing = {.now = (int64_t)time(NULL)};
	enum status status;

	if (!command_options(command, options, take_option, &listing))
		return command->status;
	status = command_no_argument(command);
	return status == STATUS_OK ? database_read(command, list, &listing)
				   : status;
}

const struct verb verb_exceptions = {
    .name = "exceptions",
    .synopsis = "[--all] [--json]",
    .summary = "list what is let through by hand, why and how long still",
    .details =
	"Lists what `sinkbound allow` said: the name, address, prefix or ASN,\n"
	"what it covers, who said it, since when, how long still, and why. An\n"
	"exception ends by itself; nothing needs to be run for that.\n"
	"\n"
	"  --all   also those that are over; an apply or update forgets them\n"
	"          30 days after their end\n"
	"  --json  print JSON\n",
    .run = run,
};
