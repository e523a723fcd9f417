/*
 * answer.c - what of an answer the policy looks at.
 */
#include "config.h"

#include "sldns/rrdef.h"
#include "sldns/sbuffer.h"
#include "util/data/dname.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"

#include "module/answer.h"
#include "module/items.h"

#define SVCB_IPV4HINT 4 /* RFC 9460 section 14.3.2 */
#define SVCB_IPV6HINT 6

/* Items being gathered. */
struct gathering {
	const struct sinkbound *sinkbound;
	struct item_list list;
};

/* The root stands for "no other name" in SVCB, and is nothing to list. */
static void
add_name(struct gathering *gathering, const uint8_t *name, size_t len)
{
	struct pol_item *item;

	if (len <= 1)
		return;
	item = items_add(&gathering->list, POL_ON_CNAME);
	if (item == NULL)
		return;
	item->name = name;
	item->name_len = len;
}

static bool
is_nat64(const struct sinkbound *sinkbound, const struct pol_address *address)
{
	for (unsigned i = 0; i < sinkbound->nat64_count; i++)
		if (pol_prefix_covers(&sinkbound->nat64[i], address))
			return true;
	return false;
}

static void
add_address(struct gathering *gathering, uint8_t family, const uint8_t *octets)
{
	struct pol_item *item = items_add(&gathering->list, POL_ON_IP);
	struct pol_address embedded;

	if (item == NULL)
		return;
	pol_address_set(&item->address, family, octets);
	if (family != 6 || !is_nat64(gathering->sinkbound, &item->address))
		return;
	pol_address_embedded(&embedded, &item->address);
	item = items_add(&gathering->list, POL_ON_IP);
	if (item != NULL)
		item->address = embedded;
}

static void
add_hints(struct gathering *gathering, uint8_t family, const uint8_t *hints,
    size_t len)
{
	size_t octets = pol_address_octets(family);

	for (; len >= octets; len -= octets, hints += octets)
		add_address(gathering, family, hints);
}

/* priority u16, target name, then parameters: key u16, length u16, value */
static void
add_service(struct gathering *gathering, uint8_t *rdata, size_t len)
{
	size_t name_len;

	if (len < 3)
		return;
	name_len = dname_valid(rdata + 2, len - 2);
	if (name_len == 0)
		return;
	add_name(gathering, rdata + 2, name_len);
	rdata += 2 + name_len;
	len -= 2 + name_len;
	while (len >= 4) {
		uint16_t key = sldns_read_uint16(rdata);
		size_t value_len = sldns_read_uint16(rdata + 2);

		if (value_len > len - 4)
			return;
		if (key == SVCB_IPV4HINT)
			add_hints(gathering, 4, rdata + 4, value_len);
		else if (key == SVCB_IPV6HINT)
			add_hints(gathering, 6, rdata + 4, value_len);
		rdata += 4 + value_len;
		len -= 4 + value_len;
	}
}

/* RDATA is uncompressed, LEN octets. */
static void
add_record(struct gathering *gathering, uint16_t type, uint8_t *rdata,
    size_t len)
{
	switch (type) {
	case LDNS_RR_TYPE_A:
		if (len == 4)
			add_address(gathering, 4, rdata);
		break;
	case LDNS_RR_TYPE_AAAA:
		if (len == 16)
			add_address(gathering, 6, rdata);
		break;
	case LDNS_RR_TYPE_CNAME:
		add_name(gathering, rdata, dname_valid(rdata, len));
		break;
	case LDNS_RR_TYPE_SVCB:
	case LDNS_RR_TYPE_HTTPS:
		add_service(gathering, rdata, len);
		break;
	default:
		break;
	}
}

bool
answer_items(const struct sinkbound *sinkbound, const struct reply_info *rep,
    struct regional *region, struct pol_item **items, size_t *count)
{
	struct gathering gathering = {
	    .sinkbound = sinkbound, .list = {.region = region}};

	for (size_t i = 0; i < rep->an_numrrsets; i++) {
		const struct ub_packed_rrset_key *rrset = rep->rrsets[i];
		const struct packed_rrset_data *data = rrset->entry.data;

		for (size_t j = 0; j < data->count; j++)
			add_record(&gathering, ntohs(rrset->rk.type),
			    data->rr_data[j] + 2, data->rr_len[j] - 2);
	}
	*items = gathering.list.items;
	*count = gathering.list.count;
	return !gathering.list.failed;
}
