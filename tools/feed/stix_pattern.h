/*
 * stix_pattern.h - patterns of STIX (OASIS STIX 2.1, section 9) that are
 * nothing but alternatives.
 *
 *	[domain-name:value = 'a.example' OR ipv4-addr:value = '192.0.2.1']
 *	[ipv4-addr:value ISSUBSET '192.0.2.0/24'] OR [autonomous-system:number
 *	    IN (64500, 64501)]
 *
 * Each comparison then is an indicator by itself. A pattern that joins any by
 * AND or FOLLOWEDBY, negates one, or counts or times them, means less than its
 * parts, and has none.
 */
#ifndef FEED_STIX_PATTERN_H
#define FEED_STIX_PATTERN_H

#include "tools/feed/value.h"

#define STIX_VALUE_MAX ((size_t)512) /* octets; a longer one is cut */

struct stix_comparison {
	enum feed_value_kind kind; /* FEED_VALUE_OTHER: of something else */
	struct text value;	   /* of its kind; else the comparison */
};

enum stix_result {
	STIX_READ,
	STIX_BAD,   /* no pattern */
	STIX_OTHER, /* one that is more than alternatives */
};

/* Call TAKE, with ARG, for each value compared with; stops at the first that
 * returns other than 0 with that in *RC. Values end with the call. A pattern
 * that is not read to its end has no calls. */
typedef int stix_take(const struct stix_comparison *comparison, void *arg);
enum stix_result stix_pattern_read(
    struct text pattern, stix_take *take, void *arg, int *rc);

#endif
