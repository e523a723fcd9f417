/*
 * test_log.c - the lines of logs of queries, and what they sum up to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/error.h"
#include "tools/log/tally.h"

#define NOW INT64_C(1763802460) /* 2025-11-22 09:07:40 UTC */

static struct log_clock reader;
static struct log_record record;

static int
begin(void **state)
{
	(void)state;
	setenv("TZ", "Asia/Kolkata", 1);
	tzset();
	reader = (struct log_clock){.now = NOW};
	return 0;
}

static enum log_fault
read_line(const char *text)
{
	return log_read_line(&reader, text, strlen(text), &record);
}

static void
assert_read(const char *line, const char *name, const char *client,
    int64_t when, enum log_kind kind, uint64_t count)
{
	char text[POL_NAME_TEXT_MAX];
	struct pol_prefix prefix;

	if (read_line(line) != LOG_OK)
		fail_msg("not read: %s", line);
	assert_string_equal(pol_name_to_text(record.name.wire, text), name);
	assert_int_equal(record.time, when);
	assert_int_equal(record.kind, kind);
	assert_int_equal(record.count, count);
	assert_int_equal(record.has_client, client != NULL);
	if (client == NULL)
		return;
	assert_int_equal(pol_prefix_from_text(client, strlen(client), &prefix),
	    POL_PREFIX_OK);
	assert_int_equal(
	    pol_address_compare(&prefix.address, &record.client), 0);
}

/* What HEAD says of when a question, which stands behind it, was asked. */
static void
assert_time(const char *head, int64_t when)
{
	char line[128];

	snprintf(line, sizeof(line), "%s 192.0.2.1 a.example. A IN", head);
	assert_read(line, "a.example", "192.0.2.1", when, LOG_ASKED, 1);
}

static void
assert_fault(const char *line, enum log_fault fault)
{
	enum log_fault found = read_line(line);

	if (found != fault)
		fail_msg("%s: %s", line, log_fault_text(found));
}

/* ---- Unbound ---- */

static void
unbounds_lines_are_read_with_and_without_tags(void **state)
{
	(void)state;
	assert_read(
	    "[1763802460] unbound[12:0] info: 192.0.2.1 A.Example. A IN",
	    "a.example", "192.0.2.1", NOW, LOG_ASKED, 1);
	assert_read("[1763802460] unbound[12:0] query: 2001:db8::1 a.example. "
		    "TYPE65 CH",
	    "a.example", "2001:db8::1", NOW, LOG_ASKED, 1);
	assert_read("[1763802460] ns1[12:1f] reply: 192.0.2.1 a.example. A IN "
		    "NXDOMAIN 0.012 0 93",
	    "a.example", "192.0.2.1", NOW, LOG_ANSWERED, 1);
	assert_read(
	    "[1763802460] unbound[12:0] info: 192.0.2.1 . NS IN NOERROR "
	    "0.000000 1 45",
	    ".", "192.0.2.1", NOW, LOG_ANSWERED, 1);
}

static void
times_are_read_in_each_way(void **state)
{
	(void)state;
	/* In local time, which is 5:30 before UTC here. */
	assert_time("Nov 22 14:37:40 unbound[12:0] query:", NOW);
	assert_time("Nov 22 14:37:40 ns1 unbound[12]: [12:0] info:", NOW);
	assert_time("2025-11-22T10:07:40.123+01:00 unbound[12:0] query:", NOW);
	assert_time("2025-11-22T09:07:40Z ns1 unbound[12]: [12:0] info:", NOW);
	assert_time("7020-11-22T09:07:40Z ns1 unbound[12]: [12:0] info:", 0);
	/* What journalctl -o cat leaves. */
	assert_time("[12:0] info:", 0);
	assert_time("[99999999999999999999] unbound[12:0] info:", 0);
}

/* A log of December is of last year in November. */
static void
times_without_a_year_are_in_the_past(void **state)
{
	(void)state;
	assert_time("Dec 31 05:30:00 unbound[12:0] query:", 1735603200);
}

static void
other_messages_of_the_resolver_are_no_faults_of_the_log(void **state)
{
	(void)state;
	assert_fault("[1] unbound[12:0] notice: init module 0: dynlib",
	    LOG_OTHER_MESSAGE);
	assert_fault(
	    "[1] unbound[12:0] info: start of service (unbound 1.17.1).",
	    LOG_OTHER_MESSAGE);
	assert_fault("[1] unbound[12:0] info: a.example. static 192.0.2.1@53 "
		     "a.example. A IN",
	    LOG_OTHER_MESSAGE);
	assert_fault("[1] unbound[12:0] reply: 192.0.2.1 - - - FORMERR - - - ",
	    LOG_NO_QUESTION);
	assert_fault(
	    "[1] unbound[12:0] query: a.example. A IN", LOG_NOT_A_CLIENT);
	assert_fault("[1] unbound[12:0] query: 192.0.2.1 a.example. A IN more",
	    LOG_NOT_A_LINE);
	assert_fault("[1] unbound[12:0] query: 192.0.2.1 a..example. A IN",
	    LOG_NOT_A_NAME);
}

/* ---- lists ---- */

static void
names_may_have_a_count(void **state)
{
	(void)state;
	assert_read("a.example", "a.example", NULL, 0, LOG_ASKED, 1);
	assert_read("   1204 a.example", "a.example", NULL, 0, LOG_ASKED, 1204);
	assert_read("a.example\t7", "a.example", NULL, 0, LOG_ASKED, 7);
	assert_read("a.example,7", "a.example", NULL, 0, LOG_ASKED, 7);
	assert_read("7,a.example", "a.example", NULL, 0, LOG_ASKED, 1);
	assert_fault("a.example 0", LOG_NOT_A_COUNT);
	assert_fault("a.example 1000000000001", LOG_NOT_A_COUNT);
	assert_fault("domain,count", LOG_NOT_A_COUNT);
	assert_fault("a.example,7,8", LOG_NOT_A_LINE);
	assert_fault("a b c", LOG_NOT_A_LINE);
	assert_fault("a..example", LOG_NOT_A_NAME);
	assert_fault("", LOG_NOTHING);
	assert_fault(" # a comment", LOG_NOTHING);
}

static void
our_own_query_log_is_read(void **state)
{
	(void)state;
	assert_read("{\"time\":\"2025-11-22T09:07:40.123Z\",\"seq\":1,"
		    "\"client\":\"192.0.2.1\",\"qname\":\"a\\\\.b.example\"}",
	    "a\\.b.example", "192.0.2.1", NOW, LOG_ASKED, 1);
	assert_fault("{\"client\":\"192.0.2.1\"}", LOG_NOT_AN_OBJECT);
	assert_fault("{\"client\":\"192.0.2.1\",", LOG_NOT_AN_OBJECT);
	assert_fault(
	    "{\"client\":\"x\",\"qname\":\"a.example\"}", LOG_NOT_A_CLIENT);
	assert_fault(
	    "{\"client\":\"192.0.2.1\",\"qname\":\"\"}", LOG_NOT_A_NAME);
}

/* ---- sums ---- */

static void
add(struct tally *tally, unsigned group, const char *line, int64_t since)
{
	assert_int_equal(read_line(line), LOG_OK);
	assert_int_equal(tally_add(tally, group, &record,
			     tally_hash(tally, &record.name), since),
	    0);
}

static void
a_query_and_its_reply_count_once(void **state)
{
	const struct tally_name *const *names;
	struct tally *tally;
	size_t count;

	(void)state;
	assert_int_equal(tally_new(1, &tally), 0);
	add(tally, 0, "[100] unbound[1:0] info: 192.0.2.1 a.example. A IN",
	    150);
	add(tally, 0,
	    "[101] unbound[1:0] info: 192.0.2.1 a.example. A IN NOERROR 0 1 9",
	    150);
	add(tally, 0, "[200] unbound[1:0] info: 192.0.2.2 A.example. A IN",
	    150);
	add(tally, 0, "b.example 5", 0);
	add(tally, 1, "c.example", 0);
	assert_int_equal(tally_sum(tally, 0)->names, 2);
	assert_int_equal(tally_count(tally_sum(tally, 0)->counts), 7);
	assert_int_equal(tally_count(tally_sum(tally, 0)->early), 1);
	assert_int_equal(tally_sum(tally, 0)->clients, 2);
	assert_int_equal(tally_sum(tally, 1)->names, 1);
	names = tally_sort(tally, &count);
	assert_int_equal(count, 3);
	assert_memory_equal(names[0]->name, "\1b\7example", 11);
	assert_int_equal(names[1]->first, 100);
	assert_int_equal(names[1]->last, 200);
	assert_int_equal(names[1]->sum.clients, 2);
	assert_int_equal(names[1]->shown_count, 1);
	assert_false(tally_is_full(tally));
	tally_free(tally);
}

/* Tables grow, and each name and client is still found. */
static void
many_names_and_clients_are_told_apart(void **state)
{
	struct tally *tally;
	const struct tally_name *const *names;
	size_t count;

	(void)state;
	assert_int_equal(tally_new(64, &tally), 0);
	for (unsigned i = 0; i < 20000; i++) {
		char line[80];

		snprintf(line, sizeof(line),
		    "[1:0] info: 10.0.%u.%u n%u.example. A IN", i / 4 % 50,
		    i % 4, i % 5000);
		add(tally, 0, line, 0);
	}
	assert_int_equal(tally_sum(tally, 0)->names, 5000);
	assert_int_equal(tally_sum(tally, 0)->clients, 200);
	names = tally_sort(tally, &count);
	assert_int_equal(count, 5000);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(tally_count(names[i]->sum.counts), 4);
		assert_int_equal(names[i]->sum.clients, names[i]->shown_count);
	}
	tally_free(tally);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unbounds_lines_are_read_with_and_without_tags),
	    cmocka_unit_test(times_are_read_in_each_way),
	    cmocka_unit_test(times_without_a_year_are_in_the_past),
	    cmocka_unit_test(
		other_messages_of_the_resolver_are_no_faults_of_the_log),
	    cmocka_unit_test(names_may_have_a_count),
	    cmocka_unit_test(our_own_query_log_is_read),
	    cmocka_unit_test(a_query_and_its_reply_count_once),
	    cmocka_unit_test(many_names_and_clients_are_told_apart),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
