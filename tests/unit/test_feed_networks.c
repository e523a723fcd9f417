/*
 * test_feed_networks.c - lists of prefixes, and those of Spamhaus.
 */
#include "feed_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- prefixes ---- */

static void
assert_prefixes(const char *text, const char *expected)
{
	assert_feed(&feed_prefixes, text, strlen(text), expected);
}

static void
a_line_is_a_prefix_or_an_address(void **state)
{
	(void)state;
	assert_prefixes("192.0.2.0/24\n198.51.100.7\n2001:DB8::/32\n::1\n"
			"203.0.113.9/32\n128.0.0.0/1\n",
	    "6 128.0.0.0/1 risk:100\n1 192.0.2.0/24 risk:100\n"
	    "2 198.51.100.7 risk:100\n5 203.0.113.9 risk:100\n"
	    "4 ::1 risk:100\n3 2001:db8::/32 risk:100\n");
}

static void
comments_and_blanks_are_no_prefixes(void **state)
{
	(void)state;
	assert_feed(&feed_prefixes,
	    FEED("\xef\xbb\xbf# a netset\r\n\r\n ; x\n!x\n"
		 "\t192.0.2.0/24 \t# a network\r\n"
		 "10.0.0.1 ; SBL1\r\n10.0.0.2 #\n10.0.0.3 !"),
	    "6 10.0.0.1 risk:100\n7 10.0.0.2 risk:100\n8 10.0.0.3 risk:100\n"
	    "5 192.0.2.0/24 risk:100\n");
}

static void
bits_behind_the_length_are_refused(void **state)
{
	(void)state;
	assert_prefixes("192.0.2.1/24\n2001:db8::1/64\n192.0.2.0/25\n",
	    "3 192.0.2.0/25 risk:100\n"
	    "1 bits set behind the prefix length: 192.0.2.1/24\n"
	    "2 bits set behind the prefix length: 2001:db8::1/64\n");
}

static void
all_addresses_at_once_are_refused(void **state)
{
	(void)state;
	assert_prefixes("0.0.0.0/0\n::/0\n0.0.0.0\n",
	    "3 0.0.0.0 risk:100\n1 every address there is: 0.0.0.0/0\n"
	    "2 every address there is: ::/0\n");
}

static void
what_is_no_prefix_is_refused(void **state)
{
	static const char *const words[] = {"bad.example", "192.0.2", "1",
	    "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/24/1", "2001:db8::/129",
	    "0000153.0000255.0000011.0000125", "0x5bf076a8", "010.0.0.0/8",
	    "*.1.2.3.4", "192.0.2.1:80", "[2001:db8::1]", "fe80::1%eth0",
	    "192.0.2.0-192.0.2.9", "192.0.2.0/255.255.255.0", "192.0.2.1#x",
	    "AS64500", "http://192.0.2.1/", "192.0.2.1,x"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char expected[128];

		snprintf(expected, sizeof(expected),
		    "1 not an address or prefix: %s\n", words[i]);
		assert_prefixes(words[i], expected);
	}
	assert_feed(&feed_prefixes, FEED("192.0.2.1\0\n"),
	    "1 not an address or prefix: 192.0.2.1?\n");
}

static void
more_than_a_word_is_refused(void **state)
{
	(void)state;
	assert_prefixes("192.0.2.1 192.0.2.2\nadd set 192.0.2.0/24\n",
	    "1 not a line of this format: 192.0.2.1 192.0.2.2\n"
	    "2 not a line of this format: add set 192.0.2.0/24\n");
}

static void
duplicates_are_counted_whatever_their_form(void **state)
{
	(void)state;
	assert_prefixes("2001:db8::\n2001:DB8:0::0/128\n10.0.0.0/8\n10.0.0.0\n",
	    "3 10.0.0.0/8 risk:100\n4 10.0.0.0 risk:100\n"
	    "1 2001:db8:: risk:100\n2 a duplicate: as line 1\n");
}

/* ---- DROP ---- */

#define REST " risk:100 is:\"criminal network\""

static void
assert_drop(const char *text, const char *expected)
{
	assert_feed(&feed_spamhaus_drop, text, strlen(text), expected);
}

static void
drop_as_text_has_its_references(void **state)
{
	(void)state;
	assert_drop("; Spamhaus DROP List\n; Expires: never\n"
		    "192.0.2.0/24 ; SBL1\r\n2001:db8::/32 ; SBL2\n"
		    "10.0.0.0/8\n",
	    "5 10.0.0.0/8" REST "\n3 192.0.2.0/24" REST " as:\"SBL1\"\n"
	    "4 2001:db8::/32" REST " as:\"SBL2\"\n");
}

static void
drop_as_json_has_its_references(void **state)
{
	(void)state;
	assert_drop(
	    "{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL1\","
	    "\"rir\":\"arin\"}\n"
	    " { \"sblid\" : \"SBL2\", \"cidr\" : \"2001:db8::/32\" }\r\n"
	    "{\"cidr\":\"10.0.0.0/8\"}\n"
	    "{\"type\":\"metadata\",\"timestamp\":1,\"size\":2,"
	    "\"records\":3}",
	    "3 10.0.0.0/8" REST "\n1 192.0.2.0/24" REST " as:\"SBL1\"\n"
	    "2 2001:db8::/32" REST " as:\"SBL2\"\n");
}

static void
what_is_wrong_in_drop_is_refused(void **state)
{
	(void)state;
	assert_drop("192.0.2.1/24 ; SBL1\n{\"cidr\":\"192.0.2.1/24\"}\n",
	    "1 bits set behind the prefix length: 192.0.2.1/24\n"
	    "2 bits set behind the prefix length: 192.0.2.1/24\n");
	assert_drop("{\"cidr\":\"bad.example\"}\n{\"cidr\":24}\nAS64500 ; x\n",
	    "1 not an address or prefix: bad.example\n"
	    "2 not an address or prefix: 24\n"
	    "3 not an address or prefix: AS64500\n");
	assert_drop(
	    "{\"cidr\":\"::/0\"}\n", "1 every address there is: ::/0\n");
	assert_drop("{\"cidr\":\"10.0.0.1\"},\n[\"10.0.0.1\"]\n<html>x y\n",
	    "1 not a line of this format: {\"cidr\":\"10.0.0.1\"},\n"
	    "3 not a line of this format: <html>x y\n"
	    "2 not an address or prefix: [\"10.0.0.1\"]\n");
	assert_drop("{\"cidr\":\"10.0.0.1\"\n{}\n{\"type\":\"x\"}\n",
	    "1 not a line of this format: {\"cidr\":\"10.0.0.1\"\n"
	    "2 not a line of this format: {}\n"
	    "3 not a line of this format: {\"type\":\"x\"}\n");
	assert_drop("{\"cidr\":null}\n{\"cidr\":[1]}\n"
		    "{\"cidr\":\"10.0.0.1\",\"cidr\":\"10.0.0.2\"}\n",
	    "1 not a line of this format: {\"cidr\":null}\n"
	    "2 not a line of this format: {\"cidr\":[1]}\n"
	    "3 not a line of this format: "
	    "{\"cidr\":\"10.0.0.1\",\"cidr\":\"10.0.0.2\"}\n");
}

static void
a_deep_or_long_line_is_refused(void **state)
{
	size_t len = 100000;
	char *text = malloc(len);
	const char *result;

	(void)state;
	assert_non_null(text);
	memset(text, '[', len);
	memcpy(text, "{\"cidr\":", 8);
	result = read_feed(
	    &feed_spamhaus_drop, &(struct feed_options){0}, text, len);
	assert_non_null(strstr(result, "1 not a line of this format: {"));
	result = read_feed(
	    &feed_spamhaus_drop, &(struct feed_options){0}, text, 60000);
	assert_non_null(strstr(result, "1 not a line of this format: {"));
	free(text);
}

/* ---- ASN-DROP ---- */

static void
assert_asndrop(const char *text, const char *expected)
{
	assert_feed(&feed_spamhaus_asndrop, text, strlen(text), expected);
}

static void
asndrop_says_who_holds_a_number(void **state)
{
	(void)state;
	assert_asndrop("{\"asn\":64500,\"rir\":\"arin\",\"domain\":"
		       "\"a.example\",\"cc\":\"US\",\"asname\":\"A-AS\"}\n"
		       "{\"asn\":64501,\"asname\":\"B \\u00fc\"}\n"
		       "{\"asn\":\"AS64502\",\"domain\":\"c.example\"}\n"
		       "{\"asn\":4294967295,\"domain\":null,\"cc\":null}\n"
		       "{\"type\":\"metadata\",\"records\":4}\n",
	    "1 AS64500" REST " as:\"A-AS (a.example)\"\n"
	    "2 AS64501" REST " as:\"B \xc3\xbc\"\n"
	    "3 AS64502" REST " as:\"c.example\"\n4 AS4294967295" REST "\n");
}

static void
asndrop_as_text_has_it_behind_the_country(void **state)
{
	(void)state;
	assert_asndrop("; Spamhaus ASN-DROP List\n"
		       "AS64500 ; AE | A-AS - A Networks, US\n"
		       "AS64501 ; | B | C\n64502 ; D\nAS64503\n",
	    "2 AS64500" REST " as:\"A-AS - A Networks, US\"\n"
	    "3 AS64501" REST " as:\"B | C\"\n4 AS64502" REST " as:\"D\"\n"
	    "5 AS64503" REST "\n");
}

static void
what_is_no_asn_is_refused(void **state)
{
	(void)state;
	assert_asndrop("{\"asn\":0}\n{\"asn\":-1}\n{\"asn\":4294967296}\n",
	    "1 not an ASN: 0\n2 not an ASN: -1\n3 not an ASN: 4294967296\n");
	assert_asndrop(
	    "AS ; x\nASX\n192.0.2.0/24\n", "1 not an ASN: AS\n2 not an ASN: "
					   "ASX\n3 not an ASN: 192.0.2.0/24\n");
	assert_asndrop("{\"asn\":64500.5}\n{\"asn\":99999999999999999999}\n",
	    "1 not a line of this format: {\"asn\":64500.5}\n"
	    "2 not a line of this format: {\"asn\":99999999999999999999}\n");
}

/* ---- references ---- */

static void
references_are_cut_and_harmless(void **state)
{
	char text[600] = "10.0.0.1 ; x\x1b[2J\xff\xc3\xbc\n10.0.0.2 ; ";
	char expected[600];
	size_t len = strlen(text);

	(void)state;
	memset(text + len, 'a', 254); /* what follows would be cut in two */
	strcat(text, "\xc3\xbc\n");
	len = (size_t)snprintf(expected, sizeof(expected),
	    "1 10.0.0.1" REST " as:\"x [2J???\"\n2 10.0.0.2" REST " as:\"");
	memset(expected + len, 'a', 254);
	strcpy(expected + len + 254, "\"\n");
	assert_drop(text, expected);
}

static void
a_long_name_leaves_room_for_the_domain(void **state)
{
	char text[2048];
	char name[301];
	const char *result;

	(void)state;
	memset(name, 'n', 300);
	name[300] = '\0';
	snprintf(text, sizeof(text),
	    "{\"asn\":64500,\"asname\":\"%s\",\"domain\":\"%s\"}\n", name,
	    name);
	result = read_feed(&feed_spamhaus_asndrop, &(struct feed_options){0},
	    text, strlen(text));
	snprintf(text, sizeof(text),
	    "1 AS64500" REST " as:\"%.127s (%.124s)\"\n", name, name);
	assert_string_equal(result, text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_is_a_prefix_or_an_address),
	    cmocka_unit_test(comments_and_blanks_are_no_prefixes),
	    cmocka_unit_test(bits_behind_the_length_are_refused),
	    cmocka_unit_test(all_addresses_at_once_are_refused),
	    cmocka_unit_test(what_is_no_prefix_is_refused),
	    cmocka_unit_test(more_than_a_word_is_refused),
	    cmocka_unit_test(duplicates_are_counted_whatever_their_form),
	    cmocka_unit_test(drop_as_text_has_its_references),
	    cmocka_unit_test(drop_as_json_has_its_references),
	    cmocka_unit_test(what_is_wrong_in_drop_is_refused),
	    cmocka_unit_test(a_deep_or_long_line_is_refused),
	    cmocka_unit_test(asndrop_says_who_holds_a_number),
	    cmocka_unit_test(asndrop_as_text_has_it_behind_the_country),
	    cmocka_unit_test(what_is_no_asn_is_refused),
	    cmocka_unit_test(references_are_cut_and_harmless),
	    cmocka_unit_test(a_long_name_leaves_room_for_the_domain),
	};

	return cmocka_run_group_tests_name("feed_networks", tests, NULL, NULL);
}
