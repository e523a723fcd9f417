/*
 * prefixes.c - lists of one address or prefix a line.
 *
 *	# a comment; so are lines with ; and ! in front
 *	192.0.2.0/24
 *	198.51.100.7            that address alone  # a comment
 *	2001:db8::/32
 *
 * A prefix with bits set behind its length may be a slip in either part, and
 * is not taken for the network that it lies in.
 */
#include "tools/feed/network.h"

static int
take_line(struct feed_parse *parse, const struct feed_line *line, void *arg)
{
	struct pol_indicator indicator = {.risk = FEED_RISK};
	enum feed_fault fault = FEED_BAD_LINE;
	struct pol_subject subject;
	struct feed_entry entry;
	bool is_entry = feed_entry_read(line, &entry);

	(void)arg;
	if (is_entry && entry.word.len == 0)
		return 0;
	if (is_entry && feed_prefix(entry.word, &subject, &fault))
		return pol_list_add(
		    parse->list, &subject, &indicator, line->number);
	feed_reject(parse, fault, line->number, entry.word);
	return 0;
}

static int
parse_prefixes(struct feed_parse *parse, FILE *source)
{
	return feed_parse_lines(parse, source, take_line, NULL);
}

const struct feed_format feed_prefixes = {
    .name = "prefixes",
    .scope = POL_EXACT,
    .triggers = POL_SERVES_ADDRESSES,
    .parse = parse_prefixes,
};
