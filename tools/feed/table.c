/*
 * table.c - tables of comma-separated values whose columns have names.
 */
#include "tools/feed/table.h"

#include <string.h>

#define PLACES_MAX 32 /* columns behind them are skipped */
#define NOT_A_FIELD UINT8_MAX

/* A text of one name is none of a table. */
#define NAMES_MIN 2

struct reading {
	const struct feed_column *columns;
	feed_take_row *take;
	void *arg;
	uint8_t fields[PLACES_MAX]; /* the field at each place */
	bool has_rows;
	struct feed_row row;
};

static uint8_t
field_named(const struct feed_column *column, struct text name)
{
	for (; column->name != NULL; column++)
		if (text_is_word(name, column->name))
			return (uint8_t)column->field;
	return NOT_A_FIELD;
}

/* Does the text name columns? Then they are where it says. */
static bool
read_names(struct reading *reading, struct text text)
{
	struct feed_field *storage = &reading->row.storage[0];
	uint8_t fields[PLACES_MAX];
	unsigned known = 0;

	memset(fields, NOT_A_FIELD, sizeof(fields));
	for (size_t i = 0; i < PLACES_MAX && text.text != NULL; i++) {
		if (!feed_csv_next(&text, storage))
			return false;
		fields[i] = field_named(reading->columns,
		    text_trim((struct text){storage->text, storage->len}));
		known += fields[i] != NOT_A_FIELD;
	}
	if (known < NAMES_MIN)
		return false;
	memcpy(reading->fields, fields, sizeof(fields));
	return true;
}

static bool
read_row(struct reading *reading, struct text text)
{
	struct feed_row *row = &reading->row;
	struct feed_field skipped;

	memset(row->fields, 0, sizeof(row->fields));
	for (row->count = 0; text.text != NULL; row->count++) {
		uint8_t field = row->count < PLACES_MAX
				    ? reading->fields[row->count]
				    : NOT_A_FIELD;
		struct feed_field *storage =
		    field != NOT_A_FIELD ? &row->storage[field] : &skipped;

		if (!feed_csv_next(&text, storage))
			return false;
		if (field != NOT_A_FIELD)
			row->fields[field] = text_trim(
			    (struct text){storage->text, storage->len});
	}
	return true;
}

static int
take_line(struct feed_parse *parse, const struct feed_line *line, void *arg)
{
	struct reading *reading = arg;
	struct text text = text_trim(line->text);
	enum feed_fault fault = FEED_BAD_LINE;

	if (text.len == 0)
		return 0;
	if (*text.text == '#') {
		while (text.len > 0 && *text.text == '#')
			text_skip(&text, "#");
		if (!reading->has_rows)
			read_names(reading, text);
		return 0;
	}
	if (!reading->has_rows && read_names(reading, text)) {
		fault = FEED_HEADER;
	} else if (!line->cut && read_row(reading, text)) {
		reading->has_rows = true;
		reading->row.line = line;
		return reading->take(parse, &reading->row, reading->arg);
	}
	reading->has_rows = true;
	feed_reject(parse, fault, line->number, text);
	return 0;
}

int
feed_parse_table(struct feed_parse *parse, FILE *source,
    const struct feed_column *columns, feed_take_row *take, void *arg)
{
	struct reading reading = {.columns = columns, .take = take, .arg = arg};

	memset(reading.fields, NOT_A_FIELD, sizeof(reading.fields));
	for (const struct feed_column *column = columns; column->name != NULL;
	     column++)
		if (column->place >= 0)
			reading.fields[column->place] = (uint8_t)column->field;
	return feed_parse_lines(parse, source, take_line, &reading);
}
