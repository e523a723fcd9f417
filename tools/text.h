/*
 * text.h - a part of a line, and taking it apart.
 *
 * Blanks are what separates words on a line. Nothing here copies: a part lives
 * as long as the line that it is of.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	const char *text; /* not NUL-terminated */
	size_t len;
};

/* All of a string. */
static inline struct text
text_of(const char *string)
{
	return (struct text){string, strlen(string)};
}

static inline bool
text_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

/* Without the blanks at both ends. */
struct text text_trim(struct text text);

/* Is it this word, whatever the case of its letters? */
bool text_is_word(struct text text, const char *word);

/* Take PREFIX off the text's beginning; false where it does not begin so. */
bool text_skip(struct text *text, const char *prefix);

/* Take what is before the first C off the text, and C; all where there is no
 * C. */
struct text text_split(struct text *text, char c);

/* Take the next word off the text; empty where there is none. */
struct text text_next_word(struct text *text);

/* Read decimal digits: a number up to MAX, which is less than 2^60. False where
 * it is none. */
bool text_number(struct text text, uint64_t max, uint64_t *number);

#endif
