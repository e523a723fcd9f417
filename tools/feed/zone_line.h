/*
 * zone_line.h - the entries of a zone file, each on one line.
 *
 * An entry is a record or a directive. What is wrong with one ends with the
 * line that has it: where an entry does not end (an open parenthesis, an
 * open quote, too many lines), only its first line is given up.
 */
#ifndef FEED_ZONE_LINE_H
#define FEED_ZONE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ZONE_LINES_MAX ((size_t)64) /* lines of one entry */

struct zone_lines;

struct zone_entry {
	char *text; /* one line: no comments, no parentheses, blanks are ' ';
		     * may be changed; NULL: the entry does not end */
	size_t text_len;
	unsigned long line; /* the first, and that line as it is written */
	const char *first;
	size_t first_len;
};

/* Read the entries of SOURCE, which stays the caller's. Free with
 * zone_lines_free(). */
int zone_lines_new(FILE *source, struct zone_lines **lines);
void zone_lines_free(struct zone_lines *lines);

/* The next entry that is not blank, valid until the next call; false at the
 * end, or where reading failed. */
bool zone_lines_next(struct zone_lines *lines, struct zone_entry *entry);

/* As feed_lines_error() and feed_lines_octets(). */
int zone_lines_error(const struct zone_lines *lines);
uint64_t zone_lines_octets(const struct zone_lines *lines);

#endif
