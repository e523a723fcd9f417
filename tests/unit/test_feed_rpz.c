/*
 * test_feed_rpz.c - response policy zones as zone files.
 */
#include "feed_support.h"

#include <stdio.h>
#include <string.h>

#define SOA "@ SOA ns.example. mail.example. 1 2 3 4 5\n"

static void
assert_rpz(const char *text, const char *expected)
{
	assert_feed(&feed_rpz, text, strlen(text), expected);
}

/* The same with a zone named in front; lines count from its $ORIGIN line. */
static void
assert_zone(const char *records, const char *expected)
{
	char text[8192];

	snprintf(text, sizeof(text), "$ORIGIN rpz.test.\n" SOA "%s", records);
	assert_rpz(text, expected);
}

/* ---- actions ---- */

static void
each_action_has_its_target(void **state)
{
	(void)state;
	assert_zone("a.example CNAME .\nb.example CNAME *.\n"
		    "c.example CNAME rpz-passthru.\n"
		    "d.example CNAME rpz-drop.\n"
		    "e.example CNAME RPZ-TCP-only.\n"
		    "f.example CNAME Garden.Example.NET.\n"
		    "g.example CNAME *.garden.example.net.\n",
	    "3 a.example exact nxdomain\n4 b.example exact nodata\n"
	    "5 c.example exact allow\n6 d.example exact drop\n"
	    "7 e.example exact truncate\n"
	    "8 f.example exact cname garden.example.net\n"
	    "9 g.example exact cname *.garden.example.net\n");
}

/* Before rpz-passthru there was this. */
static void
a_trigger_that_is_its_own_target_is_allowed(void **state)
{
	(void)state;
	assert_zone(
	    "a.example CNAME A.Example.\n*.b.example CNAME *.b.example.\n"
	    "c.example CNAME b.example.\n",
	    "3 a.example exact allow\n4 b.example below allow\n"
	    "5 c.example exact cname b.example\n");
}

static void
unknown_special_targets_make_no_walled_garden(void **state)
{
	(void)state;
	assert_zone("a.example CNAME rpz-foo.\nb.example CNAME rpz-drop\n"
		    "c.example CNAME garden\nd.example CNAME rpz-.\n",
	    "5 c.example exact cname garden.rpz.test\n"
	    "3 not a valid record: a.example CNAME rpz-foo.\n"
	    "4 not a valid record: b.example CNAME rpz-drop\n"
	    "6 not a valid record: d.example CNAME rpz-.\n");
}

static void
addresses_are_a_sinkhole_of_their_own(void **state)
{
	(void)state;
	assert_zone("a.example A 192.0.2.1\n A 192.0.2.2\n AAAA 2001:db8::1\n"
		    "b.example AAAA ::\n*.b.example A 192.0.2.3\n",
	    "3 a.example exact sinkhole 192.0.2.1 192.0.2.2 2001:db8::1\n"
	    "6 b.example exact sinkhole ::\n"
	    "7 b.example below sinkhole 192.0.2.3\n");
}

static void
addresses_are_merged_wherever_they_are(void **state)
{
	(void)state;
	assert_zone("a.example A 192.0.2.1\nb.example A 192.0.2.1\n"
		    "A.Example AAAA ::1\nb.example A 192.0.2.1\n"
		    "a.example A 192.0.2.0\n",
	    "3 a.example exact sinkhole 192.0.2.1 192.0.2.0 ::1\n"
	    "4 b.example exact sinkhole 192.0.2.1\n"
	    "6 a duplicate: 192.0.2.1\n");
}

static void
addresses_over_the_limit_are_refused(void **state)
{
	char records[2048];
	size_t len = 0;
	const char *result;

	(void)state;
	len += (size_t)snprintf(records, sizeof(records), SOA);
	for (int i = 1; i <= POL_ADDRESSES_MAX + 2; i++)
		len += (size_t)snprintf(records + len, sizeof(records) - len,
		    "a.example A 192.0.2.%d\na.example AAAA 2001:db8::%d\n", i,
		    i);
	result = read_feed(&feed_rpz, &(struct feed_options){0}, records, len);
	assert_non_null(strstr(result, " 192.0.2.15 2001:db8::1 "));
	assert_non_null(strstr(result, " 2001:db8::15\n"));
	assert_non_null(
	    strstr(result, "32 other local data than addresses: 192.0.2.16\n"));
	assert_non_null(strstr(result, "4 other local data than addresses\n"));
}

static void
of_a_cname_and_other_data_the_first_stays(void **state)
{
	(void)state;
	assert_zone("a.example CNAME .\n A 192.0.2.1\n AAAA ::1\n"
		    "b.example A 192.0.2.1\n CNAME .\n"
		    "c.example CNAME .\n CNAME *.\n",
	    "3 a.example exact nxdomain\n6 b.example exact sinkhole 192.0.2.1\n"
	    "8 c.example exact nxdomain\n4 a duplicate: as line 3\n"
	    "7 a duplicate: as line 6\n9 a duplicate: as line 8\n");
}

static void
other_data_is_refused(void **state)
{
	(void)state;
	assert_zone("a.example TXT \"x ; ( y\"\nb.example MX 10 m.example.\n"
		    "c.example NS ns.example.\n"
		    "c.example TYPE65534 \\# 1 00\n",
	    "3 other local data than addresses: a.example TXT \"x ; ( y\"\n"
	    "4 other local data than addresses: b.example MX 10 m.example.\n"
	    "5 other local data than addresses: c.example NS ns.example.\n"
	    "4 other local data than addresses\n");
}

static void
the_action_of_the_feed_goes_first_but_for_allow(void **state)
{
	struct feed_options options = {.has_action = true};

	(void)state;
	assert_string_equal(read_feed(&feed_rpz, &options,
				FEED(SOA "a.example CNAME .\n"
					 "b.example CNAME rpz-passthru.\n"
					 "c.example CNAME garden.example.\n"
					 "d.example A 192.0.2.1\n AAAA ::1\n"
					 "e.example CNAME rpz-foo.\n")),
	    "2 a.example exact\n3 b.example exact allow\n4 c.example exact\n"
	    "5 d.example exact\n"
	    "7 not a valid record: e.example CNAME rpz-foo.\n");
}

/* ---- triggers ---- */

static void
scopes_are_exact_and_below(void **state)
{
	(void)state;
	assert_zone("a.example CNAME .\n*.a.example CNAME .\n"
		    "*.*.b.example CNAME .\nx.*.example CNAME .\n"
		    "com CNAME .\n",
	    "7 com exact nxdomain\n6 x.*.example exact nxdomain\n"
	    "3 a.example exact nxdomain\n4 a.example below nxdomain\n"
	    "5 *.b.example below nxdomain\n");
}

static void
a_lone_star_is_below_the_root(void **state)
{
	(void)state;
	assert_zone("* CNAME .\n", "3 . below nxdomain\n");
}

static void
other_triggers_are_refused(void **state)
{
	(void)state;
	assert_zone("32.1.2.0.192.rpz-ip CNAME .\n"
		    "24.0.2.0.192.rpz-nsip CNAME .\n"
		    "ns.example.rpz-nsdname CNAME .\n",
	    "3 another trigger than a query name: 32.1.2.0.192.rpz-ip CNAME .\n"
	    "4 another trigger than a query name: "
	    "24.0.2.0.192.rpz-nsip CNAME .\n"
	    "5 another trigger than a query name: "
	    "ns.example.rpz-nsdname CNAME .\n");
	assert_zone("8.0.0.0.10.RPZ-Client-IP CNAME .\n",
	    "3 another trigger than a query name: "
	    "8.0.0.0.10.RPZ-Client-IP CNAME .\n");
	assert_zone("rpz-foo CNAME .\n",
	    "3 another trigger than a query name: rpz-foo CNAME .\n");
	assert_zone(
	    "rpz-ip.example CNAME .\n", "3 rpz-ip.example exact nxdomain\n");
}

static void
owners_outside_the_zone_are_refused(void **state)
{
	(void)state;
	assert_zone("a.example. CNAME .\nb.example.rpz.test. CNAME .\n"
		    "xrpz.test. CNAME .\ntest. CNAME .\n. CNAME .\n",
	    "4 b.example exact nxdomain\n3 outside the zone: a.example. CNAME "
	    ".\n"
	    "5 outside the zone: xrpz.test. CNAME .\n"
	    "6 outside the zone: test. CNAME .\n4 outside the zone\n");
}

static void
the_zone_itself_is_no_entry(void **state)
{
	(void)state;
	assert_zone("@ NS localhost.\n NS other.\nrpz.test. A 192.0.2.1\n"
		    "@ TXT \"serial 7\"\n"
		    "@ DNSKEY 256 3 13 aaaa\n" SOA,
	    "");
}

static void
signatures_are_no_entries(void **state)
{
	(void)state;
	assert_zone("a.example CNAME .\n"
		    " RRSIG CNAME 13 4 30 20300101000000 20200101000000 1 "
		    "rpz.test. aaaa\n"
		    " NSEC b.example.rpz.test. CNAME RRSIG NSEC\n",
	    "3 a.example exact nxdomain\n");
}

static void
triggers_are_ascii(void **state)
{
	(void)state;
	assert_zone("b\xc3\xbc.example CNAME .\nxn--b-eha.example CNAME .\n",
	    "4 xn--b-eha.example exact nxdomain\n"
	    "3 not convertible from Unicode: b??.example CNAME .\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_action_has_its_target),
	    cmocka_unit_test(a_trigger_that_is_its_own_target_is_allowed),
	    cmocka_unit_test(unknown_special_targets_make_no_walled_garden),
	    cmocka_unit_test(addresses_are_a_sinkhole_of_their_own),
	    cmocka_unit_test(addresses_are_merged_wherever_they_are),
	    cmocka_unit_test(addresses_over_the_limit_are_refused),
	    cmocka_unit_test(of_a_cname_and_other_data_the_first_stays),
	    cmocka_unit_test(other_data_is_refused),
	    cmocka_unit_test(the_action_of_the_feed_goes_first_but_for_allow),
	    cmocka_unit_test(scopes_are_exact_and_below),
	    cmocka_unit_test(a_lone_star_is_below_the_root),
	    cmocka_unit_test(other_triggers_are_refused),
	    cmocka_unit_test(owners_outside_the_zone_are_refused),
	    cmocka_unit_test(the_zone_itself_is_no_entry),
	    cmocka_unit_test(signatures_are_no_entries),
	    cmocka_unit_test(triggers_are_ascii),
	};

	return cmocka_run_group_tests_name("feed_rpz", tests, NULL, NULL);
}
