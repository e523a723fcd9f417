/*
 * cached.c - shadow matches of answers that come from Unbound's cache.
 */
#include "config.h"

#include "sldns/rrdef.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/netevent.h"

#include "module/answer.h"
#include "module/audience.h"
#include "module/behaviour.h"
#include "module/cached.h"
#include "module/matchlog.h"

struct cached {
	struct sinkbound *sinkbound;
	const struct query_info *qinfo;
	const struct comm_reply *client;
	struct pol_query query;
	bool is_listed;
};

/* Names of other types than these are in no answer, see answer.c. */
static bool
has_aliases(const struct reply_info *rep)
{
	for (size_t i = 0; i < rep->an_numrrsets; i++) {
		uint16_t type = ntohs(rep->rrsets[i]->rk.type);

		if (type == LDNS_RR_TYPE_CNAME || type == LDNS_RR_TYPE_SVCB ||
		    type == LDNS_RR_TYPE_HTTPS)
			return true;
	}
	return false;
}

/* What tells this answer from another to the same name: an RRset gets a new id
 * when its data changes. */
static uint64_t
identity_of(const struct reply_info *rep)
{
	uint64_t identity = rep->an_numrrsets;

	for (size_t i = 0; i < rep->an_numrrsets; i++)
		identity = (identity ^ rep->rrsets[i]->id) *
			   UINT64_C(0x9e3779b97f4a7c15);
	return identity;
}

static void
put(const struct cached *cached, struct pol_snapshot *snapshot,
    const struct pol_match *match, const struct timeval *now)
{
	const struct query_info *qinfo = cached->qinfo;
	struct logged_match shadow;

	matchlog_make(snapshot, match, &shadow);
	matchlog_put(cached->sinkbound, qinfo, qinfo->qname, cached->client,
	    audience_group(snapshot->clients, cached->client), now, &shadow);
}

/* ---- what the policy lists ---- */

static void
read_and_log(struct pol_snapshot *snapshot, void *arg)
{
	struct cached *cached = arg;
	struct pol_verdict verdict;
	struct timeval now;

	gettimeofday(&now, NULL);
	if (pol_evaluate(snapshot, &cached->query, now.tv_sec, &verdict) != 0)
		return;
	cached->is_listed = verdict.listed;
	if (verdict.shadowed)
		put(cached, snapshot, &verdict.shadow, &now);
}

static void
log_listed(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const struct reply_info *rep, struct regional *region,
    const struct comm_reply *client)
{
	struct database *database = sinkbound->database;
	bool by_answer =
	    database_has_shadow_addresses(database) || has_aliases(rep);
	struct cached cached = {.sinkbound = sinkbound,
	    .qinfo = qinfo,
	    .client = client,
	    .query = {.qname = qinfo->qname, .qname_len = qinfo->qname_len},
	    .is_listed = true};
	struct pol_item *items;
	uint64_t hash;
	unsigned worker;

	if (!sinkbound_worker(sinkbound, &worker) ||
	    database_is_unlisted(database, worker, qinfo->qname,
		qinfo->qname_len, by_answer ? identity_of(rep) : 0, &hash))
		return;
	if (by_answer) {
		if (!answer_items(sinkbound, rep, region, &items,
			&cached.query.item_count))
			return;
		cached.query.items = items;
	}
	if (database_lists_none(database, worker, &cached.query, NULL) ||
	    (database_read(database, worker, read_and_log, &cached) &&
		!cached.is_listed))
		database_remember_unlisted(database, worker, hash);
}

/* ---- what rules are on trial for ---- */

/* One shadow match is logged of an answer, and what is listed comes first. */
static void
read_and_log_behaviour(struct pol_snapshot *snapshot, void *arg)
{
	const struct cached *cached = arg;
	const struct pol_group *group =
	    audience_group(snapshot->clients, cached->client);
	const struct beh_client client = {group != NULL ? group->name : NULL};
	struct beh_standing standing;
	struct pol_verdict verdict;
	struct timeval now;

	gettimeofday(&now, NULL);
	if (pol_evaluate(snapshot, &cached->query, now.tv_sec, &verdict) != 0 ||
	    verdict.shadowed)
		return;
	behaviour_evaluate(cached->sinkbound, &cached->query, &client,
	    now.tv_sec, &standing, &verdict);
	if (verdict.shadowed)
		put(cached, snapshot, &verdict.shadow, &now);
}

/* Nearly every answer ends here. */
static bool
is_known(const struct cached *cached, int64_t now)
{
	struct learning *learning = cached->sinkbound->learning;
	const struct pol_query *query = &cached->query;

	if (learning_knows(learning, query->qname, query->qname_len, now))
		return true;
	for (size_t i = 0; i < query->item_count; i++) {
		const struct pol_item *item = &query->items[i];

		if (item->trigger == POL_ON_CNAME &&
		    learning_knows(learning, item->name, item->name_len, now))
			return true;
	}
	return false;
}

static void
log_behaviour(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const struct reply_info *rep, struct regional *region,
    const struct comm_reply *client)
{
	struct cached cached = {.sinkbound = sinkbound,
	    .qinfo = qinfo,
	    .client = client,
	    .query = {.qname = qinfo->qname, .qname_len = qinfo->qname_len}};
	struct pol_item *items = NULL;
	unsigned worker;

	if (has_aliases(rep) && !answer_items(sinkbound, rep, region, &items,
				    &cached.query.item_count))
		return;
	cached.query.items = items;
	if (is_known(&cached, (int64_t)time(NULL)) &&
	    sinkbound_worker(sinkbound, &worker))
		database_read(sinkbound->database, worker,
		    read_and_log_behaviour, &cached);
}

void
cached_log(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const struct reply_info *rep, struct regional *region,
    const struct comm_reply *client)
{
	if (database_has_shadow(sinkbound->database))
		log_listed(sinkbound, qinfo, rep, region, client);
	if (learning_has_trials(sinkbound->learning))
		log_behaviour(sinkbound, qinfo, rep, region, client);
}
