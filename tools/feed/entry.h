/*
 * entry.h - a line that is one word, and what may stand behind it.
 */
#ifndef FEED_ENTRY_H
#define FEED_ENTRY_H

#include "tools/feed/format.h"
#include "tools/feed/line.h"
#include "tools/text.h"

struct feed_entry {
	struct text word;    /* empty: the line is blank or a comment */
	struct text comment; /* behind the word; its text NULL: none */
};

/*
 * Read a line of one word at most, and a comment: from a '#', ';' or '!' that
 * follows a blank or begins the line. False where more than that is on the
 * line, or its end is cut off: the word is then all of it.
 */
bool feed_entry_read(const struct feed_line *line, struct feed_entry *entry);

/* Call TAKE for each line that has a word; one that has more is rejected. */
typedef int feed_take_word(
    struct feed_parse *parse, struct text word, unsigned long line);
int feed_parse_words(
    struct feed_parse *parse, FILE *source, feed_take_word *take);

/* What is before a '#' that follows a blank or begins the text. */
struct text feed_before_comment(struct text text);

/* Does a comment begin with this? */
bool feed_is_comment(char c);

#endif
