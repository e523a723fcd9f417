/*
 * spamhaus.c - what the lists of the Spamhaus Project have in common.
 */
#include "tools/feed/spamhaus.h"

#include <string.h>

/* The lists have networks that criminals run, rent or have hijacked. */
#define CATEGORY "criminal network"

#define NUMBER_MAX 24 /* octets of an integer as text, with its NUL */

/* Take what READ says of the entry WORD. */
static int
take(struct feed_parse *parse, const struct feed_line *line,
    const struct spamhaus_list *list, struct text word, struct text reference)
{
	struct pol_indicator indicator = {.risk = FEED_RISK,
	    .category = CATEGORY,
	    .category_len = strlen(CATEGORY),
	    .reference = reference.text,
	    .reference_len = reference.len};
	struct pol_subject subject;
	enum feed_fault fault;

	if (list->read(word, &subject, &fault))
		return pol_list_add(
		    parse->list, &subject, &indicator, line->number);
	feed_reject(parse, fault, line->number, word);
	return 0;
}

static int
take_text(struct feed_parse *parse, const struct feed_line *line,
    const struct spamhaus_list *list)
{
	char reference[POL_REFERENCE_MAX];
	struct feed_entry entry;
	size_t len;

	if (!feed_entry_read(line, &entry)) {
		feed_reject(parse, FEED_BAD_LINE, line->number, entry.word);
		return 0;
	}
	if (entry.word.len == 0)
		return 0;
	len = list->from_comment(entry.comment, reference);
	return take(
	    parse, line, list, entry.word, (struct text){reference, len});
}

/* The field that names the entry, a text or a number; NUMBER has room for one.
 * Empty where it is missing, or neither. */
static struct text
entry_of(const json_t *fields, const struct spamhaus_list *list, char *number)
{
	const json_t *field = json_object_get(fields, list->key);
	int len;

	if (!json_is_integer(field))
		return feed_json_text(fields, list->key);
	len = snprintf(number, NUMBER_MAX, "%" JSON_INTEGER_FORMAT,
	    json_integer_value(field));
	return (struct text){number, (size_t)len};
}

static int
take_fields(struct feed_parse *parse, const struct feed_line *line,
    const struct spamhaus_list *list, const json_t *fields)
{
	char reference[POL_REFERENCE_MAX];
	char number[NUMBER_MAX];
	struct text word = entry_of(fields, list, number);
	const char *type = json_string_value(json_object_get(fields, "type"));
	size_t len;

	if (word.len == 0) {
		if (type == NULL || strcmp(type, "metadata") != 0)
			feed_reject(
			    parse, FEED_BAD_LINE, line->number, line->text);
		return 0;
	}
	len = list->from_fields(fields, reference);
	return take(parse, line, list, word, (struct text){reference, len});
}

/* A line of either kind. */
static int
take_line(struct feed_parse *parse, const struct feed_line *line, void *arg)
{
	const struct spamhaus_list *const *list = arg;
	struct text text = text_trim(line->text);
	json_t *fields;
	int rc;

	if (text.len == 0 || *text.text != '{')
		return take_text(parse, line, *list);
	fields = json_loadb(text.text, text.len, JSON_REJECT_DUPLICATES, NULL);
	if (fields == NULL) {
		feed_reject(parse, FEED_BAD_LINE, line->number, text);
		return 0;
	}
	rc = take_fields(parse, line, *list, fields);
	json_decref(fields);
	return rc;
}

int
spamhaus_parse(
    struct feed_parse *parse, FILE *source, const struct spamhaus_list *list)
{
	return feed_parse_lines(parse, source, take_line, &list);
}
