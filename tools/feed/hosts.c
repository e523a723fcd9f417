/*
 * hosts.c - lists in the form of /etc/hosts.
 *
 *	ADDRESS name [name...]  # a comment
 *
 * A list blocks a name by mapping it to an address where nobody is: the
 * unspecified one or a loopback. A real address is a redirect, not a block.
 */
#include "tools/feed/format.h"
#include "tools/feed/hostname.h"
#include "tools/feed/line.h"

#include <arpa/inet.h>
#include <string.h>

struct word {
	const char *text;
	size_t len; /* 0: there is none */
};

/* Take the next word off the line, which ends at a '#'. */
static struct word
next_word(const char **text, const char *end)
{
	struct word word;

	while (*text < end && feed_is_blank(**text))
		(*text)++;
	word.text = *text;
	while (*text < end && !feed_is_blank(**text))
		(*text)++;
	word.len = (size_t)(*text - word.text);
	return word;
}

static bool
is_word(struct word word, const char *text)
{
	return word.len == strlen(text) &&
	       memcmp(word.text, text, word.len) == 0;
}

/* Is the word an address, and one that a blocked name is mapped to? */
static bool
read_address(struct word word, bool *blocks)
{
	char text[INET6_ADDRSTRLEN];
	const char *zone = memchr(word.text, '%', word.len);
	size_t len = zone != NULL ? (size_t)(zone - word.text) : word.len;
	struct in_addr ipv4;
	struct in6_addr ipv6;

	if (len >= sizeof(text))
		return false;
	memcpy(text, word.text, len);
	text[len] = '\0';
	if (strcmp(text, "0") == 0) { /* short for 0.0.0.0 in some lists */
		*blocks = true;
	} else if (inet_pton(AF_INET, text, &ipv4) == 1) {
		*blocks = ipv4.s_addr == htonl(INADDR_ANY) ||
			  ntohl(ipv4.s_addr) >> 24 == IN_LOOPBACKNET;
	} else if (inet_pton(AF_INET6, text, &ipv6) == 1) {
		*blocks = IN6_IS_ADDR_UNSPECIFIED(&ipv6) ||
			  IN6_IS_ADDR_LOOPBACK(&ipv6);
	} else {
		return false;
	}
	return true;
}

static int
take_name(
    struct feed_parse *parse, struct word word, bool blocks, unsigned long line)
{
	enum feed_fault fault;
	struct pol_name name;

	if (feed_hostname(word.text, word.len, &name, &fault)) {
		if (blocks)
			return feed_accept(
			    parse, &name, feed_hosts.scope, line);
		fault = FEED_REDIRECT;
	} else if (is_word(word, "0.0.0.0")) {
		fault = FEED_LOCAL_NAME; /* lists map it to itself */
	}
	feed_reject(parse, fault, line, word.text, word.len);
	return 0;
}

static int
take_line(struct feed_parse *parse, const struct feed_line *line, void *arg)
{
	const char *text = line->text;
	const char *comment = memchr(text, '#', line->len);
	const char *end = comment != NULL ? comment : text + line->len;
	struct word word = next_word(&text, end);
	bool blocks;
	int rc = 0;

	(void)arg;
	if (word.len == 0 || *word.text == ';' || *word.text == '!')
		return 0;
	if ((line->cut && comment == NULL) || !read_address(word, &blocks)) {
		feed_reject(parse, FEED_BAD_LINE, line->number, word.text,
		    (size_t)(end - word.text));
		return 0;
	}
	word = next_word(&text, end);
	if (word.len == 0)
		feed_reject(parse, FEED_BAD_LINE, line->number, line->text,
		    (size_t)(end - line->text));
	for (; rc == 0 && word.len > 0; word = next_word(&text, end))
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
