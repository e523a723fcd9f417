/*
 * wildcard.c - lists of names with an asterisk in front.
 *
 *	# a comment; so are lines with ; and ! in front
 *	*.bad.example           bad.example and everything below it
 *	bad.example             the same
 *
 * Taken by itself the asterisk stands for a label or more, so that the name
 * behind it is not meant; but these lists are made for programs in which it is
 * (such as the blocking of AdGuard and Blocky), from the names to be blocked.
 */
#include "tools/feed/entry.h"
#include "tools/feed/hostname.h"

static int
take_word(struct feed_parse *parse, struct text word, unsigned long line)
{
	struct text text = word;
	enum feed_fault fault;
	struct pol_name name;

	text_skip(&text, "*.");
	if (feed_hostname(text, &name, &fault))
		return feed_accept(parse, &name, POL_SUBTREE, line);
	feed_reject(parse, fault, line, word);
	return 0;
}

static int
parse_wildcard(struct feed_parse *parse, FILE *source)
{
	return feed_parse_words(parse, source, take_word);
}

const struct feed_format feed_wildcard = {
    .name = "wildcard",
    .scope = POL_SUBTREE,
    .triggers = POL_SERVES_NAMES,
    .parse = parse_wildcard,
};
