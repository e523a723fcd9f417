/*
 * rpz_trigger.h - what the owner of a response policy zone's record stands for.
 */
#ifndef FEED_RPZ_TRIGGER_H
#define FEED_RPZ_TRIGGER_H

#include <string.h>

#include "tools/feed/format.h"

struct rpz_trigger {
	struct pol_subject subject;
	enum pol_scope scope;
	uint8_t triggers; /* 0: those of its kind */
};

/* Read an owner without the zone's name, which is not the zone itself. True:
 * TRIGGER is set. False: FAULT says why not. */
bool rpz_trigger_read(const struct pol_name *owner, struct rpz_trigger *trigger,
    enum feed_fault *fault);

/* Is TARGET the trigger itself, with or without the label of its kind? Before
 * there was rpz-passthru, that was how a zone said it. */
bool rpz_trigger_is_self(
    const struct pol_name *owner, const struct pol_name *target);

/* Does the label at WIRE begin with "rpz-"? Those stand for the policy's own:
 * triggers and actions. */
static inline bool
rpz_is_special(const uint8_t *wire)
{
	return wire[0] >= 4 && memcmp(wire + 1, "rpz-", 4) == 0;
}

#endif
