/*
 * behaviour.h - what verbs read of rules and of what the resolver has learned.
 */
#ifndef TOOLS_BEHAVIOUR_H
#define TOOLS_BEHAVIOUR_H

#include "behaviour/observed.h"
#include "behaviour/standing.h"
#include "policy/store.h"
#include "tools/config.h"

struct behaviour {
	char path[POL_PATH_MAX + 1];	 /* of observed.mdb */
	struct beh_rules *rules;	 /* of the policy; NULL: none */
	struct beh_observed *observed;	 /* NULL: nothing was learned */
};

/*
 * Read the rules of the snapshot, and open what was learned, if there is
 * anything. 0, with BEHAVIOUR to be ended; or an error, with a message on
 * stderr: what was learned cannot be read, and is as if it were not there.
 */
int behaviour_begin(const struct config *config,
    const struct pol_snapshot *snapshot, struct behaviour *behaviour);
void behaviour_end(struct behaviour *behaviour);

/* How a name stands at a time; see behaviour/standing.h. STANDING points into
 * NAME and BEHAVIOUR. 0 or an error. */
int behaviour_standing(const struct behaviour *behaviour,
    const struct pol_name *name, const struct beh_client *client, int64_t at,
    struct beh_standing *standing);

#endif
