/*
 * block.c - sinkbound block and allow: what the operator says about a name, a
 * prefix or an ASN.
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
#include "tools/wait.h"
#include "tools/when.h"

/* What is to be said, and what came of it. */
struct statement {
	struct pol_subject subject;
	struct pol_indicator indicator;
	struct pol_name target; /* the indicator's */
	int64_t now;
	bool has_action;
	bool has_end;	  /* --for or --until was given */
	int64_t duration; /* --for; 0: not given */
	bool has_start;	  /* --from was given */
	bool force;

	struct wait wait;
	struct pol_store *store;
	bool is_old;	/* the database said the same before */
	char *replaced; /* what it said instead, in words; or NULL */
	size_t replaced_len;
};

/* ---- options ---- */

enum option_letter {
	OPTION_FOR = 'f',
	OPTION_UNTIL = 'u',
	OPTION_EXACT = 'e',
	OPTION_REASON = 'r',
	OPTION_FORCE = 'F',
	OPTION_ACTION = 'a',
	OPTION_TARGET = 't',
	OPTION_FROM = 'b',
	OPTION_WAIT = WAIT_OPTION,
};

/* The last two are block's alone. */
static const struct option block_options[] = {
    {"action", required_argument, NULL, OPTION_ACTION},
    {"target", required_argument, NULL, OPTION_TARGET},
    {"from", required_argument, NULL, OPTION_FROM},
    {"for", required_argument, NULL, OPTION_FOR},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"exact", no_argument, NULL, OPTION_EXACT},
    {"reason", required_argument, NULL, OPTION_REASON},
    {"force", no_argument, NULL, OPTION_FORCE}, WAIT_GETOPT,
    {NULL, 0, NULL, 0}};
static const struct option *const allow_options = &block_options[2];

static enum status
set_end(const struct command *command, struct statement *statement,
    bool is_duration)
{
	int64_t end;

	if (statement->has_end)
		return command_misused(
		    command, "give one of --for and --until, once");
	statement->has_end = true;
	if (is_duration) {
		if (when_parse_duration(optarg, &end) != 0)
			return command_misused(command,
			    "--for \"%s\": a duration like 90m, 2h, 30d or 1w "
			    "is expected, up to %d years",
			    optarg, WHEN_YEARS_MAX);
		statement->duration = end;
		end += statement->now;
	} else if (when_parse_time(optarg, &end) != 0) {
		return command_misused(command,
		    "--until \"%s\": a time like 2025-12-13 or "
		    "2025-12-13T09:12Z is expected",
		    optarg);
	}
	if (end <= statement->now)
		return command_misused(
		    command, "--until \"%s\": this is past", optarg);
	if (end > WHEN_LATEST)
		return command_misused(command,
		    "%s \"%s\": the database keeps times up to 2106-02-07",
		    is_duration ? "--for" : "--until", optarg);
	statement->indicator.until = end;
	return STATUS_OK;
}

static enum status
set_start(const struct command *command, struct statement *statement)
{
	int64_t start;

	if (when_parse_time(optarg, &start) != 0 || start > WHEN_LATEST)
		return command_misused(command,
		    "--from \"%s\": a time like 2025-12-13 or "
		    "2025-12-13T09:12Z is expected, up to 2106-02-07",
		    optarg);
	if (start <= statement->now)
		return command_misused(
		    command, "--from \"%s\": this is past", optarg);
	statement->indicator.since = start;
	statement->has_start = true;
	return STATUS_OK;
}

/* A duration counts from the start, in whichever order they were given. */
static enum status
match_times(const struct command *command, struct statement *statement)
{
	struct pol_indicator *indicator = &statement->indicator;

	if (statement->has_start && statement->duration != 0)
		indicator->until = indicator->since + statement->duration;
	if (indicator->until > WHEN_LATEST)
		return command_misused(command,
		    "--for: the database keeps times up to 2106-02-07");
	if (indicator->until != 0 && indicator->until <= indicator->since)
		return command_misused(
		    command, "it would end before it begins");
	return STATUS_OK;
}

static enum status
set_reason(const struct command *command, struct statement *statement)
{
	size_t len = strlen(optarg);

	if (len > POL_REFERENCE_MAX)
		return command_misused(command,
		    "--reason: %zu octets, at most %d are kept", len,
		    POL_REFERENCE_MAX);
	if (!output_is_text(optarg, len))
		return command_misused(command,
		    "--reason: UTF-8 without control characters is expected");
	statement->indicator.reference = len > 0 ? optarg : NULL;
	statement->indicator.reference_len = len;
	return STATUS_OK;
}

static enum status
set_action(const struct command *command, struct statement *statement)
{
	if (pol_action_parse(optarg, &statement->indicator.action) != 0 ||
	    statement->indicator.action == POL_ALLOW)
		return command_misused(command,
		    "--action \"%s\": sinkhole, nxdomain, nodata, refused, "
		    "drop, truncate or cname is expected",
		    optarg);
	statement->has_action = true;
	return STATUS_OK;
}

static enum status
set_target(const struct command *command, struct statement *statement)
{
	enum pol_name_fault fault =
	    pol_name_from_text(optarg, strlen(optarg), &statement->target);

	if (fault != POL_NAME_OK)
		return command_misused(command,
		    "--target \"%s\" is not a domain name: %s", optarg,
		    pol_name_fault_text(fault));
	statement->indicator.target = statement->target.wire;
	statement->indicator.target_len = statement->target.len;
	return STATUS_OK;
}

static enum status
set_option(const struct command *command, struct statement *statement,
    enum option_letter option)
{
	switch (option) {
	case OPTION_FOR:
	case OPTION_UNTIL:
		return set_end(command, statement, option == OPTION_FOR);
	case OPTION_FROM:
		return set_start(command, statement);
	case OPTION_EXACT:
		statement->indicator.scope = POL_EXACT;
		return STATUS_OK;
	case OPTION_REASON:
		return set_reason(command, statement);
	case OPTION_FORCE:
		statement->force = true;
		return STATUS_OK;
	case OPTION_ACTION:
		return set_action(command, statement);
	case OPTION_TARGET:
		return set_target(command, statement);
	case OPTION_WAIT:
		return wait_option(command, &statement->wait);
	}
	return STATUS_OK;
}

/* A cname and its target come together. */
static enum status
match_target(const struct command *command, struct statement *statement)
{
	struct pol_indicator *indicator = &statement->indicator;
	bool has_target = indicator->target != NULL;

	if (has_target && !statement->has_action)
		indicator->action = POL_CNAME;
	if (has_target == (indicator->action == POL_CNAME))
		return STATUS_OK;
	return command_misused(
	    command, has_target ? "--target is for --action cname"
				: "--action cname needs --target NAME");
}

/* Prefixes and ASNs have nothing below them. */
static enum status
match_scope(const struct command *command, struct statement *statement)
{
	if (statement->subject.kind == POL_NAME)
		return STATUS_OK;
	if (statement->indicator.scope == POL_EXACT)
		return command_misused(command, "--exact is for names");
	statement->indicator.scope = POL_EXACT;
	return STATUS_OK;
}

/* ---- what stands for too much ---- */

/* The bits of the largest prefix that needs no --force: more than any one
 * network holds. */
#define REACH_IPV4_BITS 8
#define REACH_IPV6_BITS 19

static enum status
check_prefix_reach(const struct statement *statement)
{
	const struct pol_prefix *prefix = &statement->subject.prefix;
	const char *verb =
	    statement->indicator.action == POL_ALLOW ? "allow" : "block";
	unsigned family = prefix->address.family;

	if (prefix->length == 0 && statement->indicator.action != POL_ALLOW) {
		output_error(
		    "refused: this would block every IPv%u address", family);
		return STATUS_FAILED;
	}
	if (statement->force ||
	    prefix->length >= (family == 4 ? REACH_IPV4_BITS : REACH_IPV6_BITS))
		return STATUS_OK;
	output_error("refused: this would %s more than a /%d of all IPv%u "
		     "addresses; add --force if that is meant",
	    verb, family == 4 ? REACH_IPV4_BITS : REACH_IPV6_BITS, family);
	return STATUS_FAILED;
}

static enum status
check_name_reach(const struct statement *statement)
{
	bool allow = statement->indicator.action == POL_ALLOW;
	unsigned labels = pol_name_labels(statement->subject.name.wire);

	if (labels == 0 && !allow) {
		output_error("refused: this would block every name");
		return STATUS_FAILED;
	}
	if (labels > 1 || statement->force ||
	    statement->indicator.scope == POL_EXACT)
		return STATUS_OK;
	output_error("refused: this would %s %s; add --force if that is meant",
	    allow ? "allow" : "block",
	    labels == 0 ? "every name" : "a whole top-level domain");
	return STATUS_FAILED;
}

static enum status
check_reach(const struct statement *statement)
{
	switch (statement->subject.kind) {
	case POL_NAME:
		return check_name_reach(statement);
	case POL_PREFIX:
		return check_prefix_reach(statement);
	case POL_ASN:
		break;
	}
	return STATUS_OK;
}

/* ---- the change ---- */

static int
compare_old(const struct pol_subject *subject, const struct pol_indicator *old,
    void *arg)
{
	struct statement *statement = arg;
	FILE *words;

	if (old->feed != POL_OPERATOR ||
	    old->scope != statement->indicator.scope)
		return 0;
	statement->is_old =
	    pol_indicator_same(old, &statement->indicator) &&
	    (!statement->has_start || old->since == statement->indicator.since);
	if (statement->is_old)
		return 0;
	free(statement->replaced);
	statement->replaced = NULL;
	words = open_memstream(&statement->replaced, &statement->replaced_len);
	if (words == NULL)
		return POL_ENOMEM;
	describe_statement(words, subject, old);
	return fclose(words) == 0 ? 0 : POL_ENOMEM;
}

/* No other writer can come between: the change has begun. */
static int
read_old(struct statement *statement)
{
	struct pol_snapshot *snapshot;
	int error = pol_snapshot_begin(statement->store, &snapshot);

	if (error != 0)
		return error;
	error = pol_snapshot_at(
	    snapshot, &statement->subject, compare_old, statement);
	pol_snapshot_end(snapshot);
	return error;
}

static int
write_statement(struct pol_change *change, void *arg)
{
	struct statement *statement = arg;
	int error = read_old(statement);

	if (error == 0 && !statement->is_old)
		pol_change_set(
		    change, &statement->subject, &statement->indicator);
	return error;
}

/* ---- the report ---- */

/* What an answer with an address of the prefix or ASN becomes. */
static void
print_effect(const struct statement *statement)
{
	static const char *const effects[] = {
	    [POL_ACTION_OF_FEED] = "are answered with the sinkhole",
	    [POL_SINKHOLE] = "are answered with the sinkhole",
	    [POL_NXDOMAIN] = "are answered with NXDOMAIN",
	    [POL_NODATA] = "are answered with NODATA",
	    [POL_REFUSED] = "are answered with REFUSED",
	    [POL_DROP] = "are not answered",
	    [POL_TRUNCATE] = "are answered over TCP only",
	    [POL_CNAME] = "are answered with a CNAME to "};
	const struct pol_indicator *indicator = &statement->indicator;
	const struct pol_prefix *prefix = &statement->subject.prefix;
	bool is_asn = statement->subject.kind == POL_ASN;
	char target[POL_NAME_TEXT_MAX];

	if (indicator->action == POL_ALLOW) {
		printf(": answers are not blocked because of %s",
		    is_asn ? "its addresses, unless by their prefix"
		    : describe_is_address(prefix) ? "it"
						  : "addresses in it");
		return;
	}
	printf(": names that resolve %s %s",
	    is_asn			  ? "into its network"
	    : describe_is_address(prefix) ? "to it"
					  : "into it",
	    effects[indicator->action]);
	if (indicator->action == POL_CNAME)
		fputs(pol_name_to_text(indicator->target, target), stdout);
}

static void
print_statement(const struct statement *statement)
{
	const struct pol_indicator *indicator = &statement->indicator;
	bool is_name = statement->subject.kind == POL_NAME;

	printf("%s%s ", statement->is_old ? "already " : "",
	    indicator->action == POL_ALLOW ? "allowed" : "blocked");
	describe_cover(stdout, &statement->subject, indicator->scope);
	if (is_name && (statement->has_action || indicator->target != NULL)) {
		fputs(", with ", stdout);
		describe_own_action(stdout, indicator->action, indicator);
	}
	if (statement->has_start)
		printf(" from %s", show_time(indicator->since).text);
	if (indicator->until != 0)
		printf(" until %s", show_time(indicator->until).text);
	if (!is_name)
		print_effect(statement);
	putchar('\n');
	if (statement->replaced != NULL)
		printf("replaces: %s\n", statement->replaced);
}

/*
 * The operator comes before every feed, so that only another statement of the
 * operator at the same name, of another scope, can win over this one.
 */
static void
print_note(const struct statement *statement, const struct pol_match *winner)
{
	const char *verb =
	    statement->indicator.action == POL_ALLOW ? "allow" : "block";
	const struct pol_subject subject = describe_subject(winner);
	char name[POL_NAME_TEXT_MAX];

	pol_name_to_text(statement->subject.name.wire, name);
	printf("note: for %s itself another statement wins: ", name);
	describe_statement(stdout, &subject, &winner->indicator);
	printf("\nTo change that too: `sinkbound %s --exact %s`\n", verb, name);
}

static int
report(const struct statement *statement)
{
	struct pol_item item;
	const struct pol_query query =
	    command_query(&statement->subject, &item);
	struct pol_snapshot *snapshot;
	struct pol_verdict verdict;
	int error = pol_snapshot_begin(statement->store, &snapshot);

	if (error != 0)
		return error;
	error = pol_evaluate(snapshot, &query, statement->now, &verdict);
	if (error == 0) {
		print_statement(statement);
		if (verdict.enforced && statement->subject.kind == POL_NAME &&
		    verdict.match.indicator.scope != statement->indicator.scope)
			print_note(statement, &verdict.match);
	}
	pol_snapshot_end(snapshot);
	return error;
}

/* ---- the verbs ---- */

static enum status
say(const struct config *config, struct statement *statement)
{
	struct change_result result;
	enum status status = database_open(config, &statement->store);
	int error;

	if (status != STATUS_OK)
		return status;
	wait_begin(&statement->wait, statement->store);
	status = database_change(
	    statement->store, config, write_statement, statement, &result);
	if (status == STATUS_OK) {
		error = report(statement);
		if (error == 0)
			error = wait_for(&statement->wait, statement->store,
			    result.generation);
		if (error != 0)
			status = database_failed(config, error);
		else
			status =
			    wait_report(&statement->wait, result.generation);
	}
	pol_store_close(statement->store);
	free(statement->replaced);
	return status;
}

static enum status
run(struct command *command, const struct option *options,
    enum pol_action action)
{
	struct statement statement = {.now = (int64_t)time(NULL),
	    .indicator = {
		.feed = POL_OPERATOR, .scope = POL_SUBTREE, .action = action}};
	struct config *config;
	enum status status;
	int option;

	statement.indicator.since = statement.now;
	while ((option = command_option(command, options)) != COMMAND_END) {
		if (option == COMMAND_STOP)
			return command->status;
		status =
		    set_option(command, &statement, (enum option_letter)option);
		if (status != STATUS_OK)
			return status;
	}
	status = match_target(command, &statement);
	if (status == STATUS_OK)
		status = match_times(command, &statement);
	if (status == STATUS_OK)
		status = command_subject(command, &statement.subject);
	if (status == STATUS_OK)
		status = match_scope(command, &statement);
	if (status == STATUS_OK)
		status = check_reach(&statement);
	if (status == STATUS_OK)
		status = command_config(command, &config);
	if (status != STATUS_OK)
		return status;
	status = say(config, &statement);
	config_free(config);
	return status;
}

static enum status
run_block(struct command *command)
{
	return run(command, block_options, POL_ACTION_OF_FEED);
}

static enum status
run_allow(struct command *command)
{
	return run(command, allow_options, POL_ALLOW);
}

#define HELP_BOTH \
	"It stands until it is removed or its time is over, and comes\n" \
	"before every feed.\n" \
	"\n" \
	"  --from TIME    not before then\n" \
	"  --for 2h       for this long: 90m, 2h, 30d, 1w\n" \
	"  --until TIME   until then: 2025-12-13 or 2025-12-13T09:12Z\n" \
	"  --exact        a name alone, nothing below it\n" \
	"  --reason TEXT  kept with it, shown by explain and in the log\n" \
	"  --force        also for a top-level domain, and for a prefix " \
	"that\n" \
	"                 is shorter than /8 (IPv4) or /19 (IPv6)\n" WAIT_HELP

const struct verb verb_block = {
    .name = "block",
    .synopsis = "[OPTION...] SUBJECT",
    .summary = "block a name, an address, a prefix or an ASN",
    .details = "Blocks, with the sinkhole, a name and everything below it; or "
	       "every name\n"
	       "that resolves to an address (192.0.2.1), into a prefix "
	       "(192.0.2.0/24)\n"
	       "or into the network of an ASN (AS64500).\n" HELP_BOTH
	       "  --action WORD  sinkhole, nxdomain, nodata, refused, drop,\n"
	       "                 truncate, or cname with\n"
	       "  --target NAME  the name that a CNAME leads to\n",
    .run = run_block,
};

const struct verb verb_allow = {
    .name = "allow",
    .synopsis = "[OPTION...] SUBJECT",
    .summary = "let through what is listed",
    .details = "Lets a name and everything below it through; or clears an "
	       "address\n"
	       "(192.0.2.1), those in a prefix (192.0.2.0/24) or those of an "
	       "ASN\n"
	       "(AS64500), so that an answer is not blocked because of "
	       "them.\n" HELP_BOTH,
    .run = run_allow,
};
