/*
 * threatfox.c - ThreatFox of abuse.ch: indicators of compromise.
 *
 *	# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type",...
 *	"2025-01-01 00:00:00", "1", "192.0.2.1:443", "ip:port", "botnet_cc",...
 *	{"1":[{"ioc_value":"bad.example","ioc_type":"domain",...}]}
 *
 * How sure they are (confidence_level) becomes the risk, of names as well. An
 * address is taken without its port, which no DNS answer has.
 */
#include "tools/feed/abusech.h"

enum {
	FIELD_VALUE,
	FIELD_TYPE,
	FIELD_THREAT,
	FIELD_MALWARE,
	FIELD_CONFIDENCE,
};

static enum feed_value_kind
kind_of(struct text type)
{
	if (text_is_word(type, "domain"))
		return FEED_VALUE_DOMAIN;
	if (text_is_word(type, "ip:port") || text_is_word(type, "ip"))
		return FEED_VALUE_ENDPOINT;
	if (text_is_word(type, "url"))
		return FEED_VALUE_URL;
	return FEED_VALUE_OTHER;
}

static enum feed_fault
read_row(const struct feed_row *row, struct feed_value *value)
{
	value->kind = kind_of(row->fields[FIELD_TYPE]);
	value->text = row->fields[FIELD_VALUE];
	value->category = row->fields[FIELD_THREAT];
	value->reference = row->fields[FIELD_MALWARE];
	return feed_risk(row->fields[FIELD_CONFIDENCE], &value->risk)
		   ? FEED_FAULTS
		   : FEED_NOT_A_RISK;
}

/* The field of the first name in the dumps, of the second in the API. */
static struct text
either_text(const json_t *item, const char *in_dump, const char *in_api)
{
	struct text text = feed_json_text(item, in_dump);

	return text.len > 0 ? text : feed_json_text(item, in_api);
}

static bool
read_confidence(const json_t *item, uint8_t *risk)
{
	const json_t *field = json_object_get(item, "confidence_level");
	json_int_t number = json_integer_value(field);

	if (!json_is_integer(field))
		return feed_risk(
		    feed_json_text(item, "confidence_level"), risk);
	if (number < 0 || number > POL_RISK_MAX)
		return false;
	*risk = (uint8_t)number;
	return true;
}

static enum feed_fault
read_item(const json_t *item, struct feed_value *value)
{
	value->kind = kind_of(feed_json_text(item, "ioc_type"));
	value->text = either_text(item, "ioc_value", "ioc");
	value->category = feed_json_text(item, "threat_type");
	value->reference = either_text(item, "malware_printable", "malware");
	return read_confidence(item, &value->risk) ? FEED_FAULTS
						   : FEED_NOT_A_RISK;
}

static int
parse_threatfox(struct feed_parse *parse, FILE *source)
{
	static const struct feed_column columns[] = {
	    {"ioc_value", FIELD_VALUE, 2},
	    {"ioc_type", FIELD_TYPE, 3},
	    {"threat_type", FIELD_THREAT, 4},
	    {"malware_printable", FIELD_MALWARE, 7},
	    {"confidence_level", FIELD_CONFIDENCE, 9},
	    {NULL, 0, -1},
	};
	static const struct abusech_feed threatfox = {
	    columns, read_row, read_item};

	return abusech_parse(parse, source, &threatfox);
}

const struct feed_format feed_threatfox = {
    .name = "threatfox",
    .scope = POL_SUBTREE,
    .triggers = POL_SERVES_ALL,
    .parse = parse_threatfox,
};
