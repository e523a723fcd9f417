/*
 * test_stream.c - answers to AXFR and IXFR: what they say, and which of them
 * are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/error.h"
#include "tests/unit/transfer_support.h"
#include "tools/transfer/serial.h"

#define SOA(serial) "@ SOA . . " #serial " 3600 600 86400 60\n"
#define MESSAGES_MAX 4

/* What was taken: "+name type" and "-name type", each with a blank behind. */
static char taken[4096];

static int
keep(struct stream *stream, const ldns_rr *rr, bool is_removed)
{
	char name[POL_NAME_TEXT_MAX];
	struct pol_name owner;
	size_t len = strlen(taken);

	assert_int_not_equal(stream->kind, STREAM_UNKNOWN);
	assert_int_equal(message_name(ldns_rr_owner(rr), &owner), 0);
	snprintf(taken + len, sizeof(taken) - len, "%c%s ",
	    is_removed ? '-' : '+', pol_name_to_text(owner.wire, name));
	return 0;
}

static struct pol_name zone;

static struct stream
new_stream(bool is_ixfr, uint32_t serial)
{
	zone = test_name(TEST_ZONE);
	taken[0] = '\0';
	return (struct stream){.zone = &zone,
	    .id = TEST_ID,
	    .is_ixfr = is_ixfr,
	    .serial = serial,
	    .octets_max = 100000,
	    .records_max = 100,
	    .take = keep};
}

/* Feed the messages, which NULL ends, to a stream. What the last one brought.
 */
static int
run(struct stream *stream, const char *const *messages)
{
	struct test_message message;
	int rc = STREAM_MORE;

	for (size_t i = 0; i < MESSAGES_MAX && messages[i] != NULL; i++) {
		assert_int_equal(rc, STREAM_MORE);
		make_answer(&message,
		    stream->is_ixfr ? LDNS_RR_TYPE_IXFR : LDNS_RR_TYPE_AXFR,
		    messages[i]);
		rc = stream_take(stream, message.wire, message.len, 0);
	}
	stream_end(stream);
	return rc;
}

struct answer {
	const char *messages[MESSAGES_MAX];
	enum stream_kind kind;
	const char *taken;   /* NULL: the answer is refused, */
	const char *problem; /* for this */
};

static void
check_answers(
    const struct answer *answers, size_t count, bool is_ixfr, uint32_t serial)
{
	for (size_t i = 0; i < count; i++) {
		const struct answer *answer = &answers[i];
		struct stream stream = new_stream(is_ixfr, serial);
		int rc = run(&stream, answer->messages);

		if (answer->taken != NULL) {
			assert_string_equal(stream.problem, "");
			assert_int_equal(rc, STREAM_END);
			assert_int_equal(stream.kind, answer->kind);
			assert_string_equal(taken, answer->taken);
		} else if (answer->problem != NULL) {
			assert_string_equal(stream.problem, answer->problem);
			assert_int_equal(rc, POL_EINVAL);
		} else {
			assert_int_equal(rc, STREAM_MORE);
		}
	}
}
#define check(answers, is_ixfr, serial) \
	check_answers( \
	    answers, sizeof(answers) / sizeof((answers)[0]), is_ixfr, serial)

static void
an_axfr_is_a_zone_between_two_soas(void **state)
{
	static const struct answer answers[] = {
	    {{SOA(7) "a A 192.0.2.1\nb CNAME .\n" SOA(7)}, STREAM_FULL,
		"+a.rpz.example +b.rpz.example ", NULL},
	    {{SOA(7), "a CNAME .\n", "b CNAME .\n", SOA(7)}, STREAM_FULL,
		"+a.rpz.example +b.rpz.example ", NULL},
	    {{SOA(7) SOA(7)}, STREAM_FULL, "", NULL},
	    {{SOA(7) "a CNAME .\n"}, STREAM_FULL, NULL, NULL},
	};

	(void)state;
	check(answers, false, 0);
}

static void
an_ixfr_may_bring_a_difference_a_zone_or_nothing(void **state)
{
	static const struct answer answers[] = {
	    {{SOA(7) SOA(5) "a CNAME .\n" SOA(7) "b CNAME .\n" SOA(7)},
		STREAM_DIFFERENCE, "-a.rpz.example +b.rpz.example ", NULL},
	    {{SOA(7) SOA(5), "a CNAME .\n" SOA(6),
		 "b CNAME .\n" SOA(6) "b CNAME .\n", SOA(7) SOA(7)},
		STREAM_DIFFERENCE,
		"-a.rpz.example +b.rpz.example -b.rpz.example ", NULL},
	    {{SOA(7), SOA(5) SOA(7) SOA(7)}, STREAM_DIFFERENCE, "", NULL},
	    {{SOA(7) "a CNAME .\n" SOA(7)}, STREAM_FULL, "+a.rpz.example ",
		NULL},
	    {{SOA(7), "a CNAME .\n", SOA(7)}, STREAM_FULL, "+a.rpz.example ",
		NULL},
	    {{SOA(7) SOA(7)}, STREAM_FULL, "", NULL},
	    {{SOA(5)}, STREAM_SAME, "", NULL},
	    {{SOA(4)}, STREAM_SAME, "", NULL},
	    {{SOA(7)}, STREAM_UNKNOWN, NULL, NULL},
	};

	(void)state;
	check(answers, true, 5);
}

static void
serials_wrap(void **state)
{
	static const struct answer answers[] = {
	    {{SOA(2) SOA(4294967290) SOA(4294967295) SOA(4294967295) SOA(2)
		     SOA(2)},
		STREAM_DIFFERENCE, "", NULL},
	    {{SOA(4294967289)}, STREAM_SAME, "", NULL},
	};

	(void)state;
	check(answers, true, 4294967290);
	assert_true(serial_is_newer(0, 0xffffffff));
	assert_true(serial_is_newer(0x80000000, 1));
	assert_false(serial_is_newer(1, 1));
	assert_false(serial_is_newer(1, 2));
	assert_false(serial_is_newer(0, 0x80000000));
	assert_false(serial_is_newer(0x80000000, 0));
}

static void
lies_are_refused(void **state)
{
	static const struct answer answers[] = {
	    {{"a CNAME .\n"}, 0, NULL,
		"the transfer does not begin with a SOA record"},
	    {{SOA(7) "a CNAME .\n" SOA(8)}, 0, NULL,
		"the transfer begins with serial 7 and ends with 8"},
	    {{"other.example. SOA . . 7 1 1 1 1\n"}, 0, NULL,
		"the primary sends a SOA record of another zone"},
	    {{SOA(7) "a CNAME .\nother.example. SOA . . 7 1 1 1 1\n"}, 0, NULL,
		"the primary sends a SOA record of another zone"},
	    {{SOA(7) "other.example. CNAME .\n"}, 0, NULL,
		"the primary sends a record that is not in the zone"},
	    {{SOA(7) "xrpz.example. CNAME .\n"}, 0, NULL,
		"the primary sends a record that is not in the zone"},
	    {{SOA(7) "a CH A 192.0.2.1\n"}, 0, NULL,
		"the primary sends a record that is not of class IN"},
	    {{SOA(7) "a CNAME .\n" SOA(7) "b CNAME .\n"}, 0, NULL,
		"the transfer goes on behind its last SOA record"},
	    {{SOA(7), ""}, 0, NULL,
		"the primary sends a message without records"},
	};
	static const struct answer differences[] = {
	    {{SOA(7) SOA(4) "a CNAME .\n"}, 0, NULL,
		"the transfer has a difference from serial 4 where 5 was "
		"reached"},
	    {{SOA(7) SOA(5) SOA(6) SOA(5)}, 0, NULL,
		"the transfer has a difference from serial 5 where 6 was "
		"reached"},
	    {{SOA(7) SOA(5) SOA(8)}, 0, NULL,
		"the transfer has a difference from serial 5 to 8 on the way "
		"to 7"},
	    {{SOA(7) SOA(5) SOA(5)}, 0, NULL,
		"the transfer has a difference from serial 5 to 5 on the way "
		"to 7"},
	    {{SOA(7) SOA(5) SOA(7) SOA(6)}, 0, NULL,
		"the transfer begins with serial 7 and ends with 6"},
	};

	(void)state;
	check(answers, false, 0);
	check(differences, true, 5);
}

/* A difference is no answer to an AXFR: the second SOA there ends the zone. */
static void
an_axfr_takes_no_difference(void **state)
{
	static const struct answer answers[] = {
	    {{SOA(7) SOA(5) "a CNAME .\n" SOA(7) SOA(7)}, 0, NULL,
		"the transfer begins with serial 7 and ends with 5"},
	};

	(void)state;
	check(answers, false, 0);
}

static void
a_stream_is_bounded(void **state)
{
	static const char *const messages[] = {
	    SOA(7) "a CNAME .\nb CNAME .\nc CNAME .\n", NULL};
	struct stream stream = new_stream(false, 0);

	(void)state;
	stream.records_max = 3;
	assert_int_equal(run(&stream, messages), POL_ERANGE);
	assert_string_equal(
	    stream.problem, "the transfer has more than 3 records");
	stream = new_stream(false, 0);
	stream.octets_max = 100;
	assert_int_equal(run(&stream, messages), POL_ERANGE);
	assert_string_equal(
	    stream.problem, "the transfer is larger than 100 octets");
}

/* Change a good answer in one octet. */
static void
check_changed(size_t at, uint8_t value, const char *problem)
{
	struct stream stream = new_stream(false, 0);
	struct test_message message;

	make_answer(&message, LDNS_RR_TYPE_AXFR, SOA(7) SOA(7));
	message.wire[at] = value;
	assert_int_equal(
	    stream_take(&stream, message.wire, message.len, 0), POL_EINVAL);
	assert_string_equal(stream.problem, problem);
	stream_end(&stream);
}

static void
what_is_no_answer_to_the_query_is_refused(void **state)
{
	static const char none[] =
	    "the primary sends something that is no answer to the query";
	static const char other[] =
	    "the primary answers another question than the one asked";

	(void)state;
	check_changed(0, 0x13, none); /* the ID */
	check_changed(2, 0x04, none); /* a query */
	check_changed(2, 0xa4, none); /* a NOTIFY */
	check_changed(2, 0x86,
	    "the primary sends a truncated message over "
	    "TCP");
	check_changed(3, 0x05, "the primary answers REFUSED");
	check_changed(13, 's', other); /* spz.example */
	check_changed(26, LDNS_RR_TYPE_IXFR, other);
	check_changed(11, 1, "the primary sends a malformed message");
}

static void
a_message_cut_short_is_refused(void **state)
{
	struct test_message message;

	(void)state;
	make_answer(&message, LDNS_RR_TYPE_AXFR, SOA(7) "a CNAME .\n" SOA(7));
	for (size_t len = 0; len < message.len; len++) {
		struct stream stream = new_stream(false, 0);

		assert_int_equal(
		    stream_take(&stream, message.wire, len, 0), POL_EINVAL);
		assert_string_equal(
		    stream.problem, "the primary sends a malformed message");
		stream_end(&stream);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_axfr_is_a_zone_between_two_soas),
	    cmocka_unit_test(an_ixfr_may_bring_a_difference_a_zone_or_nothing),
	    cmocka_unit_test(serials_wrap),
	    cmocka_unit_test(lies_are_refused),
	    cmocka_unit_test(an_axfr_takes_no_difference),
	    cmocka_unit_test(a_stream_is_bounded),
	    cmocka_unit_test(what_is_no_answer_to_the_query_is_refused),
	    cmocka_unit_test(a_message_cut_short_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
