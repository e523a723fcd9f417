/*
 * top_list.h - the names that most people ask for, as lists such as Tranco's
 * and Umbrella's have them.
 */
#ifndef GUARD_TOP_LIST_H
#define GUARD_TOP_LIST_H

#include "policy/name.h"

/*
 * Call TAKE for the first COUNT names of the list at PATH, with their rank from
 * 1: one name a line, or CSV with the rank in the first column and the name in
 * the second, in order. What is no name is passed over and takes a rank.
 * 0; POL_ENOMEM; POL_EIO, POL_ENOENT or POL_EACCES with errno set; or what TAKE
 * returned other than 0, which ends it.
 */
typedef int top_list_take(
    const struct pol_name *name, unsigned long rank, void *arg);
int top_list_read(
    const char *path, unsigned long count, top_list_take *take, void *arg);

#endif
