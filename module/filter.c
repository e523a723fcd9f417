/*
 * filter.c - what the policy in force certainly does not list: made by the
 * keeper, asked by the workers.
 *
 * The keeper makes a filter after each commit, beside the one in use, and then
 * takes that one away: who sets its flag `inside` after the exchange sees the
 * new one, and those who were inside before are waited for. Until it is there
 * workers look into the database, as they do for all that it may cover.
 */
#include "module/database_p.h"

#include "module/guard.h"

#define STEP 16384 /* entries read between two looks at what else there is */

/* ---- the keeper ---- */

static void
use(struct database *database, struct pol_filter *filter)
{
	struct pol_filter *before = atomic_exchange(&database->filter, filter);

	database_wait(database);
	pol_filter_free(before);
	atomic_store(&database->filter_memory,
	    filter != NULL ? pol_filter_memory(filter) : 0);
}

bool
filter_is_of(const struct database *database, uint64_t generation)
{
	return database->filtered == generation;
}

void
filter_drop(struct database *database)
{
	pol_filter_free(database->filling);
	database->filling = NULL;
	database->filtered = 0;
	use(database, NULL);
}

void
filter_follow(struct database *database)
{
	struct pol_snapshot *snapshot = database->settings;
	int more;

	if (filter_is_of(database, snapshot->generation))
		return;
	pol_filter_free(database->filling); /* left by a fault of the file */
	database->filling = NULL;
	/* Where it cannot be made, it is not tried again until a commit. */
	database->filtered = snapshot->generation;
	more = pol_filter_begin(snapshot, atomic_load(&database->filter),
	    &database->filling);
	if (more != 0)
		return;
	do {
		if (atomic_load(&database->stopping) ||
		    atomic_load(&database->broken))
			break;
		more = pol_filter_fill(database->filling, snapshot, STEP);
	} while (more > 0);
	if (more == 0)
		use(database, database->filling);
	else
		pol_filter_free(database->filling);
	database->filling = NULL;
}

/* ---- workers ---- */

const struct pol_filter *
database_filter(
    struct database *database, const struct pol_snapshot *snapshot)
{
	const struct pol_filter *filter = atomic_load(&database->filter);

	return filter != NULL &&
		       pol_filter_generation(filter) == snapshot->generation
		   ? filter
		   : NULL;
}

struct look {
	struct database *database;
	struct pol_query query;
	struct database_goal *cleared;
	bool lists_none;
};

/* Is the name cleared by the generation that GOAL is? */
static bool
is_cleared(const struct look *look, struct database_goal goal)
{
	return look->cleared != NULL &&
	       look->cleared->opening == goal.opening &&
	       look->cleared->generation == goal.generation;
}

static void
look(void *arg)
{
	struct look *look = arg;
	struct database *database = look->database;
	const struct pol_filter *filter = atomic_load(&database->filter);
	const struct database_goal goal = {
	    .opening = atomic_load(&database->opening),
	    .generation = pol_store_generation(database->store)};

	if (filter == NULL || pol_filter_generation(filter) != goal.generation)
		return;
	if (is_cleared(look, goal))
		look->query.qname = NULL;
	look->lists_none = !pol_filter_may_cover(filter, &look->query);
	if (look->lists_none && look->cleared != NULL)
		*look->cleared = goal;
}

bool
database_lists_none(struct database *database, unsigned number,
    const struct pol_query *query, struct database_goal *cleared)
{
	struct look call = {
	    .database = database, .query = *query, .cleared = cleared};

	if (!database_enter(database, number))
		return false;
	if (!guarded(look, &call))
		call.lists_none = false;
	database_leave(database, number);
	return call.lists_none;
}
