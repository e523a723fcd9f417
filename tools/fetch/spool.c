/*
 * spool.c - the folder in which copies of fetched feeds are kept.
 */
#include "tools/fetch/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARENT_MODE 0755
#define LOCK_MODE 0640

void
spool_path(
    const char *spool, const char *feed, enum spool_file file, char *path)
{
	static const char *const suffixes[] = {
	    [SPOOL_COPY] = "list",
	    [SPOOL_STATE] = "json",
	    [SPOOL_CANDIDATE] = "new",
	};

	_Static_assert(CONFIG_SPOOL_MAX + POL_FEED_NAME_MAX + 16 < POL_PATH_MAX,
	    "the path of a file in the spool, or of one beside it, fits");
	snprintf(
	    path, POL_PATH_MAX + 1, "%s/%s.%s", spool, feed, suffixes[file]);
}

static int
make_folder(const char *path, mode_t mode)
{
	return mkdir(path, mode) == 0 || errno == EEXIST ? 0 : errno;
}

int
spool_make(const char *spool)
{
	char path[CONFIG_SPOOL_MAX + 1];
	int error = 0;

	strcpy(path, spool);
	for (char *slash = strchr(path + 1, '/'); slash != NULL && error == 0;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		error = make_folder(path, PARENT_MODE);
		*slash = '/';
	}
	return error != 0 ? error : make_folder(path, SPOOL_FOLDER_MODE);
}

int
spool_lock(const char *spool, enum spool_lock lock, bool wait, int *fd)
{
	static const char *const names[] = {
	    [SPOOL_UPDATE] = "update.lock",
	    [SPOOL_IMPORT] = "import.lock",
	};
	char path[POL_PATH_MAX + 1];
	int opened, error = 0;

	snprintf(path, sizeof(path), "%s/%s", spool, names[lock]);
	opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, LOCK_MODE);
	if (opened < 0)
		return errno;
	while (flock(opened, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 &&
	       error == 0)
		error = errno == EINTR ? 0 : errno;
	if (error == 0)
		*fd = opened;
	else
		close(opened);
	return error;
}

/* Have what PATH holds on the disk. */
static int
sync_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return errno;
	if (fsync(fd) != 0)
		error = errno;
	close(fd);
	return error;
}

int
spool_accept(const char *spool, const char *feed)
{
	char candidate[POL_PATH_MAX + 1], copy[POL_PATH_MAX + 1];
	int error;

	spool_path(spool, feed, SPOOL_CANDIDATE, candidate);
	spool_path(spool, feed, SPOOL_COPY, copy);
	error = sync_path(candidate, O_RDONLY);
	if (error == 0 && rename(candidate, copy) != 0)
		error = errno;
	return error != 0 ? error : sync_path(spool, O_RDONLY | O_DIRECTORY);
}

static void
remove_file(const char *spool, const char *feed, enum spool_file file)
{
	char path[POL_PATH_MAX + 1];

	spool_path(spool, feed, file, path);
	unlink(path);
}

void
spool_remove_candidate(const char *spool, const char *feed)
{
	remove_file(spool, feed, SPOOL_CANDIDATE);
}

void
spool_remove_feed(const char *spool, const char *feed)
{
	/* A copy without a state is fetched anew; not the other way round. */
	remove_file(spool, feed, SPOOL_STATE);
	remove_file(spool, feed, SPOOL_COPY);
	remove_file(spool, feed, SPOOL_CANDIDATE);
}
