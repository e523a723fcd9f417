/*
 * table.h - tables of comma-separated values whose columns have names.
 *
 * The names stand in the first row, in a comment in front of it, or nowhere:
 * then the columns are where the publisher has them now.
 */
#ifndef FEED_TABLE_H
#define FEED_TABLE_H

#include "tools/feed/csv.h"

#define FEED_FIELDS_MAX 8 /* of a row that are looked at */

struct feed_column {
	const char *name;
	unsigned field; /* which of the row's fields it is */
	int place;	/* of the column where none is named, from 0; or -1 */
};

struct feed_row {
	struct text fields[FEED_FIELDS_MAX];	  /* empty: not there */
	unsigned count;				  /* columns that it has */
	const struct feed_line *line;
	struct feed_field storage[FEED_FIELDS_MAX];
};

/* Call TAKE, with ARG, for each row but the one that names the columns, which
 * is rejected as a header. COLUMNS end with a NULL name. */
typedef int feed_take_row(
    struct feed_parse *parse, const struct feed_row *row, void *arg);
int feed_parse_table(struct feed_parse *parse, FILE *source,
    const struct feed_column *columns, feed_take_row *take, void *arg);

#endif
