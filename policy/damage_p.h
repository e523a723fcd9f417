/*
 * damage_p.h - for whoever opens an LMDB environment.
 */
#ifndef POL_DAMAGE_P_H
#define POL_DAMAGE_P_H

#include <lmdb.h>

#include "policy/damage.h"

/* Have damage found in ENV told to pol_on_damage()'s function. 0 or LMDB's
 * error code. */
int damage_watch(MDB_env *env);

#endif
