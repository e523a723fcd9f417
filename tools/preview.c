/*
 * preview.c - sinkbound preview: what a feed or a file would newly block among
 * names that are asked for, before it does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "policy/error.h"
#include "tools/describe.h"
#include "tools/guard/top_list.h"
#include "tools/preview_p.h"
#include "tools/verb.h"

#define OPTION_AGAINST 'L'
#define OPTION_FORMAT 'f'

/* ---- deciding ---- */

static bool
is_blocked(const struct pol_verdict *verdict, const struct pol_query *query)
{
	return verdict->enforced && describe_is_block(&verdict->match, query);
}

/* In shadow mode by its own word: the candidate is looked at as enforced. */
static bool
is_shadowed(const struct preview *preview, const struct pol_verdict *verdict)
{
	return !verdict->enforced && verdict->shadowed &&
	       strcmp(verdict->shadow.feed->name,
		   preview->copy.feed.config->name) == 0;
}

static int
decide(const struct pol_query *query, void *arg, enum outcome *outcome,
    struct pol_match *match)
{
	const struct preview *preview = arg;
	struct pol_verdict before = {.listed = false}, after;
	int error =
	    pol_evaluate(preview->copy.snapshot, query, preview->now, &after);

	if (error == 0 && preview->base != NULL)
		error =
		    pol_evaluate(preview->base, query, preview->now, &before);
	if (error != 0)
		return error;
	if (is_blocked(&before, query)) {
		*match = before.match;
		*outcome = is_blocked(&after, query) ? WHATIF_AS_BEFORE
						     : WHATIF_UNBLOCKED;
	} else if (is_blocked(&after, query)) {
		*match = after.match;
		*outcome = WHATIF_BLOCKED;
	} else if (is_shadowed(preview, &after)) {
		*match = after.shadow;
		*outcome = WHATIF_SHADOW;
	}
	return 0;
}

/* ---- the top list ---- */

static int
take_rank(const struct pol_name *name, unsigned long rank, void *arg)
{
	struct preview *preview = arg;
	struct preview_top *top = &preview->top;
	struct pol_query query = whatif_query(name->wire);
	enum outcome outcome = WHATIF_NOTHING;
	struct pol_match match;
	int error = decide(&query, preview, &outcome, &match);

	if (error != 0)
		return error;
	top->names++;
	top->counts[outcome]++;
	if (outcome < WHATIF_KEPT && top->shown < top->max)
		top->ranks[top->shown++] =
		    (struct preview_rank){*name, rank, outcome};
	return 0;
}

static enum status
read_top_list(struct preview *preview, const struct config *config)
{
	struct preview_top *top = &preview->top;
	int error;

	if (config->top_list == NULL)
		return STATUS_OK;
	top->max = preview->whatif.top;
	top->ranks = calloc(top->max, sizeof(*top->ranks));
	if (top->ranks == NULL) {
		output_error("%s", pol_strerror(POL_ENOMEM));
		return STATUS_FAILED;
	}
	errno = 0;
	error = top_list_read(
	    config->top_list, config->top_count, take_rank, preview);
	if (error != 0) {
		output_error("top-list: %s: %s", config->top_list,
		    errno != 0 ? strerror(errno) : pol_strerror(error));
		return STATUS_FAILED;
	}
	top->is_read = true;
	return STATUS_OK;
}

/* ---- the log ---- */

static enum status
read_log(struct preview *preview, const char *path, size_t shown)
{
	struct whatif *whatif = &preview->whatif;
	int error;

	if (path == NULL)
		return STATUS_OK;
	progress_begin(&whatif->progress);
	error = whatif_read(whatif, path, shown);
	if (error == 0)
		return STATUS_OK;
	output_error("%s: %s%s", path,
	    whatif->log.problem[0] != '\0' ? whatif->log.problem
					   : pol_strerror(error),
	    whatif->log.lines > 0 ? "\nThe report is of what comes before that."
				  : "");
	return STATUS_FAILED;
}

/* ---- the verb ---- */

struct options {
	struct whatif_options whatif;
	const char *against;
	const struct feed_format *format;
	const char *name;
};

static enum status
look(struct preview *preview, const struct config *config,
    const struct options *options)
{
	enum status status = read_top_list(preview, config);
	enum status printed;

	if (status == STATUS_OK)
		status =
		    read_log(preview, options->against, options->whatif.shown);
	if (status != STATUS_OK && preview->whatif.log.lines == 0)
		return status;
	printed =
	    command_printed(options->whatif.json ? preview_print_json(preview)
						 : preview_print(preview));
	return printed == STATUS_OK ? status : printed;
}

static enum status
preview_policy(const struct config *config, const struct options *options)
{
	struct preview preview = {.now = (int64_t)time(NULL)};
	struct reading reading = {NULL, NULL};
	enum status status = STATUS_OK;

	if (access(config->database, F_OK) == 0 || errno != ENOENT)
		status = database_begin_reading(config, &reading);
	if (status != STATUS_OK)
		return status;
	preview.base = reading.snapshot;
	status = preview_copy_make(&preview.copy, config, reading.store,
	    options->name, options->format, preview.now);
	if (status == STATUS_OK) {
		preview.whatif.decide = decide;
		preview.whatif.arg = &preview;
		preview.whatif.clients = preview.copy.snapshot->clients;
		preview.whatif.top = whatif_top(&options->whatif);
		status = look(&preview, config, options);
	}
	whatif_end(&preview.whatif);
	free(preview.top.ranks);
	preview_copy_end(&preview.copy);
	if (reading.snapshot != NULL)
		database_end_reading(&reading);
	return status;
}

static enum status
take_option(const struct command *command, int option, void *arg)
{
	struct options *options = arg;

	switch (option) {
	case OPTION_AGAINST:
		options->against = optarg;
		return STATUS_OK;
	case OPTION_FORMAT:
		options->format = feed_format_named(optarg);
		return options->format != NULL
			   ? STATUS_OK
			   : command_misused(command,
				 "--format \"%s\": no such format", optarg);
	default:
		return whatif_option(command, option, &options->whatif);
	}
}

static enum status
run(struct command *command)
{
	static const struct option known[] = {
	    {"against", required_argument, NULL, OPTION_AGAINST},
	    {"format", required_argument, NULL, OPTION_FORMAT}, WHATIF_GETOPT,
	    {NULL, 0, NULL, 0}};
	struct options options = {.whatif.shown = TALLY_SHOWN_DEFAULT};
	struct config *config;
	enum status status;

	if (!command_options(command, known, take_option, &options))
		return command->status;
	if (optind + 1 != command->argc)
		return command_misused(
		    command, "one feed or one file is expected");
	options.name = command->argv[optind];
	status = command_config(command, &config);
	if (status != STATUS_OK)
		return status;
	if (options.against == NULL && config->top_list == NULL)
		status = command_misused(command,
		    "nothing to compare with: give --against LOG, or a "
		    "top-list in %s",
		    config->path);
	else
		status = preview_policy(config, &options);
	config_free(config);
	return status;
}

const struct verb verb_preview = {
    .name = "preview",
    .synopsis = "[--against LOG] [--clients N] [--format FORMAT] [--json] "
		"[--top N]\n"
		"                                   FEED|FILE",
    .summary = "what a feed or a file would newly block",
    .details =
	"Imports a feed, as its file or its copy in the spool is, or a file "
	"that\n"
	"is no feed yet, into a copy of the policy, as if it were enforced; "
	"and\n"
	"shows what would then be blocked that is not blocked now, among the "
	"names\n"
	"of a log of queries and of the configured top list. The policy "
	"itself\n"
	"stays as it is.\n"
	"\n"
	"  --against LOG    a log of queries, as for replay; - is standard "
	"input\n" WHATIF_HELP_CLIENTS
	"  --format FORMAT  of a file, where it is not to be found "
	"out\n" WHATIF_HELP,
    .run = run,
};
