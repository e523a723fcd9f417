/*
 * json.h - the items of a JSON document, one by one.
 *
 * Feeds in JSON are lists of objects in a frame, in documents that may be
 * larger than memory. Here the frame is walked octet by octet; only one item
 * at a time is held, and read by jansson. What is wrong within an item costs
 * that item; what is wrong with the frame costs the document, for one that
 * ends in its middle is half a list.
 */
#ifndef FEED_JSON_H
#define FEED_JSON_H

#include <jansson.h>

#include "tools/feed/entry.h"

#define FEED_JSON_ITEM_MAX \
	((size_t)4 << 20)      /* octets; a longer one is \
				* rejected as too long */
#define FEED_JSON_DEPTH_MAX 64 /* of the frame and of an item */
#define FEED_JSON_FIELD_MAX 64

struct feed_json_item {
	const json_t *value;
	struct text text;      /* as it stands in the document */
	unsigned long line;    /* of its first octet */
};

typedef int feed_take_item(
    struct feed_parse *parse, const struct feed_json_item *item, void *arg);

struct feed_json_frame {
	/* Items are the elements of the arrays of this key, at any depth; NULL:
	 * of the outermost arrays. A document that has none of these arrays is
	 * an item itself. */
	const char *list;
	/* A text in the frame to be kept, the last one of that key; NULL: none.
	 * Empty where there is none. */
	const char *field;
	char value[FEED_JSON_FIELD_MAX];
};

/* Call TAKE, with ARG, for each item. 0, what TAKE returned other than 0,
 * POL_EINVAL with parse->problem, POL_ENOMEM or POL_EIO. */
int feed_parse_json(struct feed_parse *parse, FILE *source,
    struct feed_json_frame *frame, feed_take_item *take, void *arg);

/* The text of a field of an object; empty where there is none. */
struct text feed_json_text(const json_t *object, const char *key);

#endif
