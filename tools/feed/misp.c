/*
 * misp.c - attributes of MISP, in events, in objects or by themselves.
 *
 *	{"Event":{"Attribute":[{"type":"domain","value":"bad.example",
 *	 "to_ids":true,...}],"Object":[{"Attribute":[...]}]}}
 *	{"response":{"Attribute":[...]}}
 *
 * An attribute is meant for detection where it is flagged to_ids; the others
 * are context, such as the name of a victim. Of "domain|ip" the name is taken:
 * the address is where it pointed to, for all that else is there.
 */
#include "tools/feed/json.h"
#include "tools/feed/value.h"

#include <string.h>

static enum feed_value_kind
kind_of(struct text type)
{
	static const struct {
		const char *type;
		enum feed_value_kind kind;
	} kinds[] = {
	    {"domain", FEED_VALUE_DOMAIN},
	    {"domain|ip", FEED_VALUE_DOMAIN},
	    {"hostname", FEED_VALUE_HOSTNAME},
	    {"hostname|port", FEED_VALUE_HOSTNAME},
	    {"ip-src", FEED_VALUE_NETWORK},
	    {"ip-dst", FEED_VALUE_NETWORK},
	    {"ip-src|port", FEED_VALUE_NETWORK},
	    {"ip-dst|port", FEED_VALUE_NETWORK},
	    {"url", FEED_VALUE_URL},
	    {"AS", FEED_VALUE_ASN},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (text_is_word(type, kinds[i].type))
			return kinds[i].kind;
	return FEED_VALUE_OTHER;
}

/* MISP writes a flag as true, "1" or 1. */
static bool
is_set(const json_t *object, const char *key)
{
	const json_t *flag = json_object_get(object, key);

	return json_is_true(flag) || json_integer_value(flag) == 1 ||
	       text_is_word(feed_json_text(object, key), "1") ||
	       text_is_word(feed_json_text(object, key), "true");
}

static int
take_item(
    struct feed_parse *parse, const struct feed_json_item *item, void *arg)
{
	struct text type = feed_json_text(item->value, "type");
	struct feed_value value = {
	    .kind = kind_of(type),
	    .text = feed_json_text(item->value, "value"),
	    .risk = FEED_RISK,
	    .category = feed_json_text(item->value, "category"),
	    .reference = feed_json_text(item->value, "comment"),
	};
	enum feed_fault fault;

	(void)arg;
	if (value.reference.len == 0)
		value.reference = feed_json_text(item->value, "uuid");
	if (value.text.len == 0 || type.len == 0) {
		value.text = item->text;
		fault = FEED_BAD_RECORD;
	} else if (is_set(item->value, "deleted")) {
		fault = FEED_REVOKED;
	} else if (value.kind != FEED_VALUE_OTHER &&
		   !is_set(item->value, "to_ids") &&
		   !parse->options.all_attributes) {
		fault = FEED_NOT_FLAGGED;
	} else {
		if (value.kind != FEED_VALUE_OTHER &&
		    memchr(type.text, '|', type.len) != NULL)
			value.text = text_split(&value.text, '|');
		return feed_take_value(parse, &value, item->line);
	}
	feed_reject(parse, fault, item->line, value.text);
	return 0;
}

static int
parse_misp(struct feed_parse *parse, FILE *source)
{
	struct feed_json_frame frame = {.list = "Attribute"};

	return feed_parse_json(parse, source, &frame, take_item, NULL);
}

const struct feed_format feed_misp = {
    .name = "misp",
    .scope = POL_SUBTREE,
    .triggers = POL_SERVES_ALL,
    .parse = parse_misp,
};
