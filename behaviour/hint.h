/*
 * hint.h - which rules can be left aside, by what is quickly told.
 *
 * Nearly no answer is one that any rule can hold of, and to gather all that
 * rules ask about takes ten times as long as to tell that.
 *
 * Threads: any.
 */
#ifndef BEHAVIOUR_HINT_H
#define BEHAVIOUR_HINT_H

#include "behaviour/rule.h"

/* What is quickly told of an answer. */
struct beh_hint {
	int64_t now;
	uint32_t ttl; /* at most what the signals will say */
	int64_t first_seen;
	struct beh_glance owner, domain;
};

/* The TTL over which none of the rules holds; UINT32_MAX: there is none. */
uint32_t beh_rules_ttl_max(const struct beh_rules *rules);

/* Can any of the rules hold, by what HINT says? */
bool beh_rules_may_hold(
    const struct beh_rules *rules, const struct beh_hint *hint);

#endif
