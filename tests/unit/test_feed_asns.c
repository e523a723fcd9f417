/*
 * test_feed_asns.c - lists and tables of ASNs.
 */
#include "feed_support.h"

#include <stdio.h>
#include <string.h>

static void
assert_asns(const char *text, const char *expected)
{
	assert_feed(&feed_asns, text, strlen(text), expected);
}

static void
a_line_is_an_asn(void **state)
{
	(void)state;
	assert_asns("AS64500\n64501\r\nas64502\n\"AS64503\"\n 4294967295 \n1",
	    "6 AS1 risk:100\n1 AS64500 risk:100\n2 AS64501 risk:100\n"
	    "3 AS64502 risk:100\n4 AS64503 risk:100\n"
	    "5 AS4294967295 risk:100\n");
}

static void
a_comment_says_who_holds_it(void **state)
{
	(void)state;
	assert_asns("# a list\n;x\n!x\n\n"
		    "AS64500 # A, US (VPN)\n64501\t; B\n64502 #\n",
	    "5 AS64500 risk:100 as:\"A, US (VPN)\"\n"
	    "6 AS64501 risk:100 as:\"B\"\n7 AS64502 risk:100\n");
}

static void
what_is_no_asn_is_refused(void **state)
{
	static const char *const words[] = {"0", "AS0", "4294967296",
	    "99999999999", "-1", "+1", "1.10", "0x10", "64500-64510", "AS",
	    "AS 64500", "64500 x", "64500;x", "192.0.2.0/24", "ASN64500"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char text[64];
		char expected[128];

		snprintf(text, sizeof(text), "1\n%s\n", words[i]);
		snprintf(expected, sizeof(expected),
		    "1 AS1 risk:100\n2 not an ASN: %s\n", words[i]);
		assert_asns(text, expected);
	}
}

/* A number in the second column may be anything. */
static void
columns_without_a_header_mean_nothing(void **state)
{
	(void)state;
	assert_asns("64500,50,spam,A\n64501 , \"B, \"\"b\"\"\"\n64502,\n"
		    "64503,a#b,c # d\n",
	    "1 AS64500 risk:100\n2 AS64501 risk:100\n3 AS64502 risk:100\n"
	    "4 AS64503 risk:100\n");
}

static void
a_header_names_the_columns(void **state)
{
	(void)state;
	assert_asns("# a table\nasn,risk,category,holder\n"
		    "AS64500,90,bulletproof hosting,\"A, \"\"b\"\" Ltd\"\n"
		    "64501,0,,\n64502,,spam\n64503\n64504 # E\n"
		    "64505, 100 , c , d , more\n",
	    "3 AS64500 risk:90 is:\"bulletproof hosting\" "
	    "as:\"A, \"b\" Ltd\"\n"
	    "4 AS64501\n5 AS64502 risk:100 is:\"spam\"\n"
	    "6 AS64503 risk:100\n7 AS64504 risk:100 as:\"E\"\n"
	    "8 AS64505 risk:100 is:\"c\" as:\"d\"\n"
	    "2 a header row: asn,risk,category,holder\n");
}

static void
columns_may_be_in_any_order(void **state)
{
	(void)state;
	assert_asns("\"Number\", Holder ,seen,\"RISK\"\n64500,A,2025-11-01,7\n",
	    "2 AS64500 risk:7 as:\"A\"\n"
	    "1 a header row: \"Number\", Holder ,seen,\"RISK\"\n");
	assert_asns(
	    "ASN\n64500\n", "2 AS64500 risk:100\n1 a header row: ASN\n");
	assert_asns("risk,asn\n64500,64501\n",
	    "2 AS64500 risk:100\n1 a header row: risk,asn\n");
}

static void
only_the_first_row_is_a_header(void **state)
{
	(void)state;
	assert_asns("64500,1\nasn,risk\n64501,1\n",
	    "1 AS64500 risk:100\n3 AS64501 risk:100\n"
	    "2 not an ASN: asn,risk\n");
	assert_asns("asn\nasn,risk\n64501,1\n",
	    "3 AS64501 risk:100\n2 not an ASN: asn,risk\n"
	    "1 a header row: asn\n");
}

static void
a_bad_risk_is_refused(void **state)
{
	(void)state;
	assert_asns("asn,risk\n64500,101\n64501,0.9\n64502,-1\n64503,high\n"
		    "64504,99999999999999999999\n64505,007\n",
	    "7 AS64505 risk:7\n"
	    "2 a risk that is not from 0 to 100: 64500,101\n"
	    "3 a risk that is not from 0 to 100: 64501,0.9\n"
	    "4 a risk that is not from 0 to 100: 64502,-1\n"
	    "5 a risk that is not from 0 to 100\n"
	    "1 a header row: asn,risk\n");
}

static void
a_quote_without_end_is_refused(void **state)
{
	(void)state;
	assert_asns("64500,\"A\n\"64501\n64502,\"B\"\n",
	    "3 AS64502 risk:100\n1 not a line of this format: 64500,\"A\n"
	    "2 not a line of this format: \"64501\n");
}

static void
long_fields_are_cut(void **state)
{
	char text[4096] = "asn,category,holder\n64500,";
	char expected[1024] = "2 AS64500 risk:100 is:\"";
	size_t len = strlen(text);

	(void)state;
	memset(text + len, 'c', 1000);
	strcat(text, ",");
	len = strlen(text);
	memset(text + len, 'h', 1000);
	len = strlen(expected);
	memset(expected + len, 'c', POL_CATEGORY_MAX);
	strcat(expected, "\" as:\"");
	len = strlen(expected);
	memset(expected + len, 'h', POL_REFERENCE_MAX);
	strcat(expected, "\"\n1 a header row: asn,category,holder\n");
	assert_asns(text, expected);
}

static void
columns_have_a_limit(void **state)
{
	(void)state;
	assert_asns("asn,b,c,d,e,f,g,h,i,j,k,l,m,n,o,risk,holder\n"
		    "64500,,,,,,,,,,,,,,,5,A,B\n",
	    "2 AS64500 risk:5\n1 a header row: "
	    "asn,b,c,d,e,f,g,h,i,j,k,l,m,n,o,risk,holder\n");
}

static void
duplicates_are_counted(void **state)
{
	(void)state;
	assert_asns("AS64500 # first\n64500 # second\n",
	    "1 AS64500 risk:100 as:\"first\"\n2 a duplicate: as line 1\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_is_an_asn),
	    cmocka_unit_test(a_comment_says_who_holds_it),
	    cmocka_unit_test(what_is_no_asn_is_refused),
	    cmocka_unit_test(columns_without_a_header_mean_nothing),
	    cmocka_unit_test(a_header_names_the_columns),
	    cmocka_unit_test(columns_may_be_in_any_order),
	    cmocka_unit_test(only_the_first_row_is_a_header),
	    cmocka_unit_test(a_bad_risk_is_refused),
	    cmocka_unit_test(a_quote_without_end_is_refused),
	    cmocka_unit_test(long_fields_are_cut),
	    cmocka_unit_test(columns_have_a_limit),
	    cmocka_unit_test(duplicates_are_counted),
	};

	return cmocka_run_group_tests_name("feed_asns", tests, NULL, NULL);
}
