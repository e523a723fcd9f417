/*
 * test_querylog_file.c - the query log's file: paths that change, files that
 * are moved, lines that are cut, FIFOs.
 */
#include "querylog_support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than a queue of SOME records, the text and a FIFO hold together; less
 * than a queue of MANY. */
#define FLOOD 5000
#define SOME 256
#define MANY 8192

/* ---- paths ---- */

/* Each record goes to the path that it was put for. */
static void
path_changes(void **state)
{
	struct querylog *log = start(1, QUERYLOG_QUEUE_MIN);
	struct tally tally = {0};

	(void)state;
	querylog_set_path(log, "a");
	put_many(log, 0, 3);
	querylog_set_path(log, "a");
	wait_until(count_lines("a") == 3);
	put_many(log, 0, 2);
	querylog_set_path(log, "b");
	put_many(log, 0, 7);
	wait_until(count_lines("b") == 7);
	put_many(log, 0, 1);
	querylog_set_path(log, NULL);
	put_many(log, 0, 20);
	querylog_stop(log);
	tally_file(&tally, "a");
	assert_int_equal(tally.lines, 5);
	tally_file(&tally, "b");
	assert_int_equal(tally.lines, 13);
	assert_int_equal(tally.dropped, 0);
	assert_int_equal(losses, 0);
}

/* Nothing is lost in a short failure, and it is said once. */
static void
path_becomes_writable(void **state)
{
	struct querylog *log = start(1, QUERYLOG_QUEUE_MIN);
	struct tally tally = {0};

	(void)state;
	querylog_set_path(log, "folder/log");
	put_many(log, 0, 100);
	wait_until(atomic_load(&complaints) == 1);
	assert_int_equal(mkdir("folder", 0700), 0);
	wait_until(atomic_load(&recoveries) == 1);
	querylog_stop(log);
	tally_file(&tally, "folder/log");
	assert_int_equal(tally.lines, 100);
	assert_int_equal(complaints, 1);
}

/* A second bad path is said as well. */
static void
each_bad_path_is_said(void **state)
{
	struct querylog *log = start(1, QUERYLOG_QUEUE_MIN);
	char longest[POL_PATH_MAX + 1];

	(void)state;
	querylog_set_path(log, "missing/a");
	wait_until(atomic_load(&complaints) == 1);
	querylog_set_path(log, ".");
	wait_until(atomic_load(&complaints) == 2);
	memset(longest, 'x', POL_PATH_MAX);
	longest[POL_PATH_MAX] = '\0';
	querylog_set_path(log, longest);
	wait_until(atomic_load(&complaints) == 3);
	querylog_stop(log);
	assert_int_equal(recoveries + losses, 0);
}

/* As logrotate does it: with "nocreate", and with "create". */
static void
rotate(bool create)
{
	struct querylog *log = start(1, QUERYLOG_QUEUE_DEFAULT);
	struct tally tally = {0};
	unsigned put = 1;

	querylog_set_path(log, "log");
	put_numbered(log, 0, 0);
	wait_until(count_lines("log") == 1);
	assert_int_equal(rename("log", "log.1"), 0);
	if (create)
		assert_int_equal(close(creat("log", 0640)), 0);
	wait_until((put_numbered(log, 0, put++), count_lines("log") > 0));
	querylog_stop(log);
	tally_file(&tally, "log.1");
	tally_file(&tally, "log");
	assert_int_equal(tally.lines, put);
	assert_int_equal(tally.dropped, 0);
	assert_int_equal(complaints, 0);
}

static void
renamed_file(void **state)
{
	(void)state;
	rotate(false);
}

static void
replaced_file(void **state)
{
	(void)state;
	rotate(true);
}

static void
removed_file(void **state)
{
	struct querylog *log = start(1, QUERYLOG_QUEUE_DEFAULT);
	unsigned put = 1;

	(void)state;
	querylog_set_path(log, "log");
	put_numbered(log, 0, 0);
	wait_until(count_lines("log") == 1);
	assert_int_equal(unlink("log"), 0);
	wait_until((put_numbered(log, 0, put++), count_lines("log") > 0));
	querylog_stop(log);
	assert_int_equal(complaints, 0);
}

/* ---- cut lines ---- */

#define FILE_LIMIT 300001 /* octets: within a line */

static void
limit_file_size(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size == RLIM_INFINITY ? limit.rlim_max : size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A limit on the file's size cuts a line, as a full disk does. The file holds
 * whole lines all the time, and goes on where it stopped. */
static void
cut_line_is_taken_back(void **state)
{
	struct querylog *log = start(1, MANY);
	struct tally full = {0}, tally = {0};
	struct stat status;

	(void)state;
	limit_file_size(FILE_LIMIT);
	querylog_set_path(log, "log");
	put_many(log, 0, FLOOD);
	wait_until(atomic_load(&complaints) == 1);
	tally_file(&full, "log");
	assert_in_range(full.lines, 1, FLOOD - 1);
	assert_int_equal(stat("log", &status), 0);
	assert_true(status.st_size < FILE_LIMIT);
	limit_file_size(RLIM_INFINITY);
	wait_until(atomic_load(&recoveries) == 1);
	querylog_stop(log);
	tally_file(&tally, "log");
	assert_int_equal(tally.lines, FLOOD);
	assert_int_equal(tally.dropped, 0);
}

/* The same, but the rest is given up: the numbers still tell how many. */
static void
cut_text_is_given_up(void **state)
{
	struct querylog *log = start(1, MANY);
	struct tally tally = {0};

	(void)state;
	limit_file_size(FILE_LIMIT);
	querylog_set_path(log, "log");
	put_many(log, 0, FLOOD);
	wait_until(atomic_load(&complaints) == 1);
	querylog_set_path(log, "");
	wait_until(querylog_dropped(log) + count_lines("log") == FLOOD);
	limit_file_size(RLIM_INFINITY);
	querylog_set_path(log, "log2");
	put_numbered(log, 0, 0);
	querylog_stop(log);
	tally_file(&tally, "log");
	tally_file(&tally, "log2");
	assert_int_equal(tally.seq, FLOOD + 1);
	assert_int_equal(tally.lines + tally.dropped, FLOOD + 1);
}

/* ---- FIFOs ---- */

/* Read what is there; the text stays a string. */
static void
read_more(int fd, char *text, size_t size)
{
	size_t len = strlen(text);
	ssize_t got = read(fd, text + len, size - len - 1);

	assert_true(got >= 0 || errno == EAGAIN);
	text[len + (size_t)(got > 0 ? got : 0)] = '\0';
}

static size_t
lines_in(const char *text)
{
	size_t lines = 0;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

/* Nothing waits for the reader of a FIFO, and it reads whole lines although a
 * full FIFO takes half ones. */
static void
fifo(void **state)
{
	static char text[4 * 1024 * 1024];
	struct querylog *log = start(1, SOME);
	struct tally tally = {0};
	int fd;

	(void)state;
	text[0] = '\0';
	assert_int_equal(mkfifo("fifo", 0600), 0);
	querylog_set_path(log, "fifo");
	put_many(log, 0, 10);
	wait_until(atomic_load(&complaints) == 1);
	fd = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	wait_until((read_more(fd, text, sizeof(text)), lines_in(text) == 10));
	wait_until(atomic_load(&recoveries) == 1);

	put_many(log, 0, FLOOD);
	wait_until(atomic_load(&complaints) == 2);
	assert_in_range(querylog_dropped(log), 1, FLOOD);
	wait_until((read_more(fd, text, sizeof(text)),
	    lines_in(text) + querylog_dropped(log) == FLOOD + 10));
	wait_until(atomic_load(&recoveries) == 2);
	tally_text(&tally, text);
	querylog_stop(log);
	close(fd);
}

static bool
has_open(const char *path)
{
	struct stat file, status;
	char open_file[64];

	assert_int_equal(stat(path, &file), 0);
	for (int fd = 0; fd < 256; fd++) {
		snprintf(open_file, sizeof(open_file), "/proc/self/fd/%d", fd);
		if (stat(open_file, &status) == 0 &&
		    status.st_ino == file.st_ino &&
		    status.st_dev == file.st_dev)
			return true;
	}
	return false;
}

/* A reader that comes after another one has gone begins with a whole line. */
static void
fifo_with_a_second_reader(void **state)
{
	static char text[4 * 1024 * 1024];
	struct querylog *log = start(1, SOME);
	int fd, full, waiting;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	fd = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	querylog_set_path(log, "fifo");
	put_many(log, 0, FLOOD);
	wait_until(atomic_load(&complaints) == 1);
	/* Room of some pages: the writer fills it up to within a line. */
	assert_int_equal(ioctl(fd, FIONREAD, &full), 0);
	full -= (int)read(fd, text, 20000);
	wait_until(ioctl(fd, FIONREAD, &waiting) == 0 && waiting > full);
	close(fd);
	wait_until(!has_open("fifo"));
	text[0] = '\0';
	wait_until((fd = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) >= 0);
	wait_until((read_more(fd, text, sizeof(text)), lines_in(text) > 0));
	assert_memory_equal(text, "{\"time\":", 8);
	querylog_stop(log);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    log_test(cut_line_is_taken_back),
	    log_test(cut_text_is_given_up),
	    log_test(path_changes),
	    log_test(path_becomes_writable),
	    log_test(each_bad_path_is_said),
	    log_test(renamed_file),
	    log_test(replaced_file),
	    log_test(removed_file),
	    log_test(fifo),
	    log_test(fifo_with_a_second_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
