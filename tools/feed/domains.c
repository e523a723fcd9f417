/*
 * domains.c - lists of one name a line.
 *
 *	# a comment; so are lines with ; and ! in front
 *	bad.example             and everything below it
 *	.bad.example            the same, as squid and dnsmasq write it
 *	*.bad.example           everything below it  # a comment
 */
#include "tools/feed/entry.h"
#include "tools/feed/format.h"
#include "tools/feed/hostname.h"

static int
take_name(
    struct feed_parse *parse, const char *text, size_t len, unsigned long line)
{
	enum pol_scope scope = feed_domains.scope;
	enum feed_fault fault;
	struct pol_name name;
	size_t lead = 0;

	if (len >= 2 && text[0] == '*' && text[1] == '.') {
		scope = POL_BELOW;
		lead = 2;
	} else if (len >= 1 && text[0] == '.') {
		lead = 1;
	}
	if (feed_hostname(text + lead, len - lead, &name, &fault))
		return feed_accept(parse, &name, scope, line);
	feed_reject(parse, fault, line, text, len);
	return 0;
}

static int
take_line(struct feed_parse *parse, const struct feed_line *line, void *arg)
{
	struct feed_entry entry;

	(void)arg;
	if (!feed_entry_read(line, &entry)) {
		feed_reject(parse, FEED_BAD_LINE, line->number, entry.word.text,
		    entry.word.len);
		return 0;
	}
	if (entry.word.len == 0)
		return 0;
	return take_name(parse, entry.word.text, entry.word.len, line->number);
}

static int
parse_domains(struct feed_parse *parse, FILE *source)
{
	return feed_parse_lines(parse, source, take_line, NULL);
}

const struct feed_format feed_domains = {
    .name = "domains",
    .scope = POL_SUBTREE,
    .triggers = POL_SERVES_NAMES,
    .parse = parse_domains,
};
