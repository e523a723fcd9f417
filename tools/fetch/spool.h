/*
 * spool.h - the folder in which copies of fetched feeds are kept.
 *
 * Of a feed NAME there are
 *
 *	NAME.list  the last copy that was accepted: complete, parsed, imported
 *	NAME.json  what is known of it and of the last fetches (state.h)
 *	NAME.new   a candidate, while an update runs or after it was killed
 *
 * and for all of them the files `update.lock`, held by an update from its begin
 * to its end, and `import.lock`, held by whoever brings a copy into the
 * database or reads copies for that, so that an apply waits for an import of an
 * update but not for its downloads. Both are flock(2): a killed holder lets go
 * of them.
 *
 * A candidate becomes the copy by a rename, after the database has committed
 * it, and the state is written last. So a crash leaves, at worst, a database
 * that is one fetch ahead of the copy, and a state that does not know: then the
 * source is fetched again.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include "tools/config.h"

/* The folder and its files are not for everybody: some feeds are paid for. */
#define SPOOL_FOLDER_MODE 0750

enum spool_file {
	SPOOL_COPY,
	SPOOL_STATE,
	SPOOL_CANDIDATE,
};

/* The path of a feed's file; PATH has POL_PATH_MAX + 1 octets. */
void spool_path(
    const char *spool, const char *feed, enum spool_file file, char *path);

/* Make the folder, and those above it, where missing: 0 or an errno code. */
int spool_make(const char *spool);

enum spool_lock {
	SPOOL_UPDATE,
	SPOOL_IMPORT,
};

/*
 * Take a lock; *FD is closed to let go of it. Where another process holds it,
 * wait if WAIT says so, else EWOULDBLOCK. 0 or an errno code, as ENOENT where
 * there is no spool.
 */
int spool_lock(const char *spool, enum spool_lock lock, bool wait, int *fd);

/* Make a feed's candidate its copy, on the disk: 0 or an errno code. */
int spool_accept(const char *spool, const char *feed);

/* Remove a feed's candidate, or all that is kept of it; what is not there is
 * none to remove. */
void spool_remove_candidate(const char *spool, const char *feed);
void spool_remove_feed(const char *spool, const char *feed);

#endif
