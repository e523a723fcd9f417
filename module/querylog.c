/*
 * querylog.c - the query log: queues, and the thread that writes them.
 *
 * The writer wakes four times a second, and when a queue gets half full: so a
 * record costs its worker no system call. Numbers and the count of dropped
 * records are given when a record becomes a line.
 */
#include "module/querylog.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "module/querylog_p.h"
#include "module/thread.h"
#include "policy/error.h"

#define INTERVAL_MS 250

struct querylog {
	unsigned workers;
	struct querylog_queue *queues; /* one per worker */
	int wake;		       /* eventfd: the writer is to look */
	atomic_bool stopping;
	pthread_t writer;

	pthread_mutex_t lock; /* of the two below */
	uint32_t changes;     /* how often the path was changed */
	char path[POL_PATH_MAX + 1];
	atomic_uint target; /* CHANGES where there is a path, else 0 */

	/* Lines that were made and then given up. */
	_Atomic uint64_t forgotten;

	/* What follows is the writer's alone. */
	uint32_t following; /* CHANGES that file.path is of */
	uint64_t seq;	    /* of the last line in the text or before it */
	uint64_t told;	    /* dropped records that lines tell of */
	uint64_t gap;	    /* dropped records before the text's first line */
	size_t lines;	    /* in the text */
	struct querylog_clock clock;
	struct querylog_file file;
};

/* ---- any thread ---- */

void
querylog_put(struct querylog *log, unsigned worker,
    const struct querylog_query *query, const struct pol_match *match)
{
	struct querylog_record record;

	record.target =
	    atomic_load_explicit(&log->target, memory_order_relaxed);
	if (record.target == 0)
		return;
	querylog_record_set(&record, query, match);
	if (querylog_queue_put(&log->queues[worker], &record))
		eventfd_write(log->wake, 1);
}

void
querylog_set_path(struct querylog *log, const char *path)
{
	if (path == NULL || strlen(path) > POL_PATH_MAX)
		path = "";
	pthread_mutex_lock(&log->lock);
	if (strcmp(log->path, path) != 0) {
		strcpy(log->path, path);
		log->changes++;
		atomic_store(&log->target, path[0] == '\0' ? 0 : log->changes);
		eventfd_write(log->wake, 1);
	}
	pthread_mutex_unlock(&log->lock);
}

uint64_t
querylog_dropped(const struct querylog *log)
{
	uint64_t dropped =
	    atomic_load_explicit(&log->forgotten, memory_order_relaxed);
	unsigned i;

	for (i = 0; i < log->workers; i++)
		dropped += atomic_load_explicit(
		    &log->queues[i].dropped, memory_order_relaxed);
	return dropped;
}

/* ---- the writer ---- */

/*
 * Add the record's line to the text; false where there is no room for it. What
 * was dropped is told in the first line of a text, so that within a text the
 * numbers have no gap.
 */
static bool
add_line(struct querylog *log, const struct querylog_record *record)
{
	struct querylog_file *file = &log->file;
	uint64_t gap = 0;

	if (sizeof(file->text) - file->len < QUERYLOG_LINE_MAX &&
	    !querylog_file_flush(file))
		return false;
	if (file->len == 0) {
		gap = log->gap = querylog_dropped(log) - log->told;
		log->told += gap;
		log->lines = 0;
	}
	log->seq += gap + 1;
	log->lines++;
	file->len += querylog_line(
	    &log->clock, record, log->seq, gap, file->text + file->len);
	return true;
}

/*
 * Drop the lines that are not written, and take their numbers back: the next
 * line tells of them and of those that they were to tell of.
 */
static void
forget_lines(struct querylog *log)
{
	size_t lines = querylog_file_forget(&log->file);

	if (lines > 0 && lines == log->lines) {
		log->seq -= log->gap;
		log->told -= log->gap;
	}
	log->seq -= lines;
	atomic_fetch_add_explicit(&log->forgotten, lines, memory_order_relaxed);
}

/*
 * Turn the records into lines that were put for a path before the change
 * BEFORE: at most one queue full, so that no worker keeps the writer from the
 * others. Without a path they are dropped.
 */
static void
drain(struct querylog *log, struct querylog_queue *queue, uint64_t before)
{
	size_t left = queue->size;
	struct querylog_record record;

	while (left > 0 && querylog_queue_peek(queue, &record) &&
	       record.target < before) {
		if (log->file.path[0] == '\0')
			atomic_fetch_add_explicit(
			    &log->forgotten, 1, memory_order_relaxed);
		else if (!add_line(log, &record))
			return;
		querylog_queue_take(queue, &record);
		left -= record.size < left ? record.size : left;
	}
}

static void
drain_all(struct querylog *log, uint64_t before)
{
	unsigned i;

	for (i = 0; i < log->workers; i++)
		drain(log, &log->queues[i], before);
	querylog_file_finish(&log->file);
}

/* Where the path was changed: the old file gets what was put for it. */
static void
follow_path(struct querylog *log)
{
	char path[POL_PATH_MAX + 1];
	uint32_t changes;

	pthread_mutex_lock(&log->lock);
	changes = log->changes;
	strcpy(path, log->path);
	pthread_mutex_unlock(&log->lock);
	if (changes == log->following)
		return;
	if (log->file.path[0] != '\0')
		drain_all(log, changes);
	querylog_file_set_path(&log->file, path);
	log->following = changes;
	if (path[0] == '\0')
		forget_lines(log);
}

/* How long the writer may sleep, in milliseconds; -1: until it is woken. */
static int
rest(const struct querylog *log)
{
	unsigned i;

	if (log->file.path[0] == '\0')
		return -1;
	/* A queue that stayed half full does not wake the writer again. */
	for (i = 0; i < log->workers && log->file.len == 0; i++)
		if (querylog_queue_half_full(&log->queues[i]))
			return 0;
	return INTERVAL_MS;
}

static void *
write_lines(void *arg)
{
	struct querylog *log = arg;
	struct pollfd ready = {.fd = log->wake, .events = POLLIN};
	eventfd_t count;
	bool stopping;

	prctl(PR_SET_NAME, "sinkbound-log");
	do {
		poll(&ready, 1, rest(log));
		eventfd_read(log->wake, &count);
		stopping = atomic_load(&log->stopping);
		follow_path(log);
		querylog_file_follow(&log->file);
		drain_all(log, UINT64_MAX);
	} while (!stopping);
	return NULL;
}

/* ---- start and stop ---- */

static void
free_log(struct querylog *log)
{
	unsigned i;

	for (i = 0; i < log->workers; i++)
		querylog_queue_free(&log->queues[i]);
	free(log->queues);
	if (log->wake >= 0)
		close(log->wake);
	pthread_mutex_destroy(&log->lock);
	free(log);
}

static int
make_log(unsigned workers, size_t queue, struct querylog **log)
{
	struct querylog *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return POL_ENOMEM;
	pthread_mutex_init(&made->lock, NULL);
	made->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	made->queues = aligned_alloc(
	    _Alignof(struct querylog_queue), workers * sizeof(*made->queues));
	while (made->queues != NULL && made->workers < workers &&
	       querylog_queue_init(&made->queues[made->workers], queue) == 0)
		made->workers++;
	if (made->wake < 0 || made->workers < workers) {
		free_log(made);
		return POL_ENOMEM;
	}
	*log = made;
	return 0;
}

int
querylog_start(unsigned workers, size_t queue, querylog_complain *complain,
    struct querylog **log)
{
	struct querylog *made;
	int error;

	if (workers == 0 || queue < QUERYLOG_QUEUE_MIN ||
	    queue > QUERYLOG_QUEUE_MAX)
		return POL_EINVAL;
	error = make_log(workers, queue, &made);
	if (error != 0)
		return error;
	querylog_file_init(&made->file, complain);
	if (!thread_start(&made->writer, write_lines, made)) {
		free_log(made);
		return POL_ENOMEM;
	}
	*log = made;
	return 0;
}

/* Give up what could not be written; nobody can tell of it but the resolver. */
static void
give_up(struct querylog *log)
{
	char message[128];
	uint64_t lost;

	querylog_file_set_path(&log->file, "");
	forget_lines(log);
	drain_all(log, UINT64_MAX);
	lost = querylog_dropped(log) - log->told;
	if (lost == 0)
		return;
	snprintf(message, sizeof(message),
	    "query log: %llu records were dropped after the last line",
	    (unsigned long long)lost);
	log->file.complain(message);
}

void
querylog_stop(struct querylog *log)
{
	atomic_store(&log->stopping, true);
	eventfd_write(log->wake, 1);
	pthread_join(log->writer, NULL);
	give_up(log);
	free_log(log);
}
