/*
 * decide.c - what the policy says about a query, and what comes of it.
 */
#include "config.h"

#include <time.h>

#include "daemon/worker.h"
#include "respip/respip.h"
#include "services/mesh.h"
#include "util/data/dname.h"
#include "util/data/msgreply.h"
#include "util/module.h"
#include "util/netevent.h"
#include "util/regional.h"

#include "module/answer.h"
#include "module/audience.h"
#include "module/behaviour.h"
#include "module/decide.h"
#include "module/delegation.h"
#include "module/garden.h"
#include "module/matchlog.h"
#include "module/reply.h"

/* What the policy is asked about a query. */
struct examined {
	struct sinkbound *sinkbound;
	const struct module_qstate *qstate;
	struct pol_query query;
	struct delegation delegation;
	bool is_for_clients;   /* else for the cache, which serves all */
	struct beh_standing *behaviour; /* what a verdict may point to */
};

/* One attempt to decide for the clients of a query: what a reader of the
 * database is given and gives back. */
struct attempt {
	struct sinkbound *sinkbound;
	struct module_qstate *qstate;
	int id;
	struct query_state *state;
	const struct reply_info *rep; /* the answer; NULL: not yet known */
	const struct examined *examined;
	int error;
	enum decision decision;
	/* What an attempt changes, as it was before: the database may be cut
	 * short in the middle of it. */
	struct edns_option *edns_before;
	struct respip_action_info *info_before;
	int is_drop_before;
};

/* ---- enforcing ---- */

static bool
all_clients_use_udp(const struct module_qstate *qstate)
{
	const struct mesh_reply *client = qstate->mesh_info->reply_list;

	while (client != NULL && client->query_reply.c->type == comm_udp)
		client = client->next;
	return client == NULL;
}

/*
 * Truncate for clients that use UDP, and let those that use TCP have the real
 * answer: Unbound does so for a query with this mark of its RPZ. Nothing of the
 * answer may be cached, or it would go out over UDP from there.
 */
static enum decision
answer_over_tcp_only(struct module_qstate *qstate, struct query_state *state,
    const struct logged_match *logged)
{
	struct respip_action_info *info =
	    regional_alloc_zero(qstate->region, sizeof(*info));

	if (info == NULL)
		return DECISION_FAIL;
	info->rpz_used = 1;
	info->action = respip_truncate;
	qstate->respip_action_info = info;
	qstate->no_cache_store = 1;
	qstate->no_cache_lookup = 1; /* serve-expired would, too */
	if (all_clients_use_udp(qstate))
		return DECISION_ANSWERED;
	/* Clients that use UDP may join until the answer is there. */
	state->truncated = matchlog_copy(qstate->region, logged);
	return DECISION_PASS;
}

static enum decision
enforce(struct module_qstate *qstate, int id, struct query_state *state,
    const struct logged_match *logged, const struct pol_settings *settings)
{
	const struct pol_match *match = &logged->match;

	switch (match->action) {
	case POL_ALLOW:
	case POL_ACTION_OF_FEED:
		return DECISION_PASS;
	case POL_TRUNCATE:
		return answer_over_tcp_only(qstate, state, logged);
	case POL_CNAME:
		return garden_enter(qstate, id, state, match, settings);
	case POL_SINKHOLE:
	case POL_NXDOMAIN:
	case POL_NODATA:
	case POL_REFUSED:
	case POL_DROP:
		break;
	}
	return reply_set(qstate, match, settings) ? DECISION_ANSWERED
						  : DECISION_FAIL;
}

/* What the clients of the query get is for nobody else. */
static void
keep_for_themselves(struct module_qstate *qstate, struct query_state *state)
{
	audience_close(qstate);
	qstate->no_cache_store = 1;
	state->keeps_out = true;
}

/* Every client of the query is spared: nothing happens but a record in the log
 * for those in shadow mode. */
static enum decision
let_through(struct module_qstate *qstate, struct query_state *state,
    const struct logged_match *logged)
{
	keep_for_themselves(qstate, state);
	state->enforced = matchlog_copy(qstate->region, logged);
	return DECISION_PASS;
}

/* Some clients may be spared: each gets its own reply when it is written. */
static bool
keep_apart(struct module_qstate *qstate, struct query_state *state,
    const struct attempt *attempt)
{
	if (!audience_keep_real(
		qstate, state, attempt->rep, attempt->edns_before))
		return false;
	return qstate->return_rcode != LDNS_RCODE_REFUSED ||
	       reply_refuse_as_message(qstate);
}

/* Enforce a match, and log it: at once, or when each reply goes out. */
static enum decision
block(const struct attempt *attempt, struct pol_snapshot *snapshot,
    const struct pol_verdict *verdict, const struct logged_match *logged)
{
	struct module_qstate *qstate = attempt->qstate;
	struct query_state *state = attempt->state;
	const struct audience audience = audience_of(attempt->sinkbound,
	    snapshot->clients, qstate, &verdict->match);
	enum decision decision;

	if (!audience.is_enforced && audience.is_spared)
		return let_through(qstate, state, logged);
	if (snapshot->clients != NULL)
		audience_close(qstate);
	decision =
	    enforce(qstate, attempt->id, state, logged, &snapshot->settings);
	if (decision == DECISION_PASS)
		return DECISION_PASS;
	if (!reply_add_ede(qstate, verdict->match.feed))
		return DECISION_FAIL;
	if (snapshot->clients != NULL && attempt->rep != NULL &&
	    (audience.is_spared || decision == DECISION_WAIT) &&
	    !keep_apart(qstate, state, attempt))
		return DECISION_FAIL;
	/* More clients may join until a reply that waits goes out. */
	if (decision == DECISION_WAIT || state->real != NULL)
		state->enforced = matchlog_copy(qstate->region, logged);
	if (decision == DECISION_WAIT)
		return DECISION_WAIT;
	if (state->enforced == NULL || qstate->is_drop)
		matchlog_put_all(
		    attempt->sinkbound, qstate, snapshot->clients, logged);
	return decision;
}

/* What an earlier stage found holds no more. */
static void
begin_verdict(struct query_state *state)
{
	state->blocked = false;
	state->allowed = false;
	state->shadow = NULL;
	state->enforced = NULL;
}

static enum decision
apply(const struct attempt *attempt, struct pol_snapshot *snapshot,
    const struct pol_verdict *verdict)
{
	struct module_qstate *qstate = attempt->qstate;
	struct query_state *state = attempt->state;
	struct logged_match enforced, shadow;
	enum decision decision;

	begin_verdict(state);
	state->blocked = pol_verdict_blocks(verdict);
	state->allowed = verdict->enforced && !state->blocked;
	if (verdict->shadowed) {
		matchlog_make(snapshot, &verdict->shadow, &shadow);
		state->shadow = matchlog_copy(qstate->region, &shadow);
	}
	if (!state->blocked)
		return DECISION_PASS;
	matchlog_make(snapshot, &verdict->match, &enforced);
	decision = block(attempt, snapshot, verdict, &enforced);
	/* Unbound calls back for each reply, but not for one it drops. */
	if (qstate->is_drop && verdict->shadowed)
		matchlog_put_all(
		    attempt->sinkbound, qstate, snapshot->clients, &shadow);
	return decision;
}

/* ---- evaluating ---- */

/* A resolution takes no longer than this, in seconds: what its servers were at
 * its beginning may have expired at its end. */
#define RESOLVED_WITHIN 60

/* Put together what the policy is asked. False without memory. */
static bool
examine(struct sinkbound *sinkbound, const struct module_qstate *qstate,
    const struct query_info *qinfo, const struct reply_info *rep,
    struct beh_standing *behaviour, struct examined *examined)
{
	struct regional *region = qstate->env->scratch;
	const time_t now = *qstate->env->now;
	struct pol_item *items = NULL;

	*examined = (struct examined){.sinkbound = sinkbound,
	    .qstate = qstate,
	    .query = {.qname = qinfo->qname, .qname_len = qinfo->qname_len},
	    .delegation = {.env = qstate->env,
		.region = region,
		.is_answered = rep != NULL,
		.as_of = rep != NULL ? now - RESOLVED_WITHIN : now},
	    .behaviour = behaviour};
	if (rep != NULL && !answer_items(sinkbound, rep, region, &items,
			       &examined->query.item_count))
		return false;
	examined->query.items = items;
	return true;
}

/* Is there certainly nothing against it? */
static bool
is_clean(const struct examined *examined, unsigned worker,
    struct database_goal *cleared)
{
	return database_lists_none(examined->sinkbound->database, worker,
		   &examined->query, cleared) &&
	       behaviour_blocks_none(examined->sinkbound, &examined->query);
}

/* What behaviour says for the first of the query's clients for whom it blocks;
 * all of them are looked at only where it blocks for some. */
static void
evaluate_behaviour(const struct pol_snapshot *snapshot,
    const struct examined *examined, time_t now, struct pol_verdict *verdict)
{
	const struct mesh_reply *client =
	    examined->qstate->mesh_info->reply_list;
	const struct pol_verdict listed = *verdict;

	do {
		const struct pol_group *group =
		    client != NULL ? audience_group(snapshot->clients,
					 &client->query_reply)
				   : NULL;
		const struct beh_client who = {
		    group != NULL ? group->name : NULL};

		*verdict = listed;
		behaviour_evaluate(examined->sinkbound, &examined->query,
		    examined->is_for_clients ? &who : NULL, now,
		    examined->behaviour, verdict);
		client = client != NULL ? client->next : NULL;
	} while (client != NULL && !verdict->enforced &&
		 examined->behaviour->is_for_others);
}

static int
evaluate(struct pol_snapshot *snapshot, const struct examined *examined,
    struct pol_verdict *verdict)
{
	/* The clock that the sweep looks at, which Unbound's own may lag. */
	const time_t now = time(NULL);
	int error = delegation_evaluate(&examined->delegation, snapshot,
	    &examined->query, now, verdict);

	if (error == 0)
		evaluate_behaviour(snapshot, examined, now, verdict);
	return error;
}

/* ---- deciding ---- */

static void
undo(const struct attempt *attempt)
{
	struct module_qstate *qstate = attempt->qstate;

	qstate->edns_opts_front_out = attempt->edns_before;
	qstate->respip_action_info = attempt->info_before;
	qstate->is_drop = attempt->is_drop_before;
	attempt->state->real = NULL;
}

/* Without a usable database. */
static enum decision
decide_blindly(const struct sinkbound *sinkbound, struct module_qstate *qstate)
{
	if (database_on_error(sinkbound->database) == POL_ON_ERROR_PASS)
		return DECISION_PASS;
	qstate->no_cache_lookup = 1; /* no expired answer either */
	qstate->return_msg = NULL;
	qstate->return_rcode = LDNS_RCODE_SERVFAIL;
	return DECISION_ANSWERED;
}

static void
read_and_apply(struct pol_snapshot *snapshot, void *arg)
{
	struct attempt *attempt = arg;
	struct pol_verdict verdict;

	undo(attempt);
	attempt->error = evaluate(snapshot, attempt->examined, &verdict);
	if (attempt->error != 0)
		return;
	attempt->decision = apply(attempt, snapshot, &verdict);
	if (attempt->examined->behaviour->is_for_others &&
	    !attempt->state->blocked)
		keep_for_themselves(attempt->qstate, attempt->state);
}

enum decision
decide_for_clients(struct sinkbound *sinkbound, struct module_qstate *qstate,
    int id, struct query_state *state, const struct reply_info *rep)
{
	struct beh_standing behaviour;
	struct examined examined;
	struct attempt attempt = {.sinkbound = sinkbound,
	    .qstate = qstate,
	    .id = id,
	    .state = state,
	    .rep = rep,
	    .examined = &examined,
	    .edns_before = qstate->edns_opts_front_out,
	    .info_before = qstate->respip_action_info,
	    .is_drop_before = qstate->is_drop};
	unsigned worker;

	if (!examine(sinkbound, qstate, &qstate->qinfo, rep, &behaviour,
		&examined))
		return DECISION_FAIL;
	examined.is_for_clients = true;
	if (!sinkbound_worker(sinkbound, &worker))
		return decide_blindly(sinkbound, qstate);
	if (is_clean(&examined, worker, &state->cleared)) {
		begin_verdict(state);
		return DECISION_PASS;
	}
	if (!database_read(
		sinkbound->database, worker, read_and_apply, &attempt) ||
	    attempt.error != 0) {
		undo(&attempt);
		return decide_blindly(sinkbound, qstate);
	}
	return attempt.decision;
}

struct question {
	const struct examined *examined;
	bool is_blocked;
};

static void
read_whether_blocked(struct pol_snapshot *snapshot, void *arg)
{
	struct question *question = arg;
	struct pol_verdict verdict;

	question->is_blocked =
	    evaluate(snapshot, question->examined, &verdict) == 0 &&
	    pol_verdict_blocks(&verdict);
}

bool
decide_is_blocked(struct sinkbound *sinkbound,
    const struct module_qstate *qstate, struct query_state *state,
    const struct query_info *qinfo, const struct reply_info *rep)
{
	struct beh_standing behaviour;
	struct examined examined;
	struct question question = {.examined = &examined};
	bool is_own =
	    query_dname_compare(qinfo->qname, qstate->qinfo.qname) == 0;
	unsigned worker;

	return examine(sinkbound, qstate, qinfo, rep, &behaviour, &examined) &&
	       sinkbound_worker(sinkbound, &worker) &&
	       !is_clean(
		   &examined, worker, is_own ? &state->cleared : NULL) &&
	       database_read(sinkbound->database, worker, read_whether_blocked,
		   &question) &&
	       question.is_blocked;
}
