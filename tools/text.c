/*
 * text.c - a part of a line, and taking it apart.
 */
#include "tools/text.h"

#include <strings.h>

struct text
text_trim(struct text text)
{
	while (text.len > 0 && text_is_blank(text.text[0])) {
		text.text++;
		text.len--;
	}
	while (text.len > 0 && text_is_blank(text.text[text.len - 1]))
		text.len--;
	return text;
}

bool
text_is_word(struct text text, const char *word)
{
	return text.len == strlen(word) &&
	       strncasecmp(text.text, word, text.len) == 0;
}

bool
text_skip(struct text *text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (text->len < len || memcmp(text->text, prefix, len) != 0)
		return false;
	text->text += len;
	text->len -= len;
	return true;
}

struct text
text_split(struct text *text, char c)
{
	const char *end =
	    text->len > 0 ? memchr(text->text, c, text->len) : NULL;
	struct text first = *text;

	if (end == NULL) {
		*text = (struct text){text->text + text->len, 0};
		return first;
	}
	first.len = (size_t)(end - text->text);
	text->len -= first.len + 1;
	text->text = end + 1;
	return first;
}

struct text
text_next_word(struct text *text)
{
	struct text word;

	while (text->len > 0 && text_is_blank(*text->text)) {
		text->text++;
		text->len--;
	}
	word = (struct text){text->text, 0};
	while (text->len > 0 && !text_is_blank(*text->text)) {
		text->text++;
		text->len--;
		word.len++;
	}
	return word;
}

bool
text_number(struct text text, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)(text.text[i] - '0');

		value = 10 * value + digit;
		if (digit > 9 || value > max)
			return false;
	}
	*number = value;
	return text.len > 0;
}
