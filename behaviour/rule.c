/*
 * rule.c - does a rule hold of an answer?
 */
#include "behaviour/rule.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/evaluate.h"
#include "policy/name.h"
#include "policy/origin.h"

#define NEVER 2147483647u

const struct beh_condition_type beh_condition_types[BEH_CONDITIONS] = {
    [BEH_TTL_MAX] = {"ttl-max", BEH_DURATION, 0, false, 0, NEVER},
    [BEH_NAME_UNDER] = {"name-under", BEH_LIST, BEH_ITEM_NAME, true, 0, 0},
    [BEH_NAME_IN] = {"name-in", BEH_LIST, BEH_ITEM_FEED, true, 0, 0},
    [BEH_FIRST_SEEN_WITHIN] = {"first-seen-within", BEH_DURATION, 0, false, 1,
	NEVER},
    [BEH_ASN_RISK_MIN] = {"asn-risk-min", BEH_NUMBER, 0, false, 1, 100},
    [BEH_ASN_IN] = {"asn-in", BEH_LIST, BEH_ITEM_ASN, true, 0, 0},
    [BEH_PREFIX_IN] = {"prefix-in", BEH_LIST, BEH_ITEM_PREFIX, true, 0, 0},
    [BEH_ASN_FIRST_SEEN_WITHIN] = {"asn-first-seen-within", BEH_DURATION, 0,
	false, 1, NEVER},
    [BEH_COUNTRY] = {"country", BEH_LIST, BEH_ITEM_COUNTRY, false, 0, 0},
    [BEH_ADDRESSES_MIN] = {"addresses-min", BEH_NUMBER, 0, false, 1, 1000},
    [BEH_ASNS_MIN] = {"asns-min", BEH_NUMBER, 0, false, 1, 500},
    [BEH_NETWORKS_MIN] = {"networks-min", BEH_NUMBER, 0, false, 1, 250},
    [BEH_FLUX_SCORE_MIN] = {"flux-score-min", BEH_NUMBER, 0, false, 1, 100},
    [BEH_ANSWERS_MIN] = {"answers-min", BEH_NUMBER, 0, false, 1, NEVER},
    [BEH_QTYPE] = {"qtype", BEH_LIST, BEH_ITEM_QTYPE, false, 0, 0},
    [BEH_CLIENT_GROUP] = {"client-group", BEH_LIST, BEH_ITEM_GROUP, false, 0,
	0},
};

/* A look at one rule. */
struct look {
	const struct beh_signals *signals;
	struct pol_snapshot *snapshot;
	char *met; /* BEH_EVIDENCE_TEXT_MAX octets, or NULL */
};

__attribute__((format(printf, 2, 3))) static int
met(const struct look *look, const char *format, ...)
{
	va_list arguments;

	if (look->met == NULL)
		return 1;
	va_start(arguments, format);
	vsnprintf(look->met, BEH_EVIDENCE_TEXT_MAX, format, arguments);
	va_end(arguments);
	return 1;
}

/* ---- what a feed covers ---- */

struct feed_search {
	const struct beh_item *feed;
	int64_t now;
};

/* 1 where the match is of the feed that is searched, and in force. */
static int
is_of_feed(const struct pol_match *match, void *arg)
{
	const struct feed_search *search = arg;

	return strlen(match->feed->name) == search->feed->len &&
	       memcmp(match->feed->name, search->feed->octets,
		   search->feed->len) == 0 &&
	       pol_indicator_in_force(
		   &match->indicator, match->feed, search->now);
}

/* Has the feed an indicator for what ITEM says? */
static int
feed_covers(const struct look *look, const struct beh_item *feed,
    const struct pol_item *item)
{
	struct feed_search search = {.feed = feed, .now = look->signals->now};
	struct pol_query query = {.items = item, .item_count = 1};

	return pol_matches(look->snapshot, &query, is_of_feed, &search);
}

static int
feed_covers_name(const struct look *look, const struct beh_item *feed)
{
	struct pol_item item = {.trigger = POL_ON_RULE,
	    .name = look->signals->name,
	    .name_len = look->signals->name_len};
	int found = feed_covers(look, feed, &item);

	return found == 1 ? met(look, "listed by %.*s", (int)feed->len,
				(const char *)feed->octets)
			  : found;
}

static int
feed_covers_address(const struct look *look, const struct beh_item *feed,
    const struct beh_signal_address *address)
{
	struct pol_item item = {
	    .trigger = POL_ON_RULE, .address = address->address};

	return feed_covers(look, feed, &item);
}

/* ---- conditions of the name and the answer ---- */

static bool
is_under(const struct beh_signals *signals, const struct beh_item *ancestor)
{
	const uint8_t *end = signals->name + signals->name_len;
	const uint8_t *at = signals->name;
	struct pol_name lower;

	while ((size_t)(end - at) > ancestor->len && *at != 0)
		at += *at + 1;
	return (size_t)(end - at) == ancestor->len &&
	       pol_name_from_wire(at, ancestor->len, &lower) == 0 &&
	       memcmp(lower.wire, ancestor->octets, ancestor->len) == 0;
}

static int
name_is_listed(const struct look *look, const struct beh_condition *condition)
{
	char text[POL_NAME_TEXT_MAX];

	for (size_t i = 0; i < condition->item_count; i++) {
		const struct beh_item *item = &condition->items[i];
		int found;

		if (item->type == BEH_ITEM_FEED) {
			found = feed_covers_name(look, item);
			if (found != 0)
				return found;
		} else if (is_under(look->signals, item)) {
			return met(look, "under %s",
			    pol_name_to_text(item->octets, text));
		}
	}
	return 0;
}

static int
qtype_is_listed(const struct look *look, const struct beh_condition *condition)
{
	for (size_t i = 0; i < condition->item_count; i++) {
		const uint8_t *octets = condition->items[i].octets;

		if ((octets[0] << 8 | octets[1]) == look->signals->qtype)
			return met(
			    look, "type %u", (unsigned)look->signals->qtype);
	}
	return 0;
}

static double
larger(double a, double b)
{
	return a > b ? a : b;
}

static int
is_at_least(
    const struct look *look, double value, uint32_t least, const char *unit)
{
	/* Estimates of whole numbers: 2.98 addresses are three. */
	return value + 0.5 >= least ? met(look, "%.0f%s", value, unit) : 0;
}

static int
score_is_at_least(const struct look *look, uint32_t least)
{
	struct beh_scores owner, domain;
	const struct beh_scores *best;

	beh_scores(&look->signals->owner, &owner);
	beh_scores(&look->signals->domain, &domain);
	best = domain.flux > owner.flux ? &domain : &owner;
	if (best->flux < least)
		return 0;
	return met(look, "%.0f (normalised %.0f, growth %.2f, spread %.2f%s)",
	    best->flux, best->normalised, best->growth, best->spread,
	    best == &domain ? ", of the domain" : "");
}

static int
is_recent(const struct look *look, int64_t first, uint32_t within)
{
	int64_t age = look->signals->now - first;

	if (first == 0 || age > (int64_t)within)
		return 0;
	return met(look, "%" PRId64 " s ago", age > 0 ? age : 0);
}

/* ---- conditions of an address ---- */

/* Not of answers, but of who asks: beh_rule_is_for(). */
static bool
is_of_client(enum beh_condition_kind kind)
{
	return kind == BEH_CLIENT_GROUP;
}

static bool
is_of_address(enum beh_condition_kind kind)
{
	return kind == BEH_ASN_RISK_MIN || kind == BEH_ASN_IN ||
	       kind == BEH_PREFIX_IN || kind == BEH_ASN_FIRST_SEEN_WITHIN ||
	       kind == BEH_COUNTRY;
}

/* Set COUNTRY, to "" where it is not known. Few rules ask for it, so it is
 * looked up for them only. */
static int
take_country(const struct look *look, const struct beh_signal_address *address,
    char country[3])
{
	struct pol_origin origin = {.asn = address->asn};
	int found = 0;

	if (address->country[0] == '\0' && address->asn != 0)
		found = pol_origin_holder(look->snapshot, &origin);
	memcpy(country, found == 1 ? origin.country : address->country, 3);
	return found < 0 ? found : 0;
}

static int
country_is(const struct look *look, const struct beh_item *item,
    const struct beh_signal_address *address)
{
	char country[3];
	int error = take_country(look, address, country);

	return error != 0 ? error
			  : memcmp(item->octets, country, item->len) == 0;
}

static bool
item_has_address(
    const struct beh_item *item, const struct beh_signal_address *address)
{
	struct pol_prefix prefix;
	uint32_t asn;

	switch (item->type) {
	case BEH_ITEM_ASN:
		memcpy(&asn, item->octets, sizeof(asn));
		return address->asn != 0 && ntohl(asn) == address->asn;
	case BEH_ITEM_PREFIX:
		return pol_prefix_from_key(item->octets, item->len, &prefix) ==
			   0 &&
		       pol_prefix_covers(&prefix, &address->address);
	default:
		return false;
	}
}

/* "192.0.2.7, AS64500", without the ASN where it is not known. */
#define ADDRESS_TEXT_MAX (POL_PREFIX_TEXT_MAX + 16)
static const char *
address_to_text(const struct beh_signal_address *address, char *text)
{
	struct pol_prefix prefix;
	size_t len;

	pol_prefix_of(&address->address,
	    8 * pol_address_octets(address->address.family), &prefix);
	pol_prefix_to_text(&prefix, text);
	len = strlen(text);
	if (address->asn != 0)
		snprintf(text + len, ADDRESS_TEXT_MAX - len, ", AS%" PRIu32,
		    address->asn);
	return text;
}

static int
item_covers(const struct look *look, const struct beh_item *item,
    const struct beh_signal_address *address)
{
	switch (item->type) {
	case BEH_ITEM_FEED:
		return feed_covers_address(look, item, address);
	case BEH_ITEM_COUNTRY:
		return country_is(look, item, address);
	default:
		return item_has_address(item, address);
	}
}

static int
describe_address(const struct look *look, enum beh_condition_kind kind,
    const struct beh_signal_address *address)
{
	char text[ADDRESS_TEXT_MAX], country[3] = "";
	int error = 0;

	if (kind == BEH_COUNTRY)
		error = take_country(look, address, country);
	if (error != 0)
		return error;
	return met(look, "%s%s%s", address_to_text(address, text),
	    country[0] != '\0' ? ", " : "", country);
}

static int
address_is_listed(const struct look *look,
    const struct beh_condition *condition,
    const struct beh_signal_address *address)
{
	for (size_t i = 0; i < condition->item_count; i++) {
		int found = item_covers(look, &condition->items[i], address);

		if (found == 1)
			return describe_address(look, condition->kind, address);
		if (found < 0)
			return found;
	}
	return 0;
}

static int
risk_is_at_least(const struct look *look,
    const struct beh_signal_address *address, uint32_t least)
{
	char text[ADDRESS_TEXT_MAX];

	if (address->risk < least)
		return 0;
	return met(look, "%s, risk %u", address_to_text(address, text),
	    (unsigned)address->risk);
}

static int
address_meets(const struct look *look, const struct beh_condition *condition,
    const struct beh_signal_address *address)
{
	switch (condition->kind) {
	case BEH_ASN_RISK_MIN:
		return risk_is_at_least(look, address, condition->number);
	case BEH_ASN_FIRST_SEEN_WITHIN:
		return is_recent(
		    look, address->asn_first_seen, condition->number);
	default:
		return address_is_listed(look, condition, address);
	}
}

/* ---- rules ---- */

static int
answer_meets(const struct look *look, const struct beh_condition *condition)
{
	const struct beh_signals *signals = look->signals;
	const struct beh_summary *owner = &signals->owner;
	const struct beh_summary *domain = &signals->domain;
	uint32_t least = condition->number;

	switch (condition->kind) {
	case BEH_TTL_MAX:
		return signals->ttl <= least
			   ? met(look, "%" PRIu32 " s%s", signals->ttl,
				 owner->ttl_is_relayed ? " or more" : "")
			   : 0;
	case BEH_NAME_UNDER:
	case BEH_NAME_IN:
		return name_is_listed(look, condition);
	case BEH_FIRST_SEEN_WITHIN:
		return is_recent(look, signals->first_seen, least);
	case BEH_ADDRESSES_MIN:
		return is_at_least(look,
		    larger(owner->addresses, domain->addresses), least, "");
	case BEH_ASNS_MIN:
		return is_at_least(
		    look, larger(owner->asns, domain->asns), least, "");
	case BEH_NETWORKS_MIN:
		return is_at_least(
		    look, larger(owner->networks, domain->networks), least, "");
	case BEH_ANSWERS_MIN:
		return is_at_least(
		    look, larger(owner->answers, domain->answers), least, "");
	case BEH_FLUX_SCORE_MIN:
		return score_is_at_least(look, least);
	case BEH_QTYPE:
		return qtype_is_listed(look, condition);
	default:
		return 0;
	}
}

/* The next condition's evidence; NULL where none is wanted. */
static char *
begin_evidence(
    struct beh_finding *finding, const struct beh_condition *condition)
{
	struct beh_evidence *evidence;

	if (finding == NULL)
		return NULL;
	evidence = &finding->evidence[finding->evidence_count++];
	evidence->kind = condition->kind;
	evidence->met[0] = '\0';
	return evidence->met;
}

/* Does one address meet all that the rule says of addresses? */
static int
one_address_meets(const struct beh_rule *rule, struct look *look,
    const struct beh_signal_address *address, struct beh_finding *finding)
{
	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct beh_condition *condition = &rule->conditions[i];
		int holds;

		if (!is_of_address(condition->kind))
			continue;
		look->met = begin_evidence(finding, condition);
		holds = address_meets(look, condition, address);
		if (holds != 1)
			return holds;
	}
	return 1;
}

static int
some_address_meets(
    const struct beh_rule *rule, struct look *look, struct beh_finding *finding)
{
	const struct beh_signals *signals = look->signals;
	size_t before = finding != NULL ? finding->evidence_count : 0;
	bool asks = false;

	for (size_t i = 0; i < rule->condition_count; i++)
		asks = asks || is_of_address(rule->conditions[i].kind);
	if (!asks)
		return 1;
	for (size_t i = 0; i < signals->address_count; i++) {
		int holds;

		if (finding != NULL)
			finding->evidence_count = before;
		holds = one_address_meets(
		    rule, look, &signals->addresses[i], finding);
		if (holds != 0)
			return holds;
	}
	return 0;
}

static int
all_are_met(const struct beh_rule *rule, const struct beh_signals *signals,
    struct pol_snapshot *snapshot, struct beh_finding *finding)
{
	struct look look = {.signals = signals, .snapshot = snapshot};

	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct beh_condition *condition = &rule->conditions[i];
		int holds;

		if (is_of_address(condition->kind) ||
		    is_of_client(condition->kind))
			continue;
		look.met = begin_evidence(finding, condition);
		holds = answer_meets(&look, condition);
		if (holds != 1)
			return holds;
	}
	return some_address_meets(rule, &look, finding);
}

int
beh_rule_holds(const struct beh_rule *rule, const struct beh_signals *signals,
    struct pol_snapshot *snapshot, struct beh_finding *finding)
{
	/* Nearly no answer meets all of a rule, and text takes longer to write
	 * than conditions to look at. */
	int holds = all_are_met(rule, signals, snapshot, NULL);

	if (holds != 1)
		return holds;
	finding->evidence_count = 0;
	return all_are_met(rule, signals, snapshot, finding);
}

static bool
is_for_all(const struct beh_rule *rule)
{
	for (size_t i = 0; i < rule->condition_count; i++)
		if (is_of_client(rule->conditions[i].kind))
			return false;
	return true;
}

int
beh_rules_evaluate(const struct beh_rules *rules,
    const struct beh_signals *signals, struct pol_snapshot *snapshot,
    beh_finding_visit *visit, void *arg)
{
	bool is_decided[] = {[POL_ENFORCE] = false, [POL_SHADOW] = false};
	struct beh_finding finding;
	int stop = 0;

	for (size_t i = 0; i < rules->count && stop == 0; i++) {
		const struct beh_rule *rule = &rules->rules[i];

		if (is_decided[rule->mode])
			continue;
		stop = beh_rule_holds(rule, signals, snapshot, &finding);
		if (stop != 1)
			continue;
		is_decided[rule->mode] = is_for_all(rule);
		finding.rule = rule;
		stop = visit(&finding, arg);
	}
	return stop;
}

const struct beh_rule *
beh_rules_find(const struct beh_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->count; i++)
		if (strcmp(rules->rules[i].name, name) == 0)
			return &rules->rules[i];
	return NULL;
}

static bool
lists_group(const struct beh_condition *condition, const char *group)
{
	for (size_t i = 0; group != NULL && i < condition->item_count; i++) {
		const struct beh_item *item = &condition->items[i];

		if (item->len == strlen(group) &&
		    memcmp(item->octets, group, item->len) == 0)
			return true;
	}
	return false;
}

bool
beh_rule_is_for(const struct beh_rule *rule, const char *group)
{
	for (size_t i = 0; i < rule->condition_count; i++)
		if (is_of_client(rule->conditions[i].kind))
			return lists_group(&rule->conditions[i], group);
	return true;
}
