/*
 * record.h - the lines of a log of queries: who asked for what, and when.
 *
 * Each line is read by itself, so that a log may mix them:
 *
 *	lines of Unbound's log with log-queries or log-replies, with or without
 *	log-tag-queryreply, with the time in seconds, as log-time-ascii or
 *	log-time-iso have it, or behind what syslog puts in front
 *	lines of our own query log (module/querylog.h), which has matches only
 *	a name; a name and how often it was asked for, in either order, with
 *	blanks between, or "name,count"; "rank,name", which counts as once
 *
 * None of them says what was answered: what is known of a query is its name.
 */
#ifndef LOG_RECORD_H
#define LOG_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/address.h"
#include "policy/name.h"
#include "tools/text.h"

/* A log may have a query and its reply: as kinds of their own they are not
 * counted twice. */
enum log_kind {
	LOG_ASKED,
	LOG_ANSWERED,
	LOG_KINDS /* their number */
};

#define LOG_COUNT_MAX 1000000000000 /* how often, on one line */

struct log_record {
	enum log_kind kind;
	struct pol_name name;
	uint64_t count;
	int64_t time; /* seconds since the epoch; 0: not known */
	bool has_client;
	struct pol_address client;
};

/* Why a line is no query. */
enum log_fault {
	LOG_OK = 0,
	LOG_NOTHING,	   /* blank, a comment, another match of a query */
	LOG_OTHER_MESSAGE, /* the resolver says something else */
	LOG_NO_QUESTION,   /* a reply to what could not be read */
	LOG_NOT_A_NAME,
	LOG_NOT_A_CLIENT,
	LOG_NOT_A_COUNT,   /* nor a rank: no number from 1 to LOG_COUNT_MAX */
	LOG_NOT_AN_OBJECT, /* JSON, but not a line of our query log */
	LOG_NOT_A_LINE,	   /* none of the above */
	LOG_TOO_LONG,
	LOG_FAULTS /* their number */
};
const char *log_fault_text(enum log_fault fault);

/* What is kept from line to line: most have the time of the one before, and our
 * own log may have two matches of one query. */
#define LOG_TIME_MAX 32
struct log_clock {
	int64_t now; /* times without a year are in the year before this */
	char text[LOG_TIME_MAX];
	size_t len;
	int64_t seconds;
	uint64_t query; /* a hash; 0: none yet */
};

/* Read a line of LEN octets; RECORD is set where that is LOG_OK. */
enum log_fault log_read_line(struct log_clock *clock, const char *text,
    size_t len, struct log_record *record);

/* ---- its parts ---- */

/* Read a line of Unbound's log. LOG_NOT_A_LINE: it is none. */
enum log_fault log_read_unbound(
    struct log_clock *clock, struct text line, struct log_record *record);

bool log_take_name(struct text text, struct log_record *record);
bool log_take_client(struct text text, struct log_record *record);

/* The time at the beginning of HEAD, or 0: "[1763802460]", "Nov 22 09:47:40"
 * in local time, or as RFC 3339 has it. */
int64_t log_read_time(struct log_clock *clock, struct text head);

#endif
