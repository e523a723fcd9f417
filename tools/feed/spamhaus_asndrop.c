/*
 * spamhaus_asndrop.c - the ASN-DROP list of Spamhaus.
 *
 *	{"asn":64500,"rir":"arin","domain":"a.example","cc":"US","asname":"A"}
 *	AS64500 ; US | A - A Networks
 *
 * Who holds the number is all that the list says of it.
 */
#include <string.h>

#include "tools/feed/spamhaus.h"

/* Octets of a name, and of a domain with what is put around it. */
#define HALF (POL_REFERENCE_MAX / 2)

/* "ASNAME (DOMAIN)", or the one that there is. */
static size_t
from_fields(const json_t *fields, char *reference)
{
	struct text name = feed_json_text(fields, "asname");
	struct text domain = feed_json_text(fields, "domain");
	size_t len;

	if (name.len == 0 || domain.len == 0)
		return feed_keep_text(
		    name.len > 0 ? name : domain, reference, POL_REFERENCE_MAX);
	len = feed_keep_text(name, reference, HALF);
	memcpy(reference + len, " (", 2);
	len += 2;
	len += feed_keep_text(domain, reference + len, HALF - 3);
	reference[len] = ')';
	return len + 1;
}

/* The name behind the country, which may be missing. */
static size_t
from_comment(struct text comment, char *reference)
{
	const char *bar =
	    comment.len > 0 ? memchr(comment.text, '|', comment.len) : NULL;

	if (bar != NULL) {
		comment.len -= (size_t)(bar + 1 - comment.text);
		comment.text = bar + 1;
	}
	return feed_keep_text(text_trim(comment), reference, POL_REFERENCE_MAX);
}

static int
parse_asndrop(struct feed_parse *parse, FILE *source)
{
	static const struct spamhaus_list list = {
	    .key = "asn",
	    .read = feed_asn,
	    .from_fields = from_fields,
	    .from_comment = from_comment,
	};

	return spamhaus_parse(parse, source, &list);
}

const struct feed_format feed_spamhaus_asndrop = {
    .name = "spamhaus-asndrop",
    .scope = POL_EXACT,
    .triggers = POL_SERVES_ADDRESSES,
    .parse = parse_asndrop,
};
