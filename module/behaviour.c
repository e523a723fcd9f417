/*
 * behaviour.c - what upstream responses show, and what it makes of a verdict.
 */
#include "config.h"

#include <time.h>

#include "services/cache/dns.h"
#include "sldns/pkthdr.h"
#include "sldns/rrdef.h"
#include "sldns/sbuffer.h"
#include "util/data/msgparse.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/module.h"
#include "util/netevent.h"

#include "module/behaviour.h"

/* ---- the packet ---- */

/* What is left of the packet. Unbound has read all of it before, so that there
 * is nothing to be found wrong in it but its end. */
struct rest {
	const uint8_t *next;
	size_t len;
};

/* Step over so many octets. False at the end. */
static bool
skip(struct rest *rest, size_t octets)
{
	if (octets > rest->len)
		return false;
	rest->next += octets;
	rest->len -= octets;
	return true;
}

static bool
skip_name(struct rest *rest)
{
	while (rest->len > 0 && rest->next[0] != 0) {
		if (LABEL_IS_PTR(rest->next[0]))
			return skip(rest, 2);
		if (!skip(rest, 1u + rest->next[0]))
			return false;
	}
	return skip(rest, 1);
}

/* Of a record behind its name. */
#define RECORD_TTL 4
#define RECORD_LEN 8
#define RECORD_DATA 10

/* Read one record's type and TTL, and step over it. False at the end. */
static bool
read_record(struct rest *rest, uint16_t *type, uint32_t *ttl)
{
	const uint8_t *record;

	if (!skip_name(rest) || rest->len < RECORD_DATA)
		return false;
	record = rest->next;
	*type = sldns_read_uint16(record);
	*ttl = sldns_read_uint32(record + RECORD_TTL);
	return skip(rest, RECORD_DATA + sldns_read_uint16(record + RECORD_LEN));
}

/* The least TTL of the answer's records of TYPE; false where there are none.
 * The most significant bit makes a TTL zero (RFC 2181, section 8). */
static bool
find_ttl(sldns_buffer *packet, uint16_t type, uint32_t *least)
{
	const uint8_t *header = sldns_buffer_begin(packet);
	struct rest rest = {header, sldns_buffer_limit(packet)};
	unsigned questions, answers;
	bool found = false;

	if (!skip(&rest, LDNS_HEADER_SIZE))
		return false;
	questions = LDNS_QDCOUNT(header);
	answers = LDNS_ANCOUNT(header);
	while (questions > 0 && skip_name(&rest) && skip(&rest, 4))
		questions--;
	while (questions == 0 && answers-- > 0) {
		uint16_t found_type;
		uint32_t ttl;

		if (!read_record(&rest, &found_type, &ttl))
			break;
		if ((ttl & 0x80000000u) != 0)
			ttl = 0;
		if (found_type != type || (found && ttl >= *least))
			continue;
		*least = ttl;
		found = true;
	}
	return found;
}

/* ---- the message ---- */

static uint16_t
type_of(const struct ub_packed_rrset_key *rrset)
{
	return ntohs(rrset->rk.type);
}

static bool
is_address_type(uint16_t type)
{
	return type == LDNS_RR_TYPE_A || type == LDNS_RR_TYPE_AAAA;
}

/* Address NUMBER of the RRset; false where it is none. */
static bool
read_address(const struct ub_packed_rrset_key *rrset, size_t number,
    struct pol_address *address)
{
	const struct packed_rrset_data *data = rrset->entry.data;
	uint8_t family = type_of(rrset) == LDNS_RR_TYPE_A ? 4 : 6;

	if (data->rr_len[number] != 2u + pol_address_octets(family))
		return false;
	pol_address_set(address, family, data->rr_data[number] + 2);
	return true;
}

/* The RRset's addresses, without their ASNs. */
static size_t
take_addresses(
    const struct ub_packed_rrset_key *rrset, struct beh_address *addresses)
{
	const struct packed_rrset_data *data = rrset->entry.data;
	size_t count = 0;

	for (size_t i = 0; i < data->count && count < BEH_ADDRESSES_MAX; i++)
		if (read_address(rrset, i, &addresses[count].address))
			count++;
	return count;
}

/* The name servers that the authority section names; NULL: none. */
static const struct ub_packed_rrset_key *
find_servers(const struct reply_info *rep)
{
	for (size_t i = rep->an_numrrsets;
	     i < rep->an_numrrsets + rep->ns_numrrsets; i++)
		if (type_of(rep->rrsets[i]) == LDNS_RR_TYPE_NS)
			return rep->rrsets[i];
	return NULL;
}

/* Append an RRset's addresses; how many there are then. */
static size_t
add_servers(const struct ub_packed_rrset_key *rrset,
    struct pol_address *servers, size_t count)
{
	const struct packed_rrset_data *data = rrset->entry.data;

	for (size_t i = 0; i < data->count && count < BEH_SERVERS_MAX; i++)
		if (read_address(rrset, i, &servers[count]))
			count++;
	return count;
}

/* Their addresses, as far as they came along. */
static size_t
take_servers(const struct reply_info *rep, struct pol_address *servers)
{
	bool has_servers = find_servers(rep) != NULL;
	size_t count = 0;

	for (size_t i = rep->an_numrrsets + rep->ns_numrrsets;
	     has_servers && i < rep->rrset_count; i++)
		if (is_address_type(type_of(rep->rrsets[i])))
			count = add_servers(rep->rrsets[i], servers, count);
	return count;
}

/* ---- noting ---- */

struct note {
	struct sinkbound *sinkbound;
	unsigned worker;
	struct beh_address addresses[BEH_ADDRESSES_MAX];
	struct beh_response response;
	struct beh_observation observation;
	bool is_new;
};

/* As learning_judge(). */
static int
judge(struct note *note, struct pol_snapshot *snapshot)
{
	return note->response.address_count == 0
		   ? 0
		   : learning_judge(note->sinkbound->learning,
			 &note->observation, snapshot, &note->is_new);
}

static void
read_and_judge(struct pol_snapshot *snapshot, void *arg)
{
	struct note *note = arg;

	if (judge(note, snapshot) != 0)
		note->is_new = false;
}

/* Begin with the response, and meanwhile find the ASNs of its addresses. */
static bool
begin_with(struct note *note, const struct pol_origin_table *table)
{
	size_t count = note->response.address_count;

	for (size_t i = 0; i < count; i++)
		pol_origin_table_expect(table, &note->addresses[i].address);
	if (learning_begin(note->sinkbound->learning, &note->response,
		&note->observation) != 0)
		return false;
	for (size_t i = 0; i < count; i++)
		pol_origin_table_expect_now(table, &note->addresses[i].address);
	for (size_t i = 0; i < count; i++)
		note->addresses[i].asn =
		    pol_origin_table_find(table, &note->addresses[i].address);
	return true;
}

/* False where it is not known which ASNs there are, and for a malformed name.
 */
static bool
begin(struct note *note)
{
	struct database *database = note->sinkbound->database;
	const struct pol_origin_table *table =
	    database_enter_origins(database, note->worker);
	bool has_begun = table != NULL && begin_with(note, table);

	database_leave(database, note->worker);
	return has_begun;
}

static void
note_response(struct note *note, const struct ub_packed_rrset_key *owner)
{
	struct sinkbound *sinkbound = note->sinkbound;

	note->response.name = owner->rk.dname;
	note->response.name_len = owner->rk.dname_len;
	note->response.qtype = type_of(owner);
	note->is_new = false;
	if (!begin(note))
		return;
	learning_note(sinkbound->learning, &note->observation);
	if (judge(note, NULL) == BEH_ASK_POLICY &&
	    database_read(
		sinkbound->database, note->worker, read_and_judge, note) &&
	    note->is_new)
		database_sweep(sinkbound->database);
}

void
behaviour_note(struct sinkbound *sinkbound, const struct module_qstate *qstate,
    const struct dns_msg *response)
{
	struct pol_address servers[BEH_SERVERS_MAX];
	const struct reply_info *rep = response->rep;
	struct note note;
	sldns_buffer *packet;

	if (!learning_is_on(sinkbound->learning) || qstate->reply == NULL ||
	    !sinkbound_worker(sinkbound, &note.worker))
		return;
	/* Most of a note is room for what it finds. */
	note.sinkbound = sinkbound;
	note.response = (struct beh_response){.time = time(NULL),
	    .addresses = note.addresses,
	    .servers = servers};
	packet = qstate->reply->c->buffer;
	note.response.authoritative = LDNS_AA_WIRE(sldns_buffer_begin(packet));
	note.response.server_count = take_servers(rep, servers);
	for (size_t i = 0; i < rep->an_numrrsets; i++) {
		const struct ub_packed_rrset_key *rrset = rep->rrsets[i];

		if (!is_address_type(type_of(rrset)) ||
		    !find_ttl(packet, type_of(rrset), &note.response.ttl))
			continue;
		note.response.address_count =
		    take_addresses(rrset, note.addresses);
		if (note.response.address_count > 0)
			note_response(&note, rrset);
	}
	/* A referral shows a zone's servers, and no address. */
	if (rep->an_numrrsets == 0 && note.response.server_count > 0) {
		note.response.address_count = 0;
		note_response(&note, find_servers(rep));
	}
}

/* ---- evaluating ---- */

/* What behaviour says of one name of the query. True once it decides. */
static bool
evaluate_name(struct sinkbound *sinkbound, const uint8_t *name, size_t len,
    const struct pol_item *item, const struct beh_client *client, time_t now,
    struct beh_standing *found, struct pol_verdict *verdict)
{
	struct beh_match shadow = found->shadow;
	bool had_shadow = verdict->shadowed;
	bool is_for_others = found->is_for_others;

	learning_find(sinkbound->learning, name, len, client, now, found);
	found->is_for_others = found->is_for_others || is_for_others;
	found->enforced.match.item = found->shadow.match.item = item;
	if (!had_shadow && found->shadow.rule != NULL) {
		verdict->shadowed = true;
		verdict->shadow = found->shadow.match;
	} else {
		found->shadow = shadow;
	}
	if (found->enforced.rule == NULL)
		return false;
	verdict->enforced = true;
	verdict->match = found->enforced.match;
	return true;
}

void
behaviour_evaluate(struct sinkbound *sinkbound, const struct pol_query *query,
    const struct beh_client *client, time_t now, struct beh_standing *found,
    struct pol_verdict *verdict)
{
	beh_standing_clear(found);
	if (verdict->enforced || !learning_has_blocks(sinkbound->learning))
		return;
	if (evaluate_name(sinkbound, query->qname, query->qname_len, NULL,
		client, now, found, verdict))
		return;
	for (size_t i = 0; i < query->item_count; i++) {
		const struct pol_item *item = &query->items[i];

		if (item->trigger == POL_ON_CNAME &&
		    evaluate_name(sinkbound, item->name, item->name_len, item,
			client, now, found, verdict))
			return;
	}
}

/* Several rules may hold of a name, each for groups of its own: then the match
 * is that of another client's, but there is one. */
bool
behaviour_concerns(struct sinkbound *sinkbound, const struct pol_match *match,
    const uint8_t *qname, size_t qname_len, const struct pol_group *group)
{
	const struct beh_client client = {group != NULL ? group->name : NULL};
	const struct pol_item *item = match->item;
	struct beh_standing standing;

	if (match->trigger != POL_ON_RULE)
		return true;
	learning_find(sinkbound->learning, item != NULL ? item->name : qname,
	    item != NULL ? item->name_len : qname_len, &client,
	    (int64_t)time(NULL), &standing);
	return (match->mode == POL_SHADOW ? standing.shadow.rule
					  : standing.enforced.rule) != NULL;
}

bool
behaviour_blocks_none(
    struct sinkbound *sinkbound, const struct pol_query *query)
{
	struct pol_verdict verdict;
	struct beh_standing found;

	if (!learning_has_blocks(sinkbound->learning))
		return true;
	verdict.enforced = verdict.shadowed = false;
	behaviour_evaluate(
	    sinkbound, query, NULL, time(NULL), &found, &verdict);
	return !verdict.enforced && !verdict.shadowed;
}
