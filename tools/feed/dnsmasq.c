/*
 * dnsmasq.c - lists in the form of dnsmasq's configuration.
 *
 *	# a comment
 *	address=/bad.example/0.0.0.0    bad.example and everything below it
 *	address=/a.example/b.example/   both; "#" and :: at the end do as well
 *	local=/bad.example/             the same: answered from here, with
 *	                                nothing
 *	server=/bad.example/            the same
 *	server=/good.bad.example/#      not that: allow
 *
 * A name with a real address is redirected, and one with a server forwarded:
 * neither is blocked.
 */
#include "tools/feed/entry.h"
#include "tools/feed/hostname.h"
#include "tools/feed/network.h"

#include <string.h>

/* What becomes of the names of a statement. */
struct meaning {
	enum pol_action action;
	enum feed_fault fault; /* FEED_FAULTS: they are taken */
};

static struct meaning
meaning_of(bool is_address, struct text target)
{
	struct meaning meaning = {POL_ACTION_OF_FEED, FEED_FAULTS};
	bool is_default = text_is_word(target, "#");
	bool blocks;

	if (target.len == 0)
		return meaning;
	if (!is_address && is_default)
		meaning.action = POL_ALLOW;
	else if (!is_address)
		meaning.fault = FEED_NO_BLOCK;
	else if (!is_default && !feed_read_target(target, &blocks))
		meaning.fault = FEED_BAD_LINE;
	else if (!is_default && !blocks)
		meaning.fault = FEED_REDIRECT;
	return meaning;
}

static int
take_name(struct feed_parse *parse, struct text text,
    const struct meaning *meaning, unsigned long line)
{
	struct pol_indicator indicator = {
	    .action = meaning->action,
	    .scope = parse->options.has_scope ? parse->options.scope
					      : feed_dnsmasq.scope,
	};
	struct pol_subject subject = {.kind = POL_NAME};
	struct text name = text;
	enum feed_fault fault;

	text_skip(&name, ".");
	if (feed_hostname(name, &subject.name, &fault)) {
		fault = meaning->fault;
		if (fault == FEED_FAULTS)
			return pol_list_add(
			    parse->list, &subject, &indicator, line);
	}
	feed_reject(parse, fault, line, text);
	return 0;
}

/* "/NAME/NAME/TARGET", all of which is within the statement's slashes. */
static int
take_names(struct feed_parse *parse, struct text names, bool is_address,
    unsigned long line)
{
	const char *slash = memrchr(names.text, '/', names.len);
	size_t len = (size_t)(slash - names.text);
	struct meaning meaning = meaning_of(is_address,
	    text_trim((struct text){slash + 1, names.len - len - 1}));
	int rc = 0;

	names = (struct text){names.text + 1, len - 1};
	do
		rc = take_name(parse, text_split(&names, '/'), &meaning, line);
	while (rc == 0 && names.len > 0);
	return rc;
}

/* Take off what begins a statement that may block. */
static bool
read_option(struct text *text, bool *is_address)
{
	struct text rest = *text;
	struct text option = text_trim(text_split(&rest, '='));

	*is_address = text_is_word(option, "address");
	*text = text_trim(rest);
	return *is_address || text_is_word(option, "server") ||
	       text_is_word(option, "local");
}

static int
take_line(struct feed_parse *parse, const struct feed_line *line, void *arg)
{
	struct text text = text_trim(line->text);
	struct text names = text_trim(feed_before_comment(text));
	enum feed_fault fault = FEED_BAD_LINE;
	bool is_address;

	(void)arg;
	if (names.len == 0)
		return 0;
	if (!line->cut && memchr(names.text, '=', names.len) != NULL) {
		fault = FEED_NO_BLOCK;
		if (read_option(&names, &is_address)) {
			if (names.len >= 2 && *names.text == '/' &&
			    memrchr(names.text + 1, '/', names.len - 1) != NULL)
				return take_names(
				    parse, names, is_address, line->number);
			if (is_address)
				fault = FEED_BAD_LINE;
		}
	}
	feed_reject(parse, fault, line->number, text);
	return 0;
}

static int
parse_dnsmasq(struct feed_parse *parse, FILE *source)
{
	return feed_parse_lines(parse, source, take_line, NULL);
}

const struct feed_format feed_dnsmasq = {
    .name = "dnsmasq",
    .scope = POL_SUBTREE,
    .triggers = POL_SERVES_NAMES,
    .parse = parse_dnsmasq,
};
