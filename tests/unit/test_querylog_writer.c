/*
 * test_querylog_writer.c - the query log as a whole: start and stop, dropped
 * records and what tells of them, threads.
 */
#include "querylog_support.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/error.h"

/* Far more than the smallest queue and the text hold together. */
#define FLOOD 5000

static void
arguments(void **state)
{
	struct querylog *log = NULL;

	(void)state;
	assert_int_equal(
	    querylog_start(0, QUERYLOG_QUEUE_DEFAULT, complain, &log),
	    POL_EINVAL);
	assert_int_equal(
	    querylog_start(1, QUERYLOG_QUEUE_MIN - 1, complain, &log),
	    POL_EINVAL);
	assert_int_equal(
	    querylog_start(1, QUERYLOG_QUEUE_MAX + 1, complain, &log),
	    POL_EINVAL);
	assert_null(log);
}

static void
no_path_is_no_log(void **state)
{
	struct querylog *log = start(1, QUERYLOG_QUEUE_MIN);

	(void)state;
	put_many(log, 0, FLOOD);
	assert_int_equal(querylog_dropped(log), 0);
	querylog_set_path(log, "");
	querylog_set_path(log, NULL);
	put_many(log, 0, FLOOD);
	assert_int_equal(querylog_dropped(log), 0);
	querylog_stop(log);
	assert_int_equal(complaints + recoveries + losses, 0);
}

static void
stop_writes_all(void **state)
{
	struct querylog *log = start(3, QUERYLOG_QUEUE_DEFAULT);
	struct tally tally = {0};
	struct stat status;

	(void)state;
	umask(022);
	querylog_set_path(log, "log");
	put_many(log, 0, 500);
	put_many(log, 1, 500);
	put_many(log, 2, 500);
	querylog_stop(log);
	tally_file(&tally, "log");
	assert_int_equal(tally.lines, 1500);
	assert_int_equal(tally.dropped, 0);
	assert_int_equal(stat("log", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(complaints + recoveries + losses, 0);
}

/* A second start appends; its numbers begin anew. */
static void
start_appends(void **state)
{
	struct querylog *log;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		log = start(1, QUERYLOG_QUEUE_MIN);
		querylog_set_path(log, "log");
		put_numbered(log, 0, i);
		querylog_stop(log);
	}
	assert_int_equal(count_lines("log"), 2);
}

/* Lines are written without a stop, and without a queue getting half full. */
static void
written_soon(void **state)
{
	struct querylog *log = start(1, QUERYLOG_QUEUE_DEFAULT);

	(void)state;
	querylog_set_path(log, "log");
	put_numbered(log, 0, 0);
	wait_until(count_lines("log") == 1);
	put_numbered(log, 0, 1);
	wait_until(count_lines("log") == 2);
	querylog_stop(log);
}

/* ---- dropping ---- */

/* The writer stands still in its first message, so the queue must run full. */
static void
full_queue_drops_and_tells(void **state)
{
	struct querylog *log = NULL;
	struct tally tally = {0};
	uint64_t dropped;

	(void)state;
	assert_int_equal(
	    querylog_start(2, QUERYLOG_QUEUE_MIN, complain_and_wait, &log), 0);
	querylog_set_path(log, "missing/log");
	assert_int_equal(sem_wait(&writer_waits), 0);
	put_many(log, 0, 1000);
	dropped = querylog_dropped(log);
	assert_in_range(dropped, 1, 1000 - QUERYLOG_QUEUE_MIN);
	put_many(log, 1, 10);
	assert_int_equal(querylog_dropped(log), dropped);

	querylog_set_path(log, "log");
	sem_post(&writer_goes_on);
	wait_until(count_lines("log") == 1010 - dropped);
	put_numbered(log, 1, 10);
	querylog_stop(log);
	tally_file(&tally, "log");
	assert_int_equal(tally.dropped, dropped);
	assert_int_equal(tally.lines, 1011 - dropped);
	assert_int_equal(tally.seq, 1011);
	assert_int_equal(losses, 0);
}

static void
full_disk(void **state)
{
	struct querylog *log = start(1, QUERYLOG_QUEUE_MIN);
	struct tally tally = {0};
	uint64_t dropped;

	(void)state;
	querylog_set_path(log, "/dev/full");
	put_many(log, 0, FLOOD);
	wait_until(atomic_load(&complaints) == 1);
	put_many(log, 0, FLOOD);
	dropped = querylog_dropped(log);
	assert_in_range(dropped, FLOOD, 2 * FLOOD);

	querylog_set_path(log, "log");
	wait_until(count_lines("log") > 0);
	wait_until(atomic_load(&recoveries) == 1);
	put_numbered(log, 0, 0);
	querylog_stop(log);
	tally_file(&tally, "log");
	assert_int_equal(tally.dropped, dropped);
	assert_int_equal(tally.lines, 2 * FLOOD + 1 - dropped);
	assert_int_equal(complaints, 1);
	assert_int_equal(recoveries, 1);
	assert_int_equal(losses, 0);
}

/* What no line can tell of any more, the last message does. */
static void
stop_on_full_disk(void **state)
{
	struct querylog *log = start(1, QUERYLOG_QUEUE_MIN);

	(void)state;
	querylog_set_path(log, "/dev/full");
	put_many(log, 0, FLOOD);
	querylog_stop(log);
	assert_int_equal(complaints, 1);
	assert_int_equal(losses, FLOOD);
}

/* Lines that are given up for "no log" are dropped ones for the next log, and
 * so are those that they were to tell of. */
static void
given_up_lines_are_told(void **state)
{
	struct querylog *log = start(1, QUERYLOG_QUEUE_MIN);
	struct tally tally = {0};

	(void)state;
	for (unsigned i = 1; i <= 3; i++) {
		querylog_set_path(log, "/dev/full");
		put_many(log, 0, 10);
		wait_until(atomic_load(&complaints) == i);
		assert_int_equal(querylog_dropped(log), 10 * i - 10);
		querylog_set_path(log, NULL);
		wait_until(querylog_dropped(log) == 10 * i);
	}
	querylog_set_path(log, "log");
	put_numbered(log, 0, 0);
	querylog_stop(log);
	tally_file(&tally, "log");
	assert_int_equal(tally.lines, 1);
	assert_int_equal(tally.dropped, 30);
	assert_int_equal(tally.seq, 31);
}

/* ---- threads ---- */

#define WORKERS 4
#define EACH 20000

struct worker {
	pthread_t thread;
	struct querylog *log;
	unsigned number;
};

static void *
work(void *arg)
{
	struct worker *worker = arg;

	put_many(worker->log, worker->number, EACH);
	return NULL;
}

/* Each worker's records are in its order. */
static void
check_order(const char *path)
{
	long last[WORKERS] = {-1, -1, -1, -1};
	char *text = slurp(path), *at = text;

	while ((at = strstr(at, "\"qname\":\"n")) != NULL) {
		char *end;
		long number = strtol(at + 10, &end, 10);
		long worker = strtol(end + 2, &at, 10);

		assert_in_range(worker, 0, WORKERS - 1);
		assert_true(number > last[worker]);
		last[worker] = number;
	}
	free(text);
}

static void
run_workers(struct querylog *log, bool change_paths)
{
	struct worker workers[WORKERS];

	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i].log = log;
		workers[i].number = i;
		assert_int_equal(
		    pthread_create(&workers[i].thread, NULL, work, &workers[i]),
		    0);
	}
	for (unsigned i = 0; change_paths && i < 100; i++) {
		querylog_set_path(log, i % 2 == 0 ? "a" : "log");
		usleep(500);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_join(workers[i].thread, NULL);
}

static void
all_arrive_or_are_counted(void **state)
{
	struct querylog *log = start(WORKERS, 256);
	struct tally tally = {0};
	uint64_t dropped;

	(void)state;
	querylog_set_path(log, "log");
	run_workers(log, false);
	dropped = querylog_dropped(log);
	querylog_stop(log);
	tally_file(&tally, "log");
	assert_int_equal(tally.lines + dropped, WORKERS * EACH);
	assert_int_equal(tally.dropped + losses, dropped);
	check_order("log");
}

static void
paths_change_under_load(void **state)
{
	struct querylog *log = start(WORKERS, 256);
	uint64_t dropped;

	(void)state;
	querylog_set_path(log, "log");
	run_workers(log, true);
	dropped = querylog_dropped(log);
	querylog_stop(log);
	assert_int_equal(
	    count_lines("log") + count_lines("a") + dropped, WORKERS * EACH);
	check_order("log");
	check_order("a");
}

/* The resolver's signals must not reach the writer. */
static void
signals_are_blocked(void **state)
{
	struct querylog *log = start(1, QUERYLOG_QUEUE_MIN);
	sigset_t pending;

	(void)state;
	querylog_set_path(log, "log");
	/* With the signal blocked here too, no thread can take it. */
	sigemptyset(&pending);
	sigaddset(&pending, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &pending, NULL);
	kill(getpid(), SIGUSR1);
	put_numbered(log, 0, 0);
	wait_until(count_lines("log") == 1);
	sigpending(&pending);
	assert_int_equal(sigismember(&pending, SIGUSR1), 1);
	signal(SIGUSR1, SIG_IGN);
	querylog_stop(log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    log_test(arguments),
	    log_test(no_path_is_no_log),
	    log_test(stop_writes_all),
	    log_test(start_appends),
	    log_test(written_soon),
	    log_test(full_queue_drops_and_tells),
	    log_test(full_disk),
	    log_test(stop_on_full_disk),
	    log_test(given_up_lines_are_told),
	    log_test(all_arrive_or_are_counted),
	    log_test(paths_change_under_load),
	    log_test(signals_are_blocked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
