/*
 * prefixes.h - a set of prefixes that is asked whether another one has an
 * address in common with it.
 *
 * As names.h: none is kept that lies in another, so only the last that does not
 * come after a prefix can hold it, and those in it come right after it.
 */
#ifndef GUARD_PREFIXES_H
#define GUARD_PREFIXES_H

#include "policy/address.h"

struct guard_prefixes;

/* Free with guard_prefixes_free(). 0 or POL_ENOMEM. */
int guard_prefixes_new(struct guard_prefixes **prefixes);
void guard_prefixes_free(struct guard_prefixes *prefixes);

/* Add a prefix, in any order. 0 or POL_ENOMEM. */
int guard_prefixes_add(
    struct guard_prefixes *prefixes, const struct pol_prefix *prefix);

/* Sort. Once, after the last was added. */
void guard_prefixes_seal(struct guard_prefixes *prefixes);

/* The one that has an address in common with PREFIX, or NULL. */
const struct pol_prefix *guard_prefixes_meet(
    const struct guard_prefixes *prefixes, const struct pol_prefix *prefix);

/*
 * Add the special ranges of RFC 6890 and IANA's registries that are no place
 * on the internet: private, loopback, link-local, multicast, reserved, and
 * those into which addresses of IPv4 are mapped. The ranges for documentation
 * are not among them: nobody is reached by them, nor missed.
 */
int guard_prefixes_add_special(struct guard_prefixes *prefixes);

#endif
