/*
 * remove.c - sinkbound remove: take back what block or allow said.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "policy/error.h"
#include "policy/evaluate.h"
#include "tools/database.h"
#include "tools/describe.h"
#include "tools/output.h"
#include "tools/verb.h"
#include "tools/wait.h"

struct removal {
	struct pol_subject subject;
	struct pol_store *store;
	FILE *words; /* what was removed, a statement a line */
	unsigned removed;
	struct wait wait;
};

static int
note_statement(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg)
{
	struct removal *removal = arg;

	if (indicator->feed != POL_OPERATOR)
		return 0;
	fputs("removed: ", removal->words);
	describe_statement(removal->words, subject, indicator);
	putc('\n', removal->words);
	return 0;
}

static int
write_removal(struct pol_change *change, void *arg)
{
	struct removal *removal = arg;
	struct pol_snapshot *snapshot;
	int error = pol_snapshot_begin(removal->store, &snapshot);

	if (error != 0)
		return error;
	rewind(removal->words);
	error = pol_snapshot_at(
	    snapshot, &removal->subject, note_statement, removal);
	pol_snapshot_end(snapshot);
	if (error == 0)
		pol_change_remove(
		    change, &removal->subject, POL_OPERATOR, &removal->removed);
	return error;
}

/* Who decides on the subject now, and how to change it. */
static void
print_winner(FILE *out, const char *name, const struct pol_match *winner)
{
	const struct pol_subject subject = describe_subject(winner);
	char listed[POL_NAME_TEXT_MAX];

	if (winner->feed->id == POL_OPERATOR) {
		fprintf(out, "%s is covered by: ", name);
		describe_statement(out, &subject, &winner->indicator);
		fprintf(out, "\nTo take that back: `sinkbound remove %s`\n",
		    pol_subject_to_text(&subject, listed));
		return;
	}
	fprintf(out, "%s is listed by feed %s (", name, winner->feed->name);
	describe_listed(out, winner);
	fprintf(out, ", %s)\n", pol_action_text(winner->action));
	if (winner->action != POL_ALLOW)
		fprintf(out, "To let it through: `sinkbound allow %s`\n", name);
}

/* An ASN by itself is in no query that could be evaluated. */
struct asn_choice {
	const struct pol_snapshot *snapshot;
	int64_t now;
	struct pol_verdict *verdict;
};

static int
choose_asn_match(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg)
{
	const struct asn_choice *choice = arg;
	struct pol_verdict *verdict = choice->verdict;
	struct pol_match match;
	int serves = command_asn_match(
	    choice->snapshot, subject->asn, POL_ON_ASN, indicator, &match);

	if (serves <= 0)
		return serves;
	if (match.mode == POL_SHADOW || !pol_match_counts(&match, choice->now))
		return 0;
	if (!verdict->enforced || pol_match_before(&match, &verdict->match))
		verdict->match = match;
	verdict->enforced = true;
	return 0;
}

static int
evaluate(struct pol_snapshot *snapshot, const struct pol_subject *subject,
    struct pol_verdict *verdict)
{
	struct asn_choice choice = {.snapshot = snapshot,
	    .now = (int64_t)time(NULL),
	    .verdict = verdict};
	struct pol_item item;
	const struct pol_query query = command_query(subject, &item);

	if (subject->kind == POL_ASN)
		return pol_snapshot_at(
		    snapshot, subject, choose_asn_match, &choice);
	return pol_evaluate(snapshot, &query, choice.now, verdict);
}

static int
report(const struct removal *removal, const char *words)
{
	FILE *out = removal->removed > 0 ? stdout : stderr;
	struct pol_snapshot *snapshot;
	struct pol_verdict verdict = {0};
	char name[POL_NAME_TEXT_MAX];
	int error = pol_snapshot_begin(removal->store, &snapshot);

	if (error != 0)
		return error;
	error = evaluate(snapshot, &removal->subject, &verdict);
	if (error == 0) {
		pol_subject_to_text(&removal->subject, name);
		if (removal->removed > 0)
			fputs(words, stdout);
		else
			output_error("no block or allow was said of %s", name);
		if (verdict.enforced)
			print_winner(out, name, &verdict.match);
	}
	pol_snapshot_end(snapshot);
	return error;
}

static enum status
take_back(const struct config *config, struct removal *removal)
{
	struct change_result result;
	enum status status;
	char *words = NULL;
	size_t len;
	int error;

	removal->words = open_memstream(&words, &len);
	if (removal->words == NULL)
		return database_failed(config, POL_ENOMEM);
	wait_begin(&removal->wait, removal->store);
	status = database_change(
	    removal->store, config, write_removal, removal, &result);
	if (fclose(removal->words) != 0 && status == STATUS_OK)
		status = database_failed(config, POL_ENOMEM);
	if (status == STATUS_OK) {
		error = report(removal, words);
		if (error != 0)
			status = database_failed(config, error);
		else if (removal->removed == 0)
			status = STATUS_FAILED;
		else
			status = wait_report(&removal->wait, config,
			    removal->store, result.generation);
	}
	free(words);
	return status;
}

static enum status
take_option(const struct command *command, int option, void *arg)
{
	struct removal *removal = arg;

	(void)option;
	return wait_option(command, &removal->wait);
}

static enum status
run(struct command *command)
{
	static const struct option options[] = {
	    WAIT_GETOPT, {NULL, 0, NULL, 0}};
	struct removal removal = {0};
	struct config *config;
	enum status status;

	if (!command_options(command, options, take_option, &removal))
		return command->status;
	status = command_subject(command, &removal.subject);
	if (status == STATUS_OK)
		status = command_config(command, &config);
	if (status != STATUS_OK)
		return status;
	if (access(config->database, F_OK) != 0 && errno == ENOENT)
		status = database_failed(config, POL_ENOENT);
	else
		status = database_open(config, &removal.store);
	if (status == STATUS_OK) {
		status = take_back(config, &removal);
		pol_store_close(removal.store);
	}
	config_free(config);
	return status;
}

const struct verb verb_remove = {
    .name = "remove",
    .synopsis = "[--wait] SUBJECT",
    .summary = "take back what block or allow said",
    .details = "Removes every block and allow statement of exactly this name, "
	       "address,\nprefix or ASN. What feeds say stays.\n"
	       "\n" WAIT_HELP,
    .run = run,
};
