/*
 * line.h - the lines of a feed, whatever it may hold.
 *
 * Feeds come from anywhere: with CRLF, a byte order mark, NUL octets, lines
 * without end, no newline at the end. A reader gives each line as octets
 * with a length, and holds no more than FEED_LINE_MAX of any.
 */
#ifndef FEED_LINE_H
#define FEED_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/text.h"

#define FEED_LINE_MAX ((size_t)65535) /* octets of a line that are given */

struct feed_lines;

struct feed_line {
	/* Without its end, CR or CRLF or LF; valid until the next call. */
	struct text text;
	unsigned long number; /* from 1 */
	bool cut;	      /* the line is longer; the rest is skipped */
};

/* Read the lines of SOURCE, which stays the caller's. Free with
 * feed_lines_free(). */
int feed_lines_new(FILE *source, struct feed_lines **lines);
void feed_lines_free(struct feed_lines *lines);

/* The next line; false at the end, or where reading failed. */
bool feed_lines_next(struct feed_lines *lines, struct feed_line *line);

/* 0, or POL_EIO where reading failed; errno is set again as it was then. */
int feed_lines_error(const struct feed_lines *lines);

/* Octets of the source that its lines so far took. */
uint64_t feed_lines_octets(const struct feed_lines *lines);

#endif
