/*
 * urlhaus.c - URLhaus of abuse.ch: URLs that malware was seen at.
 *
 *	# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,...
 *	"1","2025-01-01 00:00:00","http://bad.example/","online",...
 *	{"1":[{"url":"http://bad.example/","threat":"malware_download",...}]}
 *
 * Tables made from it give "host" and "path" instead of the URL, the path
 * empty where the whole host is meant. See value.h for which URLs are taken.
 */
#include "tools/feed/abusech.h"
#include "tools/feed/value.h"

#include <stdio.h>

enum { FIELD_URL, FIELD_HOST, FIELD_PATH, FIELD_THREAT, FIELD_LINK };

/* A URL's host and path. */
static int
take_host(struct feed_parse *parse, const struct feed_row *row,
    struct feed_value *value)
{
	struct feed_text path = row->fields[FIELD_PATH];

	value->text = row->fields[FIELD_HOST];
	value->kind = FEED_VALUE_HOST;
	if (path.len == 0 || feed_is_word(path, "/"))
		return feed_take_value(parse, value, row->line->number);
	feed_reject(parse, FEED_URL, row->line->number, row->line->text,
	    row->line->len);
	return 0;
}

static int
take_row(struct feed_parse *parse, const struct feed_row *row)
{
	struct feed_value value = {
	    .kind = FEED_VALUE_URL,
	    .text = row->fields[FIELD_URL],
	    .risk = FEED_RISK,
	    .category = row->fields[FIELD_THREAT],
	    .reference = row->fields[FIELD_LINK],
	};

	if (row->fields[FIELD_HOST].len > 0)
		return take_host(parse, row, &value);
	if (value.text.len > 0)
		return feed_take_value(parse, &value, row->line->number);
	feed_reject(parse, FEED_BAD_LINE, row->line->number, row->line->text,
	    row->line->len);
	return 0;
}

static int
take_item(
    struct feed_parse *parse, const struct feed_json_item *item, void *arg)
{
	struct feed_value value = {
	    .kind = FEED_VALUE_URL,
	    .text = feed_json_text(item->value, "url"),
	    .risk = FEED_RISK,
	    .category = feed_json_text(item->value, "threat"),
	    .reference = feed_json_text(item->value, "urlhaus_link"),
	};

	(void)arg;
	if (value.reference.len == 0)
		value.reference =
		    feed_json_text(item->value, "urlhaus_reference");
	if (value.text.len > 0)
		return feed_take_value(parse, &value, item->line);
	feed_reject(parse, FEED_BAD_RECORD, item->line, item->text.text,
	    item->text.len);
	return 0;
}

static int
parse_urlhaus(struct feed_parse *parse, FILE *source)
{
	static const struct feed_column columns[] = {
	    {"url", FIELD_URL, 2},
	    {"host", FIELD_HOST, -1},
	    {"path", FIELD_PATH, -1},
	    {"threat", FIELD_THREAT, 5},
	    {"urlhaus_link", FIELD_LINK, 7},
	    {NULL, 0, -1},
	};
	static const struct abusech_feed urlhaus = {
	    {columns, take_row}, take_item};

	return abusech_parse(parse, source, &urlhaus);
}

const struct feed_format feed_urlhaus = {
    .name = "urlhaus",
    .scope = POL_EXACT,
    .triggers = POL_SERVES_ALL,
    .parse = parse_urlhaus,
};
