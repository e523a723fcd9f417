/*
 * entry.h - a line that is one word, and what may stand behind it.
 */
#ifndef FEED_ENTRY_H
#define FEED_ENTRY_H

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

/* Without the blanks at both ends. */
struct feed_text feed_trim(struct feed_text text);

/* Does a comment begin with this? */
bool feed_is_comment(char c);

#endif
