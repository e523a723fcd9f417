/*
 * decide.c - what the policy says about a query, and what comes of it.
 */
#include "config.h"

#include <time.h>

#include "daemon/worker.h"
#include "respip/respip.h"
#include "services/mesh.h"
#include "util/data/msgreply.h"
#include "util/module.h"
#include "util/netevent.h"
#include "util/regional.h"

#include "module/answer.h"
#include "module/decide.h"
#include "module/delegation.h"
#include "module/garden.h"
#include "module/reply.h"

/* ---- the query log ---- */

static void
log_match(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const uint8_t *qname, const struct comm_reply *client,
    const struct timeval *now, const struct logged_match *logged)
{
	struct querylog_query query = {.time = *now,
	    .client = (const struct sockaddr *)&client->client_addr,
	    .client_len = client->client_addrlen,
	    .qname = qname,
	    .qname_len = qinfo->qname_len,
	    .qtype = qinfo->qtype,
	    .origin = logged->has_origin ? &logged->origin : NULL};
	unsigned worker;

	if (sinkbound_worker(sinkbound, &worker))
		querylog_put(sinkbound->log, worker, &query, &logged->match);
}

/* A match with the origin of its address, as far as that is known. */
static void
make_logged(struct pol_snapshot *snapshot, const struct pol_match *match,
    struct logged_match *logged)
{
	logged->match = *match;
	logged->has_origin = match->item != NULL &&
	    match->item->name == NULL &&
	    pol_origin_find(
		snapshot, &match->item->address, &logged->origin) == 1;
	if (logged->has_origin &&
	    pol_origin_holder(snapshot, &logged->origin) < 0)
		logged->has_origin = false;
}

static void
log_for_clients(struct sinkbound *sinkbound, const struct module_qstate *qstate,
    const struct logged_match *match)
{
	const struct mesh_reply *client = qstate->mesh_info->reply_list;

	for (; client != NULL; client = client->next)
		log_match(sinkbound, &qstate->qinfo, client->qname,
		    &client->query_reply, qstate->env->now_tv, match);
}

/* A copy of what a match was met in. */
static const struct pol_item *
copy_item(struct regional *region, const struct pol_item *item)
{
	struct pol_item *copy = regional_alloc_init(region, item, sizeof(*item));

	if (copy != NULL && item->name != NULL)
		copy->name =
		    regional_alloc_init(region, item->name, item->name_len);
	return copy == NULL || (item->name != NULL && copy->name == NULL) ?
	    NULL :
	    copy;
}

/* A copy of LOGGED that outlives the snapshot; NULL without memory. */
static struct logged_match *
copy_logged(struct regional *region, const struct logged_match *logged)
{
	struct logged_match *copy =
	    regional_alloc_init(region, logged, sizeof(*logged));
	const struct pol_match *match = &logged->match;
	struct pol_indicator *indicator;

	if (copy == NULL)
		return NULL;
	indicator = &copy->match.indicator;
	copy->match.feed =
	    regional_alloc_init(region, match->feed, sizeof(*match->feed));
	if (indicator->reference != NULL)
		indicator->reference = regional_alloc_init(
		    region, indicator->reference, indicator->reference_len);
	if (match->kind == POL_NAME)
		copy->match.name = regional_alloc_init(region, match->name,
		    pol_name_length(match->name));
	if (match->item != NULL)
		copy->match.item = copy_item(region, match->item);
	/* The log needs neither category, target nor addresses. */
	indicator->category = NULL;
	indicator->target = indicator->ipv4 = indicator->ipv6 = NULL;
	return copy->match.feed != NULL &&
		(indicator->reference != NULL) ==
		    (match->indicator.reference != NULL) &&
		(copy->match.item != NULL) == (match->item != NULL) &&
		(match->kind != POL_NAME || copy->match.name != NULL) ?
	    copy :
	    NULL;
}

void
decide_log_reply(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const struct query_state *state, const struct comm_reply *client,
    const struct timeval *now)
{
	if (state->shadow != NULL)
		log_match(sinkbound, qinfo, qinfo->qname, client, now,
		    state->shadow);
	if (state->enforced != NULL)
		log_match(sinkbound, qinfo, qinfo->qname, client, now,
		    state->enforced);
	if (state->truncated != NULL && client->c->type == comm_udp)
		log_match(sinkbound, qinfo, qinfo->qname, client, now,
		    state->truncated);
}

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
	state->truncated = copy_logged(qstate->region, logged);
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
	return reply_set(qstate, match, settings) ? DECISION_ANSWERED :
						    DECISION_FAIL;
}

static enum decision
apply(struct sinkbound *sinkbound, struct module_qstate *qstate, int id,
    struct query_state *state, const struct pol_verdict *verdict,
    struct pol_snapshot *snapshot)
{
	struct logged_match enforced, shadow;
	enum decision decision;

	state->blocked = pol_verdict_blocks(verdict);
	state->allowed = verdict->enforced && !state->blocked;
	state->shadow = NULL;
	if (verdict->shadowed) {
		make_logged(snapshot, &verdict->shadow, &shadow);
		state->shadow = copy_logged(qstate->region, &shadow);
	}
	if (!state->blocked)
		return DECISION_PASS;
	make_logged(snapshot, &verdict->match, &enforced);
	decision = enforce(qstate, id, state, &enforced, &snapshot->settings);
	if (decision == DECISION_PASS)
		return DECISION_PASS;
	if (!reply_add_ede(qstate, verdict->match.feed))
		return DECISION_FAIL;
	if (decision == DECISION_WAIT) {
		/* More clients may join until the reply goes out. */
		state->enforced = copy_logged(qstate->region, &enforced);
		return DECISION_WAIT;
	}
	log_for_clients(sinkbound, qstate, &enforced);
	/* Unbound calls back for each reply, but not for one it drops. */
	if (qstate->is_drop && verdict->shadowed)
		log_for_clients(sinkbound, qstate, &shadow);
	return decision;
}

/* ---- deciding ---- */

/* What a reader of the database is given and gives back. */
struct reading {
	struct sinkbound *sinkbound;
	struct module_qstate *qstate;
	int id;
	struct query_state *state;
	const struct pol_query *query;
	const struct delegation *delegation;
	int error;
	enum decision decision;
	/* What a try changes, as it was before: the database may be cut short
	 * in the middle of it. */
	struct edns_option *edns_before;
	struct respip_action_info *info_before;
	int is_drop_before;
};

static void
undo_try(const struct reading *reading)
{
	struct module_qstate *qstate = reading->qstate;

	qstate->edns_opts_front_out = reading->edns_before;
	qstate->respip_action_info = reading->info_before;
	qstate->is_drop = reading->is_drop_before;
}

/* Put together what the policy is asked. False without memory. */
static bool
make_query(const struct sinkbound *sinkbound, const struct query_info *qinfo,
    const struct reply_info *rep, struct regional *region,
    struct pol_query *query)
{
	struct pol_item *items = NULL;

	memset(query, 0, sizeof(*query));
	query->qname = qinfo->qname;
	query->qname_len = qinfo->qname_len;
	if (rep != NULL &&
	    !answer_items(sinkbound, rep, region, &items, &query->item_count))
		return false;
	query->items = items;
	return true;
}

/* A resolution takes no longer than this, in seconds: what its servers were at
 * its beginning may have expired at its end. */
#define RESOLVED_WITHIN 60

static struct delegation
delegation_of(const struct module_qstate *qstate, bool is_answered)
{
	time_t now = *qstate->env->now;

	return (struct delegation){.env = qstate->env,
	    .region = qstate->env->scratch,
	    .is_answered = is_answered,
	    .as_of = is_answered ? now - RESOLVED_WITHIN : now};
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
	struct reading *reading = arg;
	struct module_qstate *qstate = reading->qstate;
	struct pol_verdict verdict;

	undo_try(reading);
	/* The clock that the sweep looks at, which Unbound's own may lag. */
	reading->error = delegation_evaluate(reading->delegation, snapshot,
	    reading->query, time(NULL), &verdict);
	if (reading->error == 0)
		reading->decision = apply(reading->sinkbound, qstate,
		    reading->id, reading->state, &verdict, snapshot);
}

enum decision
decide_for_clients(struct sinkbound *sinkbound, struct module_qstate *qstate,
    int id, struct query_state *state, const struct reply_info *rep)
{
	const struct delegation delegation = delegation_of(qstate, rep != NULL);
	struct pol_query query;
	struct reading reading = {.sinkbound = sinkbound,
	    .qstate = qstate,
	    .id = id,
	    .state = state,
	    .query = &query,
	    .delegation = &delegation,
	    .edns_before = qstate->edns_opts_front_out,
	    .info_before = qstate->respip_action_info,
	    .is_drop_before = qstate->is_drop};
	unsigned worker;

	if (!make_query(
		sinkbound, &qstate->qinfo, rep, qstate->env->scratch, &query))
		return DECISION_FAIL;
	if (!sinkbound_worker(sinkbound, &worker) ||
	    !database_read(
		sinkbound->database, worker, read_and_apply, &reading) ||
	    reading.error != 0) {
		undo_try(&reading);
		return decide_blindly(sinkbound, qstate);
	}
	return reading.decision;
}

struct question {
	const struct pol_query *query;
	const struct delegation *delegation;
	time_t now;
	bool is_blocked;
};

static void
read_whether_blocked(struct pol_snapshot *snapshot, void *arg)
{
	struct question *question = arg;
	struct pol_verdict verdict;

	question->is_blocked = delegation_evaluate(question->delegation,
				   snapshot, question->query, question->now,
				   &verdict) == 0 &&
	    pol_verdict_blocks(&verdict);
}

bool
decide_is_blocked(struct sinkbound *sinkbound,
    const struct module_qstate *qstate, const struct query_info *qinfo,
    const struct reply_info *rep)
{
	const struct delegation delegation = delegation_of(qstate, rep != NULL);
	struct pol_query query;
	struct question question = {.query = &query,
	    .delegation = &delegation,
	    .now = time(NULL)};
	unsigned worker;

	return make_query(
		   sinkbound, qinfo, rep, qstate->env->scratch, &query) &&
	    sinkbound_worker(sinkbound, &worker) &&
	    database_read(sinkbound->database, worker, read_whether_blocked,
		&question) &&
	    question.is_blocked;
}

struct cached_reading {
	struct sinkbound *sinkbound;
	const struct query_info *qinfo;
	const struct comm_reply *client;
	bool is_listed;
};

static void
read_and_log(struct pol_snapshot *snapshot, void *arg)
{
	struct cached_reading *reading = arg;
	const struct pol_query query = {.qname = reading->qinfo->qname,
	    .qname_len = reading->qinfo->qname_len};
	struct logged_match shadow;
	struct pol_verdict verdict;
	struct timeval now;

	gettimeofday(&now, NULL);
	if (pol_evaluate(snapshot, &query, now.tv_sec, &verdict) != 0)
		return;
	reading->is_listed = verdict.listed;
	if (!verdict.shadowed)
		return;
	make_logged(snapshot, &verdict.shadow, &shadow);
	log_match(reading->sinkbound, reading->qinfo, reading->qinfo->qname,
	    reading->client, &now, &shadow);
}

void
decide_log_cached(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const struct comm_reply *client)
{
	struct cached_reading reading = {.sinkbound = sinkbound,
	    .qinfo = qinfo,
	    .client = client,
	    .is_listed = true};
	uint64_t hash;
	unsigned worker;

	if (!sinkbound_worker(sinkbound, &worker) ||
	    database_is_unlisted(sinkbound->database, worker, qinfo->qname,
		qinfo->qname_len, &hash))
		return;
	if (database_read(
		sinkbound->database, worker, read_and_log, &reading) &&
	    !reading.is_listed)
		database_remember_unlisted(sinkbound->database, worker, hash);
}
