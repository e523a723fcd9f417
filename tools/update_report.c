/*
 * update_report.c - what an update did, feed by feed.
 */
#include "tools/output.h"
#include "tools/update_p.h"

bool
update_print(const struct update_feed *feed, int width)
{
	struct table *table;

	switch (feed->outcome) {
	case UPDATE_FAILED:
		return true; /* said on stderr */
	case UPDATE_UNCHANGED:
		printf("%-*s  not changed\n", width, feed->import.config->name);
		return true;
	case UPDATE_IMPORTED:
		break;
	}
	table = table_new("lrrrl");
	apply_add_feed(table, &feed->import, width);
	return table_print(table, stdout);
}

static const char *
outcome_text(enum update_outcome outcome)
{
	static const char *const texts[] = {
	    [UPDATE_FAILED] = "failed",
	    [UPDATE_UNCHANGED] = "unchanged",
	    [UPDATE_IMPORTED] = "imported",
	};

	return texts[outcome];
}

json_t *
update_json(const struct update_feed *feed)
{
	json_t *object = apply_feed_json(&feed->import);

	json_object_set_new(
	    object, "outcome", json_string(outcome_text(feed->outcome)));
	json_object_set_new(object, "source", json_string(feed->import.source));
	json_object_set_new(object, "received",
	    json_integer((json_int_t)feed->fetched.received));
	json_object_set_new(object, "due", json_time(feed->state.due));
	json_object_set_new(object, "error",
	    feed->outcome == UPDATE_FAILED ? json_string(feed->error)
					   : json_null());
	return object;
}
