/*
 * ip_location_db.c - ranges as comma-separated values, the layout of
 * ip-location-db's ASN tables.
 *
 *	1.0.0.0,1.0.0.255,13335,"Cloudflare, Inc."
 *	2001:200::,2001:200:1b9:ffff:ffff:ffff:ffff:ffff,2500,WIDE Project
 *
 * A field may be in quotes, and a quote in it is doubled. The holder may be
 * missing; fields behind it are ignored.
 */
#include <string.h>

#include "tools/origin/origin.h"

/* The field behind an opening quote, its quotes still doubled. */
static bool
next_quoted(struct text *rest, struct text *field)
{
	const char *text = rest->text + 1;
	size_t len = rest->len - 1;
	size_t end = 0;

	while (end < len &&
	       (text[end] != '"' || (end + 1 < len && text[end + 1] == '"')))
		end += text[end] == '"' ? 2 : 1;
	if (end == len || (end + 1 < len && text[end + 1] != ','))
		return false;
	*field = (struct text){text, end};
	if (end + 1 == len)
		*rest = (struct text){NULL, 0};
	else
		*rest = (struct text){text + end + 2, len - end - 2};
	return true;
}

static bool
next_field(struct text *rest, struct text *field)
{
	if (rest->len > 0 && rest->text[0] == '"')
		return next_quoted(rest, field);
	return origin_next_field(rest, ',', field);
}

/* A name whose quotes are doubled goes to the entry's own room. */
static void
set_name(struct origin_entry *entry, struct text name)
{
	size_t used = 0;

	entry->name = name;
	if (memchr(name.text, '"', name.len) == NULL)
		return;
	for (size_t i = 0; i < name.len && used < sizeof(entry->room); i++) {
		entry->room[used++] = name.text[i];
		if (name.text[i] == '"' && i + 1 < name.len &&
		    name.text[i + 1] == '"')
			i++;
	}
	entry->name = (struct text){entry->room, used};
}

static enum origin_fault
take_line(struct text line, struct origin_entry *entry)
{
	struct text first, last, asn, name;
	enum origin_fault fault;

	if (!next_field(&line, &first) || !next_field(&line, &last) ||
	    !next_field(&line, &asn))
		return ORIGIN_BAD_LINE;
	if (line.text != NULL) {
		if (!next_field(&line, &name))
			return ORIGIN_BAD_LINE;
		set_name(entry, name);
	}
	fault = origin_read_range(first, last, entry);
	return fault != ORIGIN_OK ? fault : origin_read_asn(asn, entry);
}

static int
parse_ip_location_db(struct origin_parse *parse)
{
	return origin_parse_lines(parse, take_line);
}

const struct origin_format origin_ip_location_db = {
    .name = "ip-location-db",
    .parse = parse_ip_location_db,
};
