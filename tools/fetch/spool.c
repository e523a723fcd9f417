/*
 * spool.c - the folder in which copies of fetched feeds are kept.
 */
#include "tools/fetch/spool.h"

#include <stdio.h>

void
spool_path(
    const char *spool, const char *feed, enum spool_file file, char *path)
{
	static const char *const suffixes[] = {
	    [SPOOL_COPY] = "list",
	    [SPOOL_STATE] = "json",
	    [SPOOL_CANDIDATE] = "new",
	};
	static const size_t size = POL_PATH_MAX + 1;

	_Static_assert(CONFIG_SPOOL_MAX + POL_FEED_NAME_MAX + 16 < POL_PATH_MAX,
	    "the path of a file in the spool fits");
	snprintf(path, size, "%s/%s.%s", spool, feed, suffixes[file]);
}
