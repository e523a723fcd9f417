/*
 * feodo.c - Feodo Tracker of abuse.ch: addresses that botnets are led from.
 *
 *	"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"
 *	"2025-01-01 00:00:00","192.0.2.1","443","online","2025-01-02","A"
 *	[{"ip_address":"192.0.2.1","port":443,"malware":"A",...}]
 *	192.0.2.1
 *
 * What is offline today may be back tomorrow: all that is listed is taken.
 */
#include "tools/feed/abusech.h"
#include "tools/feed/value.h"

#include <string.h>

#define CATEGORY "botnet"

enum { FIELD_FIRST, FIELD_ADDRESS, FIELD_MALWARE };

static int
take_address(struct feed_parse *parse, struct feed_text address,
    struct feed_text malware, unsigned long line)
{
	struct feed_value value = {
	    .kind = FEED_VALUE_NETWORK,
	    .text = address,
	    .risk = FEED_RISK,
	    .category = {CATEGORY, strlen(CATEGORY)},
	    .reference = malware,
	};

	return feed_take_value(parse, &value, line);
}

static int
take_row(struct feed_parse *parse, const struct feed_row *row)
{
	struct feed_text address =
	    row->fields[row->count == 1 ? FIELD_FIRST : FIELD_ADDRESS];

	if (address.len > 0)
		return take_address(parse, address, row->fields[FIELD_MALWARE],
		    row->line->number);
	feed_reject(parse, FEED_BAD_LINE, row->line->number, row->line->text,
	    row->line->len);
	return 0;
}

static int
take_item(
    struct feed_parse *parse, const struct feed_json_item *item, void *arg)
{
	struct feed_text address = feed_json_text(item->value, "ip_address");

	(void)arg;
	if (address.len > 0)
		return take_address(parse, address,
		    feed_json_text(item->value, "malware"), item->line);
	feed_reject(parse, FEED_BAD_RECORD, item->line, item->text.text,
	    item->text.len);
	return 0;
}

static int
parse_feodo(struct feed_parse *parse, FILE *source)
{
	static const struct feed_column columns[] = {
	    {"first_seen_utc", FIELD_FIRST, 0},
	    {"Firstseen", FIELD_FIRST, -1},
	    {"dst_ip", FIELD_ADDRESS, 1},
	    {"DstIP", FIELD_ADDRESS, -1},
	    {"malware", FIELD_MALWARE, 5},
	    {NULL, 0, -1},
	};
	static const struct abusech_feed feodo = {
	    {columns, take_row}, take_item};

	return abusech_parse(parse, source, &feodo);
}

const struct feed_format feed_feodo = {
    .name = "feodo",
    .scope = POL_EXACT,
    .triggers = POL_SERVES_ADDRESSES,
    .parse = parse_feodo,
};
