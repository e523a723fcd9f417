/*
 * suffixes.h - the Public Suffix List as a table that is quick to ask.
 *
 * libpsl answers in some 3,000 instructions, and it is asked for each name that
 * comes from upstream. So each name that the list mentions is held against it
 * once, when it is loaded; below what it does not mention nothing changes.
 * The walk from the top-level domain ends at the first name that is not
 * mentioned, which for most names is the second.
 */
#ifndef BEHAVIOUR_SUFFIXES_H
#define BEHAVIOUR_SUFFIXES_H

#include <libpsl.h>

#include "behaviour/name.h"

struct beh_suffixes;

/*
 * Make the table of the names in the list's FILE, with what LIST, which was
 * loaded from it, says of them. POL_ENOENT, POL_EIO, POL_ENOMEM.
 */
int beh_suffixes_new(
    const char *file, const psl_ctx_t *list, struct beh_suffixes **suffixes);
void beh_suffixes_free(struct beh_suffixes *suffixes);

/* The labels of the name's registrable domain; 0 for a public suffix. */
unsigned beh_suffixes_domain(
    const struct beh_suffixes *suffixes, const struct beh_name *name);

#endif
