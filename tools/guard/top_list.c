/*
 * top_list.c - reading the list of the names that most people ask for.
 */
#include "tools/guard/top_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/error.h"
#include "tools/feed/entry.h"
#include "tools/feed/hostname.h"

/* The name of a line: its second column, or all of it. */
static struct feed_text
name_on(const struct feed_line *line)
{
	const char *comma = memchr(line->text, ',', line->len);
	struct feed_text text = {line->text, line->len};

	if (comma != NULL) {
		text.len -= (size_t)(comma + 1 - line->text);
		text.text = comma + 1;
		comma = memchr(text.text, ',', text.len);
		if (comma != NULL)
			text.len = (size_t)(comma - text.text);
	}
	return feed_trim(text);
}

static int
read_lines(struct feed_lines *lines, unsigned long count, top_list_take *take,
    void *arg)
{
	struct feed_line line;
	unsigned long rank = 0;
	int rc = 0;

	while (rc == 0 && rank < count && feed_lines_next(lines, &line)) {
		struct feed_text text = name_on(&line);
		enum feed_fault fault;
		struct pol_name name;

		if (text.len == 0 || feed_is_comment(*text.text))
			continue;
		rank++;
		if (feed_hostname(text.text, text.len, &name, &fault))
			rc = take(&name, rank, arg);
	}
	return rc != 0 ? rc : feed_lines_error(lines);
}

int
top_list_read(
    const char *path, unsigned long count, top_list_take *take, void *arg)
{
	struct feed_lines *lines;
	FILE *source = fopen(path, "re");
	int saved;
	int rc;

	if (source == NULL)
		return pol_error_from_lmdb(errno);
	rc = feed_lines_new(source, &lines);
	if (rc == 0) {
		rc = read_lines(lines, count, take, arg);
		feed_lines_free(lines);
	}
	saved = errno;
	fclose(source);
	errno = saved;
	return rc;
}
