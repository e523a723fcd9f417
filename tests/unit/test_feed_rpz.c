/*
 * test_feed_rpz.c - response policy zones as zone files.
 */
#include "feed_support.h"

#include <stdio.h>
#include <string.h>

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
prefixes_are_of_the_answer_or_of_a_name_server(void **state)
{
	(void)state;
	assert_zone("32.1.2.0.192.rpz-ip CNAME .\n"
		    "24.0.2.0.192.rpz-nsip CNAME *.\n"
		    "24.0.2.0.192.RPZ-ip CNAME rpz-drop.\n"
		    "1.0.0.0.128.rpz-ip CNAME rpz-passthru.\n",
	    "6 128.0.0.0/1 allow\n5 192.0.2.0/24 drop\n"
	    "4 192.0.2.0/24 on:nsip nodata\n3 192.0.2.1 nxdomain\n");
}

static void
zz_stands_for_zeros(void **state)
{
	(void)state;
	assert_zone("128.1.zz.rpz-ip CNAME .\n"
		    "128.zz.rpz-ip CNAME .\n"
		    "32.zz.db8.2001.rpz-nsip CNAME .\n"
		    "128.1.zz.cc.db8.2001.rpz-ip CNAME .\n"
		    "128.2.0.0.cc.bb.aa.DB8.2001.rpz-ip CNAME .\n"
		    "127.8.7.6.5.4.3.2.1.rpz-ip CNAME .\n",
	    "4 :: nxdomain\n3 ::1 nxdomain\n8 1:2:3:4:5:6:7:8/127 nxdomain\n"
	    "5 2001:db8::/32 on:nsip nxdomain\n"
	    "7 2001:db8:aa:bb:cc::2 nxdomain\n"
	    "6 2001:db8:cc::1 nxdomain\n");
}

/* Each is refused for its own sake: only what is named is wrong with it. */
static void
a_prefix_in_another_form_is_refused(void **state)
{
	static const char *const owners[] = {"rpz-ip", "24.rpz-ip",
	    "0.2.0.192.rpz-ip", /* too few labels */
	    "32.1.1.2.0.192.rpz-ip", "128.9.8.7.6.5.4.3.2.1.rpz-ip", /* many */
	    "32.0.2.0.256.rpz-ip", "33.1.2.0.192.rpz-ip", "129.zz.1.rpz-ip",
	    "032.1.2.0.192.rpz-ip", "32.01.2.0.192.rpz-ip", /* leading zeros */
	    "32.zz.0db8.2001.rpz-ip", "32.zz.db8.02001.rpz-ip",
	    "128.zz.1.zz.rpz-ip", "128.zz.zz.1.rpz-ip", "zz.1.rpz-ip", /* zz */
	    "128.8.7.6.5.zz.4.3.2.1.rpz-ip", "128.1.zzz.rpz-ip",
	    "32.1.2.0.c0.rpz-ip", "32.1.2.0.-1.rpz-ip", "32.1.2.0.1\\/8.rpz-ip",
	    "128.1.g.zz.rpz-ip", "*.32.1.2.0.192.rpz-ip", "ns.example.rpz-nsip",
	    "2f.zz.1.rpz-ip"};

	(void)state;
	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		char record[128];
		char expected[256];

		snprintf(record, sizeof(record), "%s CNAME .", owners[i]);
		snprintf(expected, sizeof(expected),
		    "3 not an address or prefix: %s\n", record);
		assert_zone(record, expected);
	}
}

static void
host_bits_are_refused(void **state)
{
	(void)state;
	assert_zone("24.1.2.0.192.rpz-ip CNAME .\n"
		    "32.zz.db8.2001.rpz-nsip CNAME .\n",
	    "4 2001:db8::/32 on:nsip nxdomain\n"
	    "3 bits set behind the prefix length: "
	    "24.1.2.0.192.rpz-ip CNAME .\n");
	assert_zone("32.1.zz.db8.2001.rpz-nsip A 192.0.2.1\n",
	    "3 bits set behind the prefix length: "
	    "32.1.zz.db8.2001.rpz-nsip A 192.0.2.1\n");
	assert_zone("0.0.0.0.0.rpz-ip CNAME .\n0.zz.rpz-nsip CNAME .\n",
	    "3 every address there is: 0.0.0.0.0.rpz-ip CNAME .\n"
	    "4 every address there is: 0.zz.rpz-nsip CNAME .\n");
}

static void
a_name_server_has_a_name(void **state)
{
	(void)state;
	assert_zone("ns.example.rpz-nsdname CNAME .\n"
		    "*.ns.example.rpz-nsdname CNAME rpz-passthru.\n"
		    "ns.example CNAME *.\n"
		    "*.rpz-nsdname CNAME .\n"
		    "rpz-nsdname CNAME .\n"
		    "n\xc3\xbc.example.rpz-nsdname CNAME .\n",
	    "6 . below on:nsdname nxdomain\n"
	    "5 ns.example exact nodata\n"
	    "3 ns.example exact on:nsdname nxdomain\n"
	    "4 ns.example below on:nsdname allow\n"
	    "7 not a name: rpz-nsdname CNAME .\n"
	    "8 not convertible from Unicode: "
	    "n??.example.rpz-nsdname CNAME .\n");
}

static void
triggers_of_each_kind_have_addresses_of_their_own(void **state)
{
	(void)state;
	assert_zone("24.0.2.0.192.rpz-ip A 10.0.0.1\n AAAA ::1\n"
		    "24.0.2.0.192.rpz-nsip A 10.0.0.2\n"
		    "ns.example A 10.0.0.3\n"
		    "ns.example.rpz-nsdname A 10.0.0.4\n"
		    "24.0.2.0.192.rpz-ip A 10.0.0.5\n"
		    "24.0.2.0.192.rpz-ip TXT \"why\"\n",
	    "6 ns.example exact sinkhole 10.0.0.3\n"
	    "7 ns.example exact on:nsdname sinkhole 10.0.0.4\n"
	    "3 192.0.2.0/24 sinkhole 10.0.0.1 10.0.0.5 ::1\n"
	    "5 192.0.2.0/24 on:nsip sinkhole 10.0.0.2\n"
	    "9 other local data than addresses: "
	    "24.0.2.0.192.rpz-ip TXT \"why\"\n");
}

/* As BIND 9.8 wrote it. */
static void
other_triggers_too_are_allowed_by_their_own_name(void **state)
{
	(void)state;
	assert_zone("32.1.0.0.127.rpz-ip CNAME 32.1.0.0.127.\n"
		    "24.0.2.0.192.rpz-nsip CNAME 24.0.2.0.192.rpz-nsip.\n"
		    "ns.example.rpz-nsdname CNAME ns.example.\n"
		    "a.example CNAME ns.example.\n",
	    "6 a.example exact cname ns.example\n"
	    "5 ns.example exact on:nsdname allow\n"
	    "3 127.0.0.1 allow\n4 192.0.2.0/24 on:nsip allow\n");
}

static void
other_triggers_are_refused(void **state)
{
	(void)state;
	assert_zone("8.0.0.0.10.RPZ-Client-IP CNAME .\n",
	    "3 an unsupported trigger: 8.0.0.0.10.RPZ-Client-IP CNAME .\n");
	assert_zone("rpz-foo CNAME .\nx.rpz-ipx CNAME .\n",
	    "3 an unsupported trigger: rpz-foo CNAME .\n"
	    "4 an unsupported trigger: x.rpz-ipx CNAME .\n");
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
	    cmocka_unit_test(prefixes_are_of_the_answer_or_of_a_name_server),
	    cmocka_unit_test(zz_stands_for_zeros),
	    cmocka_unit_test(a_prefix_in_another_form_is_refused),
	    cmocka_unit_test(host_bits_are_refused),
	    cmocka_unit_test(a_name_server_has_a_name),
	    cmocka_unit_test(triggers_of_each_kind_have_addresses_of_their_own),
	    cmocka_unit_test(other_triggers_too_are_allowed_by_their_own_name),
	    cmocka_unit_test(other_triggers_are_refused),
	    cmocka_unit_test(owners_outside_the_zone_are_refused),
	    cmocka_unit_test(the_zone_itself_is_no_entry),
	    cmocka_unit_test(signatures_are_no_entries),
	    cmocka_unit_test(triggers_are_ascii),
	};

	return cmocka_run_group_tests_name("feed_rpz", tests, NULL, NULL);
}
