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

enum { FIELD_FIRST, FIELD_ADDRESS, FIELD_MALWARE };

static void
set_address(struct feed_value *value, struct text address, struct text malware)
{
	value->kind = FEED_VALUE_NETWORK;
	value->text = address;
	value->category = text_of("botnet");
	value->reference = malware;
}

static enum feed_fault
read_row(const struct feed_row *row, struct feed_value *value)
{
	set_address(value,
	    row->fields[row->count == 1 ? FIELD_FIRST : FIELD_ADDRESS],
	    row->fields[FIELD_MALWARE]);
	return FEED_FAULTS;
}

static enum feed_fault
read_item(const json_t *item, struct feed_value *value)
{
	set_address(value, feed_json_text(item, "ip_address"),
	    feed_json_text(item, "malware"));
	return FEED_FAULTS;
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
	static const struct abusech_feed feodo = {columns, read_row, read_item};

	return abusech_parse(parse, source, &feodo);
}

const struct feed_format feed_feodo = {
    .name = "feodo",
    .scope = POL_EXACT,
    .triggers = POL_SERVES_ADDRESSES,
    .parse = parse_feodo,
};
