/*
 * stix_pattern.c - patterns of STIX that are nothing but alternatives.
 *
 * Where all is joined by OR, brackets and parentheses mean nothing but that
 * they must be closed: the pattern is a row of comparisons.
 */
#include "tools/feed/stix_pattern.h"

#include <string.h>

struct reader {
	struct text rest;
	stix_take *take; /* NULL: only look whether it can be read */
	void *arg;
	int rc;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_space(struct reader *reader)
{
	while (reader->rest.len > 0 && is_space(*reader->rest.text)) {
		reader->rest.text++;
		reader->rest.len--;
	}
}

static bool
is_at(const struct reader *reader, char c)
{
	return reader->rest.len > 0 && *reader->rest.text == c;
}

static bool
skip(struct reader *reader, char c)
{
	if (!is_at(reader, c))
		return false;
	reader->rest.text++;
	reader->rest.len--;
	return true;
}

static bool
is_of_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
	       c == ':';
}

/* A word such as OR, IN, true, a number, t (in front of a text). */
static struct text
read_word(struct reader *reader)
{
	struct text word = {reader->rest.text, 0};

	while (reader->rest.len > 0 && is_of_word(*reader->rest.text)) {
		reader->rest.text++;
		reader->rest.len--;
		word.len++;
	}
	return word;
}

/* A text between quotes, with its escapes undone into the STIX_VALUE_MAX
 * octets at VALUE. */
static bool
read_text(struct reader *reader, char *value, size_t *len)
{
	*len = 0;
	if (!skip(reader, '\''))
		return false;
	while (!is_at(reader, '\'')) {
		skip(reader, '\\');
		if (reader->rest.len == 0)
			return false;
		if (*len < STIX_VALUE_MAX)
			value[(*len)++] = *reader->rest.text;
		reader->rest.text++;
		reader->rest.len--;
	}
	return skip(reader, '\'');
}

/* "domain-name:value", "file:hashes.'SHA-256'", "x:a[*].b". */
static bool
read_path(struct reader *reader, struct text *path)
{
	char skipped[STIX_VALUE_MAX];
	const char *start = reader->rest.text;
	size_t len;

	for (;;) {
		if (is_at(reader, '\'')) {
			if (!read_text(reader, skipped, &len))
				return false;
		} else if (skip(reader, '[')) {
			while (!skip(reader, ']'))
				if (reader->rest.len == 0 ||
				    !(skip(reader, '*') ||
					read_word(reader).len > 0))
					return false;
		} else if (read_word(reader).len == 0) {
			break;
		}
	}
	*path = (struct text){start, (size_t)(reader->rest.text - start)};
	return memchr(path->text, ':', path->len) != NULL;
}

/* "=", "!=", "<=", "IN", "NOT IN", "ISSUBSET"... Two of them, where NOT is the
 * first. */
static struct text
read_operator(struct reader *reader)
{
	struct text sign = {reader->rest.text, 0};

	while (reader->rest.len > 0 &&
	       memchr("=!<>", *reader->rest.text, 4) != NULL) {
		reader->rest.text++;
		reader->rest.len--;
		sign.len++;
	}
	return sign.len > 0 ? sign : read_word(reader);
}

/* What a comparison of this path by this operator is of. */
static enum feed_value_kind
kind_of(struct text path, struct text operator)
{
	bool is_equal =
	    text_is_word(operator, "=") || text_is_word(operator, "IN");

	if (text_is_word(path, "domain-name:value") && is_equal)
		return FEED_VALUE_HOSTNAME;
	if ((text_is_word(path, "ipv4-addr:value") ||
		text_is_word(path, "ipv6-addr:value")) &&
	    (is_equal || text_is_word(operator, "ISSUBSET")))
		return FEED_VALUE_NETWORK;
	if (text_is_word(path, "autonomous-system:number") && is_equal)
		return FEED_VALUE_ASN;
	return FEED_VALUE_OTHER;
}

/* Read a value, and take it where it is of a kind. */
static bool
read_value(struct reader *reader, enum feed_value_kind kind)
{
	struct stix_comparison comparison = {.kind = kind};
	char value[STIX_VALUE_MAX];

	skip_space(reader);
	if (!is_at(reader, '\'')) {
		comparison.value = read_word(reader);
		if (comparison.value.len == 0)
			return false;
	}
	if (is_at(reader, '\'')) { /* t'...' and h'...' are texts as well */
		if (!read_text(reader, value, &comparison.value.len))
			return false;
		comparison.value.text = value;
	}
	if (kind != FEED_VALUE_OTHER && reader->take != NULL && reader->rc == 0)
		reader->rc = reader->take(&comparison, reader->arg);
	return true;
}

/* "(VALUE, VALUE)" */
static bool
read_set(struct reader *reader, enum feed_value_kind kind)
{
	do {
		if (!read_value(reader, kind))
			return false;
		skip_space(reader);
	} while (skip(reader, ','));
	return skip(reader, ')');
}

static enum stix_result
read_comparison(struct reader *reader)
{
	struct stix_comparison comparison = {.kind = FEED_VALUE_OTHER};
	const char *start = reader->rest.text;
	struct text path, operator;
	enum feed_value_kind kind;

	if (!read_path(reader, &path))
		return text_is_word(path, "NOT") || text_is_word(path, "EXISTS")
			   ? STIX_OTHER
			   : STIX_BAD;
	skip_space(reader);
	operator= read_operator(reader);
	if (text_is_word(operator, "NOT"))
		return STIX_OTHER;
	if (operator.len == 0)
		return STIX_BAD;
	kind = kind_of(path, operator);
	skip_space(reader);
	if (skip(reader, '(') ? !read_set(reader, kind)
			      : !read_value(reader, kind))
		return STIX_BAD;
	comparison.value =
	    (struct text){start, (size_t)(reader->rest.text - start)};
	if (kind == FEED_VALUE_OTHER && reader->take != NULL && reader->rc == 0)
		reader->rc = reader->take(&comparison, reader->arg);
	return STIX_READ;
}

/* Skip what opens ("[(") or closes ("])") around a comparison. *OPEN are those
 * to be closed; false where there is nothing to close. */
static bool
skip_brackets(struct reader *reader, const char *kinds, int *open)
{
	int step = *kinds == '[' ? 1 : -1;

	for (skip_space(reader); reader->rest.len > 0 &&
				 memchr(kinds, *reader->rest.text, 2) != NULL;
	     skip_space(reader)) {
		*open += step;
		if (*open < 0)
			return false;
		reader->rest.text++;
		reader->rest.len--;
	}
	return true;
}

static enum stix_result
read_pattern(struct reader *reader)
{
	int open = 0;

	for (;;) {
		enum stix_result result;
		struct text word;

		skip_brackets(reader, "[(", &open);
		result = read_comparison(reader);
		if (result != STIX_READ)
			return result;
		if (!skip_brackets(reader, "])", &open))
			return STIX_BAD;
		if (reader->rest.len == 0)
			return open == 0 ? STIX_READ : STIX_BAD;
		word = read_word(reader);
		if (word.len == 0)
			return STIX_BAD;
		if (!text_is_word(word, "OR"))
			return STIX_OTHER;
	}
}

enum stix_result
stix_pattern_read(struct text pattern, stix_take *take, void *arg, int *rc)
{
	struct reader reader = {.rest = pattern, .take = NULL};
	enum stix_result result = read_pattern(&reader);

	*rc = 0;
	if (result != STIX_READ)
		return result;
	reader = (struct reader){.rest = pattern, .take = take, .arg = arg};
	read_pattern(&reader);
	*rc = reader.rc;
	return STIX_READ;
}
