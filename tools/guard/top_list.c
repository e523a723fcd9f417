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
static struct text
name_on(const struct feed_line *line)
{
	struct text rest = line->text;
	struct text first = text_split(&rest, ',');
	bool has_columns = first.len < line->text.len;

	return text_trim(has_columns ? text_split(&rest, ',') : first);
}

static int
read_lines(struct feed_lines *lines, unsigned long count, top_list_take *take,
    void *arg)
{
	struct feed_line line;
	unsigned long rank = 0;
	int rc = 0;

	while (rc == 0 && rank < count && feed_lines_next(lines, &line)) {
		struct text text = name_on(&line);
		enum feed_fault fault;
		struct pol_name name;

		if (text.len == 0 || feed_is_comment(*text.text))
			continue;
		rank++;
		if (feed_hostname(text, &name, &fault))
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
