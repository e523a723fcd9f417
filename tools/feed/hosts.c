/*
 * hosts.c - lists in the form of /etc/hosts.
 *
 *	ADDRESS name [name...]  # a comment
 *
 * A list blocks a name by mapping it to an address where nobody is: the
 * unspecified one or a loopback. A real address is a redirect, not a block.
 */
#include <string.h>

#include "tools/feed/hostname.h"
#include "tools/feed/network.h"

static int
take_name(
    struct feed_parse *parse, struct text word, bool blocks, unsigned long line)
{
	enum feed_fault fault;
	struct pol_name name;

	if (feed_hostname(word, &name, &fault)) {
		if (blocks)
			return feed_accept(
			    parse, &name, feed_hosts.scope, line);
		fault = FEED_REDIRECT;
	} else if (text_is_word(word, "0.0.0.0")) {
		fault = FEED_LOCAL_NAME; /* lists map it to itself */
	}
	feed_reject(parse, fault, line, word);
	return 0;
}

static int
take_line(struct feed_parse *parse, const struct feed_line *line, void *arg)
{
	struct text text = line->text;
	const char *comment = memchr(text.text, '#', text.len);
	struct text rest = text_split(&text, '#');
	struct text all = rest;
	struct text word = text_next_word(&rest);
	bool blocks;
	int rc = 0;

	(void)arg;
	if (word.len == 0 || *word.text == ';' || *word.text == '!')
		return 0;
	if ((line->cut && comment == NULL) ||
	    !feed_read_target(word, &blocks) ||
	    (word = text_next_word(&rest)).len == 0) {
		feed_reject(parse, FEED_BAD_LINE, line->number, all);
		return 0;
	}
	for (; rc == 0 && word.len > 0; word = text_next_word(&rest))
		rc = take_name(parse, word, blocks, line->number);
	return rc;
}

static int
parse_hosts(struct feed_parse *parse, FILE *source)
{
	return feed_parse_lines(parse, source, take_line, NULL);
}

const struct feed_format feed_hosts = {
    .name = "hosts",
    .scope = POL_EXACT,
    .triggers = POL_SERVES_NAMES,
    .parse = parse_hosts,
};
