/*
 * replay.c - sinkbound replay: what of a log of queries the policy decides on.
 *
 * It is also the hunt for whoever asked for a name before that was listed.
 */
#include <string.h>
#include <time.h>

#include "policy/error.h"
#include "tools/database.h"
#include "tools/describe.h"
#include "tools/verb.h"
#include "tools/whatif.h"

#define OPTION_FEED 'F'

struct replay {
	struct pol_snapshot *snapshot;
	int64_t now;
	const char *feed_name;	     /* NULL: as the policy decides */
	const struct pol_feed *feed; /* what it alone says */
	struct whatif_options options;
	const char *path; /* of the log */
};

/* ---- deciding ---- */

static enum outcome
outcome_of(const struct pol_match *match, const struct pol_query *query)
{
	if (!describe_is_block(match, query))
		return WHATIF_ALLOWED;
	return match->mode == POL_SHADOW ? WHATIF_SHADOW : WHATIF_BLOCKED;
}

static int
decide_by_policy(const struct replay *replay, const struct pol_query *query,
    enum outcome *outcome, struct pol_match *match)
{
	struct pol_verdict verdict;
	int error =
	    pol_evaluate(replay->snapshot, query, replay->now, &verdict);

	if (error != 0 || (!verdict.enforced && !verdict.shadowed))
		return error;
	*match = verdict.enforced ? verdict.match : verdict.shadow;
	*outcome = outcome_of(match, query);
	return 0;
}

/* The first of one feed's matches. */
struct choice {
	const struct replay *replay;
	struct pol_match *match;
	bool found;
};

static int
choose(const struct pol_match *match, void *arg)
{
	struct choice *choice = arg;
	const struct replay *replay = choice->replay;

	if (match->feed != replay->feed ||
	    !pol_match_counts(match, replay->now))
		return 0;
	if (!choice->found || pol_match_before(match, choice->match))
		*choice->match = *match;
	choice->found = true;
	return 0;
}

static int
decide(const struct pol_query *query, void *arg, enum outcome *outcome,
    struct pol_match *match)
{
	const struct replay *replay = arg;
	struct choice choice = {.replay = replay, .match = match};
	int error;

	error = decide_by_policy(replay, query, outcome, match);
	if (error != 0 || replay->feed == NULL || *outcome == WHATIF_ALLOWED)
		return error;
	*outcome = WHATIF_NOTHING;
	error = pol_matches(replay->snapshot, query, choose, &choice);
	if (error == 0 && choice.found)
		*outcome = outcome_of(match, query);
	return error;
}

/* ---- the report ---- */

static bool
print(struct whatif *whatif)
{
	const uint64_t *allowed = whatif->counts[WHATIF_ALLOWED];

	whatif_print_log(whatif);
	whatif_print_sum(whatif, WHATIF_BLOCKED, "blocked");
	whatif_print_sum(whatif, WHATIF_SHADOW, "only logged (shadow mode)");
	if (tally_count(allowed) > 0)
		printf("let through by exceptions: %s\n",
		    whatif_queries(allowed).text);
	if (!whatif_print_names(whatif))
		return false;
	whatif_print_notes(whatif);
	return true;
}

static bool
print_json(struct whatif *whatif, const struct replay *replay)
{
	return output_json(json_pack("{s:I, s:o, s:o, s:o, s:I, s:b, s:o}",
	    "generation", (json_int_t)replay->snapshot->generation, "log",
	    whatif_log_json(whatif), "blocked",
	    whatif_sum_json(whatif, WHATIF_BLOCKED), "shadow",
	    whatif_sum_json(whatif, WHATIF_SHADOW), "allowed-queries",
	    (json_int_t)tally_count(whatif->counts[WHATIF_ALLOWED]), "complete",
	    whatif_is_complete(whatif), "names", whatif_names_json(whatif)));
}

/* ---- the verb ---- */

static enum status
failed(const struct config *config, const struct whatif *whatif, int error)
{
	if (error == POL_EIO && whatif->log.problem[0] != '\0')
		output_error("%s: %s%s", whatif->log.path, whatif->log.problem,
		    whatif->log.lines > 0
			? "\nThe report is of what comes before that."
			: "");
	else
		return database_failed(config, error);
	return STATUS_FAILED;
}

static enum status
report(const struct config *config, struct replay *replay)
{
	const struct whatif_options *options = &replay->options;
	struct whatif whatif = {.decide = decide,
	    .arg = replay,
	    .is_history = true,
	    .top = whatif_top(options)};
	enum status status = STATUS_OK;
	int error;

	progress_begin(&whatif.progress);
	error = whatif_read(&whatif, replay->path, options->shown);
	if (error != 0)
		status = failed(config, &whatif, error);
	if ((error == 0 || whatif.log.lines > 0) &&
	    command_printed(options->json ? print_json(&whatif, replay)
					  : print(&whatif)) != STATUS_OK)
		status = STATUS_FAILED;
	whatif_end(&whatif);
	return status;
}

static enum status
replay_log(
    const struct config *config, const struct reading *reading, void *arg)
{
	struct replay *replay = arg;

	replay->snapshot = reading->snapshot;
	if (replay->feed_name != NULL) {
		replay->feed = pol_snapshot_feed_named(
		    reading->snapshot, replay->feed_name);
		if (replay->feed == NULL) {
			output_error("the database has no feed called %s",
			    replay->feed_name);
			return STATUS_USAGE;
		}
	}
	return report(config, replay);
}

static enum status
take_option(const struct command *command, int option, void *arg)
{
	struct replay *replay = arg;

	if (option != OPTION_FEED)
		return whatif_option(command, option, &replay->options);
	replay->feed_name = optarg;
	return STATUS_OK;
}

static enum status
run(struct command *command)
{
	static const struct option known[] = {
	    {"feed", required_argument, NULL, OPTION_FEED}, WHATIF_GETOPT,
	    {NULL, 0, NULL, 0}};
	struct replay replay = {.now = (int64_t)time(NULL),
	    .options = {.shown = TALLY_SHOWN_DEFAULT}};

	if (!command_options(command, known, take_option, &replay))
		return command->status;
	if (optind + 1 != command->argc)
		return command_misused(command, "one log is expected");
	replay.path = command->argv[optind];
	return database_read(command, replay_log, &replay);
}

const struct verb verb_replay = {
    .name = "replay",
    .synopsis = "[--clients N] [--feed FEED] [--json] [--top N] LOG",
    .summary = "who asked for what is blocked now, by a log of queries",
    .details =
	"Decides on each query of a log as a resolver would now, and shows "
	"the\n"
	"names that are blocked or in shadow mode: how often they were asked "
	"for,\n"
	"how often of that before they were listed (early), when first and "
	"last,\n"
	"and by whom. The log may have Unbound's lines (log-queries, "
	"log-replies),\n"
	"those of our own query log, or names with or without counts, and may "
	"be\n"
	"packed by gzip, zstd or bzip2; - is standard input.\n"
	"\n" WHATIF_HELP_CLIENTS
	"  --feed FEED      what this feed lists, whichever "
	"blocks it\n" WHATIF_HELP,
    .run = run,
};
