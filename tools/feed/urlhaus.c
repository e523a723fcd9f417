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

enum { FIELD_URL, FIELD_HOST, FIELD_PATH, FIELD_THREAT, FIELD_LINK };

static enum feed_fault
read_row(const struct feed_row *row, struct feed_value *value)
{
	struct text path = row->fields[FIELD_PATH];

	value->category = row->fields[FIELD_THREAT];
	value->reference = row->fields[FIELD_LINK];
	value->kind = FEED_VALUE_URL;
	value->text = row->fields[FIELD_URL];
	if (row->fields[FIELD_HOST].len == 0)
		return FEED_FAULTS;
	value->kind = FEED_VALUE_HOST;
	value->text = row->fields[FIELD_HOST];
	return path.len == 0 || text_is_word(path, "/") ? FEED_FAULTS
							: FEED_URL;
}

static enum feed_fault
read_item(const json_t *item, struct feed_value *value)
{
	value->kind = FEED_VALUE_URL;
	value->text = feed_json_text(item, "url");
	value->category = feed_json_text(item, "threat");
	value->reference = feed_json_text(item, "urlhaus_link");
	if (value->reference.len == 0)
		value->reference = feed_json_text(item, "urlhaus_reference");
	return FEED_FAULTS;
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
	    columns, read_row, read_item};

	return abusech_parse(parse, source, &urlhaus);
}

const struct feed_format feed_urlhaus = {
    .name = "urlhaus",
    .scope = POL_EXACT,
    .triggers = POL_SERVES_ALL,
    .parse = parse_urlhaus,
};
