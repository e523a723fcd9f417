/*
 * abusech.h - what the feeds of abuse.ch have in common: each is published as
 * a table of comma-separated values and as JSON.
 */
#ifndef FEED_ABUSECH_H
#define FEED_ABUSECH_H

#include "tools/feed/json.h"
#include "tools/feed/table.h"
#include "tools/feed/value.h"

/* Both readers fill VALUE, whose risk is FEED_RISK, from a row of the table or
 * an element of one of the document's outermost arrays. They return what is
 * wrong with it, or FEED_FAULTS; without a text it is no entry in any case. */
struct abusech_feed {
	const struct feed_column *columns; /* ended by a NULL name */
	enum feed_fault (*read_row)(
	    const struct feed_row *row, struct feed_value *value);
	enum feed_fault (*read_item)(
	    const json_t *item, struct feed_value *value);
};

int abusech_parse(
    struct feed_parse *parse, FILE *source, const struct abusech_feed *feed);

#endif
