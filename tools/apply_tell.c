/*
 * apply_tell.c - what an apply does to the order of feeds, to rules and to
 * groups of clients, in words for the history: who ended shadow mode, and who
 * exempted whom.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "behaviour/rule.h"
#include "policy/clients.h"
#include "tools/apply_p.h"

/* Pieces of a note; what is too much is cut where it is told. */
static void __attribute__((format(printf, 2, 3)))
add(struct apply *apply, const char *format, ...)
{
	size_t len = strlen(apply->told), room = sizeof(apply->told) - len;
	va_list arguments;

	if (len > 0 && room > 2) {
		strcpy(apply->told + len, "; ");
		len += 2;
		room -= 2;
	}
	va_start(arguments, format);
	vsnprintf(apply->told + len, room, format, arguments);
	va_end(arguments);
}

/* ---- rules ---- */

static bool
same_rule(const struct beh_rule *a, const struct beh_rule *b)
{
	struct beh_rules one = {.count = 1};
	uint8_t *first = NULL, *second = NULL;
	size_t first_len = 0, second_len = 0;
	struct beh_rule rule = *a;
	bool same;

	beh_options_default(&one.options);
	one.rules = &rule;
	same = beh_rules_encode(&one, &first, &first_len) == 0;
	rule = *b;
	same = same && beh_rules_encode(&one, &second, &second_len) == 0 &&
	       first_len == second_len && memcmp(first, second, first_len) == 0;
	free(first);
	free(second);
	return same;
}

static void
compare_rule(
    struct apply *apply, const struct beh_rule *old, const struct beh_rule *now)
{
	if (old == NULL)
		add(apply, "rule %s new, mode %s", now->name,
		    pol_mode_text(now->mode));
	else if (old->mode != now->mode)
		add(apply, "rule %s mode %s, now %s", now->name,
		    pol_mode_text(old->mode), pol_mode_text(now->mode));
	else if (!same_rule(old, now))
		add(apply, "rule %s says something else", now->name);
}

static void
compare_rules(struct apply *apply, const struct beh_rules *old,
    const struct beh_rules *now)
{
	for (size_t i = 0; i < now->count; i++)
		compare_rule(apply,
		    old != NULL ? beh_rules_find(old, now->rules[i].name)
				: NULL,
		    &now->rules[i]);
	for (size_t i = 0; old != NULL && i < old->count; i++)
		if (beh_rules_find(now, old->rules[i].name) == NULL)
			add(apply, "rule %s not configured any more",
			    old->rules[i].name);
}

/* ---- groups of clients ---- */

/* The place of the group of that name; the count where there is none. */
static size_t
find_group(const struct pol_clients *clients, const char *name)
{
	size_t count = pol_clients_count(clients), i = 0;

	while (
	    i < count && strcmp(pol_clients_group(clients, i)->name, name) != 0)
		i++;
	return i;
}

/* Group I of NOW. */
static void
compare_group(struct apply *apply, const struct pol_clients *old,
    const struct pol_clients *now, size_t i)
{
	const struct pol_group *group = pol_clients_group(now, i), *before;
	const char *mode = pol_client_mode_text(group->mode);
	size_t place = find_group(old, group->name);

	if (place == pol_clients_count(old)) {
		add(apply, "clients %s new, mode %s", group->name, mode);
		return;
	}
	before = pol_clients_group(old, place);
	if (before->mode != group->mode)
		add(apply, "clients %s mode %s, now %s", group->name,
		    pol_client_mode_text(before->mode), mode);
	if (!pol_clients_same_prefixes(now, i, old, place))
		add(apply, "clients %s other prefixes", group->name);
}

static void
compare_clients(struct apply *apply, const struct pol_clients *old,
    const struct pol_clients *now)
{
	for (size_t i = 0; i < pol_clients_count(now); i++)
		compare_group(apply, old, now, i);
	for (size_t i = 0; i < pol_clients_count(old); i++) {
		const char *name = pol_clients_group(old, i)->name;

		if (find_group(now, name) == pol_clients_count(now))
			add(apply, "clients %s not configured any more", name);
	}
}

/* ---- the order of feeds ---- */

/* Of those that were there before: one that is put before them moves all, which
 * changes nothing among them. */
static void
compare_order(struct apply *apply, const struct pol_snapshot *snapshot)
{
	const struct config *config = apply->config;
	unsigned last = 0;

	for (size_t i = 0; i < config->feed_count; i++) {
		const struct pol_feed *feed =
		    pol_snapshot_feed_named(snapshot, config->feeds[i].name);

		if (feed == NULL)
			continue;
		if (feed->order < last) {
			add(apply, "feeds in another order");
			return;
		}
		last = feed->order;
	}
}

/* Rules that cannot be read are none; NULL then, too. */
static struct beh_rules *
rules_of(const struct pol_snapshot *snapshot)
{
	struct beh_rules *rules = NULL;
	const uint8_t *octets;
	size_t len;

	if (pol_snapshot_rules(snapshot, &octets, &len) == 1 &&
	    beh_rules_decode(octets, len, &rules) != 0)
		return NULL;
	return rules;
}

int
apply_compare(struct apply *apply)
{
	struct pol_snapshot *snapshot;
	struct beh_rules *rules;
	int error = pol_snapshot_begin(apply->store, &snapshot);

	if (error != 0)
		return error;
	compare_order(apply, snapshot);
	rules = rules_of(snapshot);
	compare_rules(apply, rules, &apply->config->behaviour);
	compare_clients(apply, snapshot->clients, apply->config->clients);
	beh_rules_free(rules);
	pol_snapshot_end(snapshot);
	return 0;
}
