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

#include "module/decide.h"
#include "module/garden.h"
#include "module/reply.h"

/* ---- the query log ---- */

static void
log_match(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const uint8_t *qname, const struct comm_reply *client,
    const struct timeval *now, const struct pol_match *match)
{
	struct querylog_query query = {.time = *now,
	    .client = (const struct sockaddr *)&client->client_addr,
	    .client_len = client->client_addrlen,
	    .qname = qname,
	    .qname_len = qinfo->qname_len,
	    .qtype = qinfo->qtype};
	unsigned worker;

	if (sinkbound_worker(sinkbound, &worker))
		querylog_put(sinkbound->log, worker, &query, match);
}

static void
log_for_clients(struct sinkbound *sinkbound, const struct module_qstate *qstate,
    const struct pol_match *match)
{
	const struct mesh_reply *client = qstate->mesh_info->reply_list;

	for (; client != NULL; client = client->next)
		log_match(sinkbound, &qstate->qinfo, client->qname,
		    &client->query_reply, qstate->env->now_tv, match);
}

/* A copy of MATCH that outlives the snapshot; NULL without memory. */
static struct pol_match *
copy_match(struct regional *region, const struct pol_match *match)
{
	struct pol_match *copy = regional_alloc_init(region, match, sizeof(*match));
	struct pol_indicator *indicator;

	if (copy == NULL)
		return NULL;
	indicator = &copy->indicator;
	copy->feed =
	    regional_alloc_init(region, match->feed, sizeof(*match->feed));
	if (indicator->reference != NULL)
		indicator->reference = regional_alloc_init(
		    region, indicator->reference, indicator->reference_len);
	/* The log needs neither target nor addresses. */
	indicator->target = indicator->ipv4 = indicator->ipv6 = NULL;
	if (copy->feed == NULL ||
	    (indicator->reference == NULL &&
		match->indicator.reference != NULL))
		return NULL;
	return copy;
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
    const struct pol_match *match)
{
	struct respip_action_info *info =
	    regional_alloc_zero(qstate->region, sizeof(*info));

	if (info == NULL)
		return DECISION_FAIL;
	info->rpz_used = 1;
	info->action = respip_truncate;
	qstate->respip_action_info = info;
	qstate->no_cache_store = 1;
	if (all_clients_use_udp(qstate))
		return DECISION_ANSWERED;
	/* Clients that use UDP may join until the answer is there. */
	state->truncated = copy_match(qstate->region, match);
	return DECISION_PASS;
}

static enum decision
enforce(struct module_qstate *qstate, int id, struct query_state *state,
    const struct pol_match *match, const struct pol_settings *settings)
{
	switch (match->action) {
	case POL_ALLOW:
	case POL_ACTION_OF_FEED:
		return DECISION_PASS;
	case POL_TRUNCATE:
		return answer_over_tcp_only(qstate, state, match);
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
    const struct pol_settings *settings)
{
	enum decision decision;

	if (verdict->shadowed)
		state->shadow = copy_match(qstate->region, &verdict->shadow);
	if (!verdict->enforced)
		return DECISION_PASS;
	decision =
	    enforce(qstate, id, state, &verdict->match, settings);
	if (decision == DECISION_PASS)
		return DECISION_PASS;
	if (!reply_add_ede(qstate, verdict->match.feed))
		return DECISION_FAIL;
	if (decision == DECISION_WAIT) {
		/* More clients may join until the reply goes out. */
		state->enforced = copy_match(qstate->region, &verdict->match);
		return DECISION_WAIT;
	}
	log_for_clients(sinkbound, qstate, &verdict->match);
	/* Unbound calls back for each reply, but not for one it drops. */
	if (qstate->is_drop && verdict->shadowed)
		log_for_clients(sinkbound, qstate, &verdict->shadow);
	return decision;
}

/* ---- deciding ---- */

/* What a reader of the database is given and gives back. */
struct reading {
	struct sinkbound *sinkbound;
	struct module_qstate *qstate;
	int id;
	struct query_state *state;
	int error;
	enum decision decision;
};

static int
evaluate(struct pol_snapshot *snapshot, const struct query_info *qinfo,
    time_t now, struct pol_verdict *verdict)
{
	const struct pol_query query = {
	    .qname = qinfo->qname, .qname_len = qinfo->qname_len};

	return pol_evaluate(snapshot, &query, now, verdict);
}

/* Without a usable database. */
static enum decision
decide_blindly(const struct sinkbound *sinkbound, struct module_qstate *qstate)
{
	if (database_on_error(sinkbound->database) == POL_ON_ERROR_PASS)
		return DECISION_PASS;
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

	reading->error = evaluate(
	    snapshot, &qstate->qinfo, *qstate->env->now, &verdict);
	if (reading->error == 0)
		reading->decision = apply(reading->sinkbound, qstate,
		    reading->id, reading->state, &verdict, &snapshot->settings);
}

enum decision
decide_for_clients(struct sinkbound *sinkbound, struct module_qstate *qstate,
    int id, struct query_state *state)
{
	struct reading reading = {.sinkbound = sinkbound,
	    .qstate = qstate,
	    .id = id,
	    .state = state};
	unsigned worker;

	if (!sinkbound_worker(sinkbound, &worker) ||
	    !database_read(
		sinkbound->database, worker, read_and_apply, &reading) ||
	    reading.error != 0)
		return decide_blindly(sinkbound, qstate);
	return reading.decision;
}

struct question {
	const struct query_info *qinfo;
	time_t now;
	bool is_blocked;
};

static void
read_whether_blocked(struct pol_snapshot *snapshot, void *arg)
{
	struct question *question = arg;
	struct pol_verdict verdict;

	question->is_blocked = evaluate(snapshot, question->qinfo,
				   question->now, &verdict) == 0 &&
	    verdict.enforced && verdict.match.action != POL_ALLOW;
}

bool
decide_is_blocked(struct sinkbound *sinkbound, const struct query_info *qinfo,
    time_t now)
{
	struct question question = {.qinfo = qinfo, .now = now};
	unsigned worker;

	return sinkbound_worker(sinkbound, &worker) &&
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
	struct pol_verdict verdict;
	struct timeval now;

	gettimeofday(&now, NULL);
	if (evaluate(snapshot, reading->qinfo, now.tv_sec, &verdict) != 0)
		return;
	reading->is_listed = verdict.listed;
	if (verdict.shadowed)
		log_match(reading->sinkbound, reading->qinfo,
		    reading->qinfo->qname, reading->client, &now,
		    &verdict.shadow);
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
