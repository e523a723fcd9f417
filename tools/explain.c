/*
 * explain.c - sinkbound explain: what the policy says about a name, an address
 * or an ASN, and why.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/error.h"
#include "policy/grow.h"
#include "tools/database.h"
#include "tools/describe.h"
#include "tools/explain_p.h"
#include "tools/output.h"
#include "tools/verb.h"
#include "tools/when.h"

/* ---- gathering ---- */

static int
add_match(const struct pol_match *match, void *arg)
{
	struct explanation *explanation = arg;
	struct pol_match *matches = pol_grow(explanation->matches,
	    &explanation->size, explanation->count + 1, sizeof(*matches), 16);

	if (matches == NULL)
		return POL_ENOMEM;
	explanation->matches = matches;
	matches[explanation->count++] = *match;
	return 0;
}

static int
compare_matches(const void *a, const void *b)
{
	if (pol_match_before(a, b))
		return -1;
	return pol_match_before(b, a);
}

static int
add_asn_match(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg)
{
	struct explanation *explanation = arg;
	struct pol_match match;
	int serves = command_asn_match(explanation->snapshot, subject->asn,
	    explanation->trigger, indicator, &match);

	return serves <= 0 ? serves : add_match(&match, explanation);
}

static bool
same_match(const struct pol_match *a, const struct pol_match *b)
{
	if (a->trigger == POL_ON_RULE || b->trigger == POL_ON_RULE)
		return a->feed == b->feed;
	return a->kind == b->kind && a->indicator.feed == b->indicator.feed &&
	       a->indicator.triggers == b->indicator.triggers &&
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

/*
 * An answer's verdict does not tell of an allow that clears one address, and an
 * ASN by itself is in no answer. The sorted matches tell both.
 */
static void
decide_alone(struct explanation *explanation)
{
	struct pol_verdict *verdict = &explanation->verdict;

	verdict->listed = explanation->count > 0;
	for (size_t i = 0; i < explanation->count && !verdict->enforced; i++) {
		const struct pol_match *match = &explanation->matches[i];

		if (!pol_match_counts(match, explanation->at))
			continue;
		if (match->mode == POL_ENFORCE) {
			verdict->enforced = true;
			verdict->match = *match;
		} else if (!verdict->shadowed) {
			verdict->shadowed = true;
			verdict->shadow = *match;
		}
	}
}

static int
find_origin(struct pol_snapshot *snapshot, struct explanation *explanation)
{
	struct pol_origin *origin = &explanation->origin;
	int found = 1;

	if (explanation->subject.kind == POL_NAME)
		return 0;
	origin->asn = explanation->subject.asn;
	if (explanation->subject.kind == POL_PREFIX)
		found = pol_origin_find(
		    snapshot, &explanation->item.address, origin);
	if (found <= 0)
		return found;
	explanation->has_origin = true;
	found = pol_origin_holder(snapshot, origin);
	return found < 0 ? found : 0;
}

static int
find_matches(struct explanation *explanation)
{
	struct pol_snapshot *snapshot = explanation->snapshot;
	int error;

	if (explanation->subject.kind == POL_ASN)
		return pol_snapshot_at(snapshot, &explanation->subject,
		    add_asn_match, explanation);
	error = pol_evaluate(snapshot, &explanation->query, explanation->at,
	    &explanation->verdict);
	if (error == 0)
		error = pol_matches(
		    snapshot, &explanation->query, add_match, explanation);
	return error;
}

/* What rules say comes after what lists say. */
static int
add_behaviour(struct explanation *explanation)
{
	const struct beh_standing *standing = explanation->standing;
	struct pol_verdict *verdict = &explanation->verdict;
	bool is_decided = verdict->enforced;
	int error = 0;

	if (standing->enforced.rule != NULL) {
		error = add_match(&standing->enforced.match, explanation);
		if (!is_decided)
			verdict->match = standing->enforced.match;
		verdict->enforced = verdict->listed = true;
	}
	if (error == 0 && standing->shadow.rule != NULL) {
		error = add_match(&standing->shadow.match, explanation);
		if (!is_decided && !verdict->shadowed)
			verdict->shadow = standing->shadow.match;
		verdict->shadowed = verdict->shadowed || !is_decided;
		verdict->listed = true;
	}
	return error;
}

/* What is asked about the subject, met as this trigger. */
static void
make_query(struct explanation *explanation)
{
	const struct pol_subject *subject = &explanation->subject;
	struct pol_item *item = &explanation->item;

	explanation->query = command_query(subject, item);
	if (explanation->trigger == POL_ON_QNAME || subject->kind == POL_ASN)
		return;
	item->trigger = explanation->trigger;
	if (subject->kind == POL_NAME) {
		item->name = subject->name.wire;
		item->name_len = subject->name.len;
	}
	explanation->query = (struct pol_query){.items = item, .item_count = 1};
}

static int
gather(struct explanation *explanation)
{
	int error;

	make_query(explanation);
	error = find_matches(explanation);
	if (error == 0 && explanation->subject.kind == POL_NAME &&
	    explanation->trigger != POL_ON_NSDNAME)
		error = add_behaviour(explanation);
	if (error != 0 || explanation->count == 0)
		return error;
	qsort(explanation->matches, explanation->count,
	    sizeof(*explanation->matches), compare_matches);
	if (explanation->subject.kind != POL_NAME)
		decide_alone(explanation);
	if (explanation->verdict.enforced)
		move_winner_first(explanation);
	return 0;
}

/* Do both say the same? */
static bool
same_matches(const struct explanation *a, const struct explanation *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!same_match(&a->matches[i], &b->matches[i]))
			return false;
	return true;
}

/* Names are listed for aliases unless something else is said. */
static bool
is_worth_telling(const struct roles *roles, const struct explanation *role)
{
	return role->trigger == POL_ON_CNAME
		   ? !same_matches(role, &roles->at[0])
		   : role->count > 0;
}

/* How the name stands with the client; with somebody, where none is given. */
static int
find_standing(struct roles *roles, const struct explanation *plain)
{
	const struct asking *asking = &plain->client;
	const struct beh_client client = {
	    asking->group != NULL ? asking->group->name : NULL};

	return behaviour_standing(&roles->behaviour, &plain->subject.name,
	    asking->is_given ? &client : NULL, plain->at, &roles->standing);
}

static int
gather_roles(struct pol_snapshot *snapshot, struct roles *roles)
{
	static const struct {
		enum pol_trigger triggers[ROLES_MAX];
		size_t count;
	} kinds[] = {
	    [POL_NAME] = {{POL_ON_QNAME, POL_ON_CNAME, POL_ON_NSDNAME}, 3},
	    [POL_PREFIX] = {{POL_ON_IP, POL_ON_NSIP}, 2},
	    [POL_ASN] = {{POL_ON_ASN, POL_ON_NSIP}, 2}};
	struct explanation *first = &roles->at[0], plain;
	int error = 0;

	if (first->client.is_given)
		first->client.group = pol_clients_find(
		    snapshot->clients, &first->client.address.address);
	/* What is found points into the name, which stays there. */
	if (first->subject.kind == POL_NAME)
		error = find_standing(roles, first);
	first->standing = &roles->standing;
	plain = *first;
	for (size_t i = 0; error == 0 && i < kinds[plain.subject.kind].count;
	     i++) {
		struct explanation *role = &roles->at[roles->count];

		free(role->matches);
		*role = plain;
		role->snapshot = snapshot;
		role->trigger = kinds[plain.subject.kind].triggers[i];
		error = gather(role);
		if (i == 0 || is_worth_telling(roles, role))
			roles->count++;
	}
	return error != 0 ? error : find_origin(snapshot, &roles->at[0]);
}

/* ---- what each match is ---- */

const char *
explain_mark(const struct explanation *explanation, size_t i)
{
	const struct pol_match *match = &explanation->matches[i];
	const struct pol_indicator *indicator = &match->indicator;
	int64_t end = pol_indicator_end(indicator, match->feed);

	if (i == 0 && explanation->verdict.enforced)
		return "wins";
	if (end != 0 && end <= explanation->at)
		return "expired";
	if (!pol_indicator_in_force(indicator, match->feed, explanation->at))
		return "not yet";
	if (!pol_match_counts(match, explanation->at))
		return "low risk";
	return match->mode == POL_SHADOW ? "shadow" : "also";
}

static const char *
why_longer(const struct pol_match *winner)
{
	bool is_name = winner->kind == POL_NAME;

	if (winner->feed->id == POL_OPERATOR)
		return is_name ? "of the operator's own statements the one for "
				 "the longer name comes first"
			       : "of the operator's own statements the one for "
				 "the longer prefix comes first";
	return is_name ? "within a feed the longer name comes first"
		       : "within a feed the longer prefix comes first";
}

const char *
explain_why(const struct explanation *explanation)
{
	const struct pol_match *winner = &explanation->matches[0];

	for (size_t i = 1; i < explanation->count; i++) {
		const struct pol_match *other = &explanation->matches[i];

		if (strcmp(explain_mark(explanation, i), "also") != 0)
			continue;
		if (other->trigger == POL_ON_RULE)
			return "what is listed comes before what rules find";
		if (winner->kind != other->kind)
			return "a prefix comes before an ASN";
		if (winner->feed != other->feed)
			return winner->feed->id == POL_OPERATOR
				   ? "the operator's own statements come "
				     "before feeds"
				   : "its feed comes first in the "
				     "configuration";
		if (winner->specificity != other->specificity)
			return why_longer(winner);
		return "at one name exact comes before below, and both before "
		       "subtree";
	}
	return explanation->count > 1 ? "no other is in force and enforced"
				      : NULL;
}

static bool
is_low_risk(const struct explanation *explanation)
{
	for (size_t i = 0; i < explanation->count; i++)
		if (strcmp(explain_mark(explanation, i), "low risk") == 0)
			return true;
	return false;
}

static enum outcome
blocked_for(const struct pol_group *group)
{
	static const enum outcome outcomes[] = {[POL_CLIENT_ENFORCE] = BLOCKED,
	    [POL_CLIENT_SHADOW] = SHADOW_CLIENT,
	    [POL_CLIENT_EXEMPT] = EXEMPT};

	return group == NULL ? BLOCKED : outcomes[group->mode];
}

enum outcome
explain_outcome(const struct explanation *explanation)
{
	const struct pol_verdict *verdict = &explanation->verdict;

	if (verdict->enforced)
		return describe_is_block(&verdict->match, &explanation->query)
			   ? blocked_for(explanation->client.group)
			   : ALLOWED;
	if (verdict->shadowed)
		return SHADOW;
	if (!verdict->listed)
		return NOT_LISTED;
	return is_low_risk(explanation) ? LOW_RISK : NOT_IN_FORCE;
}

/* ---- the verb ---- */

struct call {
	struct roles roles;
	bool json;
};

/* A name that no list seems to know may be one that none is let. */
static void
look_at_guards(const struct config *config, struct roles *roles)
{
	struct guard *guard;

	if (guard_new(config, false, &guard) != 0)
		return;
	if (!guard_warns(
		guard, &roles->at[0].subject, POL_EXACT, roles->guarded))
		roles->guarded[0] = '\0';
	guard_free(guard);
}

static enum status
explain(const struct config *config, const struct reading *reading, void *arg)
{
	struct call *call = arg;
	struct roles *roles = &call->roles;
	enum status status;
	int error;

	/* Without it the policy's lists can be explained all the same. */
	(void)behaviour_begin(config, reading->snapshot, &roles->behaviour);
	look_at_guards(config, roles);
	error = gather_roles(reading->snapshot, roles);
	if (error != 0)
		status = database_failed(config, error);
	else
		status =
		    command_printed(call->json ? explain_print_json(roles)
					       : explain_print_text(roles));
	for (size_t i = 0; i < ROLES_MAX; i++)
		free(roles->at[i].matches);
	behaviour_end(&roles->behaviour);
	return status;
}

static enum status
set_client(const struct command *command, struct asking *client)
{
	client->is_given = pol_prefix_from_text(optarg, strlen(optarg),
			       &client->address) == POL_PREFIX_OK &&
			   describe_is_address(&client->address);
	if (client->is_given)
		return STATUS_OK;
	return command_misused(
	    command, "--client \"%s\": an address is expected", optarg);
}

static enum status
set_time(const struct command *command, int64_t *at)
{
	if (when_parse_time(optarg, at) == 0)
		return STATUS_OK;
	return command_misused(command,
	    "--at \"%s\": a time like 2025-12-13 or 2025-12-13T09:12Z is "
	    "expected",
	    optarg);
}

static enum status
take_option(const struct command *command, int option, void *arg)
{
	struct call *call = arg;

	if (option == 'a')
		return set_time(command, &call->roles.at[0].at);
	if (option == 'C')
		return set_client(command, &call->roles.at[0].client);
	call->json = true;
	return STATUS_OK;
}

static enum status
run(struct command *command)
{
	static const struct option options[] = {
	    {"at", required_argument, NULL, 'a'},
	    {"client", required_argument, NULL, 'C'},
	    {"json", no_argument, NULL, COMMAND_JSON}, {NULL, 0, NULL, 0}};
	struct call call = {.roles.at = {{.at = (int64_t)time(NULL)}}};
	enum status status;

	if (!command_options(command, options, take_option, &call))
		return command->status;
	status = command_subject(command, &call.roles.at[0].subject);
	return status == STATUS_OK ? database_read(command, explain, &call)
				   : status;
}

const struct verb verb_explain = {
    .name = "explain",
    .synopsis = "[--at TIME] [--client ADDRESS] [--json] SUBJECT",
    .summary = "show what a client is answered, and why",
    .details =
	"Shows the answer to a client that asks for a name, or whose answer "
	"holds\n"
	"an address, and every statement that covers that, the one that wins\n"
	"first. For an address or a prefix also whose network it is; for an\n"
	"ASN what is said of exactly that. Then, where something is said of\n"
	"that, of a name that others are an alias of, and of a name server.\n"
	"A rule that blocks a name by how it behaved is shown with what met\n"
	"its conditions.\n"
	"\n"
	"  --at TIME         at another time than now, as 2025-12-13 or\n"
	"                    2025-12-13T09:12Z\n"
	"  --client ADDRESS  for this client, which may be in a group\n"
	"  --json            print JSON\n",
    .run = run,
};
