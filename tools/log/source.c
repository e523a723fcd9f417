/*
 * source.c - reading a log of queries.
 */
#include "tools/log/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/error.h"
#include "tools/feed/line.h"
#include "tools/fetch/unpack.h"

#define CHUNK 65536	    /* octets of the file read at a time */
#define PROGRESS_STEP 65536 /* lines between two reports */

/* The file while it is read: what has been unpacked waits in OUT. */
struct source {
	struct log_reading *reading;
	int fd;
	struct unpack *unpack;
	char *out;
	size_t size; /* of the memory at OUT */
	size_t at;   /* octets of it that have been given */
	size_t len;
	int error; /* an errno code: no more will come */
	bool at_end;
	char chunk[CHUNK];
};

/* ---- unpacking ---- */

static int
take_unpacked(const void *octets, size_t len, void *arg)
{
	struct source *source = arg;

	if (source->len + len > source->size) {
		size_t size = 2 * (source->len + len);
		char *out = realloc(source->out, size);

		if (out == NULL)
			return POL_ENOMEM;
		source->out = out;
		source->size = size;
	}
	memcpy(source->out + source->len, octets, len);
	source->len += len;
	return 0;
}

static int
errno_of(int error)
{
	return error == 0 ? 0 : error == POL_ENOMEM ? ENOMEM : EBADMSG;
}

static void
fill(struct source *source)
{
	ssize_t got;

	source->at = 0;
	source->len = 0;
	do
		got = read(source->fd, source->chunk, CHUNK);
	while (got < 0 && errno == EINTR);
	if (got > 0) {
		source->reading->octets += (uint64_t)got;
		source->error = errno_of(
		    unpack_write(source->unpack, source->chunk, (size_t)got));
		return;
	}
	source->at_end = true;
	source->error = got < 0 ? errno : errno_of(unpack_end(source->unpack));
}

/* As read() would; an error is as the end, so that the lines before it count.
 */
static ssize_t
read_unpacked(void *cookie, char *buffer, size_t size)
{
	struct source *source = cookie;
	size_t left;

	while (
	    source->at == source->len && source->error == 0 && !source->at_end)
		fill(source);
	left = source->len - source->at;
	if (left > size)
		left = size;
	if (left > 0)
		memcpy(buffer, source->out + source->at, left);
	source->at += left;
	return (ssize_t)left;
}

/* ---- lines ---- */

static int
take_line(struct log_reading *reading, const struct feed_line *line,
    log_take *take, void *arg)
{
	struct log_record record;
	enum log_fault fault = LOG_TOO_LONG;

	reading->lines++;
	if (!line->cut)
		fault = log_read_line(
		    &reading->clock, line->text.text, line->text.len, &record);
	if (reading->progress != NULL && reading->lines % PROGRESS_STEP == 0)
		reading->progress(reading, arg);
	if (fault != LOG_OK) {
		fault_add(&reading->faults[fault], line->number, line->text);
		return 0;
	}
	reading->records++;
	return take(&record, arg);
}

static void
say_problem(struct log_reading *reading, int error, const struct unpack *unpack)
{
	const char *problem = error == EBADMSG ? unpack_problem(unpack) : "";

	snprintf(reading->problem, sizeof(reading->problem), "%s",
	    *problem != '\0' ? problem : strerror(error));
}

static int
read_lines(struct source *source, FILE *file, log_take *take, void *arg)
{
	struct feed_lines *lines;
	struct feed_line line;
	int rc = feed_lines_new(file, &lines);

	if (rc != 0)
		return rc;
	while (rc == 0 && feed_lines_next(lines, &line))
		rc = take_line(source->reading, &line, take, arg);
	feed_lines_free(lines);
	if (rc == 0 && source->error != 0) {
		rc = source->error == ENOMEM ? POL_ENOMEM : POL_EIO;
		say_problem(source->reading, source->error, source->unpack);
	}
	return rc;
}

static int
read_source(struct source *source, log_take *take, void *arg)
{
	static const cookie_io_functions_t functions = {.read = read_unpacked};
	FILE *file;
	int rc = unpack_new(UINT64_MAX, take_unpacked, source, &source->unpack);

	if (rc != 0)
		return rc;
	file = fopencookie(source, "r", functions);
	rc = file == NULL ? POL_ENOMEM : read_lines(source, file, take, arg);
	if (file != NULL)
		fclose(file);
	unpack_free(source->unpack);
	free(source->out);
	return rc;
}

int
log_read(struct log_reading *reading, int64_t now, log_take *take, void *arg)
{
	struct source *source = calloc(1, sizeof(*source));
	bool is_stdin = strcmp(reading->path, "-") == 0;
	struct stat st;
	int rc;

	if (source == NULL)
		return POL_ENOMEM;
	reading->clock.now = now;
	source->reading = reading;
	source->fd =
	    is_stdin ? STDIN_FILENO : open(reading->path, O_RDONLY | O_CLOEXEC);
	if (source->fd < 0) {
		say_problem(reading, errno, NULL);
		free(source);
		return POL_EIO;
	}
	if (fstat(source->fd, &st) == 0 && S_ISREG(st.st_mode))
		reading->size = (uint64_t)st.st_size;
	rc = read_source(source, take, arg);
	if (!is_stdin)
		close(source->fd);
	free(source);
	return rc;
}
