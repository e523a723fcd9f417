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
bool feed_hostname(
    struct text text, struct pol_name *name, enum feed_fault *fault);

#endif
