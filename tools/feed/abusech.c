/*
 * abusech.c - what the feeds of abuse.ch have in common.
 */
#include "tools/feed/abusech.h"

#include "tools/feed/head.h"

static int
take_row(struct feed_parse *parse, const struct feed_row *row, void *arg)
{
	const struct abusech_feed *const *feed = arg;
	struct feed_value value = {.risk = FEED_RISK};
	enum feed_fault fault = (*feed)->read_row(row, &value);

	if (value.text.len == 0)
		fault = FEED_BAD_LINE;
	if (fault == FEED_FAULTS)
		return feed_take_value(parse, &value, row->line->number);
	feed_reject(parse, fault, row->line->number, row->line->text);
	return 0;
}

static int
take_item(
    struct feed_parse *parse, const struct feed_json_item *item, void *arg)
{
	const struct abusech_feed *const *feed = arg;
	struct feed_value value = {.risk = FEED_RISK};
	enum feed_fault fault = (*feed)->read_item(item->value, &value);

	if (value.text.len == 0)
		fault = FEED_BAD_RECORD;
	if (fault == FEED_FAULTS)
		return feed_take_value(parse, &value, item->line);
	feed_reject(parse, fault, item->line, item->text);
	return 0;
}

int
abusech_parse(
    struct feed_parse *parse, FILE *source, const struct abusech_feed *feed)
{
	struct feed_json_frame frame = {.list = NULL};
	struct feed_head *head;
	int rc = feed_head_new(source, &head);

	if (rc != 0)
		return rc;
	if (feed_head_is_json(head))
		rc = feed_parse_json(
		    parse, feed_head_whole(head), &frame, take_item, &feed);
	else
		rc = feed_parse_table(parse, feed_head_whole(head),
		    feed->columns, take_row, &feed);
	feed_head_free(head);
	return rc;
}
