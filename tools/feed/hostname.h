/*
 * hostname.h - host names as block lists write them.
 */
#ifndef FEED_HOSTNAME_H
#define FEED_HOSTNAME_H

#include "policy/name.h"
#include "tools/feed/format.h"

/*
 * Read one name: letters, digits, hyphens and underscores in two labels or
 * more, in any case, with or without a final dot; Unicode is converted to its
 * IDNA form. True: NAME is set. False: FAULT says why it is none.
 */
bool feed_hostname(const char *text, size_t len, struct pol_name *name,
    enum feed_fault *fault);

/* Is the octet white space that separates words on a line? */
static inline bool
feed_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

#endif
