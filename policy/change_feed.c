/*
 * change_feed.c - changing the settings and the feeds.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/change_p.h"
#include "policy/error.h"
#include "policy/journal_p.h"
#include "policy/record_p.h"

static void
put(struct pol_change *change, MDB_dbi table, MDB_val key, MDB_val value)
{
	if (change_check(change, pol_error_from_lmdb(mdb_put(
				     change->txn, table, &key, &value, 0))))
		change->dirty = true;
}

void
change_put_feed(struct pol_change *change, const struct pol_feed *feed)
{
	uint8_t key[STORE_FEED_KEY_LEN];
	uint8_t octets[RECORD_FEED_MAX];

	store_feed_key(feed->id, key);
	put(change, change->store->feed, store_val(key, sizeof(key)),
	    store_val(octets, record_write_feed(feed, octets)));
}

const struct pol_feed *
pol_change_feed_named(const struct pol_change *change, const char *name)
{
	return store_feed_named(change->feeds, change->feed_count, name);
}

const struct pol_feed *
pol_change_feeds(const struct pol_change *change, size_t *count)
{
	*count = change->feed_count;
	return change->feeds;
}

struct pol_feed *
change_feed(struct pol_change *change, uint16_t id)
{
	size_t i = store_feed_index(change->feeds, change->feed_count, id);

	if (i < change->feed_count)
		return &change->feeds[i];
	change_check(change, POL_ENOENT);
	return NULL;
}

/* ---- for the journal ---- */

/* Of a feed, or of the settings where FEED is NULL. */
static void __attribute__((format(printf, 3, 4)))
tell(struct pol_change *change, const struct pol_feed *feed, const char *format,
    ...)
{
	char what[POL_NOTE_MAX + 1];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	if (feed != NULL)
		journal_tell_feed(change, feed, what);
	else
		pol_change_tell(change, what);
}

static const char *
log_text(const struct pol_settings *settings)
{
	return settings->log[0] != '\0' ? settings->log : "none";
}

static void
tell_settings(struct pol_change *change, const struct pol_settings *now)
{
	static const char *const on_error[] = {
	    [POL_ON_ERROR_PASS] = "pass", [POL_ON_ERROR_SERVFAIL] = "servfail"};
	const struct pol_settings *old = &change->settings;

	if (old->has_ipv4 != now->has_ipv4 || old->has_ipv6 != now->has_ipv6 ||
	    memcmp(old->ipv4, now->ipv4, sizeof(now->ipv4)) != 0 ||
	    memcmp(old->ipv6, now->ipv6, sizeof(now->ipv6)) != 0)
		tell(change, NULL, "other sinkhole addresses");
	if (old->ttl != now->ttl)
		tell(change, NULL, "TTL %u, now %u", (unsigned)old->ttl,
		    (unsigned)now->ttl);
	if (old->on_error != now->on_error)
		tell(change, NULL, "on-error %s, now %s",
		    on_error[old->on_error], on_error[now->on_error]);
	if (strcmp(old->log, now->log) != 0)
		tell(change, NULL, "log %s, now %s", log_text(old),
		    log_text(now));
}

/* What changes what it does. Its place is not told: a feed that is put before
 * others moves them all. */
static void
tell_feed(struct pol_change *change, const struct pol_feed *old,
    const struct pol_feed *now)
{
	if (old->mode != now->mode)
		tell(change, old, "mode %s, now %s", pol_mode_text(old->mode),
		    pol_mode_text(now->mode));
	if (old->action != now->action)
		tell(change, old, "action %s, now %s",
		    pol_action_text(old->action), pol_action_text(now->action));
	if (old->risk != now->risk)
		tell(change, old, "risk %u, now %u", (unsigned)old->risk,
		    (unsigned)now->risk);
	if (old->triggers != now->triggers)
		tell(change, old, "other triggers");
	if (old->ede != now->ede)
		tell(change, old, "EDE %d, now %d", (int)old->ede,
		    (int)now->ede);
	if (old->expires != now->expires)
		tell(change, old, "expires after %u s, now %u s",
		    (unsigned)old->expires, (unsigned)now->expires);
	if (strcmp(old->format, now->format) != 0 ||
	    strcmp(old->source, now->source) != 0)
		tell(change, old, "another source or format");
}

/* ---- settings and feeds ---- */

void
pol_change_set_settings(
    struct pol_change *change, const struct pol_settings *settings)
{
	uint8_t old[RECORD_SETTINGS_MAX], new[RECORD_SETTINGS_MAX];
	size_t old_len = record_write_settings(&change->settings, old);
	size_t new_len = record_write_settings(settings, new);
	struct pol_settings back;

	if (old_len == new_len && memcmp(old, new, new_len) == 0)
		return;
	/* What cannot be read back must not get in. */
	if (record_read_settings(new, new_len, &back) != 0) {
		change_check(change, POL_EINVAL);
		return;
	}
	tell_settings(change, settings);
	change->settings = *settings;
	put(change, change->store->meta,
	    store_val(META_SETTINGS, strlen(META_SETTINGS)),
	    store_val(new, new_len));
}

/* Make room for a new feed at the place of the lowest free id. */
static struct pol_feed *
insert_feed(struct pol_change *change)
{
	struct pol_feed *feeds;
	size_t place = 0;

	if (change->feed_count == POL_FEEDS_MAX) {
		change_check(change, POL_ERANGE);
		return NULL;
	}
	feeds =
	    realloc(change->feeds, (change->feed_count + 1) * sizeof(*feeds));
	if (feeds == NULL) {
		change_check(change, POL_ENOMEM);
		return NULL;
	}
	change->feeds = feeds;
	while (place < change->feed_count && feeds[place].id == place)
		place++;
	memmove(&feeds[place + 1], &feeds[place],
	    (change->feed_count - place) * sizeof(*feeds));
	change->feed_count++;
	memset(&feeds[place], 0, sizeof(*feeds));
	feeds[place].id = (uint16_t)place;
	return &feeds[place];
}

static bool
same_feed(const struct pol_feed *a, const struct pol_feed *b)
{
	return a->order == b->order && a->action == b->action &&
	       a->mode == b->mode && a->ede == b->ede &&
	       a->triggers == b->triggers && a->risk == b->risk &&
	       a->expires == b->expires && strcmp(a->format, b->format) == 0 &&
	       strcmp(a->source, b->source) == 0;
}

void
pol_change_set_feed(
    struct pol_change *change, const struct pol_feed *feed, uint16_t *id)
{
	const struct pol_feed *known =
	    pol_change_feed_named(change, feed->name);
	struct pol_feed *mine;
	bool allows_now;

	/* What cannot be read back must not get in. */
	if (feed->action < POL_SINKHOLE || feed->action > POL_ALLOW ||
	    feed->mode > POL_SHADOW || feed->name[0] == '\0' ||
	    feed->triggers > POL_SERVES_ALL || feed->risk > POL_RISK_MAX) {
		change_check(change, POL_EINVAL);
		return;
	}
	if (known != NULL && same_feed(known, feed)) {
		*id = known->id;
		return;
	}
	mine = known != NULL ? change_feed(change, known->id)
			     : insert_feed(change);
	if (mine == NULL)
		return;
	allows_now = mine->action != POL_ALLOW && feed->action == POL_ALLOW;
	if (known != NULL)
		tell_feed(change, mine, feed);
	mine->order = feed->order;
	mine->action = feed->action;
	mine->mode = feed->mode;
	mine->ede = feed->ede;
	mine->triggers = feed->triggers;
	mine->risk = feed->risk;
	mine->expires = feed->expires;
	if (feed->expires == 0)
		mine->checked = 0;
	strcpy(mine->name, feed->name);
	strcpy(mine->format, feed->format);
	strcpy(mine->source, feed->source);
	*id = mine->id;
	if (known == NULL)
		tell(change, mine, "new, mode %s, action %s",
		    pol_mode_text(mine->mode), pol_action_text(mine->action));
	if (allows_now && mine->count > 0)
		change_note_feed(change, mine);
	change_put_feed(change, mine);
}

void
pol_change_checked(struct pol_change *change, uint16_t id, int64_t when)
{
	struct pol_feed *feed = change_feed(change, id);

	if (feed == NULL || feed->expires == 0 || feed->checked == when)
		return;
	if (when < 0 || when > UINT32_MAX) {
		change_check(change, POL_EINVAL);
		return;
	}
	feed->checked = when;
	change_put_feed(change, feed);
}
