/*
 * matchlog.c - the matches of queries, as the query log gets them.
 */
#include "config.h"

#include "services/mesh.h"
#include "util/data/msgreply.h"
#include "util/module.h"
#include "util/netevent.h"
#include "util/regional.h"

#include "module/audience.h"
#include "module/behaviour.h"
#include "module/matchlog.h"

void
matchlog_make(struct pol_snapshot *snapshot, const struct pol_match *match,
    struct logged_match *logged)
{
	logged->match = *match;
	logged->has_origin = match->item != NULL && match->item->name == NULL &&
			     pol_origin_find(snapshot, &match->item->address,
				 &logged->origin) == 1;
	if (logged->has_origin &&
	    pol_origin_holder(snapshot, &logged->origin) < 0)
		logged->has_origin = false;
}

/* ---- copies ---- */

/* A copy of what a match was met in. */
static const struct pol_item *
copy_item(struct regional *region, const struct pol_item *item)
{
	struct pol_item *copy =
	    regional_alloc_init(region, item, sizeof(*item));

	if (copy != NULL && item->name != NULL)
		copy->name =
		    regional_alloc_init(region, item->name, item->name_len);
	return copy == NULL || (item->name != NULL && copy->name == NULL)
		   ? NULL
		   : copy;
}

struct logged_match *
matchlog_copy(struct regional *region, const struct logged_match *logged)
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
		copy->match.name = regional_alloc_init(
		    region, match->name, pol_name_length(match->name));
	if (match->item != NULL)
		copy->match.item = copy_item(region, match->item);
	/* The log needs neither category, target nor addresses. */
	indicator->category = NULL;
	indicator->target = indicator->ipv4 = indicator->ipv6 = NULL;
	return copy->match.feed != NULL &&
		       (indicator->reference != NULL) ==
			   (match->indicator.reference != NULL) &&
		       (copy->match.item != NULL) == (match->item != NULL) &&
		       (match->kind != POL_NAME || copy->match.name != NULL)
		   ? copy
		   : NULL;
}

/* ---- records ---- */

void
matchlog_put(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const uint8_t *qname, const struct comm_reply *client,
    const struct pol_group *group, const struct timeval *now,
    const struct logged_match *logged)
{
	struct querylog_query query = {.time = *now,
	    .client = (const struct sockaddr *)&client->client_addr,
	    .client_len = client->client_addrlen,
	    .group = group != NULL ? group->name : NULL,
	    .is_shadow = group != NULL && group->mode == POL_CLIENT_SHADOW,
	    .qname = qname,
	    .qname_len = qinfo->qname_len,
	    .qtype = qinfo->qtype,
	    .origin = logged->has_origin ? &logged->origin : NULL};
	unsigned worker;

	if (group != NULL && group->mode == POL_CLIENT_EXEMPT)
		return;
	if (!behaviour_concerns(
		sinkbound, &logged->match, qname, qinfo->qname_len, group))
		return;
	if (sinkbound_worker(sinkbound, &worker))
		querylog_put(sinkbound->log, worker, &query, &logged->match);
}

void
matchlog_put_all(struct sinkbound *sinkbound,
    const struct module_qstate *qstate, const struct pol_clients *clients,
    const struct logged_match *logged)
{
	const struct mesh_reply *client = qstate->mesh_info->reply_list;

	for (; client != NULL; client = client->next)
		matchlog_put(sinkbound, &qstate->qinfo, client->qname,
		    &client->query_reply,
		    audience_group(clients, &client->query_reply),
		    qstate->env->now_tv, logged);
}

void
matchlog_put_held(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const struct query_state *state, const struct comm_reply *client,
    const struct pol_group *group, const struct timeval *now)
{
	const struct logged_match *held[] = {state->shadow, state->enforced,
	    client->c->type == comm_udp ? state->truncated : NULL};

	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		if (held[i] != NULL)
			matchlog_put(sinkbound, qinfo, qinfo->qname, client,
			    group, now, held[i]);
}
