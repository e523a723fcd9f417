/*
 * output.h - what a person reads: numbers with separators, UTC times, columns;
 * and what a program reads: JSON.
 *
 * Short texts are returned by value; the text lives until the end of the
 * expression that asks for it, as in printf("%s", show_number(n).text).
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct shown {
	char text[48];
};

struct shown show_number(uint64_t number);   /* 2,691 */
struct shown show_size(uint64_t octets);     /* 13.5 MB, in powers of 1000 */
struct shown show_time(int64_t seconds);     /* 2025-12-13 09:12 UTC */
struct shown show_rfc3339(int64_t seconds);  /* 2025-12-13T09:12:00Z */
struct shown show_left(int64_t seconds);     /* 8 hours, 90 minutes */
struct shown show_age(int64_t seconds);	     /* 3 hours ago */
struct shown show_count(size_t number, const char *what); /* 3 feeds */

/* Is it UTF-8 without control characters? */
bool output_is_text(const char *text, size_t len);

/* Write what may be anything so that it stays one line and one column and does
 * nothing to a terminal: other than text, as printable ASCII and '?'. */
void output_text(FILE *out, const char *text, size_t len);

/* "sinkbound: " and the message, on stderr after what stdout holds. */
void output_error(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/*
 * Rows of cells, in columns as wide as their widest cell with two spaces
 * between. A row's last cell takes no part in the widths, so a row may end
 * with a long text at any column.
 */
struct table;

/* ALIGN has one letter for each column: l or r. NULL without memory; the other
 * functions then do nothing. */
struct table *table_new(const char *align);
void table_row(struct table *table);
void table_cell(struct table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A cell with what may be anything, as output_text() writes it; NULL: empty. */
void table_text(struct table *table, const char *text, size_t len);
/* Print and free. False where memory was short. */
bool table_print(struct table *table, FILE *out);

/* Times as RFC 3339 strings, 0 as null; what may be anything as output_text()
 * writes it, NULL as null. */
json_t *json_time(int64_t seconds);
json_t *json_text(const char *text, size_t len);

/* Print on stdout and let go of OBJECT. False where memory was short: OBJECT
 * is NULL or not complete. */
bool output_json(json_t *object);

#endif
