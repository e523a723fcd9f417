/*
 * indicator.c - words for what feeds say, and the default settings.
 */
#include "policy/indicator.h"

#include <string.h>

#include "policy/error.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const scopes[] = {
    [POL_EXACT] = "exact", [POL_SUBTREE] = "subtree", [POL_BELOW] = "below"};

static const char *const actions[] = {[POL_ACTION_OF_FEED] = "of-feed",
    [POL_SINKHOLE] = "sinkhole", [POL_NXDOMAIN] = "nxdomain",
    [POL_NODATA] = "nodata", [POL_REFUSED] = "refused", [POL_DROP] = "drop",
    [POL_TRUNCATE] = "truncate", [POL_CNAME] = "cname", [POL_ALLOW] = "allow"};

static const char *const modes[] = {
    [POL_ENFORCE] = "enforce", [POL_SHADOW] = "shadow"};

static const char *const triggers[] = {[POL_ON_QNAME] = "qname",
    [POL_ON_CNAME] = "cname", [POL_ON_IP] = "ip", [POL_ON_ASN] = "asn",
    [POL_ON_NSDNAME] = "nsdname", [POL_ON_NSIP] = "nsip", [POL_ON_RULE] = "rules"};

static const char *
text_of(const char *const *words, size_t count, unsigned value)
{
	return value < count ? words[value] : "unknown";
}

const char *
pol_scope_text(enum pol_scope scope)
{
	return text_of(scopes, COUNT(scopes), scope);
}

const char *
pol_action_text(enum pol_action action)
{
	return text_of(actions, COUNT(actions), action);
}

const char *
pol_mode_text(enum pol_mode mode)
{
	return text_of(modes, COUNT(modes), mode);
}

const char *
pol_trigger_text(enum pol_trigger trigger)
{
	return text_of(triggers, COUNT(triggers), trigger);
}

int
pol_action_parse(const char *word, enum pol_action *action)
{
	for (unsigned i = POL_SINKHOLE; i < COUNT(actions); i++)
		if (strcmp(actions[i], word) == 0) {
			*action = (enum pol_action)i;
			return 0;
		}
	return POL_EINVAL;
}

unsigned
pol_triggers_default(enum pol_kind kind)
{
	return kind == POL_NAME ? POL_SERVES_QNAME | POL_SERVES_CNAME :
				  POL_SERVES_IP;
}

unsigned
pol_triggers_of(const struct pol_indicator *indicator,
    const struct pol_feed *feed, enum pol_kind kind)
{
	if (indicator->triggers != 0)
		return indicator->triggers;
	return feed->triggers != 0 ? feed->triggers : pol_triggers_default(kind);
}

unsigned
pol_trigger_serves(enum pol_trigger trigger)
{
	static const unsigned bits[POL_TRIGGERS] = {
	    [POL_ON_QNAME] = POL_SERVES_QNAME,
	    [POL_ON_CNAME] = POL_SERVES_CNAME,
	    [POL_ON_IP] = POL_SERVES_IP,
	    [POL_ON_ASN] = POL_SERVES_IP,
	    [POL_ON_NSDNAME] = POL_SERVES_NSDNAME,
	    [POL_ON_NSIP] = POL_SERVES_NSIP,
	    [POL_ON_RULE] = POL_SERVES_RULES};

	return bits[trigger];
}

static bool
same_octets(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

bool
pol_indicator_same(
    const struct pol_indicator *a, const struct pol_indicator *b)
{
	return a->scope == b->scope && a->triggers == b->triggers &&
	    a->action == b->action && a->risk == b->risk &&
	    a->shadow == b->shadow && a->until == b->until &&
	    same_octets(a->category, a->category_len, b->category,
		b->category_len) &&
	    same_octets(a->reference, a->reference_len, b->reference,
		b->reference_len) &&
	    same_octets(a->target, a->target_len, b->target, b->target_len) &&
	    same_octets(
		a->ipv4, 4 * a->ipv4_count, b->ipv4, 4 * b->ipv4_count) &&
	    same_octets(
		a->ipv6, 16 * a->ipv6_count, b->ipv6, 16 * b->ipv6_count);
}

bool
pol_garden_target(const struct pol_indicator *indicator, const uint8_t *qname,
    size_t qname_len, struct pol_name *target)
{
	const uint8_t *rest = indicator->target;
	size_t rest_len = indicator->target_len, own = 0;

	if (qname != NULL && rest[0] == 1 && rest[1] == '*') {
		own = qname_len - 1; /* without the root's label */
		rest += 2;
		rest_len -= 2;
	}
	if (own + rest_len > POL_NAME_MAX)
		return false;
	if (own > 0)
		memcpy(target->wire, qname, own);
	memcpy(target->wire + own, rest, rest_len);
	target->len = (uint8_t)(own + rest_len);
	return true;
}

int64_t
pol_indicator_end(
    const struct pol_indicator *indicator, const struct pol_feed *feed)
{
	int64_t aged = 0;

	if (feed->expires != 0 && feed->checked != 0 && !indicator->unlisted)
		aged = feed->checked + feed->expires;
	if (aged == 0 || (indicator->until != 0 && indicator->until < aged))
		return indicator->until;
	return aged;
}

bool
pol_indicator_in_force(const struct pol_indicator *indicator,
    const struct pol_feed *feed, int64_t now)
{
	int64_t end = pol_indicator_end(indicator, feed);

	return indicator->since <= now && (end == 0 || now < end);
}

void
pol_settings_default(struct pol_settings *settings)
{
	memset(settings, 0, sizeof(*settings));
	settings->has_ipv4 = true;
	settings->has_ipv6 = true;
	settings->ttl = POL_SINKHOLE_TTL_DEFAULT;
	settings->on_error = POL_ON_ERROR_PASS;
}
