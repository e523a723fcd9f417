/*
 * unbound.c - lists in the form of Unbound's configuration.
 *
 *	server:                                 # a comment
 *	local-zone: "bad.example." always_null  # and everything below it
 *	local-zone: "bad.example" redirect      # the same, unless the data of
 *	local-data: "bad.example A 0.0.0.0"     # the name lead somewhere
 *	local-data: "b.example A 0.0.0.0"       # that name alone
 *
 * A zone blocks unless its type lets the queries of other names through. What
 * an answer would be, the feed says (its action), not the zone's type.
 */
#include "tools/feed/entry.h"
#include "tools/feed/hostname.h"
#include "tools/feed/network.h"

#include <string.h>

struct unbound {
	struct feed_parse *parse;
	/* A zone of the type "redirect", not yet taken: the data that follow
	 * tell where it leads to. */
	bool has_zone;
	bool is_decided; /* its first data have told */
	struct pol_name zone;
	unsigned long line;
};

static bool
is_redirect(struct text type)
{
	return text_is_word(type, "redirect") ||
	       text_is_word(type, "inform_redirect");
}

/* Does a zone of this type answer for all names in it by itself? */
static bool
blocks(struct text type)
{
	static const char *const types[] = {"always_deny", "always_nodata",
	    "always_null", "always_nxdomain", "always_refuse", "deny",
	    "inform_deny", "refuse", "static"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (text_is_word(type, types[i]))
			return true;
	return is_redirect(type);
}

/* Take the zone that waits for its data. */
static int
take_zone(struct unbound *unbound, bool leads_nowhere)
{
	char text[POL_NAME_TEXT_MAX];

	if (!unbound->has_zone || unbound->is_decided)
		return 0;
	unbound->is_decided = true;
	if (leads_nowhere)
		return feed_accept(unbound->parse, &unbound->zone,
		    feed_unbound.scope, unbound->line);
	pol_name_to_text(unbound->zone.wire, text);
	feed_reject(
	    unbound->parse, FEED_REDIRECT, unbound->line, text_of(text));
	return 0;
}

/* Take the next word off the text, or what is between quotes. False where the
 * quotes do not end. */
static bool
read_value(struct text *text, struct text *value)
{
	char quote;

	*text = text_trim(*text);
	if (text->len == 0 || (*text->text != '"' && *text->text != '\'')) {
		*value = text_next_word(text);
		return true;
	}
	quote = *text->text++;
	text->len--;
	if (memchr(text->text, quote, text->len) == NULL)
		return false;
	*value = text_split(text, quote);
	return true;
}

/* NAME TYPE */
static int
read_zone(
    struct unbound *unbound, struct text text, const struct feed_line *line)
{
	struct text value, type;
	struct pol_name name;
	enum feed_fault fault = FEED_BAD_LINE;

	if (read_value(&text, &value) && read_value(&text, &type) &&
	    type.len > 0 && text_trim(text).len == 0) {
		if (!feed_hostname(value, &name, &fault)) {
			feed_reject(unbound->parse, fault, line->number, value);
			return 0;
		}
		if (blocks(type)) {
			unbound->has_zone = true;
			unbound->is_decided = false;
			unbound->zone = name;
			unbound->line = line->number;
			return is_redirect(type) ? 0 : take_zone(unbound, true);
		}
		fault = FEED_NO_BLOCK;
	}
	feed_reject(unbound->parse, fault, line->number, line->text);
	return 0;
}

/* Skip the TTL and the class of a record. */
static struct text
read_type(struct text *record)
{
	struct text word = text_next_word(record);

	while (word.len > 0 && ((*word.text >= '0' && *word.text <= '9') ||
				   text_is_word(word, "IN")))
		word = text_next_word(record);
	return word;
}

/* What "NAME [TTL] [IN] TYPE DATA" in quotes says. */
struct data {
	struct pol_name name;
	bool is_address;
	bool leads_nowhere;
};

static bool
read_record(struct text text, struct data *data, enum feed_fault *fault)
{
	struct text record, owner, type;

	*fault = FEED_BAD_LINE;
	data->leads_nowhere = false;
	if (!read_value(&text, &record) || text_trim(text).len > 0)
		return false;
	owner = text_next_word(&record);
	type = read_type(&record);
	data->is_address =
	    text_is_word(type, "A") || text_is_word(type, "AAAA");
	if (data->is_address &&
	    !feed_read_target(text_trim(record), &data->leads_nowhere))
		return false;
	return feed_hostname(owner, &data->name, fault);
}

static int
read_data(
    struct unbound *unbound, struct text text, const struct feed_line *line)
{
	enum feed_fault fault;
	struct data data;

	if (read_record(text, &data, &fault)) {
		if (unbound->has_zone && unbound->zone.len == data.name.len &&
		    memcmp(unbound->zone.wire, data.name.wire, data.name.len) ==
			0)
			return take_zone(
			    unbound, data.leads_nowhere || !data.is_address);
		if (data.leads_nowhere)
			return feed_accept(unbound->parse, &data.name,
			    POL_EXACT, line->number);
		fault = data.is_address ? FEED_REDIRECT : FEED_NO_BLOCK;
	}
	feed_reject(unbound->parse, fault, line->number, line->text);
	return 0;
}

static int
take_line(struct feed_parse *parse, const struct feed_line *line, void *arg)
{
	struct text text = text_trim(feed_before_comment(line->text));
	struct unbound *unbound = arg;
	struct text option;
	bool is_data;
	int rc = 0;

	if (text.len == 0)
		return 0;
	if (line->cut || memchr(text.text, ':', text.len) == NULL) {
		feed_reject(parse, FEED_BAD_LINE, line->number, text);
		return 0;
	}
	option = text_trim(text_split(&text, ':'));
	is_data = text_is_word(option, "local-data");
	if (!is_data) {
		rc = take_zone(unbound, true);
		unbound->has_zone = false;
	}
	if (rc != 0 || (text_is_word(option, "server") && text.len == 0))
		return rc;
	if (is_data)
		return read_data(unbound, text, line);
	if (text_is_word(option, "local-zone"))
		return read_zone(unbound, text, line);
	feed_reject(parse, FEED_NO_BLOCK, line->number, line->text);
	return 0;
}

static int
parse_unbound(struct feed_parse *parse, FILE *source)
{
	struct unbound unbound = {.parse = parse};
	int rc = feed_parse_lines(parse, source, take_line, &unbound);

	return rc != 0 ? rc : take_zone(&unbound, true);
}

const struct feed_format feed_unbound = {
    .name = "unbound",
    .scope = POL_SUBTREE,
    .triggers = POL_SERVES_NAMES,
    .parse = parse_unbound,
};
