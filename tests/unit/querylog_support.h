/*
 * querylog_support.h - what the tests of the query log share: sample records,
 * a folder for each test, the messages that a log gives, and lines counted.
 */
#ifndef QUERYLOG_SUPPORT_H
#define QUERYLOG_SUPPORT_H

#include <netinet/in.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "module/querylog_p.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A query with its match. The pointers within lead to the sample itself: it
 * must not be copied. */
struct sample {
	struct sockaddr_in client;
	struct pol_name qname;
	struct pol_name listed;
	struct pol_feed feed;
	struct querylog_query query;
	struct pol_match match;
};

/* 192.0.2.7 asks for QNAME, type A, at 2026-11-22T05:20:31.123Z; the operator's
 * subtree LISTED matches. */
void sample_make(struct sample *sample, const char *qname, const char *listed);

/* Put a record of the qname "n<NUMBER>.w<WORKER>.bad.example". */
void put_numbered(struct querylog *log, unsigned worker, unsigned number);
void put_many(struct querylog *log, unsigned worker, unsigned count);

/* cmocka set-up and teardown: a new empty working directory. */
int folder_make(void **state);
int folder_remove(void **state);
#define log_test(f) \
	cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)

/* ---- the messages of a log: one log at a time ---- */

/* Failures, recoveries and records lost at the end since folder_make(). */
extern atomic_uint complaints, recoveries, losses;

void complain(const char *message);

/* The same, but the log's writer waits in its first message for the post. */
extern sem_t writer_waits, writer_goes_on;
void complain_and_wait(const char *message);

struct querylog *start(unsigned workers, size_t queue);

/* ---- lines ---- */

struct tally {
	uint64_t lines;
	uint64_t dropped; /* as the lines tell */
	uint64_t seq;	  /* of the last line */
};

/* Text of a file, to be freed; empty where it does not exist. */
char *slurp(const char *path);

/* Add lines, checking each: JSON, and a number that follows from the one
 * before and from what was dropped. Every line must be whole. */
void tally_text(struct tally *tally, const char *text);
void tally_file(struct tally *tally, const char *path);

size_t count_lines(const char *path);

/* Wait, up to ten seconds, until CONDITION holds. */
#define wait_until(condition) \
	do { \
		unsigned wait_left = 10000; \
		while (!(condition) && wait_left-- > 0) \
			usleep(1000); \
		assert_true(condition); \
	} while (0)

#endif
