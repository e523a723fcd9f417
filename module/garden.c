/*
 * garden.c - the walled garden: a CNAME to the operator's own name.
 */
#include "config.h"

#include "services/cache/dns.h"
#include "services/mesh.h"
#include "sldns/rrdef.h"
#include "util/data/dname.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"

#include "module/garden.h"
#include "module/reply.h"

#define ANSWER_MAX 16 /* RRsets of the target that go into the reply */

/* Start the sub-query for the target. False where it cannot be: a loop, or no
 * memory. */
static bool
ask_for_target(struct module_qstate *qstate, int id, struct pol_name *target)
{
	struct query_info qinfo = qstate->qinfo;
	struct module_qstate *sub = NULL;
	const uint16_t flags = BIT_RD;

	qinfo.qname = target->wire;
	qinfo.qname_len = target->len;
	qinfo.local_alias = NULL;
	if ((*qstate->env->detect_cycle)(qstate, &qinfo, flags, 0, 0) ||
	    !(*qstate->env->attach_sub)(qstate, &qinfo, flags, 0, 0, &sub))
		return false;
	if (sub != NULL) {
		sub->curmod = id;
		sub->ext_state[id] = module_state_initial;
		sub->minfo[id] = NULL;
	}
	return true;
}

enum decision
garden_enter(struct module_qstate *qstate, int id, struct query_state *state,
    const struct pol_match *match, const struct pol_settings *settings)
{
	struct pol_name target;
	struct query_info *qinfo = &qstate->qinfo;

	if (!pol_garden_target(
		&match->indicator, qinfo->qname, qinfo->qname_len, &target)) {
		struct pol_match nodata = *match;

		nodata.action = POL_NODATA;
		return reply_set(qstate, &nodata, settings) ?
		    DECISION_ANSWERED :
		    DECISION_FAIL;
	}
	if (query_dname_compare(qinfo->qname, target.wire) == 0)
		return DECISION_PASS;
	state->garden = reply_cname(
	    qstate, &target, settings->ttl, LDNS_RCODE_NOERROR, NULL, 0);
	if (state->garden == NULL)
		return DECISION_FAIL;
	if (qinfo->qtype != LDNS_RR_TYPE_CNAME &&
	    qinfo->qtype != LDNS_RR_TYPE_ANY &&
	    ask_for_target(qstate, id, &target)) {
		/* Nor may serve-expired answer while we wait. */
		qstate->no_cache_lookup = 1;
		return DECISION_WAIT;
	}
	garden_leave(qstate, state);
	return DECISION_ANSWERED;
}

/* A copy of an RRset of the target's answer, without its signatures: the reply
 * as a whole cannot be validated. */
static struct ub_packed_rrset_key *
copy_unsigned(struct ub_packed_rrset_key *rrset, struct regional *region)
{
	struct ub_packed_rrset_key *copy =
	    packed_rrset_copy_region(rrset, region, 0);

	if (copy != NULL)
		((struct packed_rrset_data *)copy->entry.data)->rrsig_count = 0;
	return copy;
}

void
garden_resolved(const struct module_qstate *sub, struct module_qstate *qstate,
    struct query_state *state)
{
	struct ub_packed_rrset_key *answer[ANSWER_MAX];
	const struct reply_info *rep;
	struct pol_name target = {.len = (uint8_t)sub->qinfo.qname_len};
	struct dns_msg *reply;
	size_t count = 0;
	int rcode;

	if (sub->return_rcode != LDNS_RCODE_NOERROR ||
	    sub->return_msg == NULL || sub->return_msg->rep == NULL ||
	    sub->return_msg->rep->security == sec_status_bogus)
		return; /* the CNAME alone goes out */
	rep = sub->return_msg->rep;
	rcode = FLAGS_GET_RCODE(rep->flags);
	if (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN)
		return;
	for (size_t i = 0; i < rep->an_numrrsets && count < ANSWER_MAX; i++) {
		answer[count] = copy_unsigned(rep->rrsets[i], qstate->region);
		if (answer[count++] == NULL)
			return;
	}
	memcpy(target.wire, sub->qinfo.qname, target.len);
	reply = reply_cname(qstate, &target, (uint32_t)state->garden->rep->ttl,
	    rcode, answer, count);
	if (reply != NULL)
		state->garden = reply;
}

void
garden_leave(struct module_qstate *qstate, const struct query_state *state)
{
	qstate->return_msg = state->garden;
	qstate->return_rcode = LDNS_RCODE_NOERROR;
}
