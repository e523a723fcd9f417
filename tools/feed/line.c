/*
 * line.c - the lines of a feed, whatever it may hold.
 *
 * Lines are found in a buffer that is read in large pieces and given out
 * without copying them. What is left of a line at the buffer's end moves to
 * its start before the next piece is read.
 */
#include "tools/feed/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"

/* A line of the greatest length and its end always fit. */
#define BUFFER_SIZE (4 * FEED_LINE_MAX)

struct feed_lines {
	FILE *source;
	unsigned long number; /* of the last line given */
	uint64_t octets;      /* of the source, before START */
	int error;	      /* errno of a failed read, or 0 */
	bool at_end;	      /* of the source: nothing more to read */
	bool in_line;	      /* START is within a line that was cut */
	size_t start;	      /* of what is not yet given, in the buffer */
	size_t end;
	char buffer[BUFFER_SIZE];
};

int
feed_lines_new(FILE *source, struct feed_lines **lines)
{
	struct feed_lines *new = malloc(sizeof(*new));

	if (new == NULL)
		return POL_ENOMEM;
	new->source = source;
	new->number = 0;
	new->octets = 0;
	new->error = 0;
	new->at_end = false;
	new->in_line = false;
	new->start = 0;
	new->end = 0;
	*lines = new;
	return 0;
}

void
feed_lines_free(struct feed_lines *lines)
{
	free(lines);
}

/* Move what is left to the buffer's start, and read more behind it. */
static void
fill(struct feed_lines *lines)
{
	size_t left = lines->end - lines->start;
	size_t room = BUFFER_SIZE - left;
	size_t got;

	memmove(lines->buffer, lines->buffer + lines->start, left);
	lines->start = 0;
	errno = 0;
	got = fread(lines->buffer + left, 1, room, lines->source);
	lines->end = left + got;
	lines->at_end = got < room;
	if (lines->at_end && ferror(lines->source))
		lines->error = errno != 0 ? errno : EIO;
}

static void
consume(struct feed_lines *lines, size_t len)
{
	lines->start += len;
	lines->octets += len;
}

/* UTF-8's mark, which some editors put at the start of a file. */
static void
skip_byte_order_mark(struct feed_lines *lines)
{
	while (lines->end < 3 && !lines->at_end)
		fill(lines);
	if (lines->end >= 3 && memcmp(lines->buffer, "\xef\xbb\xbf", 3) == 0)
		consume(lines, 3);
}

/* Drop the rest of a line that was cut, its newline included. */
static void
skip_rest(struct feed_lines *lines)
{
	while (lines->in_line) {
		const char *start = lines->buffer + lines->start;
		size_t left = lines->end - lines->start;
		const char *newline = memchr(start, '\n', left);

		if (newline != NULL)
			left = (size_t)(newline - start) + 1;
		consume(lines, left);
		lines->in_line = newline == NULL && !lines->at_end;
		if (lines->in_line)
			fill(lines);
	}
}

/* The length of the line at START, its newline not counted. Reads on where
 * the buffer does not hold all of it. */
static size_t
line_length(struct feed_lines *lines, bool *has_newline)
{
	size_t known = 0; /* octets that are searched already */

	for (;;) {
		const char *start = lines->buffer + lines->start;
		size_t left = lines->end - lines->start;
		const char *newline = memchr(start + known, '\n', left - known);

		*has_newline = newline != NULL;
		if (newline != NULL)
			return (size_t)(newline - start);
		if (lines->at_end || left > FEED_LINE_MAX + 1)
			return left;
		known = left;
		fill(lines);
	}
}

bool
feed_lines_next(struct feed_lines *lines, struct feed_line *line)
{
	bool has_newline;
	size_t len;

	if (lines->number == 0)
		skip_byte_order_mark(lines);
	skip_rest(lines);
	len = line_length(lines, &has_newline);
	if (lines->error != 0 || (len == 0 && !has_newline))
		return false;
	line->text.text = lines->buffer + lines->start;
	line->number = ++lines->number;
	consume(lines, len + has_newline);
	while (len > 0 && line->text.text[len - 1] == '\r')
		len--;
	line->cut = len > FEED_LINE_MAX;
	line->text.len = line->cut ? FEED_LINE_MAX : len;
	lines->in_line = !has_newline && !lines->at_end;
	return true;
}

int
feed_lines_error(const struct feed_lines *lines)
{
	if (lines->error == 0)
		return 0;
	errno = lines->error;
	return POL_EIO;
}

uint64_t
feed_lines_octets(const struct feed_lines *lines)
{
	return lines->octets;
}
