/*
 * querylog.h - the query log: JSON lines, one for each match.
 *
 * Each worker thread puts records into a queue of its own; one writer thread
 * turns them into text and writes them. A worker never waits: where its queue
 * is full the record is dropped and counted, and so is what a full disk
 * refuses. The number of dropped records is told in the next line that can be
 * written ("dropped": N beside its sequence number) and by querylog_dropped().
 *
 * This file knows no Unbound header, so that it can be tested alone.
 */
#ifndef QUERYLOG_H
#define QUERYLOG_H

#include <sys/socket.h>
#include <sys/time.h>

#include "policy/evaluate.h"

/* Records that one worker's queue holds. */
#define QUERYLOG_QUEUE_MIN 64
#define QUERYLOG_QUEUE_DEFAULT 1024
#define QUERYLOG_QUEUE_MAX 65536

struct querylog;

/* What became of the query, apart from the match itself. */
struct querylog_query {
	struct timeval time; /* when it was answered, UTC */
	const struct sockaddr *client; /* AF_INET or AF_INET6, any alignment */
	socklen_t client_len;
	const uint8_t *qname; /* wire format, as the client wrote it */
	size_t qname_len;
	uint16_t qtype; /* host order */
};

/* Messages for the resolver's own log: a path that cannot be opened, a write
 * that failed; each said once until it works again. May be called from the
 * writer thread. */
typedef void querylog_complain(const char *message);

/*
 * Start a log with WORKERS queues of QUEUE records each and its writer thread
 * (all signals blocked in it). No file is open until querylog_set_path().
 */
int querylog_start(unsigned workers, size_t queue, querylog_complain *complain,
    struct querylog **log);

/* Write what is queued, end the thread, free. */
void querylog_stop(struct querylog *log);

/*
 * Write to PATH from now on, appending; empty or NULL: to nothing, which makes
 * querylog_put() return at once. Cheap where it is the path already. The file
 * is made with mode 0640, and opened anew within a second of being renamed or
 * removed (logrotate), or of becoming writable. Any thread.
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
