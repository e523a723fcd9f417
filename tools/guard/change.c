/*
 * change.c - feeds that changed beyond expectation.
 *
 * A list that has become empty, or an error page in its place, is far more
 * often a failed download than a feed without entries; so is half a list.
 */
#include <stdio.h>
#include <string.h>

#include "tools/guard/guard.h"
#include "tools/output.h"

void
guard_accept(struct guard_accepted *accepted, const char *feed)
{
	if (feed == NULL)
		accepted->all = true;
	else if (accepted->count < POL_FEEDS_MAX)
		accepted->feeds[accepted->count++] = feed;
}

static bool
is_configured(const struct config *config, const char *feed)
{
	for (size_t i = 0; i < config->feed_count; i++)
		if (strcmp(config->feeds[i].name, feed) == 0)
			return true;
	return false;
}

const char *
guard_unknown(
    const struct guard_accepted *accepted, const struct config *config)
{
	for (size_t i = 0; i < accepted->count; i++)
		if (!is_configured(config, accepted->feeds[i]))
			return accepted->feeds[i];
	return NULL;
}

static bool
is_accepted(const struct guard_accepted *accepted, const char *feed)
{
	for (size_t i = 0; i < accepted->count; i++)
		if (strcmp(accepted->feeds[i], feed) == 0)
			return true;
	return accepted->all;
}

static bool
is_empty(const struct feed_parse *parse, uint64_t listed, char *reason)
{
	uint64_t read = feed_parse_read(parse);
	size_t len = 0;

	if (parse->accepted > 0 || listed == 0)
		return false;
	if (read == 0)
		len = (size_t)snprintf(
		    reason, GUARD_REASON_MAX, "it has no entries");
	else
		len = (size_t)snprintf(reason, GUARD_REASON_MAX,
		    "it has no usable entry (%s rejected)",
		    show_number(read).text);
	snprintf(reason + len, GUARD_REASON_MAX - len,
	    ", but the database holds %s from it", show_number(listed).text);
	return true;
}

static bool
changes_too_much(const struct config_feed *feed, const struct feed_parse *parse,
    uint64_t listed, char *reason)
{
	uint64_t now = parse->accepted;
	uint64_t by = now > listed ? now - listed : listed - now;

	if (feed->max_change == 0 || listed <= GUARD_CHANGE_FROM ||
	    by <= listed / 100 * feed->max_change +
		      listed % 100 * feed->max_change / 100)
		return false;
	snprintf(reason, GUARD_REASON_MAX,
	    "it would %s from %s entries to %s, by more than its max-change "
	    "of %u%%",
	    now > listed ? "grow" : "shrink", show_number(listed).text,
	    show_number(now).text, feed->max_change);
	return true;
}

bool
guard_refuses(const struct guard_accepted *accepted,
    const struct pol_change *change, const struct config_feed *feed,
    const struct feed_parse *parse, char *reason)
{
	const struct pol_feed *known =
	    pol_change_feed_named(change, feed->name);
	uint64_t listed;

	if (known == NULL || is_accepted(accepted, feed->name))
		return false;
	listed = known->count - known->unlisted;
	return is_empty(parse, listed, reason) ||
	       changes_too_much(feed, parse, listed, reason);
}
