/*
 * audience.c - the clients of one query, and which answer each of them gets.
 */
#include "config.h"

#include <netinet/in.h>

#include "services/mesh.h"
#include "util/data/msgreply.h"
#include "util/module.h"
#include "util/netevent.h"
#include "util/rbtree.h"
#include "util/regional.h"

#include "module/audience.h"
#include "module/behaviour.h"

/* ---- groups ---- */

const struct pol_group *
audience_group(
    const struct pol_clients *clients, const struct comm_reply *client)
{
	/* Behind a proxy (PROXYv2) this is the client, not the proxy. */
	const struct sockaddr_storage *from = &client->client_addr;
	struct pol_address address;

	if (clients == NULL)
		return NULL;
	if (from->ss_family == AF_INET6)
		pol_address_set(&address, 6,
		    ((const struct sockaddr_in6 *)(const void *)from)
			->sin6_addr.s6_addr);
	else if (from->ss_family == AF_INET)
		pol_address_set(&address, 4,
		    (const uint8_t *)&(
			(const struct sockaddr_in *)(const void *)from)
			->sin_addr);
	else
		return NULL;
	return pol_clients_find(clients, &address);
}

bool
audience_enforced(struct sinkbound *sinkbound, const struct query_info *qinfo,
    const struct pol_match *match, const struct pol_group *group)
{
	return (group == NULL || group->mode == POL_CLIENT_ENFORCE) &&
	       behaviour_concerns(
		   sinkbound, match, qinfo->qname, qinfo->qname_len, group);
}

struct audience
audience_of(struct sinkbound *sinkbound, const struct pol_clients *clients,
    const struct module_qstate *qstate, const struct pol_match *match)
{
	const struct mesh_reply *client = qstate->mesh_info->reply_list;
	struct audience audience = {.is_enforced = clients == NULL};

	for (; clients != NULL && client != NULL; client = client->next) {
		if (audience_enforced(sinkbound, &qstate->qinfo, match,
			audience_group(clients, &client->query_reply)))
			audience.is_enforced = true;
		else
			audience.is_spared = true;
	}
	return audience;
}

struct look_up {
	const struct comm_reply *client;
	struct pol_group *group;
	bool is_in_group;
};

static void
read_group(struct pol_snapshot *snapshot, void *arg)
{
	struct look_up *look_up = arg;
	const struct pol_group *group =
	    audience_group(snapshot->clients, look_up->client);

	if (group == NULL)
		return;
	*look_up->group = *group;
	look_up->is_in_group = true;
}

bool
audience_look_up(struct sinkbound *sinkbound, const struct comm_reply *client,
    struct pol_group *group)
{
	struct look_up look_up = {.client = client, .group = group};
	unsigned worker;

	return database_has_clients(sinkbound->database) &&
	       sinkbound_worker(sinkbound, &worker) &&
	       database_read(
		   sinkbound->database, worker, read_group, &look_up) &&
	       look_up.is_in_group;
}

/* ---- keeping the answers apart ---- */

void
audience_close(struct module_qstate *qstate)
{
	struct mesh_state *query = qstate->mesh_info;
	rbtree_type *all = &qstate->env->mesh->all;

	/* Being unique is part of the key by which the trees find it. */
	if (query->unique != NULL || query->super_set.count > 0 ||
	    query->sub_set.count > 0)
		return;
	(void)rbtree_delete(all, query);
	mesh_state_make_unique(query);
	(void)rbtree_insert(all, &query->node);
}

bool
audience_keep_real(struct module_qstate *qstate, struct query_state *state,
    const struct reply_info *rep, struct edns_option *options)
{
	state->real = regional_alloc_init(qstate->region, rep, sizeof(*rep));
	state->made = regional_alloc_zero(qstate->region, sizeof(*rep));
	state->made_for = NULL;
	state->real_options = options;
	if (state->real == NULL || state->made == NULL)
		return false;
	/* Unbound sets AD by what the reply before this one was. */
	state->real->security = sec_status_insecure;
	return true;
}

void
audience_choose(struct query_state *state, bool is_enforced,
    struct reply_info *rep, struct edns_option **options)
{
	/* At the first reply it is the policy's. */
	if (state->made_for != rep) {
		*state->made = *rep;
		state->made_for = rep;
	}
	*rep = is_enforced ? *state->made : *state->real;
	if (!is_enforced)
		*options = state->real_options;
}
