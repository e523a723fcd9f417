/*
 * querylog_file.c - the file that the query log's lines go to.
 *
 * It must hold whole lines whatever happens: a line that a full disk has cut
 * is taken back at once; one that a FIFO has cut is continued, or begun anew
 * for the next reader. FIFOs and devices (/dev/stdout) work as well, without
 * ever waiting for their reader.
 */
#include "module/querylog_p.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CHECK_MS 1000

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
say(struct querylog_file *file, const char *what, const char *why)
{
	char message[POL_PATH_MAX + 256];

	snprintf(message, sizeof(message), "query log %s: %s%s", file->path,
	    what, why);
	file->complain(message);
}

static void
fail(struct querylog_file *file, const char *what, int error)
{
	char why[128];

	if (file->complained)
		return;
	file->complained = file->failing = true;
	snprintf(why, sizeof(why),
	    "%s; records wait, and are dropped when the queues are full",
	    strerror(error));
	say(file, what, why);
}

/* Octets before DONE that belong to the line that is not wholly written. */
static size_t
cut_line(const struct querylog_file *file)
{
	size_t start = file->done;

	while (start > 0 && file->text[start - 1] != '\n')
		start--;
	return file->done - start;
}

/*
 * Take back the cut line, unless this is no regular file or another process
 * has appended to it since: then the line is continued when it can be.
 */
static void
take_back(struct querylog_file *file)
{
	size_t cut = cut_line(file);
	off_t end = lseek(file->fd, 0, SEEK_CUR);
	struct stat status;

	if (cut == 0 || fstat(file->fd, &status) != 0 || status.st_size != end)
		return;
	if (ftruncate(file->fd, end - (off_t)cut) == 0)
		file->done -= cut;
}

void
querylog_file_init(struct querylog_file *file, querylog_complain *complain)
{
	memset(file, 0, sizeof(*file));
	file->complain = complain;
	file->fd = -1;
	file->checked = now_ms() - CHECK_MS;
}

static void
close_file(struct querylog_file *file)
{
	if (file->fd < 0)
		return;
	close(file->fd);
	file->fd = -1;
	/* Whatever is opened next gets the whole line. */
	file->done -= cut_line(file);
}

void
querylog_file_set_path(struct querylog_file *file, const char *path)
{
	close_file(file);
	snprintf(file->path, sizeof(file->path), "%s", path);
	file->complained = false;
	file->checked = now_ms() - CHECK_MS;
}

/* O_NONBLOCK is for FIFOs and terminals: a regular file has no such state. */
static void
open_file(struct querylog_file *file)
{
	struct stat status;

	file->fd = open(file->path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	    0640);
	if (file->fd < 0) {
		fail(file, "cannot be opened: ", errno);
		return;
	}
	if (fstat(file->fd, &status) != 0) {
		fail(file, "cannot be examined: ", errno);
		close_file(file);
		return;
	}
	file->device = status.st_dev;
	file->inode = status.st_ino;
}

void
querylog_file_follow(struct querylog_file *file)
{
	struct stat status;
	int64_t now = now_ms();

	if (file->path[0] == '\0' || now - file->checked < CHECK_MS)
		return;
	file->checked = now;
	if (file->fd >= 0 &&
	    (stat(file->path, &status) != 0 || status.st_dev != file->device ||
		status.st_ino != file->inode))
		close_file(file);
	if (file->fd < 0)
		open_file(file);
}

static void
refused(struct querylog_file *file, int error)
{
	/* The next reader of a FIFO is to get whole lines. */
	if (error == EPIPE)
		close_file(file);
	else
		take_back(file);
	fail(file, "cannot be written: ", error);
}

bool
querylog_file_flush(struct querylog_file *file)
{
	if (file->fd < 0)
		return file->len == 0;
	while (file->done < file->len) {
		ssize_t n = write(
		    file->fd, file->text + file->done, file->len - file->done);

		if (n <= 0) {
			refused(file, n < 0 ? errno : EIO);
			return false;
		}
		file->done += (size_t)n;
	}
	file->done = file->len = 0;
	return true;
}

void
querylog_file_finish(struct querylog_file *file)
{
	if (file->len == 0 || !querylog_file_flush(file) || !file->failing)
		return;
	file->complained = file->failing = false;
	say(file, "written again", "");
}

size_t
querylog_file_forget(struct querylog_file *file)
{
	size_t i, lines = 0;

	for (i = file->done; i < file->len; i++)
		lines += file->text[i] == '\n';
	file->done = file->len = 0;
	return lines;
}
