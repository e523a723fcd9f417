/*
 * csv.c - rows of comma-separated values (RFC 4180), one a line.
 */
#include "tools/feed/csv.h"

static void
append(struct feed_field *field, char c)
{
	if (field->len < FEED_FIELD_MAX)
		field->text[field->len++] = c;
}

bool
feed_csv_next(struct text *row, struct feed_field *field)
{
	bool quoted = false;
	size_t at;

	field->len = 0;
	for (at = 0; at < row->len; at++) {
		char c = row->text[at];

		if (c == ',' && !quoted)
			break;
		if (c != '"') {
			append(field, c);
		} else if (quoted && at + 1 < row->len &&
			   row->text[at + 1] == '"') {
			append(field, c);
			at++;
		} else {
			quoted = !quoted;
		}
	}
	if (at < row->len)
		*row = (struct text){row->text + at + 1, row->len - at - 1};
	else
		*row = (struct text){NULL, 0};
	return !quoted;
}
