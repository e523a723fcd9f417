/*
 * guard.h - what no feed may do, whoever made it: block what must never be
 * blocked, enforce what many ask for, or change beyond all expectation.
 *
 * It stands between a feed's parser and its import, for every verb that
 * imports. A feed whose action is `allow`, and an entry that allows, are not
 * judged. Refused, and counted as the other faults of a feed:
 *
 * - What belongs to name resolution itself: the root, arpa, localhost and local
 *   with all below them; the servers of the root and of com and net; and the
 *   names that RFC 6761 reserves, themselves (below example they are as any).
 * - A public suffix: of a registry's (com, co.uk) in any scope. One of a
 *   company's, under which everybody may have a name (github.io, duckdns.org),
 *   only with what is below it, and not of a feed with `trust: full`: there
 *   are lists of dynamic DNS providers that mean just that.
 * - What the operator protects: a protected name, what is below it, and a name
 *   above one where that would take the protected name with it.
 * - A prefix that is shorter than /8 (IPv4) or /19 (IPv6), that has an address
 *   in common with the special ranges (prefixes.h) or with a protected prefix.
 *
 * What would block a name of the configured top list is imported in shadow
 * mode, unless the feed has `trust: full`: the name itself, with or without
 * www., or one above it. A name below a popular one blocks nobody else, and is
 * as any other.
 */
#ifndef GUARD_H
#define GUARD_H

#include "policy/store.h"
#include "tools/config.h"

struct guard;

/*
 * Read what the configuration protects; WITH_TOP_LIST also the top list, where
 * some feed needs it. POL_E* having said why on stderr. Free with guard_free().
 */
int guard_new(
    const struct config *config, bool with_top_list, struct guard **guard);
void guard_free(struct guard *guard);

/*
 * Judge what was read of a feed: take out of PARSE's list what the feed may not
 * block and count it, and put what is popular in shadow mode. 0 or POL_ENOMEM.
 */
int guard_judge(const struct guard *guard, const struct config_feed *feed,
    struct feed_parse *parse);

/* Why the operator should not block SUBJECT without having said that it is
 * meant: a text for "this is ...", into GUARD_REASON_MAX octets. False: there
 * is no reason. */
#define GUARD_REASON_MAX (POL_NAME_TEXT_MAX + 64)
bool guard_warns(const struct guard *guard, const struct pol_subject *subject,
    enum pol_scope scope, char *reason);

/* ---- changes beyond expectation ---- */

/* The feeds that the operator takes as they are: --accept and --accept=FEED. */
struct guard_accepted {
	bool all;
	const char *feeds[POL_FEEDS_MAX];
	size_t count;
};

/* Take the option's argument: a feed's name, which must stay valid, or NULL. */
void guard_accept(struct guard_accepted *accepted, const char *feed);

/* The first of the feeds that is not configured, or NULL. */
const char *guard_unknown(
    const struct guard_accepted *accepted, const struct config *config);

/* A feed that has more entries than this may not change by more than its
 * max-change. */
#define GUARD_CHANGE_FROM 1000

/*
 * Within a change: is what was read of a feed too far from what the database
 * holds of it? An empty list where it holds any, and one that shrinks or grows
 * by more than the feed's max-change. Then a text for "feed x: ..." in the
 * GUARD_REASON_MAX octets at REASON, without what to do about it.
 */
bool guard_refuses(const struct guard_accepted *accepted,
    const struct pol_change *change, const struct config_feed *feed,
    const struct feed_parse *parse, char *reason);

#endif
