/*
 * rpz.c - response policy zones (draft-vixie-dnsop-dns-rpz), as zone files.
 *
 * An owner, without the zone's name, is a trigger: a query name, or with "*."
 * in front all names below one. Its data is the action:
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

#include "policy/error.h"
#include "tools/feed/format.h"
#include "tools/feed/rpz_local.h"
#include "tools/feed/zone.h"

/* First labels that stand for the policy's own: triggers and actions. */
#define SPECIAL "rpz-"
#define SPECIAL_LEN ((size_t)4)

struct rpz {
	struct feed_parse *parse;
	struct feed_zone *zone;
	struct rpz_local local;
};

static void
reject(struct rpz *rpz, enum feed_fault fault, const struct feed_record *record)
{
	feed_reject(rpz->parse, fault, record->line, record->text, record->len);
}

/* Does the label at WIRE begin with "rpz-"? */
static bool
is_special(const uint8_t *wire)
{
	return wire[0] >= SPECIAL_LEN &&
	       memcmp(wire + 1, SPECIAL, SPECIAL_LEN) == 0;
}

static bool
has_one_label(const struct pol_name *name)
{
	return name->len > 1 && name->wire[0] == name->len - 2;
}

static bool
is_same(const struct pol_name *a, const struct pol_name *b)
{
	return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

/* Is the name "LABEL."? */
static bool
is_label(const struct pol_name *name, const char *label)
{
	size_t len = strlen(label);

	return has_one_label(name) && name->wire[0] == len &&
	       memcmp(name->wire + 1, label, len) == 0;
}

/* rpz-ip, rpz-nsdname and the like come last, where no real name has them. */
static bool
is_other_trigger(const struct pol_name *trigger)
{
	const uint8_t *label = trigger->wire;

	while (label[0] != 0 && label[1 + label[0]] != 0)
		label += 1 + label[0];
	return is_special(label);
}

/* A zone file has IDNs in their ASCII form; other octets match no query. */
static bool
is_ascii(const struct pol_name *name)
{
	size_t i;

	for (i = 0; i < name->len; i++)
		if (name->wire[i] > 0x7f)
			return false;
	return true;
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

/* What a CNAME to TARGET does; POL_ACTION_OF_FEED: nothing that is known. */
static enum pol_action
target_action(const struct rpz *rpz, const struct pol_name *target,
    const struct pol_name *trigger)
{
	struct pol_name relative;

	if (target->len == 1)
		return POL_NXDOMAIN;
	if (is_label(target, "*"))
		return POL_NODATA;
	if (is_label(target, "rpz-passthru") || is_same(target, trigger))
		return POL_ALLOW;
	if (is_label(target, "rpz-drop"))
		return POL_DROP;
	if (is_label(target, "rpz-tcp-only"))
		return POL_TRUNCATE;
	if (has_one_label(target) && is_special(target->wire))
		return POL_ACTION_OF_FEED;
	/* "rpz-drop" without its final dot must not make a walled garden. */
	if (feed_zone_relative(rpz->zone, target, &relative) &&
	    has_one_label(&relative) && is_special(relative.wire))
		return POL_ACTION_OF_FEED;
	return feed_zone_is_unknown(target) ? POL_ACTION_OF_FEED : POL_CNAME;
}

static int
take_cname(struct rpz *rpz, const struct feed_record *record,
    const struct pol_name *trigger, const struct pol_name *name,
    enum pol_scope scope)
{
	const ldns_rdf *rdf = ldns_rr_rdf(record->rr, 0);
	struct pol_indicator indicator = {.scope = scope};
	struct pol_subject subject = pol_subject_of_name(name);
	struct pol_name target;

	if (rdf == NULL || pol_name_from_wire(ldns_rdf_data(rdf),
			       ldns_rdf_size(rdf), &target) != 0) {
		reject(rpz, FEED_BAD_RECORD, record);
		return 0;
	}
	indicator.action = target_action(rpz, &target, trigger);
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
	    rpz->parse->list, &subject, &indicator, record->line);
}

static int
take_address(struct rpz *rpz, const struct feed_record *record,
    const struct pol_name *name, enum pol_scope scope, size_t len)
{
	const ldns_rdf *rdf = ldns_rr_rdf(record->rr, 0);

	if (rdf == NULL || ldns_rdf_size(rdf) != len) {
		reject(rpz, FEED_BAD_RECORD, record);
		return 0;
	}
	return rpz_local_add(
	    &rpz->local, name, scope, ldns_rdf_data(rdf), len, record->line);
}

/* Take the record of a query name trigger. */
static int
take_trigger(struct rpz *rpz, const struct feed_record *record,
    const struct pol_name *trigger)
{
	enum pol_scope scope = POL_EXACT;
	struct pol_name name = *trigger;

	if (trigger->wire[0] == 1 && trigger->wire[1] == '*') {
		scope = POL_BELOW;
		name.len = (uint8_t)(trigger->len - 2);
		memcpy(name.wire, trigger->wire + 2, name.len);
	}
	switch (ldns_rr_get_type(record->rr)) {
	case LDNS_RR_TYPE_CNAME:
		return take_cname(rpz, record, trigger, &name, scope);
	case LDNS_RR_TYPE_A:
		return take_address(rpz, record, &name, scope, 4);
	case LDNS_RR_TYPE_AAAA:
		return take_address(rpz, record, &name, scope, 16);
	default:
		reject(rpz, FEED_OTHER_DATA, record);
		return 0;
	}
}

static int
take_record(struct rpz *rpz, const struct feed_record *record)
{
	struct pol_name trigger;

	if (record->rr == NULL)
		reject(rpz, FEED_BAD_RECORD, record);
	else if (is_of_dnssec(ldns_rr_get_type(record->rr)))
		return 0;
	else if (!feed_zone_relative(rpz->zone, &record->owner, &trigger))
		reject(rpz, FEED_OUT_OF_ZONE, record);
	else if (trigger.len == 1) /* the zone's own SOA, NS and so on */
		return 0;
	else if (is_other_trigger(&trigger))
		reject(rpz, FEED_OTHER_TRIGGER, record);
	else if (!is_ascii(&trigger))
		reject(rpz, FEED_NOT_ASCII, record);
	else
		return take_trigger(rpz, record, &trigger);
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
