/*
 * explain.c - sinkbound explain: what the policy says about a name, and why.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/error.h"
#include "policy/evaluate.h"
#include "tools/database.h"
#include "tools/describe.h"
#include "tools/output.h"
#include "tools/verb.h"
#include "tools/when.h"

/* What the policy says about one name. */
struct explanation {
	struct pol_name name;
	struct pol_query query;
	int64_t at; /* seconds since the epoch */
	const struct pol_snapshot *snapshot;
	struct pol_verdict verdict;
	struct pol_match *matches; /* the winner first, then as they rank */
	size_t count;
	size_t size;
};

/* ---- gathering ---- */

static int
add_match(const struct pol_match *match, void *arg)
{
	struct explanation *explanation = arg;

	if (explanation->count == explanation->size) {
		size_t size =
		    explanation->size > 0 ? 2 * explanation->size : 16;
		struct pol_match *matches =
		    realloc(explanation->matches, size * sizeof(*matches));

		if (matches == NULL)
			return POL_ENOMEM;
		explanation->matches = matches;
		explanation->size = size;
	}
	explanation->matches[explanation->count++] = *match;
	return 0;
}

static int
compare_matches(const void *a, const void *b)
{
	if (pol_match_before(a, b))
		return -1;
	return pol_match_before(b, a);
}

static bool
same_match(const struct pol_match *a, const struct pol_match *b)
{
	return a->indicator.feed == b->indicator.feed &&
	       a->indicator.scope == b->indicator.scope &&
	       a->specificity == b->specificity;
}

static void
move_winner_first(struct explanation *explanation)
{
	struct pol_match *matches = explanation->matches;

	for (size_t i = 0; i < explanation->count; i++) {
		struct pol_match winner = matches[i];

		if (!same_match(&winner, &explanation->verdict.match))
			continue;
		memmove(&matches[1], &matches[0], i * sizeof(*matches));
		matches[0] = winner;
		return;
	}
}

static int
gather(struct pol_snapshot *snapshot, struct explanation *explanation)
{
	int error;

	explanation->snapshot = snapshot;
	explanation->query = (struct pol_query){.qname = explanation->name.wire,
	    .qname_len = explanation->name.len};
	error = pol_evaluate(snapshot, &explanation->query, explanation->at,
	    &explanation->verdict);
	if (error == 0)
		error = pol_matches(
		    snapshot, &explanation->query, add_match, explanation);
	if (error != 0 || explanation->count == 0)
		return error;
	qsort(explanation->matches, explanation->count,
	    sizeof(*explanation->matches), compare_matches);
	if (explanation->verdict.enforced)
		move_winner_first(explanation);
	return 0;
}

/* ---- what each match is ---- */

/* What became of the match at this place. */
static const char *
mark(const struct explanation *explanation, size_t i)
{
	const struct pol_match *match = &explanation->matches[i];
	const struct pol_indicator *indicator = &match->indicator;

	if (i == 0 && explanation->verdict.enforced)
		return "wins";
	if (indicator->until != 0 && indicator->until <= explanation->at)
		return "expired";
	if (!pol_indicator_in_force(indicator, explanation->at))
		return "not yet";
	return match->mode == POL_SHADOW ? "shadow" : "also";
}

/* Why the first match wins over the one that would in its absence; NULL where
 * there is no other. */
static const char *
why(const struct explanation *explanation)
{
	const struct pol_match *winner = &explanation->matches[0];

	for (size_t i = 1; i < explanation->count; i++) {
		const struct pol_match *other = &explanation->matches[i];

		if (strcmp(mark(explanation, i), "also") != 0)
			continue;
		if (winner->feed != other->feed)
			return winner->feed->id == POL_OPERATOR
				   ? "the operator's own statements come "
				     "before feeds"
				   : "its feed comes first in the "
				     "configuration";
		if (winner->specificity != other->specificity)
			return "within a feed the longer name comes first";
		return "at one name exact comes before below, and both before "
		       "subtree";
	}
	return explanation->count > 1 ? "no other is in force and enforced"
				      : NULL;
}

enum outcome {
	BLOCKED,
	ALLOWED,
	SHADOW,	      /* the real answer, and a record in the log */
	NOT_IN_FORCE, /* listed, but not at this time */
	NOT_LISTED,
};

static enum outcome
outcome(const struct explanation *explanation)
{
	const struct pol_verdict *verdict = &explanation->verdict;

	if (verdict->enforced)
		return describe_is_block(&verdict->match, &explanation->query)
			   ? BLOCKED
			   : ALLOWED;
	if (verdict->shadowed)
		return SHADOW;
	return verdict->listed ? NOT_IN_FORCE : NOT_LISTED;
}

/* ---- for a person ---- */

static void
print_verdict(const struct explanation *explanation)
{
	static const char *const heads[] = {[BLOCKED] = "BLOCKED: ",
	    [ALLOWED] = "ALLOWED: ",
	    [SHADOW] = "SHADOW: the real answer; enforced it would be ",
	    [NOT_IN_FORCE] = "NOT IN FORCE: the real answer",
	    [NOT_LISTED] = "NOT LISTED: the real answer"};
	const struct pol_verdict *verdict = &explanation->verdict;
	enum outcome what = outcome(explanation);
	char name[POL_NAME_TEXT_MAX];

	printf("%s   %s", pol_name_to_text(explanation->name.wire, name),
	    heads[what]);
	if (what == BLOCKED || what == ALLOWED || what == SHADOW)
		describe_answer(stdout,
		    what == SHADOW ? &verdict->shadow : &verdict->match,
		    &explanation->query, &explanation->snapshot->settings);
	putchar('\n');
}

static bool
print_matches(const struct explanation *explanation)
{
	struct table *table = table_new("lllllll");

	for (size_t i = 0; i < explanation->count; i++) {
		const struct pol_match *match = &explanation->matches[i];
		const struct pol_indicator *indicator = &match->indicator;
		char name[POL_NAME_TEXT_MAX];
		char period[DESCRIBE_PERIOD_MAX];

		describe_period(indicator, period);
		table_row(table);
		table_cell(table, "  %s", mark(explanation, i));
		table_cell(table, "%s", match->feed->name);
		table_cell(table, "%s", pol_action_text(match->action));
		table_cell(table, "%s", pol_scope_text(indicator->scope));
		table_cell(table, "%s", pol_name_to_text(match->name, name));
		table_cell(table, "%s", period);
		table_text(
		    table, indicator->reference, indicator->reference_len);
	}
	return table_print(table, stdout);
}

static bool
print_text(const struct explanation *explanation)
{
	const char *reason = NULL;

	print_verdict(explanation);
	if (explanation->count == 0)
		return true;
	if (!print_matches(explanation))
		return false;
	if (explanation->verdict.enforced)
		reason = why(explanation);
	if (reason != NULL)
		printf("  why: %s\n", reason);
	return true;
}

/* ---- for a program ---- */

static json_t *
match_json(const struct explanation *explanation, size_t i)
{
	const struct pol_match *match = &explanation->matches[i];
	const struct pol_indicator *indicator = &match->indicator;
	char name[POL_NAME_TEXT_MAX];

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}",
	    "status", mark(explanation, i), "feed", match->feed->name,
	    "trigger", pol_trigger_text(match->trigger), "matched",
	    pol_name_to_text(match->name, name), "scope",
	    pol_scope_text(indicator->scope), "action",
	    pol_action_text(match->action), "mode", pol_mode_text(match->mode),
	    "since", json_time(indicator->since), "until",
	    json_time(indicator->until), "reference",
	    json_text(indicator->reference, indicator->reference_len));
}

static json_t *
matches_json(const struct explanation *explanation)
{
	json_t *matches = json_array();

	for (size_t i = 0; i < explanation->count; i++)
		json_array_append_new(matches, match_json(explanation, i));
	return matches;
}

static json_t *
answer_json(const struct explanation *explanation, bool decided,
    const struct pol_match *match)
{
	if (!decided)
		return json_null();
	return describe_answer_json(
	    match, &explanation->query, &explanation->snapshot->settings);
}

static bool
print_json(const struct explanation *explanation)
{
	static const char *const words[] = {[BLOCKED] = "blocked",
	    [ALLOWED] = "allowed",
	    [SHADOW] = "shadow",
	    [NOT_IN_FORCE] = "not in force",
	    [NOT_LISTED] = "not listed"};
	const struct pol_verdict *verdict = &explanation->verdict;
	const char *reason = verdict->enforced ? why(explanation) : NULL;
	char name[POL_NAME_TEXT_MAX];

	return output_json(
	    json_pack("{s:s, s:s, s:I, s:s, s:o, s:o, s:s?, s:o}", "name",
		pol_name_to_text(explanation->name.wire, name), "at",
		show_rfc3339(explanation->at).text, "generation",
		(json_int_t)explanation->snapshot->generation, "verdict",
		words[outcome(explanation)], "answer",
		answer_json(explanation, verdict->enforced, &verdict->match),
		"shadow",
		answer_json(explanation, verdict->shadowed, &verdict->shadow),
		"why", reason, "matches", matches_json(explanation)));
}

/* ---- the verb ---- */

static enum status
explain(const struct config *config, struct explanation *explanation, bool json)
{
	struct reading reading;
	enum status status = database_begin_reading(config, &reading);
	int error;

	if (status != STATUS_OK)
		return status;
	error = gather(reading.snapshot, explanation);
	if (error != 0) {
		status = database_failed(config, error);
	} else if (!(json ? print_json(explanation)
			  : print_text(explanation))) {
		output_error("%s", pol_strerror(POL_ENOMEM));
		status = STATUS_FAILED;
	}
	free(explanation->matches);
	database_end_reading(&reading);
	return status;
}

static enum status
run(struct command *command)
{
	static const struct option options[] = {
	    {"at", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, COMMAND_JSON}, {NULL, 0, NULL, 0}};
	struct explanation explanation = {.at = (int64_t)time(NULL)};
	struct config *config;
	enum status status;
	bool json = false;
	int option;

	while ((option = command_option(command, options)) != COMMAND_END) {
		if (option == COMMAND_STOP)
			return command->status;
		if (option == COMMAND_JSON)
			json = true;
		else if (when_parse_time(optarg, &explanation.at) != 0)
			return command_misused(command,
			    "--at \"%s\": a time like 2025-12-13 or "
			    "2025-12-13T09:12Z is expected",
			    optarg);
	}
	status = command_name(command, &explanation.name);
	if (status == STATUS_OK)
		status = command_config(command, &config);
	if (status != STATUS_OK)
		return status;
	status = explain(config, &explanation, json);
	config_free(config);
	return status;
}

const struct verb verb_explain = {
    .name = "explain",
    .synopsis = "[--at TIME] [--json] NAME",
    .summary = "show what a client that asks for NAME is answered, and why",
    .details =
	"Shows the answer and every statement that covers the name, the one\n"
	"that wins first.\n"
	"\n"
	"  --at TIME  at another time than now, as 2025-12-13 or\n"
	"             2025-12-13T09:12Z\n"
	"  --json     print JSON\n",
    .run = run,
};
