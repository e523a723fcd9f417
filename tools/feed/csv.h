/*
 * csv.h - rows of comma-separated values (RFC 4180), one a line.
 */
#ifndef FEED_CSV_H
#define FEED_CSV_H

#include "tools/feed/entry.h"

#define FEED_FIELD_MAX ((size_t)512) /* octets of a field that are kept */

struct feed_field {
	size_t len; /* without its quotes */
	char text[FEED_FIELD_MAX];
};

/* Take the first field off ROW, which has no text any more after the last one.
 * False where a quote does not end. */
bool feed_csv_next(struct text *row, struct feed_field *field);

#endif
