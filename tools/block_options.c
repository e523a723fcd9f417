/*
 * block_options.c - what is to be blocked or allowed, and what must be forced.
 */
#include <string.h>
#include <time.h>

#include "tools/block_p.h"
#include "tools/guard/guard.h"
#include "tools/output.h"
#include "tools/when.h"
#include "tools/who.h"

enum option_letter {
	OPTION_FOR = 'f',
	OPTION_UNTIL = 'u',
	OPTION_EXACT = 'e',
	OPTION_REASON = 'r',
	OPTION_FORCE = 'F',
	OPTION_ACTION = 'a',
	OPTION_TARGET = 't',
	OPTION_BY = 'B',
	OPTION_FROM = 'b',
	OPTION_WAIT = WAIT_OPTION,
};

/* The first two are block's alone. */
static const struct option block_options[] = {
    {"action", required_argument, NULL, OPTION_ACTION},
    {"target", required_argument, NULL, OPTION_TARGET},
    {"from", required_argument, NULL, OPTION_FROM},
    {"for", required_argument, NULL, OPTION_FOR},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"exact", no_argument, NULL, OPTION_EXACT},
    {"reason", required_argument, NULL, OPTION_REASON},
    {"by", required_argument, NULL, OPTION_BY},
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
set_by(const struct command *command, struct statement *statement)
{
	size_t len = strlen(optarg);

	if (len == 0 || len > POL_BY_MAX || !output_is_text(optarg, len))
		return command_misused(command,
		    "--by: 1 to %d octets of UTF-8 without control characters "
		    "are expected",
		    POL_BY_MAX);
	strcpy(statement->by, optarg);
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
take_option(const struct command *command, int option, void *arg)
{
	struct statement *statement = arg;

	switch ((enum option_letter)option) {
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
	case OPTION_BY:
		return set_by(command, statement);
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

enum status
block_check_guards(
    const struct config *config, const struct statement *statement)
{
	char reason[GUARD_REASON_MAX], text[POL_NAME_TEXT_MAX];
	struct guard *guard;
	bool warns;

	if (statement->force || statement->indicator.action == POL_ALLOW)
		return STATUS_OK;
	if (guard_new(config, false, &guard) != 0)
		return STATUS_FAILED;
	warns = guard_warns(
	    guard, &statement->subject, statement->indicator.scope, reason);
	guard_free(guard);
	if (!warns)
		return STATUS_OK;
	output_error("refused: %s is %s; add --force if that is meant",
	    pol_subject_to_text(&statement->subject, text), reason);
	return STATUS_FAILED;
}

/* ---- all of it ---- */

/* What belongs together, and the subject. */
static enum status
match(struct command *command, struct statement *statement)
{
	enum status status = match_target(command, statement);

	if (status == STATUS_OK)
		status = match_times(command, statement);
	if (status == STATUS_OK)
		status = command_subject(command, &statement->subject);
	if (status == STATUS_OK)
		status = match_scope(command, statement);
	if (status == STATUS_OK)
		status = check_reach(statement);
	return status;
}

bool
block_read(struct command *command, enum pol_action action,
    struct statement *statement)
{
	const struct option *options =
	    action == POL_ALLOW ? allow_options : block_options;
	struct pol_indicator *indicator = &statement->indicator;

	*statement = (struct statement){.now = (int64_t)time(NULL),
	    .indicator = {
		.feed = POL_OPERATOR, .scope = POL_SUBTREE, .action = action}};
	indicator->since = statement->now;
	who_runs(statement->by);
	if (!command_options(command, options, take_option, statement))
		return false;
	indicator->by = statement->by;
	indicator->by_len = strlen(statement->by);
	command->status = match(command, statement);
	return command->status == STATUS_OK;
}
