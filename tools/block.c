/*
 * block.c - sinkbound block and allow: what the operator says about a name, a
 * prefix or an ASN.
 */
#include <stdlib.h>

#include "policy/error.h"
#include "policy/evaluate.h"
#include "tools/block_p.h"
#include "tools/database.h"
#include "tools/describe.h"
#include "tools/output.h"

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
		status = error != 0 ? database_failed(config, error)
				    : wait_report(&statement->wait, config,
					  statement->store, result.generation);
	}
	pol_store_close(statement->store);
	free(statement->replaced);
	return status;
}

static enum status
run(struct command *command, enum pol_action action)
{
	struct statement statement;
	struct config *config;
	enum status status;

	if (!block_read(command, action, &statement))
		return command->status;
	status = command_config(command, &config);
	if (status != STATUS_OK)
		return status;
	status = block_check_guards(config, &statement);
	if (status == STATUS_OK)
		status = say(config, &statement);
	config_free(config);
	return status;
}

static enum status
run_block(struct command *command)
{
	return run(command, POL_ACTION_OF_FEED);
}

static enum status
run_allow(struct command *command)
{
	return run(command, POL_ALLOW);
}

#define HELP_SCOPE \
	"It stands until it is removed or its time is over, and comes\n" \
	"before every feed.\n" \
	"\n" \
	"  --from TIME    not before then\n" \
	"  --for 2h       for this long: 90m, 2h, 30d, 1w\n" \
	"  --until TIME   until then: 2025-12-13 or 2025-12-13T09:12Z\n" \
	"  --exact        a name alone, nothing below it\n"
#define HELP_REASON \
	"  --reason TEXT  kept with it, shown by explain and in the log\n" \
	"  --by WHO       who says it, where that is not who runs this\n" \
	"  --force        also for what no feed could block: a public " \
	"suffix, " \
	"a\n" \
	"                 protected name, a special range, a prefix that is\n" \
	"                 shorter than /8 (IPv4) or /19 (IPv6)\n" WAIT_HELP

const struct verb verb_block = {
    .name = "block",
    .synopsis = "[OPTION...] SUBJECT",
    .summary = "block a name, an address, a prefix or an ASN",
    .details = "Blocks, with the sinkhole, a name and everything below it; or "
	       "every name\n"
	       "that resolves to an address (192.0.2.1), into a prefix "
	       "(192.0.2.0/24)\n"
	       "or into the network of an ASN (AS64500).\n" HELP_SCOPE
	       "  --action WORD  sinkhole, nxdomain, nodata, refused, drop,\n"
	       "                 truncate, or cname with\n"
	       "  --target NAME  the name that a CNAME leads to\n" HELP_REASON,
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
	       "them.\n" HELP_SCOPE HELP_REASON,
    .run = run_allow,
};
