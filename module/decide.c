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
decide_log_shadow(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const struct query_state *state, const struct comm_reply *client,
    const struct timeval *now)
{
	log_match(
	    sinkbound, qinfo, qinfo->qname, client, now, state->shadow);
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
answer_over_tcp_only(struct module_qstate *qstate)
{
	struct respip_action_info *info =
	    regional_alloc_zero(qstate->region, sizeof(*info));

	if (info == NULL)
		return DECISION_FAIL;
	info->rpz_used = 1;
	info->action = respip_truncate;
	qstate->respip_action_info = info;
	qstate->no_cache_store = 1;
	return all_clients_use_udp(qstate) ? DECISION_ANSWERED : DECISION_PASS;
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
		return answer_over_tcp_only(qstate);
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
	log_for_clients(sinkbound, qstate, &verdict->match);
	/* Unbound calls back for each reply, but not for one it drops. */
	if (qstate->is_drop && verdict->shadowed)
		log_for_clients(sinkbound, qstate, &verdict->shadow);
	return decision;
}

/* ---- deciding ---- */

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

enum decision
decide_for_clients(struct sinkbound *sinkbound, struct module_qstate *qstate,
    int id, struct query_state *state)
{
	const struct pol_query query = {.qname = qstate->qinfo.qname,
	    .qname_len = qstate->qinfo.qname_len};
	enum decision decision;
	struct pol_verdict verdict;
	struct pol_snapshot *snapshot;
	unsigned worker;

	if (!sinkbound_worker(sinkbound, &worker))
		return decide_blindly(sinkbound, qstate);
	snapshot = database_enter(sinkbound->database, worker);
	if (snapshot == NULL)
		return decide_blindly(sinkbound, qstate);
	if (pol_evaluate(snapshot, &query, *qstate->env->now, &verdict) == 0)
		decision = apply(sinkbound, qstate, id, state, &verdict,
		    &snapshot->settings);
	else
		decision = decide_blindly(sinkbound, qstate);
	database_leave(sinkbound->database, worker);
	return decision;
}

bool
decide_is_blocked(
    struct sinkbound *sinkbound, const struct module_qstate *qstate)
{
	const struct pol_query query = {.qname = qstate->qinfo.qname,
	    .qname_len = qstate->qinfo.qname_len};
	struct pol_verdict verdict = {.enforced = false};
	struct pol_snapshot *snapshot;
	bool blocked;
	unsigned worker;

	if (!sinkbound_worker(sinkbound, &worker))
		return false;
	snapshot = database_enter(sinkbound->database, worker);
	if (snapshot == NULL)
		return false;
	blocked = pol_evaluate(snapshot, &query, *qstate->env->now, &verdict) ==
		0 &&
	    verdict.enforced && verdict.match.action != POL_ALLOW;
	database_leave(sinkbound->database, worker);
	return blocked;
}

void
decide_log_cached(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const struct comm_reply *client)
{
	const struct pol_query query = {
	    .qname = qinfo->qname, .qname_len = qinfo->qname_len};
	struct pol_verdict verdict = {.listed = true};
	struct pol_snapshot *snapshot;
	struct timeval now;
	uint64_t hash;
	unsigned worker;

	if (!sinkbound_worker(sinkbound, &worker) ||
	    database_is_unlisted(sinkbound->database, worker, qinfo->qname,
		qinfo->qname_len, &hash))
		return;
	snapshot = database_enter(sinkbound->database, worker);
	if (snapshot == NULL)
		return;
	gettimeofday(&now, NULL);
	if (pol_evaluate(snapshot, &query, now.tv_sec, &verdict) == 0) {
		if (!verdict.listed)
			database_remember_unlisted(
			    sinkbound->database, worker, hash);
		if (verdict.shadowed)
			log_match(sinkbound, qinfo, qinfo->qname, client, &now,
			    &verdict.shadow);
	}
	database_leave(sinkbound->database, worker);
}
