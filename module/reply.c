/*
 * reply.c - the messages that the policy answers with.
 */
#include "config.h"

#include "services/cache/dns.h"
#include "sldns/rrdef.h"
#include "sldns/sbuffer.h"
#include "util/data/msgparse.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"

#include "module/reply.h"

/* Sinkhole addresses of one family, in network order. */
struct addresses {
	const uint8_t *octets;
	size_t count;
	size_t width; /* octets of one */
};

/* ---- RRsets and messages ---- */

static struct packed_rrset_data *
make_data(struct regional *region, uint32_t ttl, const uint8_t *rdata,
    size_t count, size_t width)
{
	size_t length = 2 + width; /* in memory RDATA is led by its length */
	size_t size = sizeof(struct packed_rrset_data) +
	    count * (sizeof(size_t) + sizeof(uint8_t *) + sizeof(time_t) + length);
	struct packed_rrset_data *data = regional_alloc_zero(region, size);

	if (data == NULL)
		return NULL;
	data->ttl = ttl;
	data->count = count;
	data->trust = rrset_trust_ultimate;
	data->security = sec_status_insecure;
	data->rr_len = (size_t *)(void *)(data + 1);
	for (size_t i = 0; i < count; i++)
		data->rr_len[i] = length;
	packed_rrset_ptr_fixup(data);
	for (size_t i = 0; i < count; i++) {
		data->rr_ttl[i] = ttl;
		sldns_write_uint16(data->rr_data[i], (uint16_t)width);
		memmove(data->rr_data[i] + 2, rdata + i * width, width);
	}
	return data;
}

/* An RRset of COUNT records of WIDTH octets of RDATA each, owned by the query
 * name. */
static struct ub_packed_rrset_key *
make_rrset(const struct module_qstate *qstate, uint16_t type, uint32_t ttl,
    const uint8_t *rdata, size_t count, size_t width)
{
	struct ub_packed_rrset_key *rrset =
	    regional_alloc_zero(qstate->region, sizeof(*rrset));

	if (rrset == NULL)
		return NULL;
	rrset->entry.key = rrset;
	rrset->entry.data =
	    make_data(qstate->region, ttl, rdata, count, width);
	if (rrset->entry.data == NULL)
		return NULL;
	rrset->rk.dname = qstate->qinfo.qname;
	rrset->rk.dname_len = qstate->qinfo.qname_len;
	rrset->rk.type = htons(type);
	rrset->rk.rrset_class = htons(LDNS_RR_CLASS_IN);
	/* Never to be taken for data from the network, nor cached. */
	rrset->rk.flags = PACKED_RRSET_FIXEDTTL | PACKED_RRSET_RPZ;
	rrset->entry.hash = rrset_key_hash(&rrset->rk);
	return rrset;
}

static struct dns_msg *
make_message(const struct module_qstate *qstate, int rcode, uint32_t ttl,
    size_t answers, size_t authorities)
{
	struct dns_msg *message =
	    regional_alloc_zero(qstate->region, sizeof(*message));

	if (message == NULL)
		return NULL;
	message->qinfo = qstate->qinfo;
	message->rep = construct_reply_info_base(qstate->region,
	    (uint16_t)(BIT_QR | BIT_RA | rcode), 1, ttl, ttl, ttl, answers,
	    authorities, 0, answers + authorities, sec_status_insecure);
	return message->rep != NULL ? message : NULL;
}

/* ---- negative replies ---- */

static struct ub_packed_rrset_key *
make_soa(const struct module_qstate *qstate, uint32_t ttl)
{
	/* mname, rname, serial, refresh, retry, expire; then the minimum */
	static const uint8_t start[] = "\011sinkbound\007invalid\0"
				       "\006nobody\007invalid\0"
				       "\0\0\0\001"
				       "\0\0\016\020"
				       "\0\0\002\130"
				       "\0\001\121\200";
	uint8_t rdata[sizeof(start) - 1 + 4];

	memcpy(rdata, start, sizeof(start) - 1);
	sldns_write_uint32(rdata + sizeof(start) - 1, ttl);
	return make_rrset(
	    qstate, LDNS_RR_TYPE_SOA, ttl, rdata, 1, sizeof(rdata));
}

static bool
set_negative(struct module_qstate *qstate, int rcode, uint32_t ttl)
{
	struct dns_msg *message = make_message(qstate, rcode, ttl, 0, 1);
	struct ub_packed_rrset_key *soa = make_soa(qstate, ttl);

	if (message == NULL || soa == NULL)
		return false;
	message->rep->rrsets[0] = soa;
	qstate->return_msg = message;
	return true;
}

/* ---- the sinkhole ---- */

static struct addresses
addresses_of(const struct pol_match *match, const struct pol_settings *settings,
    uint16_t type)
{
	const struct pol_indicator *indicator = &match->indicator;
	bool own = indicator->ipv4_count + indicator->ipv6_count > 0;

	if (type == LDNS_RR_TYPE_A)
		return own ? (struct addresses){indicator->ipv4,
				 indicator->ipv4_count, 4} :
			     (struct addresses){settings->ipv4,
				 settings->has_ipv4, 4};
	return own ?
	    (struct addresses){indicator->ipv6, indicator->ipv6_count, 16} :
	    (struct addresses){settings->ipv6, settings->has_ipv6, 16};
}

static bool
asks_for(const struct module_qstate *qstate, uint16_t type)
{
	return qstate->qinfo.qtype == type ||
	    qstate->qinfo.qtype == LDNS_RR_TYPE_ANY;
}

static bool
set_sinkhole(struct module_qstate *qstate, const struct pol_match *match,
    const struct pol_settings *settings)
{
	static const uint16_t types[] = {LDNS_RR_TYPE_A, LDNS_RR_TYPE_AAAA};
	struct ub_packed_rrset_key *rrsets[2];
	struct dns_msg *message;
	size_t count = 0;

	for (size_t i = 0; i < 2; i++) {
		struct addresses addresses =
		    addresses_of(match, settings, types[i]);

		if (!asks_for(qstate, types[i]) || addresses.count == 0)
			continue;
		rrsets[count] = make_rrset(qstate, types[i], settings->ttl,
		    addresses.octets, addresses.count, addresses.width);
		if (rrsets[count++] == NULL)
			return false;
	}
	if (count == 0)
		return set_negative(
		    qstate, LDNS_RCODE_NOERROR, settings->ttl);
	message = make_message(
	    qstate, LDNS_RCODE_NOERROR, settings->ttl, count, 0);
	if (message == NULL)
		return false;
	memcpy(message->rep->rrsets, rrsets, count * sizeof(*rrsets));
	qstate->return_msg = message;
	return true;
}

/* ---- for the other files ---- */

bool
reply_set(struct module_qstate *qstate, const struct pol_match *match,
    const struct pol_settings *settings)
{
	qstate->return_msg = NULL;
	qstate->return_rcode = LDNS_RCODE_NOERROR;
	switch (match->action) {
	case POL_SINKHOLE:
		return set_sinkhole(qstate, match, settings);
	case POL_NXDOMAIN:
		return set_negative(
		    qstate, LDNS_RCODE_NXDOMAIN, settings->ttl);
	case POL_REFUSED:
		qstate->return_rcode = LDNS_RCODE_REFUSED;
		return true;
	case POL_DROP:
		qstate->is_drop = 1;
		return true;
	default:
		return set_negative(qstate, LDNS_RCODE_NOERROR, settings->ttl);
	}
}

bool
reply_refuse_as_message(struct module_qstate *qstate)
{
	qstate->return_rcode = LDNS_RCODE_NOERROR;
	qstate->return_msg = make_message(qstate, LDNS_RCODE_REFUSED, 0, 0, 0);
	return qstate->return_msg != NULL;
}

bool
reply_add_ede(struct module_qstate *qstate, const struct pol_feed *feed)
{
	return feed->ede == POL_EDE_NONE ||
	    edns_opt_list_append_ede(&qstate->edns_opts_front_out,
		qstate->region, (sldns_ede_code)feed->ede, feed->name);
}

struct dns_msg *
reply_cname(struct module_qstate *qstate, const struct pol_name *target,
    uint32_t ttl, int rcode, struct ub_packed_rrset_key *const *answer,
    size_t count)
{
	struct ub_packed_rrset_key *cname = make_rrset(qstate,
	    LDNS_RR_TYPE_CNAME, ttl, target->wire, 1, target->len);
	struct dns_msg *message =
	    make_message(qstate, rcode, ttl, 1 + count, 0);

	if (cname == NULL || message == NULL)
		return NULL;
	message->rep->rrsets[0] = cname;
	for (size_t i = 0; i < count; i++)
		message->rep->rrsets[1 + i] = answer[i];
	return message;
}
