/*
 * misp_warninglist.c - warning lists of MISP: what is often reported and must
 * not be blocked, such as the most visited names and public resolvers.
 *
 *	{"name":"...","type":"hostname","list":["good.example",...],...}
 *
 * A list of the type "hostname" is of names and what is below them, of the
 * type "string" of the names alone (but a dot in front of one stands for what
 * is below it as well), of the type "cidr" of addresses and prefixes. Those of
 * substrings and of regular expressions are of no names.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "tools/feed/json.h"
#include "tools/feed/value.h"

/* The type may stand behind the list, which is kept until then: for each item
 * its header and its text. */
struct kept_item {
	unsigned long line;
	size_t len;
};

static int
keep_item(
    struct feed_parse *parse, const struct feed_json_item *item, void *arg)
{
	struct kept_item kept = {item->line, json_string_length(item->value)};
	FILE *out = arg;

	if (kept.len == 0) {
		feed_reject(parse, FEED_BAD_RECORD, item->line, item->text);
		return 0;
	}
	fwrite(&kept, sizeof(kept), 1, out);
	fwrite(json_string_value(item->value), 1, kept.len, out);
	return ferror(out) ? POL_ENOMEM : 0;
}

static enum feed_value_kind
kind_of(const char *type)
{
	if (strcmp(type, "hostname") == 0)
		return FEED_VALUE_DOMAIN;
	if (strcmp(type, "string") == 0)
		return FEED_VALUE_HOST;
	if (strcmp(type, "cidr") == 0)
		return FEED_VALUE_NETWORK;
	return FEED_VALUE_OTHER;
}

/* Take the items of a list of TYPE. */
static int
take_items(
    struct feed_parse *parse, const char *type, const char *items, size_t size)
{
	const char *end = items + size;
	int rc = 0;

	while (rc == 0 && items < end) {
		struct feed_value value = {
		    .kind = kind_of(type), .risk = FEED_RISK};
		struct kept_item kept;

		memcpy(&kept, items, sizeof(kept));
		items += sizeof(kept);
		value.text = (struct text){items, kept.len};
		items += kept.len;
		if ((value.kind == FEED_VALUE_DOMAIN ||
			value.kind == FEED_VALUE_HOST) &&
		    text_skip(&value.text, "."))
			value.kind = FEED_VALUE_DOMAIN;
		rc = feed_take_value(parse, &value, kept.line);
	}
	return rc;
}

static int
parse_warninglist(struct feed_parse *parse, FILE *source)
{
	struct feed_json_frame frame = {.list = "list", .field = "type"};
	char *items = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&items, &size);
	int rc;

	if (out == NULL)
		return POL_ENOMEM;
	rc = feed_parse_json(parse, source, &frame, keep_item, out);
	if (fclose(out) != 0 && rc == 0)
		rc = POL_ENOMEM;
	if (rc == 0)
		rc = take_items(parse, frame.value, items, size);
	free(items);
	return rc;
}

const struct feed_format feed_misp_warninglist = {
    .name = "misp-warninglist",
    .scope = POL_SUBTREE,
    .triggers = POL_SERVES_ALL,
    .protects = true,
    .parse = parse_warninglist,
};
