/*
 * asns.c - lists of ASNs: one a line, or the first column of a CSV table.
 *
 *	# a comment; so are lines with ; and ! in front
 *	AS64500                 # A Networks: who holds it
 *	64501
 *	64502,"B, Inc.",what there is in further columns
 *
 * What the further columns of a table are, only its first row can say:
 *
 *	asn,risk,category,holder
 *	AS64500,90,bulletproof hosting,"A Networks"
 *
 * Columns of other names are skipped. Risks are whole numbers; without one,
 * an ASN has the greatest. The holder becomes the indicator's reference.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "tools/feed/csv.h"
#include "tools/feed/value.h"

#define COLUMNS_MAX 16 /* those behind them are skipped */

enum column {
	COLUMN_SKIPPED,
	COLUMN_ASN,
	COLUMN_RISK,
	COLUMN_CATEGORY,
	COLUMN_HOLDER,
	COLUMNS, /* their number */
};

struct row {
	struct text texts[COLUMNS]; /* without blanks around them */
	struct feed_field fields[COLUMNS];
};

/* What is known of the list so far. */
struct asns {
	bool has_rows;
	enum column columns[COLUMNS_MAX];
};

static bool
read_row(const struct asns *asns, struct text rest, struct row *row)
{
	for (size_t i = 0; rest.text != NULL; i++) {
		enum column column =
		    i < COLUMNS_MAX ? asns->columns[i] : COLUMN_SKIPPED;
		struct feed_field *field = &row->fields[column];

		if (!feed_csv_next(&rest, field))
			return false;
		row->texts[column] =
		    text_trim((struct text){field->text, field->len});
	}
	return true;
}

/* Read a line of an ASN and a comment that says who holds it. */
static bool
read_commented(const struct feed_line *line, struct row *row)
{
	struct feed_entry entry;

	if (!feed_entry_read(line, &entry) || entry.comment.text == NULL ||
	    memchr(entry.word.text, ',', entry.word.len) != NULL)
		return false;
	row->texts[COLUMN_ASN] = entry.word;
	row->texts[COLUMN_HOLDER] = entry.comment;
	return true;
}

static enum column
column_named(struct text name)
{
	static const char *const names[COLUMNS] = {
	    [COLUMN_RISK] = "risk",
	    [COLUMN_CATEGORY] = "category",
	    [COLUMN_HOLDER] = "holder",
	};

	for (enum column i = COLUMN_RISK; i < COLUMNS; i++)
		if (name.len == strlen(names[i]) &&
		    strncasecmp(name.text, names[i], name.len) == 0)
			return i;
	return COLUMN_SKIPPED;
}

/* Does the row name the columns? It is the first, and has a word where the
 * others have a number. */
static bool
read_header(struct asns *asns, struct text rest, const struct row *row)
{
	struct text first = row->texts[COLUMN_ASN];
	bool is_first = !asns->has_rows;
	struct pol_subject subject;
	enum feed_fault fault;

	asns->has_rows = true;
	if (!is_first || first.len == 0 ||
	    !isalpha((unsigned char)*first.text) ||
	    feed_asn(first, &subject, &fault))
		return false;
	for (size_t i = 0; i < COLUMNS_MAX && rest.text != NULL; i++) {
		struct feed_field field;

		feed_csv_next(&rest, &field);
		if (i > 0)
			asns->columns[i] = column_named(
			    text_trim((struct text){field.text, field.len}));
	}
	return true;
}

static int
take_row(struct feed_parse *parse, const struct row *row,
    const struct feed_line *line)
{
	char category[POL_CATEGORY_MAX];
	char holder[POL_REFERENCE_MAX];
	struct pol_indicator indicator = {
	    .category = category, .reference = holder};
	enum feed_fault fault = FEED_NOT_A_RISK;
	struct pol_subject subject;

	if (!feed_asn(row->texts[COLUMN_ASN], &subject, &fault) ||
	    !feed_risk(row->texts[COLUMN_RISK], &indicator.risk)) {
		feed_reject(parse, fault, line->number, line->text);
		return 0;
	}
	indicator.category_len = feed_keep_text(
	    row->texts[COLUMN_CATEGORY], category, sizeof(category));
	indicator.reference_len =
	    feed_keep_text(row->texts[COLUMN_HOLDER], holder, sizeof(holder));
	return pol_list_add(parse->list, &subject, &indicator, line->number);
}

static int
take_line(struct feed_parse *parse, const struct feed_line *line, void *arg)
{
	struct text text = text_trim(line->text);
	struct asns *asns = arg;
	struct row row;

	if (text.len == 0 || feed_is_comment(*text.text))
		return 0;
	memset(row.texts, 0, sizeof(row.texts));
	if (!read_commented(line, &row) &&
	    (line->cut || !read_row(asns, text, &row)))
		feed_reject(parse, FEED_BAD_LINE, line->number, text);
	else if (read_header(asns, text, &row))
		feed_reject(parse, FEED_HEADER, line->number, text);
	else
		return take_row(parse, &row, line);
	return 0;
}

static int
parse_asns(struct feed_parse *parse, FILE *source)
{
	struct asns asns = {.columns = {COLUMN_ASN}};

	return feed_parse_lines(parse, source, take_line, &asns);
}

const struct feed_format feed_asns = {
    .name = "asns",
    .scope = POL_EXACT,
    .triggers = POL_SERVES_ADDRESSES,
    .parse = parse_asns,
};
