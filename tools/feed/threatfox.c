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
#include "tools/feed/value.h"

enum {
	FIELD_VALUE,
	FIELD_TYPE,
	FIELD_THREAT,
	FIELD_MALWARE,
	FIELD_CONFIDENCE,
};

static enum feed_value_kind
kind_of(struct feed_text type)
{
	if (feed_is_word(type, "domain"))
		return FEED_VALUE_DOMAIN;
	if (feed_is_word(type, "ip:port") || feed_is_word(type, "ip"))
		return FEED_VALUE_ENDPOINT;
	if (feed_is_word(type, "url"))
		return FEED_VALUE_URL;
	return FEED_VALUE_OTHER;
}

static int
take_row(struct feed_parse *parse, const struct feed_row *row)
{
	struct feed_value value = {
	    .kind = kind_of(row->fields[FIELD_TYPE]),
	    .text = row->fields[FIELD_VALUE],
	    .category = row->fields[FIELD_THREAT],
	    .reference = row->fields[FIELD_MALWARE],
	};
	enum feed_fault fault = FEED_BAD_LINE;

	if (value.text.len > 0) {
		fault = FEED_NOT_A_RISK;
		if (feed_risk(row->fields[FIELD_CONFIDENCE], &value.risk))
			return feed_take_value(
			    parse, &value, row->line->number);
	}
	feed_reject(
	    parse, fault, row->line->number, row->line->text, row->line->len);
	return 0;
}

/* The field of the first name in the dumps, of the second in the API. */
static struct feed_text
text_of(const json_t *item, const char *in_dump, const char *in_api)
{
	struct feed_text text = feed_json_text(item, in_dump);

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

static int
take_item(
    struct feed_parse *parse, const struct feed_json_item *item, void *arg)
{
	struct feed_value value = {
	    .kind = kind_of(feed_json_text(item->value, "ioc_type")),
	    .text = text_of(item->value, "ioc_value", "ioc"),
	    .category = feed_json_text(item->value, "threat_type"),
	    .reference = text_of(item->value, "malware_printable", "malware"),
	};
	enum feed_fault fault = FEED_BAD_RECORD;

	(void)arg;
	if (value.text.len > 0) {
		fault = FEED_NOT_A_RISK;
		if (read_confidence(item->value, &value.risk))
			return feed_take_value(parse, &value, item->line);
	}
	feed_reject(parse, fault, item->line, item->text.text, item->text.len);
	return 0;
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
	    {columns, take_row}, take_item};

	return abusech_parse(parse, source, &threatfox);
}

const struct feed_format feed_threatfox = {
    .name = "threatfox",
    .scope = POL_SUBTREE,
    .triggers = POL_SERVES_ALL,
    .parse = parse_threatfox,
};
