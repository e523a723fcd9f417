/*
 * rpz.c - response policy zones (draft-vixie-dnsop-dns-rpz), as zone files.
 *
 * An owner, without the zone's name, is a trigger: see rpz_trigger.c. Its data
 * is the action:
 *
 *	CNAME .                  nxdomain
 *	CNAME *.                 nodata
 *	CNAME rpz-passthru.      allow; so does a CNAME to the trigger itself
 *	CNAME rpz-drop.          drop
 *	CNAME rpz-tcp-only.      truncate
 *	CNAME any.other.name.    cname, "*.garden." with the query name for "*"
 *	A, AAAA                  sinkhole, to these addresses
 *
 * Of a trigger with a CNAME and with addresses too, the list keeps what the
 * file says first.
 */
#include <ldns/ldns.h>

#include <string.h>

#include "tools/feed/format.h"
#include "tools/feed/rpz_local.h"
#include "tools/feed/rpz_trigger.h"
#include "tools/feed/zone.h"

struct rpz {
	struct feed_parse *parse;
	struct feed_zone *zone;
	struct rpz_local local;
};

static void
reject(struct rpz *rpz, enum feed_fault fault, const struct feed_record *record)
{
	feed_reject(rpz->parse, fault, record->line,
	    (struct text){record->text, record->len});
}

static bool
has_one_label(const struct pol_name *name)
{
	return name->len > 1 && name->wire[0] == name->len - 2;
}

/* Is the name "LABEL."? */
static bool
is_label(const struct pol_name *name, const char *label)
{
	size_t len = strlen(label);

	return has_one_label(name) && name->wire[0] == len &&
	       memcmp(name->wire + 1, label, len) == 0;
}

/* Zone upkeep: what signs a zone is no policy, wherever it is. */
static bool
is_of_dnssec(ldns_rr_type type)
{
	switch (type) {
	case LDNS_RR_TYPE_DNSKEY:
	case LDNS_RR_TYPE_NSEC:
	case LDNS_RR_TYPE_NSEC3:
	case LDNS_RR_TYPE_NSEC3PARAM:
	case LDNS_RR_TYPE_RRSIG:
		return true;
	default:
		return false;
	}
}

/* What a CNAME of OWNER to TARGET does; POL_ACTION_OF_FEED: nothing that is
 * known. */
static enum pol_action
target_action(const struct rpz *rpz, const struct pol_name *target,
    const struct pol_name *owner)
{
	struct pol_name relative;

	if (target->len == 1)
		return POL_NXDOMAIN;
	if (is_label(target, "*"))
		return POL_NODATA;
	if (is_label(target, "rpz-passthru") ||
	    rpz_trigger_is_self(owner, target))
		return POL_ALLOW;
	if (is_label(target, "rpz-drop"))
		return POL_DROP;
	if (is_label(target, "rpz-tcp-only"))
		return POL_TRUNCATE;
	if (has_one_label(target) && rpz_is_special(target->wire))
		return POL_ACTION_OF_FEED;
	/* "rpz-drop" without its final dot must not make a walled garden. */
	if (feed_zone_relative(rpz->zone, target, &relative) &&
	    has_one_label(&relative) && rpz_is_special(relative.wire))
		return POL_ACTION_OF_FEED;
	return feed_zone_is_unknown(target) ? POL_ACTION_OF_FEED : POL_CNAME;
}

static int
take_cname(struct rpz *rpz, const struct feed_record *record,
    const struct pol_name *owner, const struct rpz_trigger *trigger)
{
	const ldns_rdf *rdf = ldns_rr_rdf(record->rr, 0);
	struct pol_indicator indicator = {
	    .scope = trigger->scope, .triggers = trigger->triggers};
	struct pol_name target;

	if (rdf == NULL || pol_name_from_wire(ldns_rdf_data(rdf),
			       ldns_rdf_size(rdf), &target) != 0) {
		reject(rpz, FEED_BAD_RECORD, record);
		return 0;
	}
	indicator.action = target_action(rpz, &target, owner);
	if (indicator.action == POL_ACTION_OF_FEED) {
		reject(rpz, FEED_BAD_RECORD, record);
		return 0;
	}
	if (rpz->parse->options.has_action && indicator.action != POL_ALLOW)
		indicator.action = POL_ACTION_OF_FEED;
	if (indicator.action == POL_CNAME) {
		indicator.target = target.wire;
		indicator.target_len = target.len;
	}
	return pol_list_add(
	    rpz->parse->list, &trigger->subject, &indicator, record->line);
}

static int
take_address(struct rpz *rpz, const struct feed_record *record,
    const struct rpz_trigger *trigger, size_t len)
{
	const ldns_rdf *rdf = ldns_rr_rdf(record->rr, 0);

	if (rdf == NULL || ldns_rdf_size(rdf) != len) {
		reject(rpz, FEED_BAD_RECORD, record);
		return 0;
	}
	return rpz_local_add(
	    &rpz->local, trigger, ldns_rdf_data(rdf), len, record->line);
}

/* Take the record of a trigger. */
static int
take_trigger(struct rpz *rpz, const struct feed_record *record,
    const struct pol_name *owner)
{
	struct rpz_trigger trigger;
	enum feed_fault fault = FEED_OTHER_DATA;

	if (rpz_trigger_read(owner, &trigger, &fault)) {
		switch (ldns_rr_get_type(record->rr)) {
		case LDNS_RR_TYPE_CNAME:
			return take_cname(rpz, record, owner, &trigger);
		case LDNS_RR_TYPE_A:
			return take_address(rpz, record, &trigger, 4);
		case LDNS_RR_TYPE_AAAA:
			return take_address(rpz, record, &trigger, 16);
		default:
			break;
		}
	}
	reject(rpz, fault, record);
	return 0;
}

static int
take_record(struct rpz *rpz, const struct feed_record *record)
{
	struct pol_name owner;

	if (record->rr == NULL)
		reject(rpz, FEED_BAD_RECORD, record);
	else if (is_of_dnssec(ldns_rr_get_type(record->rr)))
		return 0;
	else if (!feed_zone_relative(rpz->zone, &record->owner, &owner))
		reject(rpz, FEED_OUT_OF_ZONE, record);
	else if (owner.len == 1) /* the zone's own SOA, NS and so on */
		return 0;
	else
		return take_trigger(rpz, record, &owner);
	return 0;
}

static int
parse_rpz(struct feed_parse *parse, FILE *source)
{
	struct rpz rpz = {.parse = parse};
	struct feed_record record;
	unsigned long count = 0;
	int rc = feed_zone_new(source, &rpz.zone);

	if (rc != 0)
		return rc;
	while (rc == 0 && feed_zone_next(rpz.zone, &record)) {
		rc = take_record(&rpz, &record);
		feed_progress(parse, ++count, feed_zone_octets(rpz.zone));
	}
	if (rc == 0)
		rc = feed_zone_error(rpz.zone);
	if (rc == 0)
		rc = rpz_local_finish(&rpz.local, parse);
	rpz_local_free(&rpz.local);
	feed_zone_free(rpz.zone);
	return rc;
}

const struct feed_format feed_rpz = {
    .name = "rpz",
    .scope = POL_EXACT,
    .parse = parse_rpz,
};
