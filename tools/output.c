/*
 * output.c - what a person reads, and what a program reads.
 */
#include "tools/output.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/grow.h"
#include "policy/utf8.h"

#define GAP 2 /* spaces between columns */

/* ---- numbers and times ---- */

struct shown
show_number(uint64_t number)
{
	struct shown shown;
	char digits[24];
	size_t len =
	    (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, number);
	char *to = shown.text;

	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return shown;
}

struct shown
show_size(uint64_t octets)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB"};
	double size = (double)octets / 1000;
	struct shown shown;
	size_t unit = 0;

	while (size >= 999.95 && unit < 3) {
		size /= 1000;
		unit++;
	}
	snprintf(shown.text, sizeof(shown.text), "%.1f %s", size, units[unit]);
	return shown;
}

static struct tm
utc(int64_t seconds)
{
	time_t time = (time_t)seconds;
	struct tm parts = {0};

	gmtime_r(&time, &parts); /* fails beyond the year 2^31 only */
	return parts;
}

struct shown
show_time(int64_t seconds)
{
	struct tm parts = utc(seconds);
	struct shown shown;

	strftime(shown.text, sizeof(shown.text), "%Y-%m-%d %H:%M UTC", &parts);
	return shown;
}

struct shown
show_rfc3339(int64_t seconds)
{
	struct tm parts = utc(seconds);
	struct shown shown;

	strftime(shown.text, sizeof(shown.text), "%Y-%m-%dT%H:%M:%SZ", &parts);
	return shown;
}

struct shown
show_left(int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {
	    {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
	struct shown shown = {"0 seconds"};

	/* Rounded, and never "1 day" for what is nearly two. */
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		int64_t unit = units[i].seconds;
		int64_t count = (seconds + unit / 2) / unit;

		if (seconds >= 2 * unit - unit / 2 || (count > 0 && unit == 1)) {
			snprintf(shown.text, sizeof(shown.text),
			    "%" PRId64 " %s%s", count, units[i].name,
			    count == 1 ? "" : "s");
			break;
		}
	}
	return shown;
}

struct shown
show_age(int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}};
	struct shown shown = {"just now"};

	if (seconds < 0)
		strcpy(shown.text, "in the future");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		int64_t count = seconds / units[i].seconds;

		if (count > 0) {
			snprintf(shown.text, sizeof(shown.text),
			    "%" PRId64 " %s%s ago", count, units[i].name,
			    count == 1 ? "" : "s");
			break;
		}
	}
	return shown;
}

struct shown
show_count(size_t number, const char *what)
{
	struct shown shown = show_number(number);
	size_t len = strlen(shown.text);

	snprintf(shown.text + len, sizeof(shown.text) - len, " %s%s", what,
	    number == 1 ? "" : "s");
	return shown;
}

/* ---- texts from outside ---- */

bool
output_is_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		unsigned char next =
		    i + 1 < len ? (unsigned char)text[i + 1] : 0;

		/* The control characters U+0080 to U+009F are C2 80 to C2 9F.
		 */
		if (c < 0x20 || c == 0x7f || (c == 0xc2 && next < 0xa0))
			return false;
	}
	return pol_is_utf8(text, len);
}

/* A copy of what may be anything as output_text() writes it; free() it. */
static char *
clean_copy(const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (output_is_text(text, len))
		return copy;
	for (size_t i = 0; i < len; i++)
		if (copy[i] < 0x20 || copy[i] > 0x7e)
			copy[i] = '?';
	return copy;
}

void
output_text(FILE *out, const char *text, size_t len)
{
	char *copy = clean_copy(text, len);

	if (copy != NULL)
		fputs(copy, out);
	free(copy);
}

/* A formatted text, to be freed; NULL without memory. */
static char *__attribute__((format(printf, 1, 0)))
format_text(const char *format, va_list arguments)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, arguments);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	text = len < 0 ? NULL : malloc((size_t)len + 1);
	if (text != NULL)
		vsnprintf(text, (size_t)len + 1, format, arguments);
	return text;
}

void
output_error(const char *format, ...)
{
	va_list arguments;
	char *message;

	va_start(arguments, format);
	message = format_text(format, arguments);
	va_end(arguments);
	fflush(stdout);
	/* It may quote what a person or a script was given by others. */
	for (char *c = message; c != NULL && *c != '\0'; c++)
		if ((*c >= 0 && *c < 0x20 && *c != '\n') || *c == 0x7f)
			*c = '?';
	fprintf(stderr, "sinkbound: %s\n",
	    message != NULL ? message : "out of memory");
	free(message);
}

/* ---- columns ---- */

struct cell {
	char *text;
	bool ends_row;
	size_t column;
};

struct table {
	const char *align;
	struct cell *cells;
	size_t count;
	size_t size;
	bool failed;
};

struct table *
table_new(const char *align)
{
	struct table *table = calloc(1, sizeof(*table));

	if (table != NULL)
		table->align = align;
	return table;
}

void
table_row(struct table *table)
{
	if (table != NULL && table->count > 0)
		table->cells[table->count - 1].ends_row = true;
}

static struct cell *
next_cell(struct table *table)
{
	struct cell *cells = pol_grow(
	    table->cells, &table->size, table->count + 1, sizeof(*cells), 64);

	if (cells == NULL)
		return NULL;
	table->cells = cells;
	return &cells[table->count];
}

void
table_cell(struct table *table, const char *format, ...)
{
	struct cell *cell = table != NULL ? next_cell(table) : NULL;
	const struct cell *before;
	va_list arguments;

	if (cell == NULL) {
		if (table != NULL)
			table->failed = true;
		return;
	}
	va_start(arguments, format);
	cell->text = format_text(format, arguments);
	va_end(arguments);
	if (cell->text == NULL) {
		table->failed = true;
		return;
	}
	before = table->count > 0 ? cell - 1 : NULL;
	cell->column =
	    before == NULL || before->ends_row ? 0 : before->column + 1;
	cell->ends_row = false;
	table->count++;
}

void
table_text(struct table *table, const char *text, size_t len)
{
	char *copy = clean_copy(text != NULL ? text : "", len);

	if (copy != NULL)
		table_cell(table, "%s", copy);
	else if (table != NULL)
		table->failed = true;
	free(copy);
}

static void
measure(const struct table *table, int *widths)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct cell *cell = &table->cells[i];
		int len = (int)strlen(cell->text);

		if (!cell->ends_row && len > widths[cell->column])
			widths[cell->column] = len;
	}
}

/* Blanks are held back until something follows them in the row. */
static void
print_cells(const struct table *table, const int *widths, FILE *out)
{
	int blanks = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct cell *cell = &table->cells[i];
		int pad = cell->ends_row
			      ? 0
			      : widths[cell->column] - (int)strlen(cell->text);

		if (table->align[cell->column] == 'r') {
			blanks += pad;
			pad = 0;
		}
		if (*cell->text != '\0') {
			fprintf(out, "%*s%s", blanks, "", cell->text);
			blanks = 0;
		}
		blanks += pad + GAP;
		if (cell->ends_row) {
			putc('\n', out);
			blanks = 0;
		}
	}
}

bool
table_print(struct table *table, FILE *out)
{
	bool failed = table == NULL || table->failed;
	int *widths;

	if (table == NULL)
		return false;
	table_row(table);
	widths = calloc(strlen(table->align) + 1, sizeof(*widths));
	if (widths == NULL)
		failed = true;
	if (!failed) {
		measure(table, widths);
		print_cells(table, widths, out);
	}
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i].text);
	free(widths);
	free(table->cells);
	free(table);
	return !failed;
}

/* ---- JSON ---- */

json_t *
json_time(int64_t seconds)
{
	return seconds == 0 ? json_null()
			    : json_string(show_rfc3339(seconds).text);
}

json_t *
json_text(const char *text, size_t len)
{
	json_t *string;
	char *copy;

	if (text == NULL)
		return json_null();
	copy = clean_copy(text, len);
	string = copy != NULL ? json_string(copy) : NULL;
	free(copy);
	return string;
}

bool
output_json(json_t *object)
{
	bool done =
	    object != NULL &&
	    (json_dumpf(object, stdout, JSON_INDENT(2)) == 0 || ferror(stdout));

	if (done)
		putchar('\n');
	json_decref(object);
	return done;
}
