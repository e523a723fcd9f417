/*
 * feed_support.h - what the tests of the list formats share: parse a text and
 * show all that came of it.
 */
#ifndef FEED_SUPPORT_H
#define FEED_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tools/feed/format.h"

/* LEN octets of a feed as a string literal, which may hold NULs. */
#define FEED(literal) (literal), sizeof(literal) - 1

/*
 * Read the feed and show what came of it, one line for each entry:
 *
 *	LINE NAME SCOPE [on:TRIGGER...] [ACTION] [TARGET] [ADDRESS...]
 *	LINE PREFIX-OR-ASN [on:TRIGGER...] [ACTION] [TARGET] [ADDRESS...]
 *	    [risk:RISK] [is:"CATEGORY"] [as:"REFERENCE"] [since:N] [until:N]
 *	LINE FAULT: TEXT
 *
 * first what was accepted, in the order of keys, then what was rejected, in
 * the order of faults. Fails where the counts do not add up. The text is valid
 * until the next call.
 */
const char *read_feed(const struct feed_format *format,
    const struct feed_options *options, const char *text, size_t len);

/* The same with no options, compared. */
void assert_feed(const struct feed_format *format, const char *text, size_t len,
    const char *expected);

/* The same of a zone of RPZ; and of RECORDS after the head of one that is
 * named, whose lines are counted from its $ORIGIN line on. */
#define SOA "@ SOA ns.example. mail.example. 1 2 3 4 5\n"
void assert_rpz(const char *text, const char *expected);
void assert_zone(const char *records, const char *expected);

/* Read a source that is refused as a whole. Why, valid until the next call. */
const char *refuse_feed(const struct feed_format *format, const char *text);

/* A temporary file that holds LEN octets; its path is valid until the next
 * call. The caller unlinks it. */
const char *write_feed(const char *text, size_t len);

#endif
