/*
 * spamhaus_drop.c - the Don't Route Or Peer list of Spamhaus: prefixes.
 *
 *	{"cidr":"192.0.2.0/24","sblid":"SBL123","rir":"arin"}
 *	192.0.2.0/24 ; SBL123
 *
 * What the number leads to in their block list is why the prefix is listed.
 */
#include "tools/feed/spamhaus.h"

static size_t
from_fields(const json_t *fields, char *reference)
{
	return feed_keep_text(
	    feed_json_text(fields, "sblid"), reference, POL_REFERENCE_MAX);
}

static size_t
from_comment(struct text comment, char *reference)
{
	return feed_keep_text(comment, reference, POL_REFERENCE_MAX);
}

static int
parse_drop(struct feed_parse *parse, FILE *source)
{
	static const struct spamhaus_list list = {
	    .key = "cidr",
	    .read = feed_prefix,
	    .from_fields = from_fields,
	    .from_comment = from_comment,
	};

	return spamhaus_parse(parse, source, &list);
}

const struct feed_format feed_spamhaus_drop = {
    .name = "spamhaus-drop",
    .scope = POL_EXACT,
    .triggers = POL_SERVES_ADDRESSES,
    .parse = parse_drop,
};
