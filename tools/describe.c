/*
 * describe.c - indicators and answers in words, and as JSON.
 */
#include "tools/describe.h"

#include <arpa/inet.h>
#include <string.h>

#include "tools/output.h"

/* ---- the sinkhole's addresses ---- */

/* Addresses of both families, in network order. */
struct sinkhole {
	const uint8_t *ipv4, *ipv6;
	size_t ipv4_count, ipv6_count;
};

static struct sinkhole
settings_sinkhole(const struct pol_settings *settings)
{
	return (struct sinkhole){.ipv4 = settings->ipv4,
	    .ipv6 = settings->ipv6,
	    .ipv4_count = settings->has_ipv4,
	    .ipv6_count = settings->has_ipv6};
}

static struct sinkhole
sinkhole_of(
    const struct pol_indicator *indicator, const struct pol_settings *settings)
{
	if (indicator->ipv4_count + indicator->ipv6_count == 0)
		return settings_sinkhole(settings);
	return (struct sinkhole){.ipv4 = indicator->ipv4,
	    .ipv6 = indicator->ipv6,
	    .ipv4_count = indicator->ipv4_count,
	    .ipv6_count = indicator->ipv6_count};
}

static const char *
address_text(int family, const uint8_t *octets, size_t i, char *text)
{
	size_t width = family == AF_INET ? 4 : 16;

	return inet_ntop(family, octets + i * width, text, INET6_ADDRSTRLEN);
}

static void
print_family(FILE *out, int family, const uint8_t *octets, size_t count)
{
	char text[INET6_ADDRSTRLEN];

	if (count == 0)
		fputs(family == AF_INET ? "no A" : "no AAAA", out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%s", i > 0 ? ", " : "",
		    address_text(family, octets, i, text));
}

static void
print_sinkhole(FILE *out, const struct sinkhole *sinkhole)
{
	print_family(out, AF_INET, sinkhole->ipv4, sinkhole->ipv4_count);
	fputs(" / ", out);
	print_family(out, AF_INET6, sinkhole->ipv6, sinkhole->ipv6_count);
}

void
describe_sinkhole(FILE *out, const struct pol_settings *settings)
{
	struct sinkhole sinkhole = settings_sinkhole(settings);

	print_sinkhole(out, &sinkhole);
}

static json_t *
family_json(int family, const uint8_t *octets, size_t count)
{
	json_t *addresses = json_array();
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < count; i++)
		json_array_append_new(addresses,
		    json_string(address_text(family, octets, i, text)));
	return addresses;
}

static json_t *
sinkhole_json(const struct sinkhole *sinkhole)
{
	return json_pack("{s:o, s:o}", "ipv4",
	    family_json(AF_INET, sinkhole->ipv4, sinkhole->ipv4_count), "ipv6",
	    family_json(AF_INET6, sinkhole->ipv6, sinkhole->ipv6_count));
}

json_t *
describe_sinkhole_json(const struct pol_settings *settings)
{
	struct sinkhole sinkhole = settings_sinkhole(settings);
	json_t *json = sinkhole_json(&sinkhole);

	json_object_set_new(json, "ttl", json_integer(settings->ttl));
	return json;
}

/* ---- the walled garden ---- */

/* What the module does where it is told MATCH. */
static enum pol_action
effective_action(const struct pol_match *match, const struct pol_query *query,
    struct pol_name *target)
{
	struct pol_name qname;

	if (match->action != POL_CNAME)
		return match->action;
	if (!pol_garden_target(
		&match->indicator, query->qname, query->qname_len, target))
		return POL_NODATA;
	if (query->qname != NULL &&
	    pol_name_from_wire(query->qname, query->qname_len, &qname) == 0 &&
	    qname.len == target->len &&
	    memcmp(qname.wire, target->wire, qname.len) == 0)
		return POL_ALLOW;
	return POL_CNAME;
}

bool
describe_is_block(const struct pol_match *match, const struct pol_query *query)
{
	struct pol_name target;

	return effective_action(match, query, &target) != POL_ALLOW;
}

/* ---- answers ---- */

static const char *
ede_text(enum pol_ede ede)
{
	switch (ede) {
	case POL_EDE_NONE:
		break;
	case POL_EDE_BLOCKED:
		return "Blocked";
	case POL_EDE_CENSORED:
		return "Censored";
	case POL_EDE_FILTERED:
		return "Filtered";
	}
	return "none";
}

static bool
has_ttl(enum pol_action action)
{
	return action == POL_SINKHOLE || action == POL_NXDOMAIN ||
	       action == POL_NODATA || action == POL_CNAME;
}

static bool
has_ede(enum pol_action action, const struct pol_feed *feed)
{
	return feed->ede != POL_EDE_NONE && action != POL_ALLOW &&
	       action != POL_DROP;
}

static void
print_action(FILE *out, enum pol_action action, const struct pol_match *match,
    const struct pol_name *target, const struct pol_settings *settings)
{
	struct sinkhole sinkhole = sinkhole_of(&match->indicator, settings);
	char text[POL_NAME_TEXT_MAX];

	switch (action) {
	case POL_SINKHOLE:
		fputs("sinkhole ", out);
		print_sinkhole(out, &sinkhole);
		break;
	case POL_NXDOMAIN:
		fputs("NXDOMAIN", out);
		break;
	case POL_NODATA:
		fputs("NODATA", out);
		break;
	case POL_REFUSED:
		fputs("REFUSED", out);
		break;
	case POL_DROP:
		fputs("no answer at all", out);
		break;
	case POL_TRUNCATE:
		fputs("truncated over UDP, the real answer over TCP", out);
		break;
	case POL_CNAME:
		fprintf(out, "CNAME %s", pol_name_to_text(target->wire, text));
		break;
	case POL_ALLOW:
	case POL_ACTION_OF_FEED:
		fputs("the real answer", out);
		break;
	}
}

void
describe_answer(FILE *out, const struct pol_match *match,
    const struct pol_query *query, const struct pol_settings *settings)
{
	struct pol_name target;
	enum pol_action action = effective_action(match, query, &target);

	print_action(out, action, match, &target, settings);
	if (has_ttl(action))
		fprintf(out, ", TTL %u", (unsigned)settings->ttl);
	if (has_ede(action, match->feed))
		fprintf(out, ", EDE %u (%s) \"%s\"", (unsigned)match->feed->ede,
		    ede_text(match->feed->ede), match->feed->name);
}

json_t *
describe_answer_json(const struct pol_match *match,
    const struct pol_query *query, const struct pol_settings *settings)
{
	struct sinkhole sinkhole = sinkhole_of(&match->indicator, settings);
	struct pol_name target;
	enum pol_action action = effective_action(match, query, &target);
	char text[POL_NAME_TEXT_MAX];
	json_t *answer = json_pack("{s:s}", "action", pol_action_text(action));

	if (action == POL_SINKHOLE) {
		json_t *addresses = sinkhole_json(&sinkhole);

		json_object_update(answer, addresses);
		json_decref(addresses);
	}
	if (action == POL_CNAME)
		json_object_set_new(answer, "target",
		    json_string(pol_name_to_text(target.wire, text)));
	if (has_ttl(action))
		json_object_set_new(answer, "ttl", json_integer(settings->ttl));
	if (has_ede(action, match->feed))
		json_object_set_new(answer, "ede",
		    json_pack("{s:i, s:s}", "code", (int)match->feed->ede,
			"text", match->feed->name));
	return answer;
}

/* ---- indicators ---- */

struct pol_subject
describe_subject(const struct pol_match *match)
{
	struct pol_subject subject = {.kind = match->kind};

	switch (match->kind) {
	case POL_NAME: /* well-formed: it was evaluated */
		pol_name_from_wire(
		    match->name, pol_name_length(match->name), &subject.name);
		break;
	case POL_PREFIX:
		subject.prefix = match->prefix;
		break;
	case POL_ASN:
		subject.asn = match->asn;
		break;
	}
	return subject;
}

bool
describe_is_address(const struct pol_prefix *prefix)
{
	return prefix->length == 8 * pol_address_octets(prefix->address.family);
}

void
describe_listed(FILE *out, const struct pol_match *match)
{
	const struct pol_subject subject = describe_subject(match);
	char text[POL_NAME_TEXT_MAX];

	if (match->kind == POL_NAME)
		fprintf(out, "%s ", pol_scope_text(match->indicator.scope));
	else if (match->kind == POL_PREFIX)
		fputs("prefix ", out);
	fputs(pol_subject_to_text(&subject, text), out);
}

void
describe_cover(
    FILE *out, const struct pol_subject *subject, enum pol_scope scope)
{
	char text[POL_NAME_TEXT_MAX];

	pol_subject_to_text(subject, text);
	if (subject->kind != POL_NAME) {
		fputs(text, out);
		return;
	}
	if (subject->name.wire[0] == 0 && scope != POL_EXACT) {
		fputs("every name", out);
		return;
	}
	switch (scope) {
	case POL_EXACT:
		fprintf(out, "%s alone", text);
		break;
	case POL_SUBTREE:
		fprintf(out, "%s and everything below it", text);
		break;
	case POL_BELOW:
		fprintf(out, "everything below %s", text);
		break;
	}
}

void
describe_triggers(unsigned triggers, char *text)
{
	*text = '\0';
	for (unsigned i = 0; i < POL_TRIGGERS; i++) {
		if (i == POL_ON_ASN || (triggers & pol_trigger_serves(i)) == 0)
			continue;
		if (*text != '\0')
			strcat(text, ",");
		strcat(text, pol_trigger_text(i));
	}
}

void
describe_period(const struct pol_indicator *indicator,
    const struct pol_feed *feed, char *text)
{
	int64_t end = feed != NULL ? pol_indicator_end(indicator, feed)
				   : indicator->until;

	*text = '\0';
	if (indicator->since != 0)
		snprintf(text, DESCRIBE_PERIOD_MAX, "since %s",
		    show_time(indicator->since).text);
	if (end != 0)
		snprintf(text + strlen(text),
		    DESCRIBE_PERIOD_MAX - strlen(text), "%s%suntil %s",
		    *text != '\0' ? ", " : "",
		    indicator->unlisted ? "listed no more, " : "",
		    show_time(end).text);
}

static void
print_list(
    FILE *out, int family, const uint8_t *octets, size_t count, char *separator)
{
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < count; i++) {
		fprintf(out, "%c%s", *separator,
		    address_text(family, octets, i, text));
		*separator = ',';
	}
}

void
describe_own_action(
    FILE *out, enum pol_action action, const struct pol_indicator *indicator)
{
	char name[POL_NAME_TEXT_MAX];
	char separator = '=';

	fputs(pol_action_text(action), out);
	if (action == POL_CNAME && indicator->target != NULL)
		fprintf(out, "=%s", pol_name_to_text(indicator->target, name));
	if (action != POL_SINKHOLE)
		return;
	print_list(
	    out, AF_INET, indicator->ipv4, indicator->ipv4_count, &separator);
	print_list(
	    out, AF_INET6, indicator->ipv6, indicator->ipv6_count, &separator);
}

void
describe_statement(FILE *out, const struct pol_subject *subject,
    const struct pol_indicator *indicator)
{
	char period[DESCRIBE_PERIOD_MAX];

	fputs(indicator->action == POL_ALLOW ? "allow " : "block ", out);
	describe_cover(out, subject, indicator->scope);
	if (indicator->action != POL_ALLOW &&
	    indicator->action != POL_ACTION_OF_FEED) {
		fputs(", with ", out);
		describe_own_action(out, indicator->action, indicator);
	}
	describe_period(indicator, NULL, period);
	if (*period != '\0')
		fprintf(out, ", %s", period);
	if (indicator->by_len > 0) {
		fputs(", by ", out);
		output_text(out, indicator->by, indicator->by_len);
	}
	if (indicator->reference != NULL) {
		fputs(": ", out);
		output_text(
		    out, indicator->reference, indicator->reference_len);
	}
}
