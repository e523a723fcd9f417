/*
 * damage.c - telling of LMDB's failed assertions.
 */
#include "policy/damage_p.h"

#include <stdatomic.h>
#include <stddef.h>

static _Atomic(pol_damaged *) told;

static void
on_failed_assertion(MDB_env *env, const char *what)
{
	pol_damaged *damaged = atomic_load(&told);
	const char *path = "the database";

	if (damaged == NULL)
		return;
	(void)mdb_env_get_path(env, &path);
	damaged(path, what);
}

void
pol_on_damage(pol_damaged *damaged)
{
	atomic_store(&told, damaged);
}

int
damage_watch(MDB_env *env)
{
	return mdb_env_set_assert(env, on_failed_assertion);
}
