/*
 * domains.c - lists of one name a line.
 *
 *	# a comment; so are lines with ; and ! in front
 *	bad.example             and everything below it
 *	.bad.example            the same, as squid and dnsmasq write it
 *	*.bad.example           everything below it  # a comment
 */
#include "tools/feed/entry.h"
#include "tools/feed/hostname.h"

static int
take_word(struct feed_parse *parse, struct text word, unsigned long line)
{
	struct text text = word;
	enum pol_scope scope = POL_SUBTREE;
	enum feed_fault fault;
	struct pol_name name;

	if (text_skip(&text, "*."))
		scope = POL_BELOW;
	else
		text_skip(&text, ".");
	if (feed_hostname(text, &name, &fault))
		return feed_accept(parse, &name, scope, line);
	feed_reject(parse, fault, line, word);
	return 0;
}

static int
parse_domains(struct feed_parse *parse, FILE *source)
{
	return feed_parse_words(parse, source, take_word);
}

const struct feed_format feed_domains = {
    .name = "domains",
    .scope = POL_SUBTREE,
    .triggers = POL_SERVES_NAMES,
    .parse = parse_domains,
};
