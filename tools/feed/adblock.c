/*
 * adblock.c - lists of the rules of ad blockers, as far as these are of whole
 * names (Adblock Plus, AdGuard, uBlock Origin).
 *
 *	! a comment; so are lines with # and a blank, and [Adblock Plus 2.0]
 *	||bad.example^          bad.example and everything below it
 *	bad.example             the same, as uBlock Origin reads a plain name
 *	|bad.example^           that name alone
 *	||*.bad.example^        everything below it
 *	@@||good.example^       an exception: allow
 *
 * A rule may end in "$important" or "$all", which take nothing away from it.
 * Every other modifier, a path, a scheme, a wildcard elsewhere make it match
 * less than the name: blocking the name for it would be blocking what the list
 * does not mean, so it is counted and left out. Its exceptions go before all
 * its other rules (feed_format.exempts), $important or not.
 */
#include "tools/feed/entry.h"
#include "tools/feed/hostname.h"

#include <string.h>

/* Are they all of the modifiers that leave a rule as wide as it is? */
static bool
are_wide(struct text modifiers)
{
	while (modifiers.len > 0) {
		struct text one = text_trim(text_split(&modifiers, ','));

		if (!text_is_word(one, "important") &&
		    !text_is_word(one, "all"))
			return false;
	}
	return true;
}

/* Of elements, scripts or texts in pages: "x##.advert", "x#@#.advert". */
static bool
is_of_content(struct text rule)
{
	static const char *const marks[] = {
	    "##", "#@", "#?", "#$", "#%", "$$", "$@$"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (memmem(rule.text, rule.len, marks[i], strlen(marks[i])) !=
		    NULL)
			return true;
	return false;
}

/* Take END off the end of the text. */
static bool
skip_end(struct text *text, const char *end)
{
	size_t len = strlen(end);

	if (text->len < len ||
	    memcmp(text->text + text->len - len, end, len) != 0)
		return false;
	text->len -= len;
	return true;
}

/* Take off what is around the name, and say what of the name is meant. False
 * where something else may stand behind it: "||bad." is of any such name. */
static bool
read_anchors(struct text *pattern, enum pol_scope *scope)
{
	*scope = POL_SUBTREE;
	if (!text_skip(pattern, "||") && text_skip(pattern, "|")) {
		*scope = POL_EXACT;
		if (!skip_end(pattern, "^|") && !skip_end(pattern, "^"))
			return skip_end(pattern, "|");
		return true;
	}
	if (text_skip(pattern, "*."))
		*scope = POL_BELOW;
	if (!skip_end(pattern, "^*"))
		skip_end(pattern, "^");
	return pattern->len == 0 || pattern->text[pattern->len - 1] != '.';
}

/* What of an address, a path, a wildcard or an expression it is. */
static enum feed_fault
fault_of(struct text pattern, enum feed_fault fault)
{
	if (fault != FEED_NOT_A_NAME)
		return fault;
	for (size_t i = 0; i < pattern.len; i++)
		if (memchr("/*^|?=&:", pattern.text[i], 8) != NULL)
			return FEED_NARROW;
	return fault;
}

/* Read a rule that is not of pages' content. */
static bool
read_rule(struct text rule, struct pol_name *name,
    struct pol_indicator *indicator, enum feed_fault *fault)
{
	struct text pattern;

	if (text_skip(&rule, "@@"))
		indicator->action = POL_ALLOW;
	pattern = text_split(&rule, '$');
	*fault = FEED_NARROW;
	if (!read_anchors(&pattern, &indicator->scope))
		return false;
	if (!feed_hostname(pattern, name, fault)) {
		*fault = fault_of(pattern, *fault);
		return false;
	}
	*fault = FEED_NARROW;
	return are_wide(rule);
}

static bool
is_comment(struct text text)
{
	if (text.len == 0 || *text.text == '!')
		return true;
	if (*text.text == '#')
		return text.len == 1 || text_is_blank(text.text[1]);
	return *text.text == '[' && text.text[text.len - 1] == ']';
}

static int
take_line(struct feed_parse *parse, const struct feed_line *line, void *arg)
{
	struct text rule = text_trim(line->text);
	struct pol_indicator indicator = {.action = POL_ACTION_OF_FEED};
	struct pol_subject subject = {.kind = POL_NAME};
	enum feed_fault fault = FEED_BAD_LINE;

	(void)arg;
	if (is_comment(rule))
		return 0;
	if (!line->cut && is_of_content(rule)) {
		fault = FEED_CONTENT;
	} else if (!line->cut &&
		   read_rule(rule, &subject.name, &indicator, &fault)) {
		if (parse->options.has_scope)
			indicator.scope = parse->options.scope;
		return pol_list_add(
		    parse->list, &subject, &indicator, line->number);
	}
	feed_reject(parse, fault, line->number, rule);
	return 0;
}

static int
parse_adblock(struct feed_parse *parse, FILE *source)
{
	return feed_parse_lines(parse, source, take_line, NULL);
}

const struct feed_format feed_adblock = {
    .name = "adblock",
    .scope = POL_SUBTREE,
    .triggers = POL_SERVES_NAMES,
    .exempts = true,
    .parse = parse_adblock,
};
