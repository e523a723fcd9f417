/*
 * value.h - what feeds of threat intelligence list: a value, what kind it is
 * of, and what is said about it.
 *
 * A URL is taken for its host only where it is of the whole host: its path is
 * empty or "/". A page on a shared host must not cost all the others; and an
 * address in a URL with a path is as often that of a shared host.
 */
#ifndef FEED_VALUE_H
#define FEED_VALUE_H

#include "tools/feed/entry.h"
#include "tools/feed/network.h"

enum feed_value_kind {
	FEED_VALUE_DOMAIN,   /* a name and everything below it */
	FEED_VALUE_HOSTNAME, /* a name alone */
	FEED_VALUE_HOST,     /* a name alone, or an address */
	FEED_VALUE_NETWORK,  /* an address or prefix */
	FEED_VALUE_ENDPOINT, /* an address, which may have ":PORT" behind it */
	FEED_VALUE_URL,	     /* with or without its scheme */
	FEED_VALUE_ASN,
	FEED_VALUE_OTHER, /* a hash, a file: rejected */
};

struct feed_value {
	enum feed_value_kind kind;
	struct text text;
	/* The rest is said about it. */
	uint8_t risk;
	struct text category;
	struct text reference;
	int64_t since; /* as in struct pol_indicator */
	int64_t until;
};

/* Take the value as an entry, or reject it. */
int feed_take_value(struct feed_parse *parse, const struct feed_value *value,
    unsigned long line);

/* Read a whole number of 0 to POL_RISK_MAX; empty: FEED_RISK. */
bool feed_risk(struct text text, uint8_t *risk);

#endif
