/*
 * origins.c - the origin ASN of any address: a table that the keeper makes and
 * the workers ask.
 *
 * As the filter, it is made beside the one in use. But it is of the origin data
 * rather than of a generation: an older one goes on meanwhile, also while a
 * database is closed and another one opened, since where networks belong
 * changes little, and slowly.
 */
#include "module/database_p.h"

#define STEP 16384 /* ranges read between two looks at what else there is */

/* ---- the keeper ---- */

static void
use(struct database *database, struct pol_origin_table *table)
{
	struct pol_origin_table *before =
	    atomic_exchange(&database->origins, table);

	database_wait(database);
	pol_origin_table_free(before);
	atomic_store(&database->origins_memory,
	    table != NULL ? pol_origin_table_memory(table) : 0);
}

/* Nobody but rules asks for origins of whatever is answered. */
static bool
has_rules(const struct pol_snapshot *snapshot)
{
	const uint8_t *octets;
	size_t len;

	return pol_snapshot_rules(snapshot, &octets, &len) == 1;
}

/* Where it cannot be made the one before goes on. */
static void
make(struct database *database)
{
	int more = pol_origin_table_begin(&database->gathering);

	if (more != 0)
		return;
	do {
		if (atomic_load(&database->stopping) ||
		    atomic_load(&database->broken))
			return;
		more = pol_origin_table_fill(
		    database->gathering, database->settings, STEP);
	} while (more > 0);
	if (more != 0)
		return;
	use(database, database->gathering);
	database->gathering = NULL;
}

static void
forget(struct database *database)
{
	pol_origin_table_free(database->gathering);
	database->gathering = NULL;
}

void
origins_follow(struct database *database)
{
	const struct pol_origin_table *table = atomic_load(&database->origins);

	if (!has_rules(database->settings)) {
		origins_drop(database);
		return;
	}
	if (table != NULL && pol_origin_table_is_of(table, database->settings))
		return;
	forget(database); /* left by a fault of the file */
	make(database);
	forget(database);
}

void
origins_drop(struct database *database)
{
	forget(database);
	if (atomic_load(&database->origins) != NULL)
		use(database, NULL);
}

/* ---- workers ---- */

/* Without a look at the gate: nothing is read but what is in memory. */
const struct pol_origin_table *
database_enter_origins(struct database *database, unsigned number)
{
	atomic_store(&database->workers[number].inside, true);
	return atomic_load(&database->origins);
}
