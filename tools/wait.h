/*
 * wait.h - the resolvers that have the database open, and waiting until a
 * change is in force on all of them: no client gets what they had cached
 * before.
 */
#ifndef WAIT_H
#define WAIT_H

#include <jansson.h>

#include "policy/followers.h"
#include "tools/verb.h"

#define WAIT_SECONDS_DEFAULT 10
#define WAIT_SECONDS_MAX 3600

/* The value of an option `--wait[=DURATION]`, among a verb's options. */
#define WAIT_OPTION 'w'
#define WAIT_GETOPT \
	{ \
		"wait", optional_argument, NULL, WAIT_OPTION \
	}
#define WAIT_HELP "  --wait[=10s]   until it is in force on every resolver\n"

struct resolvers {
	struct pol_follower at[POL_FOLLOWERS_MAX];
	size_t count;
};

/* Who has STORE open. 0, or POL_EIO. */
int resolvers_find(const struct pol_store *store, struct resolvers *resolvers);

/* "unbound, pid 4711". */
void resolver_print(FILE *out, const struct pol_follower *resolver);

/* An array of them, as of a database that is at GENERATION. */
json_t *resolvers_json(const struct resolvers *resolvers, uint64_t generation);

/* Waiting, if wanted; zero at first. */
struct wait {
	bool is_wanted;
	int64_t limit;		 /* seconds */
	struct resolvers before; /* the change */
	struct resolvers after;
	size_t behind;	/* of those after it */
	double seconds; /* waited */
};

/* Take the option's argument, which may be missing. STATUS_USAGE with a
 * message. */
enum status wait_option(const struct command *command, struct wait *wait);

/* Before the change: note who has the store open. */
void wait_begin(struct wait *wait, const struct pol_store *store);

/* After the change, which made GENERATION: wait. STATUS_OK, also where the time
 * was too short; STATUS_FAILED with a message. */
enum status wait_for(struct wait *wait, const struct config *config,
    const struct pol_store *store, uint64_t generation);

/* What came of it; STATUS_BEHIND where the time was too short. */
enum status wait_status(const struct wait *wait);

/* Wait, and tell a person what came of it. */
enum status wait_report(struct wait *wait, const struct config *config,
    const struct pol_store *store, uint64_t generation);

#endif
