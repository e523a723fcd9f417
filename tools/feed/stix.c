/*
 * stix.c - bundles of STIX 2.0 and 2.1: the indicators in them.
 *
 *	{"type":"bundle","objects":[{"type":"indicator",
 *	 "pattern":"[domain-name:value = 'bad.example']",
 *	 "valid_from":"2025-01-01T00:00:00Z","confidence":80,...},...]}
 *
 * Other objects are no entries. Which patterns are taken, stix_pattern.h says.
 * An indicator is in force from valid_from to valid_until, even where that is
 * in the future; its confidence becomes the risk, of names as well.
 */
#include <string.h>

#include "tools/feed/json.h"
#include "tools/feed/stix_pattern.h"
#include "tools/when.h"

struct indicator {
	struct feed_parse *parse;
	struct feed_value value; /* what each of its comparisons says */
	unsigned long line;
};

static bool
is_text(const json_t *object, const char *key, const char *text)
{
	return text_is_word(feed_json_text(object, key), text);
}

static bool
has_text(const json_t *object, const char *key, const char *text)
{
	const json_t *texts = json_object_get(object, key);

	for (size_t i = 0; i < json_array_size(texts); i++) {
		const char *one = json_string_value(json_array_get(texts, i));

		if (one != NULL && strcmp(one, text) == 0)
			return true;
	}
	return false;
}

/* Read a time, without the fraction of its second; 0 where there is none. */
static bool
read_time(const json_t *object, const char *key, int64_t *seconds)
{
	struct text text = feed_json_text(object, key);
	struct text whole = text_split(&text, '.');
	char time[64];

	*seconds = 0;
	if (whole.len == 0)
		return true;
	while (text.len > 0 && *text.text >= '0' && *text.text <= '9') {
		text.text++;
		text.len--;
	}
	if (whole.len + text.len >= sizeof(time))
		return false;
	memcpy(time, whole.text, whole.len);
	memcpy(time + whole.len, text.text, text.len);
	time[whole.len + text.len] = '\0';
	return when_parse_time(time, seconds) == 0;
}

/* Times before 1970 are as good as none; so is an end that the database has no
 * room for. */
static bool
read_times(const json_t *object, struct feed_value *value)
{
	if (!read_time(object, "valid_from", &value->since) ||
	    !read_time(object, "valid_until", &value->until) ||
	    value->since > WHEN_LATEST)
		return false;
	if (value->until != 0 && value->until <= value->since)
		return false;
	if (value->since < 0)
		value->since = 0;
	if (value->until > WHEN_LATEST)
		value->until = 0;
	return value->until >= 0;
}

static bool
read_confidence(const json_t *object, uint8_t *risk)
{
	const json_t *field = json_object_get(object, "confidence");
	json_int_t number = json_integer_value(field);

	*risk = FEED_RISK;
	if (field == NULL)
		return true;
	if (!json_is_integer(field) || number < 0 || number > POL_RISK_MAX)
		return false;
	*risk = (uint8_t)number;
	return true;
}

/* In 2.0 the types are among the labels. */
static struct text
type_of(const json_t *object)
{
	const json_t *types = json_object_get(object, "indicator_types");
	const json_t *first = json_array_get(
	    types != NULL ? types : json_object_get(object, "labels"), 0);
	struct text type = {"", 0};

	if (json_is_string(first))
		type = (struct text){
		    json_string_value(first), json_string_length(first)};
	if (types == NULL && type.len > 0 &&
	    memchr(type.text, ':', type.len) != NULL)
		type.len = 0; /* a tag: "misp:type=..." */
	return type;
}

static struct text
reference_of(const json_t *object)
{
	static const char *const keys[] = {"name", "description", "id"};
	struct text text = {NULL, 0};

	for (size_t i = 0; text.len == 0 && i < 3; i++)
		text = feed_json_text(object, keys[i]);
	return text;
}

/* Read what is said of all its comparisons. False: FAULT says why it is not to
 * be taken. */
static bool
read_indicator(const json_t *object, struct feed_value *value,
    struct text *pattern, enum feed_fault *fault)
{
	*pattern = feed_json_text(object, "pattern");
	*fault = FEED_REVOKED;
	if (json_is_true(json_object_get(object, "revoked")))
		return false;
	*fault = FEED_BENIGN;
	if (has_text(object, "indicator_types", "benign") ||
	    has_text(object, "labels", "benign"))
		return false;
	*fault = FEED_OTHER_KIND;
	if (json_object_get(object, "pattern_type") != NULL &&
	    !is_text(object, "pattern_type", "stix"))
		return false;
	*fault = FEED_NOT_A_RISK;
	if (!read_confidence(object, &value->risk))
		return false;
	*fault = FEED_BAD_RECORD;
	value->category = type_of(object);
	value->reference = reference_of(object);
	return pattern->len > 0 && read_times(object, value);
}

static int
take_comparison(const struct stix_comparison *comparison, void *arg)
{
	struct indicator *indicator = arg;

	indicator->value.kind = comparison->kind;
	indicator->value.text = comparison->value;
	return feed_take_value(
	    indicator->parse, &indicator->value, indicator->line);
}

static int
take_item(
    struct feed_parse *parse, const struct feed_json_item *item, void *arg)
{
	struct indicator indicator = {.parse = parse, .line = item->line};
	struct text pattern;
	enum feed_fault fault = FEED_BAD_RECORD;
	int rc = 0;

	(void)arg;
	if (json_is_string(json_object_get(item->value, "type")) &&
	    !is_text(item->value, "type", "indicator"))
		return 0;
	if (read_indicator(item->value, &indicator.value, &pattern, &fault)) {
		switch (stix_pattern_read(
		    pattern, take_comparison, &indicator, &rc)) {
		case STIX_READ:
			return rc;
		case STIX_BAD:
			fault = FEED_BAD_RECORD;
			break;
		case STIX_OTHER:
			fault = FEED_OTHER_KIND;
			break;
		}
	}
	if (pattern.len == 0)
		pattern = item->text;
	feed_reject(parse, fault, item->line, pattern);
	return 0;
}

static int
parse_stix(struct feed_parse *parse, FILE *source)
{
	struct feed_json_frame frame = {.list = "objects"};

	return feed_parse_json(parse, source, &frame, take_item, NULL);
}

const struct feed_format feed_stix = {
    .name = "stix",
    .scope = POL_EXACT,
    .triggers = POL_SERVES_ALL,
    .parse = parse_stix,
};
