/*
 * querylog.h - the query log: JSON lines, one for each match.
 *
 * Each worker thread puts records into a queue of its own; one writer thread
 * turns them into text and writes them, at the latest a quarter of a second
 * later. A worker never waits: where its queue is full the record is dropped
 * and counted. What a full disk or an unwritable path refuses waits in the
 * text and in the queues, so that a short failure loses nothing and a long one
 * drops the newest.
 *
 * "seq" numbers all records of all workers from 1, the dropped ones too. It is
 * one more than in the line before; where N records were dropped since that
 * line it is N + 1 more, and the line ends with "dropped":N. The writer numbers
 * the records as it finds them, so lines of different workers may be out of
 * the order of their "time" by that quarter of a second.
 *
 * This file knows no Unbound header, so that it can be tested alone.
 */
#ifndef QUERYLOG_H
#define QUERYLOG_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "policy/evaluate.h"
#include "policy/origin.h"

/*
 * Records that one worker's queue holds, 256 octets each and rounded up to a
 * power of two: usual records take some 150, the longest some 1,180. The memory
 * is touched only once records come. The default takes 512 KB: half of it, at
 * which the writer is woken, is 18 ms of a flood of 100,000 records a second.
 */
#define QUERYLOG_QUEUE_MIN 64
#define QUERYLOG_QUEUE_DEFAULT 2048
#define QUERYLOG_QUEUE_MAX 65536

struct querylog;

/* What became of the query, apart from the match itself. */
struct querylog_query {
	struct timeval time; /* when it was answered, UTC */
	const struct sockaddr *client; /* AF_INET or AF_INET6, any alignment */
	socklen_t client_len;
	const char *group; /* of the client; NULL: none */
	bool is_shadow;	   /* the group's mode: whatever the match's is */
	const uint8_t *qname; /* wire format, as the client wrote it */
	size_t qname_len;
	uint16_t qtype; /* host order */
	const struct pol_origin *origin; /* of the matched address; or NULL */
};

/* Messages for the resolver's own log: a path that cannot be opened, a write
 * that failed, each said once until it works again; that it works again; what
 * was dropped after the last line. Called from the writer thread and from
 * querylog_stop(). */
typedef void querylog_complain(const char *message);

/*
 * Start a log with WORKERS queues of QUEUE records each and its writer thread
 * (all signals blocked in it). No file is open until querylog_set_path().
 * POL_EINVAL for numbers out of range, POL_ENOMEM where memory, a descriptor
 * or a thread cannot be had.
 */
int querylog_start(unsigned workers, size_t queue, querylog_complain *complain,
    struct querylog **log);

/* Write what is queued, end the thread, free. No put may run beside it. */
void querylog_stop(struct querylog *log);

/*
 * Write to PATH from now on, appending; empty or NULL: to nothing, which makes
 * querylog_put() return at once. Cheap where it is the path already. The file
 * is made with mode 0640, and opened anew within a second of being renamed or
 * removed (logrotate), or of becoming writable. Records that were put before
 * still go to the former path; what that refuses goes to the new one. PATH may
 * be a FIFO or a device such as /dev/stdout, whose reader is never waited for;
 * one longer than POL_PATH_MAX is none. Any thread.
 */
void querylog_set_path(struct querylog *log, const char *path);

/*
 * Queue one record. Copies everything; never blocks, never allocates. WORKER
 * is below WORKERS, and one thread at a time uses one number.
 */
void querylog_put(struct querylog *log, unsigned worker,
    const struct querylog_query *query, const struct pol_match *match);

/* Records dropped since the start. Any thread. */
uint64_t querylog_dropped(const struct querylog *log);

#endif
