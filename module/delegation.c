/*
 * delegation.c - the name servers behind a name, as far as Unbound's cache
 * knows them.
 */
#include "config.h"

#include "services/cache/rrset.h"
#include "sldns/rrdef.h"
#include "util/data/dname.h"
#include "util/data/packed_rrset.h"
#include "util/module.h"
#include "util/regional.h"

#include "module/delegation.h"
#include "module/items.h"
#include "policy/error.h"

/* Servers for one decision: enough for any zone that is meant to be resolved,
 * few enough that a zone with thousands costs no more than a fraction of a
 * millisecond. */
#define SERVERS_MAX 64
#define ADDRESSES_MAX 8 /* of one server and family */

#define CUT_LABELS_MIN 2

struct server {
	uint8_t *name;
	size_t len;
};

/* Servers being gathered. */
struct gathering {
	const struct delegation *delegation;
	struct item_list list;
	struct server servers[SERVERS_MAX];
	size_t count;
};

/* An RRset of class IN in Unbound's cache, locked; or NULL. */
static struct ub_packed_rrset_key *
find_cached(const struct delegation *delegation, uint8_t *name, size_t len,
    uint16_t type)
{
	return rrset_cache_lookup(delegation->env->rrset_cache, name, len, type,
	    LDNS_RR_CLASS_IN, 0, delegation->as_of, 0);
}

static bool
is_known(const struct gathering *gathering, uint8_t *name)
{
	for (size_t i = 0; i < gathering->count; i++)
		if (query_dname_compare(gathering->servers[i].name, name) == 0)
			return true;
	return false;
}

static void
add_server(struct gathering *gathering, uint8_t *name, size_t len)
{
	struct server *server = &gathering->servers[gathering->count];
	struct pol_item *item;

	if (gathering->count == SERVERS_MAX || is_known(gathering, name))
		return;
	item = items_add(&gathering->list, POL_ON_NSDNAME);
	if (item == NULL)
		return;
	server->name = regional_alloc_init(gathering->list.region, name, len);
	server->len = len;
	item->name = server->name;
	item->name_len = len;
	if (server->name == NULL)
		gathering->list.failed = true;
	else
		gathering->count++;
}

static void
add_servers(
    struct gathering *gathering, const struct ub_packed_rrset_key *rrset)
{
	const struct packed_rrset_data *data = rrset->entry.data;

	for (size_t i = 0; i < data->count; i++) {
		uint8_t *name = data->rr_data[i] + 2;
		size_t len = dname_valid(name, data->rr_len[i] - 2);

		if (len > 1) /* the root says that there is none */
			add_server(gathering, name, len);
	}
}

/* Those of every zone cut at and above NAME. */
static void
add_delegations(struct gathering *gathering, const uint8_t *name, size_t len)
{
	uint8_t copy[LDNS_MAX_DOMAINLEN];
	uint8_t *cut = memcpy(copy, name, len);

	/* Unbound counts the root's label, too. */
	for (int labels = dname_count_labels(cut); labels > CUT_LABELS_MIN;
	     labels--) {
		struct ub_packed_rrset_key *rrset = find_cached(
		    gathering->delegation, cut, len, LDNS_RR_TYPE_NS);

		if (rrset != NULL) {
			add_servers(gathering, rrset);
			lock_rw_unlock(&rrset->entry.lock);
		}
		dname_remove_label(&cut, &len);
	}
}

static void
add_addresses(struct gathering *gathering, const struct server *server,
    uint16_t type, uint8_t family)
{
	struct ub_packed_rrset_key *rrset =
	    find_cached(gathering->delegation, server->name, server->len, type);
	const struct packed_rrset_data *data;

	if (rrset == NULL)
		return;
	data = rrset->entry.data;
	for (size_t i = 0; i < data->count && i < ADDRESSES_MAX; i++) {
		struct pol_item *item;

		if (data->rr_len[i] != 2 + pol_address_octets(family))
			continue;
		item = items_add(&gathering->list, POL_ON_NSIP);
		if (item != NULL)
			pol_address_set(
			    &item->address, family, data->rr_data[i] + 2);
	}
	lock_rw_unlock(&rrset->entry.lock);
}

static void
gather(struct gathering *gathering, const struct pol_query *query)
{
	if (query->qname != NULL)
		add_delegations(gathering, query->qname, query->qname_len);
	for (size_t i = 0; i < query->item_count; i++)
		if (query->items[i].trigger == POL_ON_CNAME)
			add_delegations(gathering, query->items[i].name,
			    query->items[i].name_len);
	for (size_t i = 0; i < gathering->count; i++) {
		add_addresses(
		    gathering, &gathering->servers[i], LDNS_RR_TYPE_A, 4);
		add_addresses(
		    gathering, &gathering->servers[i], LDNS_RR_TYPE_AAAA, 6);
	}
}

/* Add to a verdict that decided nothing what the servers' says. */
static void
add_verdict(struct pol_verdict *verdict, const struct pol_verdict *servers)
{
	verdict->listed |= servers->listed;
	verdict->enforced = servers->enforced;
	verdict->match = servers->match;
	if (verdict->shadowed || !servers->shadowed)
		return;
	verdict->shadowed = true;
	verdict->shadow = servers->shadow;
}

int
delegation_evaluate(const struct delegation *delegation,
    struct pol_snapshot *snapshot, const struct pol_query *query, time_t now,
    struct pol_verdict *verdict)
{
	struct gathering gathering = {
	    .delegation = delegation, .list = {.region = delegation->region}};
	struct pol_query servers_query = {.qname = NULL};
	struct pol_verdict own, servers;
	int error = pol_evaluate(snapshot, query, now, &own);

	if (error != 0)
		return error;
	if (!own.enforced && snapshot->serves_nameservers &&
	    (delegation->is_answered || !snapshot->has_allow)) {
		gather(&gathering, query);
		if (gathering.list.failed)
			return POL_ENOMEM;
		servers_query.items = gathering.list.items;
		servers_query.item_count = gathering.list.count;
		error = pol_evaluate(snapshot, &servers_query, now, &servers);
		if (error != 0)
			return error;
		add_verdict(&own, &servers);
	}
	*verdict = own;
	return 0;
}
