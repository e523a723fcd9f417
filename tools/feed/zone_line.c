/*
 * zone_line.c - the entries of a zone file, each on one line.
 *
 * Physical lines are held back until the entry that they make up is known to
 * end, so that they can be read once more where it does not.
 */
#include "tools/feed/zone_line.h"

#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "tools/text.h"
#include "tools/feed/line.h"

/* All lines of one entry together: a record fits into a DNS message. */
#define HELD_MAX FEED_LINE_MAX

struct held_line {
	unsigned long number;
	size_t start; /* in zone_lines.held */
	size_t len;
	bool whole;
};

struct zone_lines {
	struct feed_lines *lines;

	struct held_line line[ZONE_LINES_MAX];
	size_t count;
	size_t taken; /* lines of the entry that was given last */
	char held[HELD_MAX];
	size_t held_len;

	char text[HELD_MAX + ZONE_LINES_MAX + 1];
	size_t text_len;
};

int
zone_lines_new(FILE *source, struct zone_lines **lines)
{
	struct zone_lines *new = malloc(sizeof(*new));
	int rc;

	if (new == NULL)
		return POL_ENOMEM;
	new->count = 0;
	new->taken = 0;
	new->held_len = 0;
	rc = feed_lines_new(source, &new->lines);
	if (rc != 0) {
		free(new);
		return rc;
	}
	*lines = new;
	return 0;
}

void
zone_lines_free(struct zone_lines *lines)
{
	if (lines == NULL)
		return;
	feed_lines_free(lines->lines);
	free(lines);
}

int
zone_lines_error(const struct zone_lines *lines)
{
	return feed_lines_error(lines->lines);
}

uint64_t
zone_lines_octets(const struct zone_lines *lines)
{
	return feed_lines_octets(lines->lines);
}

/* Let go of the lines of the entry that was given last. */
static void
drop_taken(struct zone_lines *lines)
{
	size_t octets = 0;
	size_t i;

	for (i = 0; i < lines->taken; i++)
		octets += lines->line[i].len;
	lines->count -= lines->taken;
	lines->held_len -= octets;
	memmove(lines->line, lines->line + lines->taken,
	    lines->count * sizeof(lines->line[0]));
	memmove(lines->held, lines->held + octets, lines->held_len);
	for (i = 0; i < lines->count; i++)
		lines->line[i].start -= octets;
	lines->taken = 0;
}

/* Line INDEX of those not yet dropped, or NULL where there are no more. */
static const struct held_line *
hold_line(struct zone_lines *lines, size_t index)
{
	struct held_line *held = &lines->line[index];
	struct feed_line line;

	if (index < lines->count)
		return held;
	if (!feed_lines_next(lines->lines, &line))
		return NULL;
	held->number = line.number;
	held->start = lines->held_len;
	held->len = line.text.len;
	held->whole = !line.cut;
	if (held->len > HELD_MAX - lines->held_len) {
		held->len = HELD_MAX - lines->held_len;
		held->whole = false;
	}
	memcpy(lines->held + held->start, line.text.text, held->len);
	lines->held_len += held->len;
	lines->count++;
	return held;
}

static void
put(struct zone_lines *lines, char c)
{
	lines->text[lines->text_len++] = c;
}

/*
 * Add a physical line to the entry's text. DEPTH is of open parentheses.
 * False where the line ends within a quote or an escape, or closes more than
 * is open, or cannot be part of an entry at all.
 */
static bool
join_line(
    struct zone_lines *lines, const struct held_line *line, unsigned *depth)
{
	const char *text = lines->held + line->start;
	bool quoted = false;
	size_t i;

	for (i = 0; i < line->len; i++) {
		char c = text[i];

		if (c == '\0' || (c == ')' && !quoted && *depth == 0))
			return false;
		if (c == ';' && !quoted) {
			put(lines, ' ');
			return true;
		}
		if (c == '"')
			quoted = !quoted;
		if (c == '\\') {
			if (i + 1 == line->len || text[i + 1] == '\0')
				return false;
			put(lines, c);
			c = text[++i];
		} else if (!quoted && (c == '(' || c == ')')) {
			*depth = c == '(' ? *depth + 1 : *depth - 1;
			c = ' ';
		} else if (text_is_blank(c) || c == '\r') {
			c = ' ';
		}
		put(lines, c);
	}
	put(lines, ' ');
	return !quoted && line->whole;
}

/* Put the next entry on one line. The number of its lines; 0: no end. */
static size_t
join_lines(struct zone_lines *lines)
{
	unsigned depth = 0;
	size_t count;

	lines->text_len = 0;
	for (count = 0; count < ZONE_LINES_MAX; count++) {
		const struct held_line *line = hold_line(lines, count);

		if (line == NULL || !join_line(lines, line, &depth))
			return 0;
		if (depth == 0) {
			lines->text[lines->text_len] = '\0';
			return count + 1;
		}
	}
	return 0;
}

static bool
is_blank(const struct zone_lines *lines)
{
	return strspn(lines->text, " ") == lines->text_len;
}

bool
zone_lines_next(struct zone_lines *lines, struct zone_entry *entry)
{
	const struct held_line *line;
	size_t count;

	do {
		drop_taken(lines);
		line = hold_line(lines, 0);
		if (line == NULL)
			return false;
		count = join_lines(lines);
		lines->taken = count > 0 ? count : 1;
	} while (count > 0 && is_blank(lines));
	entry->text = count > 0 ? lines->text : NULL;
	entry->text_len = count > 0 ? lines->text_len : 0;
	entry->line = line->number;
	entry->first = lines->held + line->start;
	entry->first_len = line->len;
	return true;
}
