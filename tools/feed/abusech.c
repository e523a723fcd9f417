/*
 * abusech.c - what the feeds of abuse.ch have in common.
 */
#include "tools/feed/abusech.h"

#include "tools/feed/head.h"

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
		rc = feed_parse_json(parse, feed_head_whole(head), &frame,
		    feed->take_item, NULL);
	else
		rc = feed_parse_table(
		    parse, feed_head_whole(head), &feed->table);
	feed_head_free(head);
	return rc;
}
