/*
 * test_feed_zone.c - zone files, as response policy zones are read from them:
 * the zone's name, records and lines.
 */
#include "feed_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/feed/zone_line.h"

/* ---- the zone's name ---- */

static void
a_file_need_not_name_its_zone(void **state)
{
	(void)state;
	assert_rpz("$TTL 30\n" SOA "  NS localhost.\na.example CNAME .\n"
		   "b.example. CNAME .\n",
	    "4 a.example exact nxdomain\n"
	    "5 outside the zone: b.example. CNAME .\n");
	assert_rpz("a.example CNAME .\n", "1 a.example exact nxdomain\n");
}

/* Where the target would be is not known. */
static void
a_relative_target_needs_a_named_zone(void **state)
{
	(void)state;
	assert_rpz(SOA "a.example CNAME garden\nb.example CNAME @\n"
		       "c.example CNAME b.example\n",
	    "2 not a valid record: a.example CNAME garden\n"
	    "3 not a valid record: b.example CNAME @\n"
	    "4 not a valid record: c.example CNAME b.example\n");
}

static void
the_soa_names_the_zone(void **state)
{
	(void)state;
	assert_rpz("Rpz.Test. 3600 IN SOA ns.rpz.test. m.rpz.test. 1 2 3 4 5\n"
		   "\tNS ns.rpz.test.\na.example\tCNAME .\n"
		   "b.example.RPZ.test. CNAME garden\nc.example. CNAME .\n",
	    "3 a.example exact nxdomain\n"
	    "4 b.example exact cname garden.rpz.test\n"
	    "5 outside the zone: c.example. CNAME .\n");
	assert_rpz("$ORIGIN test.\nrpz SOA . . 1 2 3 4 5\na.rpz CNAME .\n"
		   "b CNAME .\n",
	    "3 a exact nxdomain\n4 outside the zone: b CNAME .\n");
}

static void
a_later_origin_is_within_the_zone(void **state)
{
	(void)state;
	assert_zone("a.example CNAME .\n$ORIGIN example\nb CNAME .\n"
		    "$ORIGIN com.rpz.test.\nc CNAME .\n$origin @\nd CNAME .\n"
		    "$ORIGIN other. ; comment\ne CNAME .\n",
	    "7 c.com exact nxdomain\n9 d.com exact nxdomain\n"
	    "3 a.example exact nxdomain\n5 b.example exact nxdomain\n"
	    "11 outside the zone: e CNAME .\n");
}

/* "* CNAME ." behind a bad $ORIGIN must not block the whole Internet. */
static void
nothing_is_taken_relative_to_a_bad_origin(void **state)
{
	(void)state;
	assert_zone("$ORIGIN a..example\n* CNAME .\n$ORIGIN b\nc CNAME .\n"
		    "$ORIGIN rpz.test.\nd.example CNAME .\n",
	    "8 d.example exact nxdomain\n"
	    "3 not a valid record: $ORIGIN a..example\n"
	    "4 outside the zone: * CNAME .\n6 outside the zone: c CNAME .\n");
	assert_rpz("$ORIGIN a..example\n" SOA "* CNAME .\n",
	    "1 not a valid record: $ORIGIN a..example\n"
	    "2 outside the zone: " SOA "3 outside the zone: * CNAME .\n");
	assert_zone("$ORIGIN\na.rpz.test. CNAME garden\n",
	    "3 not a valid record: $ORIGIN\n"
	    "4 not a valid record: a.rpz.test. CNAME garden\n");
}

/* Each makes the origin longer; libldns would not see that it gets too long. */
static void
origins_cannot_grow_without_end(void **state)
{
	char text[8192];
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 80; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "$ORIGIN aaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa\n");
	snprintf(text + len, sizeof(text) - len, "a CNAME .\n");
	assert_rpz(text, "6 not a valid record: "
			 "$ORIGIN aaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa\n"
			 "12 not a valid record: "
			 "$ORIGIN aaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa\n"
			 "18 not a valid record: "
			 "$ORIGIN aaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa\n"
			 "13 not a valid record\n"
			 "81 outside the zone: a CNAME .\n");
}

/* ---- records ---- */

static void
ttl_and_class_come_in_any_order(void **state)
{
	(void)state;
	assert_zone("a.example 60 IN CNAME .\nb.example IN 60 CNAME .\n"
		    "c.example in CNAME .\nd.example 1h cname .\n"
		    "e.example CLASS1 TYPE1 \\# 4 c0000201\n"
		    "in 60 CNAME .\n",
	    "3 a.example exact nxdomain\n4 b.example exact nxdomain\n"
	    "5 c.example exact nxdomain\n6 d.example exact nxdomain\n"
	    "7 e.example exact sinkhole 192.0.2.1\n"
	    "8 in exact nxdomain\n");
}

static void
other_classes_are_refused(void **state)
{
	(void)state;
	assert_zone("a.example CH A 192.0.2.1\n",
	    "3 not a valid record: a.example CH A 192.0.2.1\n");
}

static void
bad_records_are_refused_one_by_one(void **state)
{
	(void)state;
	assert_zone("a.example\na.example CNAME\na.example CNAME . more\n"
		    "b.example CNAME .\n",
	    "6 b.example exact nxdomain\n3 not a valid record: a.example\n"
	    "4 not a valid record: a.example CNAME\n"
	    "5 not a valid record: a.example CNAME . more\n");
	assert_zone("a.example A 192.0.2\na.example AAAA 192.0.2.1\n"
		    "a.example BOGUS x\nb.example CNAME .\n",
	    "6 b.example exact nxdomain\n"
	    "3 not a valid record: a.example A 192.0.2\n"
	    "4 not a valid record: a.example AAAA 192.0.2.1\n"
	    "5 not a valid record: a.example BOGUS x\n");
	assert_zone("a..example CNAME .\n<html> CNAME\n\\300.example CNAME .\n"
		    "b.example CNAME .\n",
	    "6 b.example exact nxdomain\n"
	    "3 not a valid record: a..example CNAME .\n"
	    "4 not a valid record: <html> CNAME\n"
	    "5 not a valid record: \\300.example CNAME .\n");
}

/* libldns would take the owner for the apex, and this for no policy. */
static void
an_at_sign_is_the_apex_only_when_alone(void **state)
{
	(void)state;
	assert_zone("@a.example CNAME .\n@ A 192.0.2.1\n",
	    "3 not a valid record: @a.example CNAME .\n");
}

static void
directives_other_than_origin_and_ttl_are_refused(void **state)
{
	(void)state;
	assert_zone("$INCLUDE /etc/passwd\n$GENERATE 1-9 a$ CNAME .\n$TTL 1h\n"
		    "$ttl\na.example CNAME .\n",
	    "7 a.example exact nxdomain\n"
	    "3 not a valid record: $INCLUDE /etc/passwd\n"
	    "4 not a valid record: $GENERATE 1-9 a$ CNAME .\n");
}

static void
a_record_without_owner_follows_one_with(void **state)
{
	(void)state;
	assert_rpz(" CNAME .\na.example CNAME .\n",
	    "2 a.example exact nxdomain\n1 not a valid record:  CNAME .\n");
	/* A bad address: the owner is known. A bad owner: it is not. */
	assert_zone("a.example A 192.0.2\n A 192.0.2.1\n"
		    "b..example A 192.0.2.2\n A 192.0.2.3\n",
	    "4 a.example exact sinkhole 192.0.2.1\n"
	    "3 not a valid record: a.example A 192.0.2\n"
	    "5 not a valid record: b..example A 192.0.2.2\n"
	    "6 not a valid record:  A 192.0.2.3\n");
}

static void
names_too_long_with_the_zone_are_refused(void **state)
{
	char label[64];
	char records[2048];
	const char *result;

	(void)state;
	memset(label, 'a', 63);
	label[63] = '\0';
	snprintf(records, sizeof(records),
	    "$ORIGIN rpz.test.\n" SOA "%s.%s.%s.%.52s CNAME .\n"
	    "b.example CNAME %s.%s.%s.%.53s\nc.example CNAME .\n"
	    "%s.%s.%s.%.53s CNAME .\n",
	    label, label, label, label, label, label, label, label, label,
	    label, label, label);
	result = read_feed(
	    &feed_rpz, &(struct feed_options){0}, records, strlen(records));
	assert_non_null(
	    strstr(result, "aaa exact nxdomain\n5 c.example exact"));
	assert_non_null(strstr(result, "\n4 not a valid record: b.example"));
	assert_non_null(strstr(result, "\n6 not a valid record: aaa"));
}

/* ---- lines ---- */

static void
parentheses_join_lines(void **state)
{
	(void)state;
	assert_rpz("@ IN SOA ns. mail. ( ; comment (\n\t1 ; serial\n\n"
		   "\t2 3 4 5 )\n"
		   "a.example (\n CNAME\n. )\nb.example CNAME .\n",
	    "5 a.example exact nxdomain\n8 b.example exact nxdomain\n");
}

static void
an_open_parenthesis_costs_its_line_only(void **state)
{
	(void)state;
	assert_zone(
	    "a.example ( CNAME .\nb.example CNAME .\nc.example CNAME .\n",
	    "4 b.example exact nxdomain\n5 c.example exact nxdomain\n"
	    "3 not a valid record: a.example ( CNAME .\n");
	assert_zone("a.example CNAME . )\nb.example CNAME .\n",
	    "4 b.example exact nxdomain\n"
	    "3 not a valid record: a.example CNAME . )\n");
}

/* The same where its end comes, but too late to belong to it. */
static void
a_record_has_a_limit_of_lines(void **state)
{
	for (size_t lines = ZONE_LINES_MAX; lines <= ZONE_LINES_MAX + 1;
	     lines++) {
		char text[1024] = "a.example CNAME . (";
		const char *result;

		memset(text + strlen(text), '\n', lines - 1);
		strcat(text, ")\nb.example CNAME .\n");
		result = read_feed(
		    &feed_rpz, &(struct feed_options){0}, text, strlen(text));
		assert_true((strstr(result, "1 a.example exact") != NULL) ==
			    (lines == ZONE_LINES_MAX));
		assert_non_null(strstr(result, " b.example exact nxdomain\n"));
	}
	(void)state;
}

static void
an_open_quote_costs_its_line_only(void **state)
{
	(void)state;
	assert_zone("a.example TXT \"x\nb.example CNAME .\n"
		    "c.example TXT x\\\nd.example CNAME .\n",
	    "4 b.example exact nxdomain\n6 d.example exact nxdomain\n"
	    "3 not a valid record: a.example TXT \"x\n"
	    "5 not a valid record: c.example TXT x\\\n");
}

static void
escapes_are_no_syntax(void **state)
{
	(void)state;
	assert_zone("a\\;b.example CNAME .\na\\(b.example CNAME .\n"
		    "a\\\"b.example CNAME .\na\\032b.example CNAME .\n",
	    "6 a\\032b.example exact nxdomain\n"
	    "5 a\\\"b.example exact nxdomain\n"
	    "4 a\\(b.example exact nxdomain\n"
	    "3 a\\;b.example exact nxdomain\n");
}

static void
lines_may_end_in_any_way(void **state)
{
	(void)state;
	assert_rpz("\xef\xbb\xbf" SOA "a.example CNAME .\r\n; c\r\n\r\n"
		   "b.example CNAME . ; c",
	    "2 a.example exact nxdomain\n5 b.example exact nxdomain\n");
	assert_feed(&feed_rpz, FEED("a\0.example CNAME .\nb.example CNAME .\n"),
	    "2 b.example exact nxdomain\n"
	    "1 not a valid record: a?.example CNAME .\n");
	assert_rpz("", "");
}

static void
an_over_long_line_is_one_fault(void **state)
{
	static const char *const starts[] = {
	    "a.example TXT x", "a.example (", "a.example TXT \"x"};
	size_t size = 200000;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		const char *result;

		memset(text, 'x', size);
		memcpy(text, starts[i], strlen(starts[i]));
		memcpy(text + size - 19, "\nb.example CNAME .\n", 19);
		result =
		    read_feed(&feed_rpz, &(struct feed_options){0}, text, size);
		assert_ptr_equal(strstr(result, "2 b.example exact nxdomain\n"
						"1 not a valid record: a.ex"),
		    result);
		assert_null(strstr(result, "\n2 "));
	}
	free(text);
}

static void
an_over_long_comment_is_no_fault(void **state)
{
	size_t size = 200000;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', size);
	memcpy(text, "a.example CNAME .;", 18);
	memcpy(text + size - 19, "\nb.example CNAME .\n", 19);
	assert_feed(&feed_rpz, text, size,
	    "1 a.example exact nxdomain\n2 b.example exact nxdomain\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_need_not_name_its_zone),
	    cmocka_unit_test(a_relative_target_needs_a_named_zone),
	    cmocka_unit_test(the_soa_names_the_zone),
	    cmocka_unit_test(a_later_origin_is_within_the_zone),
	    cmocka_unit_test(nothing_is_taken_relative_to_a_bad_origin),
	    cmocka_unit_test(origins_cannot_grow_without_end),
	    cmocka_unit_test(ttl_and_class_come_in_any_order),
	    cmocka_unit_test(other_classes_are_refused),
	    cmocka_unit_test(bad_records_are_refused_one_by_one),
	    cmocka_unit_test(an_at_sign_is_the_apex_only_when_alone),
	    cmocka_unit_test(directives_other_than_origin_and_ttl_are_refused),
	    cmocka_unit_test(a_record_without_owner_follows_one_with),
	    cmocka_unit_test(names_too_long_with_the_zone_are_refused),
	    cmocka_unit_test(parentheses_join_lines),
	    cmocka_unit_test(an_open_parenthesis_costs_its_line_only),
	    cmocka_unit_test(a_record_has_a_limit_of_lines),
	    cmocka_unit_test(an_open_quote_costs_its_line_only),
	    cmocka_unit_test(escapes_are_no_syntax),
	    cmocka_unit_test(lines_may_end_in_any_way),
	    cmocka_unit_test(an_over_long_line_is_one_fault),
	    cmocka_unit_test(an_over_long_comment_is_no_fault),
	};

	return cmocka_run_group_tests_name("feed_zone", tests, NULL, NULL);
}
