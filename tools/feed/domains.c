/*
 * domains.c - lists of one name a line.
 *
 *	# a comment; so are lines with ; and ! in front
 *	bad.example             and everything below it
 *	.bad.example            the same, as squid and dnsmasq write it
 *	*.bad.example           everything below it  # a comment
 */
#include "tools/feed/format.h"
#include "tools/feed/hostname.h"
#include "tools/feed/line.h"

/* Take blanks off both ends. */
static void
trim(const char **text, size_t *len)
{
	while (*len > 0 && feed_is_blank(**text)) {
		(*text)++;
		(*len)--;
	}
	while (*len > 0 && feed_is_blank((*text)[*len - 1]))
		(*len)--;
}

static bool
is_comment(char c)
{
	return c == '#' || c == ';' || c == '!';
}

/* The length of the first word, or 0 where more than a comment follows it. */
static size_t
only_word(const char *text, size_t len, bool cut)
{
	size_t word = 0;
	size_t next;

	while (word < len && !feed_is_blank(text[word]))
		word++;
	for (next = word; next < len && feed_is_blank(text[next]); next++)
		;
	if (next == len)
		return cut ? 0 : word;
	return is_comment(text[next]) ? word : 0;
}

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
take_line(struct feed_parse *parse, const struct feed_line *line)
{
	const char *text = line->text;
	size_t len = line->len;
	size_t word;

	trim(&text, &len);
	if (len == 0 || is_comment(*text))
		return 0;
	word = only_word(text, len, line->cut);
	if (word == 0) {
		feed_reject(parse, FEED_BAD_LINE, line->number, text, len);
		return 0;
	}
	return take_name(parse, text, word, line->number);
}

static int
parse_domains(struct feed_parse *parse, FILE *source)
{
	return feed_parse_lines(parse, source, take_line);
}

const struct feed_format feed_domains = {
    .name = "domains",
    .scope = POL_SUBTREE,
    .parse = parse_domains,
};
