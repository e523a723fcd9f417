/*
 * names.h - a set of names, each with or without what is below it, that is
 * asked whether an indicator would touch one of them.
 *
 * The names are kept as keys (policy/name.h) in order, and none is kept that
 * lies in another's reach. So the only one that can hold a name is the last
 * that does not come after it, and those below a name come right after it.
 */
#ifndef GUARD_NAMES_H
#define GUARD_NAMES_H

#include "policy/indicator.h"

struct guard_names;

/* Free with guard_names_free(). 0 or POL_ENOMEM. */
int guard_names_new(struct guard_names **names);
void guard_names_free(struct guard_names *names);

/* Add a name, in any order. 0 or POL_ENOMEM. */
int guard_names_add(struct guard_names *names, const struct pol_name *name,
    enum pol_scope scope);

/* Sort. Once, after the last was added. */
void guard_names_seal(struct guard_names *names);

/* How what KEY and SCOPE cover meets the set. */
enum guard_meeting {
	GUARD_APART,  /* no name in common */
	GUARD_WITHIN, /* it is in the set, or below a name that reaches so far
		       */
	GUARD_ABOVE,  /* a name of the set is below it */
};

/* MET, unless they are apart: the key of the set's name. It belongs to the
 * set. */
struct guard_key {
	const uint8_t *key;
	size_t len;
};
enum guard_meeting guard_names_meet(const struct guard_names *names,
    const uint8_t *key, size_t len, enum pol_scope scope,
    struct guard_key *met);

#endif
