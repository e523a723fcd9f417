/*
 * abusech.h - what the feeds of abuse.ch have in common: each is published as
 * a table of comma-separated values and as JSON.
 */
#ifndef FEED_ABUSECH_H
#define FEED_ABUSECH_H

#include "tools/feed/json.h"
#include "tools/feed/table.h"

struct abusech_feed {
	struct feed_table table;
	/* Takes an element of one of the document's outermost arrays. */
	feed_take_item *take_item;
};

int abusech_parse(
    struct feed_parse *parse, FILE *source, const struct abusech_feed *feed);

#endif
