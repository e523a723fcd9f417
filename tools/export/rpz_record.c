/*
 * rpz_record.c - the records of a response policy zone that is written.
 */
#include <arpa/inet.h>
#include <string.h>

#include "tools/export/rpz_p.h"
#include "tools/feed/rpz_trigger.h"

/* Octets of an owner as text, with what is put before and behind a name. */
#define OWNER_MAX (POL_NAME_TEXT_MAX + 32)

/* What is behind the name or the prefix. */
static const char *const suffixes[] = {
    [RPZ_QNAME] = "",
    [RPZ_NSDNAME] = ".rpz-nsdname",
    [RPZ_IP] = ".rpz-ip",
    [RPZ_NSIP] = ".rpz-nsip",
};

/* ---- actions ---- */

static void
write_addresses(FILE *out, const char *owner, int family,
    const uint8_t *addresses, size_t count)
{
	size_t len = family == AF_INET ? 4 : 16;
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s %s %s\n", owner,
		    family == AF_INET ? "A" : "AAAA",
		    inet_ntop(family, addresses + i * len, text, sizeof(text)));
}

/* Local data; NODATA where there is none. */
static void
write_sinkhole(const struct rpz_writer *writer, const char *owner,
    const struct pol_indicator *indicator)
{
	const struct pol_settings *settings = writer->settings;
	bool is_own = indicator->ipv4_count + indicator->ipv6_count > 0;
	size_t ipv4 = is_own ? indicator->ipv4_count : settings->has_ipv4;
	size_t ipv6 = is_own ? indicator->ipv6_count : settings->has_ipv6;

	write_addresses(writer->out, owner, AF_INET,
	    is_own ? indicator->ipv4 : settings->ipv4, ipv4);
	write_addresses(writer->out, owner, AF_INET6,
	    is_own ? indicator->ipv6 : settings->ipv6, ipv6);
	if (ipv4 + ipv6 == 0)
		fprintf(writer->out, "%s CNAME *.\n", owner);
}

static void
write_action(const struct rpz_writer *writer, const char *owner,
    const struct pol_match *match)
{
	static const char *const targets[] = {
	    [POL_NXDOMAIN] = "",
	    [POL_NODATA] = "*",
	    [POL_REFUSED] = "",
	    [POL_DROP] = "rpz-drop",
	    [POL_TRUNCATE] = "rpz-tcp-only",
	    [POL_ALLOW] = "rpz-passthru",
	};
	const struct pol_indicator *indicator = &match->indicator;
	char text[POL_NAME_TEXT_MAX];
	const char *target;

	writer->count->triggers++;
	writer->count->refused += match->action == POL_REFUSED;
	if (match->action == POL_SINKHOLE) {
		write_sinkhole(writer, owner, indicator);
		return;
	}
	target = match->action == POL_CNAME
		     ? pol_name_to_text(indicator->target, text)
		     : targets[match->action];
	fprintf(writer->out, "%s CNAME %s%s\n", owner, target,
	    strcmp(target, ".") == 0 ? "" : ".");
}

static bool
same_octets(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

/* The action as a zone can say it. */
static enum pol_action
stated_action(const struct pol_match *match)
{
	return match->action == POL_REFUSED ? POL_NXDOMAIN : match->action;
}

bool
rpz_same_action(const struct pol_match *a, const struct pol_match *b)
{
	const struct pol_indicator *x = &a->indicator, *y = &b->indicator;

	if (stated_action(a) != stated_action(b))
		return false;
	if (a->action == POL_CNAME)
		return same_octets(
		    x->target, x->target_len, y->target, y->target_len);
	return a->action != POL_SINKHOLE ||
	       (same_octets(
		    x->ipv4, 4 * x->ipv4_count, y->ipv4, 4 * y->ipv4_count) &&
		   same_octets(x->ipv6, 16 * x->ipv6_count, y->ipv6,
		       16 * y->ipv6_count));
}

/* ---- names ---- */

bool
rpz_can_name(const struct pol_name *name, enum pol_scope scope)
{
	const uint8_t *label = name->wire;

	/* The root would have the zone's own name. */
	if (name->len == 1 && scope == POL_EXACT)
		return false;
	if (label[0] == 1 && label[1] == '*')
		return false;
	while (label[0] != 0 && label[1 + label[0]] != 0)
		label += 1 + label[0];
	return !rpz_is_special(label);
}

/* Does an owner fit that has NAME_LEN octets of labels without the root, and
 * a special label behind? */
static bool
fits(struct rpz_writer *writer, size_t name_len, enum rpz_place place)
{
	/* A label takes as many octets as its text with the dot before it. */
	if (name_len + strlen(suffixes[place]) + writer->zone_len <=
	    POL_NAME_MAX)
		return true;
	writer->count->long_names++;
	return false;
}

void
rpz_write_name(struct rpz_writer *writer, enum rpz_place place,
    const struct pol_name *name, bool is_below, const struct pol_match *match)
{
	bool is_root = name->len == 1;
	char owner[OWNER_MAX], text[POL_NAME_TEXT_MAX];

	if (!fits(writer, name->len - (size_t)1 + (is_below ? 2 : 0), place))
		return;
	snprintf(owner, sizeof(owner), "%s%s%s%s", is_below ? "*" : "",
	    is_below && !is_root ? "." : "",
	    is_root ? "" : pol_name_to_text(name->wire, text), suffixes[place]);
	write_action(writer, owner, match);
}

/* ---- prefixes ---- */

#define WORDS 8 /* of an IPv6 address */

/* The first of the longest runs of zeros among the words, FIRST up to but not
 * END; of one alone, none. */
static void
find_zeros(const unsigned words[WORDS], int *first, int *end)
{
	*first = 0;
	*end = 0;
	for (int i = 0; i < WORDS; i++) {
		int next = i;

		while (next < WORDS && words[next] == 0)
			next++;
		if (next - i > 1 && next - i > *end - *first) {
			*first = i;
			*end = next;
		}
	}
}

/* The words of an IPv6 address from the last to the first, "zz" for the
 * longest run of zeros. */
static void
write_words(const uint8_t *octets, char *owner)
{
	unsigned words[WORDS];
	int first, end;

	for (int i = 0; i < WORDS; i++)
		words[i] = (unsigned)octets[2 * i] << 8 | octets[2 * i + 1];
	find_zeros(words, &first, &end);
	for (int i = WORDS - 1; i >= 0; i--) {
		if (i < first || i >= end)
			owner += sprintf(owner, ".%x", words[i]);
		else if (i == first)
			owner += sprintf(owner, ".zz");
	}
}

void
rpz_write_prefix(struct rpz_writer *writer, enum rpz_place place,
    const struct pol_prefix *prefix, const struct pol_match *match)
{
	const uint8_t *octets = prefix->address.octets;
	char owner[OWNER_MAX];
	char *end = owner + sprintf(owner, "%u", prefix->length);

	if (prefix->address.family == 4)
		sprintf(end, ".%u.%u.%u.%u", octets[3], octets[2], octets[1],
		    octets[0]);
	else
		write_words(octets, end);
	if (!fits(writer, strlen(owner) + 1, place))
		return;
	strcat(owner, suffixes[place]);
	write_action(writer, owner, match);
}
