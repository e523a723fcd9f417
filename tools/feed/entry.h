/*
 * entry.h - a line that is one word, and what may stand behind it.
 */
#ifndef FEED_ENTRY_H
#define FEED_ENTRY_H

#include "tools/feed/format.h"
#include "tools/feed/line.h"

/* A part of a line. */
struct feed_text {
	const char *text; /* not NUL-terminated */
	size_t len;
};

struct feed_entry {
	struct feed_text word;	  /* empty: the line is blank or a comment */
	struct feed_text comment; /* behind the word; its text NULL: none */
};

/*
 * Read a line of one word at most, and a comment: from a '#', ';' or '!' that
 * follows a blank or begins the line. False where more than that is on the
 * line, or its end is cut off: the word is then all of it.
 */
bool feed_entry_read(const struct feed_line *line, struct feed_entry *entry);

/* Call TAKE for each line that has a word; one that has more is rejected. */
typedef int feed_take_word(
    struct feed_parse *parse, struct feed_text word, unsigned long line);
int feed_parse_words(
    struct feed_parse *parse, FILE *source, feed_take_word *take);

/* Without the blanks at both ends. */
struct feed_text feed_trim(struct feed_text text);

/* Is it this word, whatever the case of its letters? */
bool feed_is_word(struct feed_text text, const char *word);

/* Take PREFIX off the text's beginning; false where it does not begin so. */
bool feed_skip(struct feed_text *text, const char *prefix);

/* Take what is before the first C off the text, and C; all where there is no
 * C. */
struct feed_text feed_split(struct feed_text *text, char c);

/* Take the next word off the text; empty where there is none. */
struct feed_text feed_next_word(struct feed_text *text);

/* What is before a '#' that follows a blank or begins the text. */
struct feed_text feed_before_comment(struct feed_text text);

/* Does a comment begin with this? */
bool feed_is_comment(char c);

#endif
