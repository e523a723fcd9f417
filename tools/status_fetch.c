/*
 * status_fetch.c - how the fetched feeds fare.
 */
#include "tools/status_fetch.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tools/fetch/spool.h"
#include "tools/fetch/state.h"
#include "tools/output.h"

#define LONG_TIME \
	86400 /* seconds without a good fetch, or three times `every` */

enum health {
	HEALTH_OK,
	HEALTH_UNREADABLE, /* the spool may not be read */
	HEALTH_NEVER,	   /* fetched */
	HEALTH_OVERDUE,	   /* nobody has run an update */
	HEALTH_RETRY,	   /* the last fetch failed */
	HEALTH_FAILING,	   /* for long */
	HEALTH_STALE,	   /* for longer than the SOA's expire: a zone */
	HEALTH_EXPIRED,	   /* for longer than the feed's `expires` */
};

static const char *
health_text(enum health health)
{
	static const char *const texts[] = {
	    [HEALTH_OK] = "ok",
	    [HEALTH_UNREADABLE] = "unreadable",
	    [HEALTH_NEVER] = "never-fetched",
	    [HEALTH_OVERDUE] = "overdue",
	    [HEALTH_RETRY] = "retry",
	    [HEALTH_FAILING] = "failing",
	    [HEALTH_STALE] = "stale",
	    [HEALTH_EXPIRED] = "expired",
	};

	return texts[health];
}

/* Has the zone of a primary outlived what its SOA says? */
static bool
is_stale(const struct config_feed *feed, int64_t age)
{
	int64_t expire = feed->fetch.kind == FETCH_AXFR
			     ? transfer_expire(&feed->fetch.axfr, feed->file)
			     : 0;

	return expire != 0 && age >= expire;
}

static enum health
judge(const struct config_feed *feed, const struct fetch_state *state,
    int64_t now)
{
	int64_t patience = 3 * fetch_every(&feed->fetch);
	int64_t age = now - state->accepted;

	if (patience < LONG_TIME)
		patience = LONG_TIME;
	if (state->accepted == 0)
		return state->failures > 0 ? HEALTH_FAILING : HEALTH_NEVER;
	if (feed->expires != 0 && age >= feed->expires)
		return HEALTH_EXPIRED;
	if (is_stale(feed, age))
		return HEALTH_STALE;
	if (state->failures > 0)
		return age >= patience ? HEALTH_FAILING : HEALTH_RETRY;
	return now - state->due >= patience ? HEALTH_OVERDUE : HEALTH_OK;
}

static enum health
read_health(const struct config *config, const struct config_feed *feed,
    int64_t now, struct fetch_state *state)
{
	char path[POL_PATH_MAX + 1];

	spool_path(config->spool, feed->name, SPOOL_STATE, path);
	fetch_state_read(path, state);
	if (access(path, R_OK) != 0 && errno == EACCES)
		return HEALTH_UNREADABLE;
	return judge(feed, state, now);
}

/* ---- for a person ---- */

static void
add_health(
    struct table *table, enum health health, const struct fetch_state *state)
{
	const struct shown times = show_count(state->failures, "time");

	switch (health) {
	case HEALTH_OK:
		table_cell(table, "ok");
		break;
	case HEALTH_UNREADABLE:
		table_cell(table, "not known: its state may not be read");
		break;
	case HEALTH_NEVER:
		table_cell(table, "never fetched: run `sinkbound update`");
		break;
	case HEALTH_OVERDUE:
		table_cell(table, "OVERDUE: no update runs; is there a timer?");
		break;
	case HEALTH_RETRY:
		table_cell(table, "failed %s: %s", times.text, state->error);
		break;
	case HEALTH_FAILING:
		table_cell(table, "FAILING, %s: %s", times.text, state->error);
		break;
	case HEALTH_STALE:
		table_cell(table,
		    "STALE: past its SOA's expire time, but in force%s%s",
		    state->failures > 0 ? ": " : "", state->error);
		break;
	case HEALTH_EXPIRED:
		table_cell(table, "EXPIRED%s%s",
		    state->failures > 0 ? ": " : "", state->error);
		break;
	}
}

static void
add_feed(struct table *table, const struct config *config,
    const struct config_feed *feed, int64_t now)
{
	struct fetch_state state;
	enum health health = read_health(config, feed, now, &state);

	table_row(table);
	table_cell(table, "%s", feed->name);
	table_cell(table, "%s",
	    state.accepted != 0 ? show_age(now - state.accepted).text : "-");
	table_cell(
	    table, "%s", state.due != 0 ? show_time(state.due).text : "-");
	add_health(table, health, &state);
}

static size_t
count_fetched(const struct config *config)
{
	size_t count = 0;

	for (size_t i = 0; i < config->feed_count; i++)
		count += config->feeds[i].fetch.kind != FETCH_NO_SOURCE;
	return count;
}

bool
status_fetch_print(const struct config *config, int64_t now)
{
	static const char *const heads[] = {
	    "fetched feed", "last good", "next due", "state"};
	struct table *table;

	if (count_fetched(config) == 0)
		return true;
	putchar('\n');
	table = table_new("llll");
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_cell(table, "%s", heads[i]);
	for (size_t i = 0; i < config->feed_count; i++)
		if (config->feeds[i].fetch.kind != FETCH_NO_SOURCE)
			add_feed(table, config, &config->feeds[i], now);
	return table_print(table, stdout);
}

/* ---- for a program ---- */

static json_t *
feed_json(
    const struct config *config, const struct config_feed *feed, int64_t now)
{
	struct fetch_state state;
	enum health health = read_health(config, feed, now, &state);

	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:i, s:o}", "name",
	    feed->name, "state", health_text(health), "checked",
	    json_time(state.checked), "accepted", json_time(state.accepted),
	    "due", json_time(state.due), "failures", (int)state.failures,
	    "error",
	    state.error[0] != '\0' ? json_text(state.error, strlen(state.error))
				   : json_null());
}

json_t *
status_fetch_json(const struct config *config, int64_t now)
{
	json_t *feeds = json_array();

	for (size_t i = 0; i < config->feed_count; i++)
		if (config->feeds[i].fetch.kind != FETCH_NO_SOURCE)
			json_array_append_new(
			    feeds, feed_json(config, &config->feeds[i], now));
	return feeds;
}
