/*
 * test_feed_intel.c - feeds of threat intelligence: abuse.ch, MISP, STIX.
 */
#include "feed_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
assert_text(
    const struct feed_format *format, const char *text, const char *expected)
{
	assert_feed(format, text, strlen(text), expected);
}

/* ---- URLhaus ---- */

static void
urlhaus_host_of_a_path_is_not_taken(void **state)
{
	(void)state;
	assert_text(&feed_urlhaus,
	    "# id,dateadded,url,url_status,last_online,threat,tags,"
	    "urlhaus_link,reporter\n"
	    "\"1\",\"x\",\"http://a.example/\",\"online\",\"\",\"malware\","
	    "\"elf\",\"https://u.example/1\",\"x\"\n"
	    "\"2\",\"x\",\"http://shared.example/a.exe\",\"\",\"\",\"m\"\n"
	    "\"3\",\"x\",\"https://u:p@192.0.2.1:8443\",\"\",\"\",\"m\"\n"
	    "\"4\",\"x\",\"http://192.0.2.2/a\",\"\",\"\",\"m\"\n"
	    "\"5\",\"x\",\"http://[2001:db8::1]/\",\"\",\"\",\"m\"\n"
	    "\"6\",\"x\",\"http://b.example/?x\",\"\",\"\",\"m\"\n",
	    "2 a.example exact risk:100 is:\"malware\" "
	    "as:\"https://u.example/1\"\n"
	    "4 192.0.2.1 risk:100 is:\"m\"\n"
	    "6 2001:db8::1 risk:100 is:\"m\"\n"
	    "3 a URL within a host: http://shared.example/a.exe\n"
	    "5 a URL within a host: http://192.0.2.2/a\n"
	    "7 a URL within a host: http://b.example/?x\n");
}

static void
urlhaus_columns_may_have_other_names(void **state)
{
	(void)state;
	assert_text(&feed_urlhaus,
	    "\"host\",\"path\"\n\"a.example\",\"\"\n"
	    "\"b.example\",\"/x\"\n\"192.0.2.1\",\"/\"\n",
	    "2 a.example exact risk:100\n4 192.0.2.1 risk:100\n"
	    "1 a header row: \"host\",\"path\"\n"
	    "3 a URL within a host: \"b.example\",\"/x\"\n");
}

static void
urlhaus_json_is_taken(void **state)
{
	(void)state;
	assert_text(&feed_urlhaus,
	    "{\"1\":[{\"url\":\"http:\\/\\/a.example\\/\",\"threat\":"
	    "\"m\"}],\n\"2\":[{\"url\":\"b.example/x\"}],\"3\":[{}]}",
	    "1 a.example exact risk:100 is:\"m\"\n"
	    "2 not a valid record: {}\n2 a URL within a host: b.example/x\n");
}

/* ---- ThreatFox ---- */

static void
threatfox_confidence_is_the_risk(void **state)
{
	(void)state;
	assert_text(&feed_threatfox,
	    "# \"first_seen_utc\",\"ioc_id\",\"ioc_value\",\"ioc_type\","
	    "\"threat_type\",\"fk_malware\",\"malware_alias\","
	    "\"malware_printable\",\"last_seen_utc\",\"confidence_level\"\n"
	    "\"x\", \"1\", \"192.0.2.1:443\", \"ip:port\", \"botnet_cc\", "
	    "\"a\", \"\", \"A\", \"\", \"75\"\n"
	    "\"x\", \"2\", \"a.example\", \"domain\", \"botnet_cc\", \"a\", "
	    "\"\", \"A\", \"\", \"50\"\n"
	    "\"x\", \"3\", \"0123\", \"md5_hash\", \"payload\"\n"
	    "\"x\", \"4\", \"b.example\", \"domain\", \"\", \"\", \"\", \"\","
	    " \"\", \"101\"\n",
	    "3 a.example subtree risk:50 is:\"botnet_cc\" as:\"A\"\n"
	    "2 192.0.2.1 risk:75 is:\"botnet_cc\" as:\"A\"\n"
	    "5 a risk that is not from 0 to 100: \"x\", \"4\", \"b.example\", "
	    "\"domain\", \"\", \"\", \"\", \"\", \"\", \"101\"\n"
	    "4 another kind of indicator: 0123\n");
}

static void
threatfox_json_is_taken(void **state)
{
	(void)state;
	assert_text(&feed_threatfox,
	    "{\"1\":[{\"ioc_value\":\"[2001:db8::1]:443\",\"ioc_type\":"
	    "\"ip:port\",\"confidence_level\":10}],"
	    "\"data\":[{\"ioc\":\"a.example\",\"ioc_type\":\"domain\","
	    "\"malware_printable\":\"A\"},{\"ioc\":\"http://b.example/x\","
	    "\"ioc_type\":\"url\"}]}",
	    "1 a.example subtree risk:100 as:\"A\"\n"
	    "1 2001:db8::1 risk:10\n"
	    "1 a URL within a host: http://b.example/x\n");
}

/* ---- Feodo Tracker ---- */

static void
feodo_has_three_forms(void **state)
{
	(void)state;
	assert_text(&feed_feodo,
	    "# c\n\"first_seen_utc\",\"dst_ip\",\"dst_port\",\"c2_status\","
	    "\"last_online\",\"malware\"\n\"x\",\"192.0.2.1\",\"443\",\"\","
	    "\"\",\"A\"\n",
	    "3 192.0.2.1 risk:100 is:\"botnet\" as:\"A\"\n"
	    "2 a header row: \"first_seen_utc\",\"dst_ip\",\"dst_port\","
	    "\"c2_status\",\"last_online\",\"malware\"\n");
	assert_text(&feed_feodo,
	    "[\n{\"ip_address\":\"192.0.2.1\",\"malware\":\"A\"},\n{}]",
	    "2 192.0.2.1 risk:100 is:\"botnet\" as:\"A\"\n"
	    "3 not a valid record: {}\n");
	assert_text(&feed_feodo, "# c\r\n192.0.2.1\r\na.example\r\n",
	    "2 192.0.2.1 risk:100 is:\"botnet\"\n"
	    "3 not an address or prefix: a.example\n");
}

/* ---- MISP ---- */

static const char event[] =
    "{\"response\":[{\"Event\":{\"Attribute\":[\n"
    "{\"type\":\"domain\",\"value\":\"a.example\",\"to_ids\":true,"
    "\"category\":\"Network activity\",\"comment\":\"c\"},\n"
    "{\"type\":\"domain|ip\",\"value\":\"b.example|192.0.2.1\","
    "\"to_ids\":\"1\"},\n"
    "{\"type\":\"ip-dst|port\",\"value\":\"192.0.2.2|443\",\"to_ids\":1},\n"
    "{\"type\":\"AS\",\"value\":\"AS64500\",\"to_ids\":true},\n"
    "{\"type\":\"domain\",\"value\":\"victim.example\"},\n"
    "{\"type\":\"md5\",\"value\":\"0123\",\"to_ids\":true},\n"
    "{\"type\":\"domain\",\"value\":\"old.example\",\"to_ids\":true,"
    "\"deleted\":true}],\n"
    "\"ShadowAttribute\":[{\"type\":\"domain\",\"value\":\"no.example\"}],"
    "\"Object\":[{\"Attribute\":[\n"
    "{\"type\":\"hostname\",\"value\":\"h.example\",\"to_ids\":true}]}]}}]}";

static void
misp_attributes_for_detection_are_taken(void **state)
{
	(void)state;
	assert_text(&feed_misp, event,
	    "2 a.example subtree risk:100 is:\"Network activity\" as:\"c\"\n"
	    "3 b.example subtree risk:100\n10 h.example exact risk:100\n"
	    "4 192.0.2.2 risk:100\n5 AS64500 risk:100\n"
	    "7 another kind of indicator: 0123\n"
	    "6 not flagged for detection: victim.example\n"
	    "8 revoked or deleted: old.example\n");
}

static void
misp_attributes_are_all_taken_where_the_feed_says_so(void **state)
{
	struct feed_options options = {.all_attributes = true};
	const char *shown =
	    read_feed(&feed_misp, &options, event, strlen(event));

	(void)state;
	assert_non_null(strstr(shown, "6 victim.example subtree"));
	assert_null(strstr(shown, "not flagged"));
}

static void
misp_attribute_alone_is_one(void **state)
{
	(void)state;
	assert_text(&feed_misp,
	    "{\"type\":\"domain\",\"value\":\"a.example\",\"to_ids\":true}",
	    "1 a.example subtree risk:100\n");
}

static void
warning_lists_are_of_names_or_networks(void **state)
{
	(void)state;
	assert_text(&feed_misp_warninglist,
	    "{\"list\":[\"a.example\",\".b.example\",3],\"type\":\"string\"}",
	    "1 a.example exact risk:100\n1 b.example subtree risk:100\n"
	    "1 not a valid record: 3\n");
	assert_text(&feed_misp_warninglist,
	    "{\"type\":\"hostname\",\n\"list\":[\"a.example\"]}",
	    "2 a.example subtree risk:100\n");
	assert_text(&feed_misp_warninglist,
	    "{\"list\":[\"192.0.2.0/24\"],\"type\":\"cidr\"}",
	    "1 192.0.2.0/24 risk:100\n");
	assert_text(&feed_misp_warninglist,
	    "{\"list\":[\"a.example\"],\"type\":\"substring\"}",
	    "1 another kind of indicator: a.example\n");
}

/* ---- STIX ---- */

/* A bundle of one indicator that has this pattern and these other fields. */
static const char *
bundle(const char *pattern, const char *fields)
{
	static char text[2048];

	snprintf(text, sizeof(text),
	    "{\"type\":\"bundle\",\"objects\":[{\"type\":\"identity\"},\n"
	    "{\"type\":\"indicator\",\"pattern\":\"%s\"%s}]}",
	    pattern, fields);
	return text;
}

static void
assert_pattern(const char *pattern, const char *expected)
{
	assert_text(&feed_stix, bundle(pattern, ""), expected);
}

static void
stix_alternatives_are_indicators(void **state)
{
	(void)state;
	assert_pattern("[domain-name:value = 'a.example']",
	    "2 a.example exact risk:100\n");
	assert_pattern("[domain-name:value='a.example' OR ipv4-addr:value = "
		       "'192.0.2.1' OR ipv6-addr:value = '2001:db8::/32']",
	    "2 a.example exact risk:100\n2 192.0.2.1 risk:100\n"
	    "2 2001:db8::/32 risk:100\n");
	assert_pattern("[ipv4-addr:value ISSUBSET '192.0.2.0/24'] OR "
		       "([domain-name:value IN ('a.example', 'b.example')])",
	    "2 a.example exact risk:100\n2 b.example exact risk:100\n"
	    "2 192.0.2.0/24 risk:100\n");
	assert_pattern("[autonomous-system:number = 64500 OR "
		       "autonomous-system:number = '64501']",
	    "2 AS64500 risk:100\n2 AS64501 risk:100\n");
}

static void
stix_other_comparisons_among_them_are_counted(void **state)
{
	(void)state;
	assert_pattern("[domain-name:value = 'a.example' OR "
		       "file:hashes.'SHA-256' = 'x' OR "
		       "x:y[*].z IN (1, t'x')]",
	    "2 a.example exact risk:100\n"
	    "2 another kind of indicator: file:hashes.'SHA-256' = 'x'\n"
	    "2 another kind of indicator: x:y[*].z IN (1, t'x')\n");
	assert_pattern("[domain-name:value != 'a.example']",
	    "2 another kind of indicator: domain-name:value != 'a.example'\n");
	assert_pattern("[domain-name:value LIKE '%.example']",
	    "2 another kind of indicator: domain-name:value LIKE "
	    "'%.example'\n");
}

/* Blocking a part of such a pattern blocks what the pattern does not mean. */
static void
stix_pattern_of_more_than_alternatives_has_none(void **state)
{
	static const char *const patterns[] = {
	    "[domain-name:value = 'a.example' AND x:y = 'z']",
	    "[domain-name:value = 'a.example'] AND [x:y = 'z']",
	    "[x:y = 'z'] FOLLOWEDBY [domain-name:value = 'a.example']",
	    "[domain-name:value = 'a.example'] REPEATS 5 TIMES",
	    "[domain-name:value = 'a.example'] WITHIN 5 SECONDS",
	    "[domain-name:value NOT = 'a.example']",
	    "[NOT domain-name:value = 'a.example']",
	    "[domain-name:value = 'a.example' OR (x:y = 1 AND x:z = 2)]"};
	char expected[128];

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		snprintf(expected, sizeof(expected),
		    "2 another kind of indicator: %s\n", patterns[i]);
		assert_pattern(patterns[i], expected);
	}
}

static void
stix_patterns_that_are_none_are_refused(void **state)
{
	static const char *const patterns[] = {
	    "[domain-name:value = 'a.example",
	    "[domain-name:value = 'a.example'",
	    "[domain-name:value = 'a.example']]", "[domain-name:value]", "x",
	    "[domain-name:value = ]", "[x:y = 'z' OR]",
	    "[domain-name:value IN ('a.example'"};
	char expected[128];

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		snprintf(expected, sizeof(expected),
		    "2 not a valid record: %s\n", patterns[i]);
		assert_pattern(patterns[i], expected);
	}
}

static void
stix_indicator_says_since_when_and_how_surely(void **state)
{
	static const char pattern[] = "[domain-name:value = 'a.example']";

	(void)state;
	assert_text(&feed_stix,
	    bundle(pattern,
		",\"valid_from\":\"2025-01-01T00:00:00.123456Z\","
		"\"valid_until\":\"2100-01-01T00:00:00Z\",\"confidence\":80,"
		"\"indicator_types\":[\"malicious-activity\"],\"name\":\"A\""),
	    "2 a.example exact risk:80 is:\"malicious-activity\" as:\"A\" "
	    "since:1735689600 until:4102444800\n");
	assert_text(&feed_stix,
	    bundle(pattern, ",\"labels\":[\"misp:type='x'\"],\"id\":\"i--1\","
			    "\"valid_until\":\"9999-12-31T23:59:59Z\""),
	    "2 a.example exact risk:100 as:\"i--1\"\n");
}

static void
stix_indicators_that_are_withdrawn_are_counted(void **state)
{
	static const char pattern[] = "[domain-name:value = 'a.example']";

	(void)state;
	assert_text(&feed_stix, bundle(pattern, ",\"revoked\":true"),
	    "2 revoked or deleted: [domain-name:value = 'a.example']\n");
	assert_text(&feed_stix,
	    bundle(pattern, ",\"indicator_types\":[\"benign\"]"),
	    "2 said to be benign: [domain-name:value = 'a.example']\n");
	assert_text(&feed_stix, bundle(pattern, ",\"pattern_type\":\"snort\""),
	    "2 another kind of indicator: [domain-name:value = 'a.example']\n");
	assert_text(&feed_stix, bundle(pattern, ",\"valid_from\":\"x\""),
	    "2 not a valid record: [domain-name:value = 'a.example']\n");
	assert_text(&feed_stix, bundle(pattern, ",\"confidence\":101"),
	    "2 a risk that is not from 0 to 100: [domain-name:value = "
	    "'a.example']\n");
}

/* ---- documents ---- */

static void
half_a_document_is_no_list(void **state)
{
	(void)state;
	assert_string_equal(refuse_feed(&feed_stix, "{\"objects\":[\n{}"),
	    "no JSON: line 2: it ends in its middle");
	assert_string_equal(refuse_feed(&feed_feodo, "[{\"x"),
	    "no JSON: line 1: it ends in its middle");
	assert_string_equal(refuse_feed(&feed_feodo, "[{]"),
	    "no JSON: line 1: brackets that do not match");
	assert_string_equal(refuse_feed(&feed_feodo, "[] []"),
	    "no JSON: line 1: something behind the end");
}

static void
documents_have_a_depth(void **state)
{
	char text[200];

	(void)state;
	memset(text, '[', 65);
	strcpy(text + 65, "]");
	assert_string_equal(
	    refuse_feed(&feed_feodo, text), "no JSON: line 1: nested too deep");
}

static void
items_have_a_size(void **state)
{
	size_t size = (size_t)5 << 20;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', size);
	memcpy(text, "[\"", 2);
	strcpy(text + size - 40, "\",\n{\"ip_address\":\"192.0.2.1\"}]");
	assert_non_null(strstr(read_feed(&feed_feodo, &(struct feed_options){0},
				   text, strlen(text)),
	    "2 192.0.2.1 risk:100 is:\"botnet\"\n1 too long: \"xxx"));
	free(text);
}

static void
an_item_that_is_no_json_costs_that_item(void **state)
{
	(void)state;
	assert_text(&feed_feodo,
	    "\xef\xbb\xbf[{\"ip_address\":\"192.0.2.1\"},{x},"
	    "{\"ip_address\":\"192.0.2.2\"}]\n",
	    "1 192.0.2.1 risk:100 is:\"botnet\"\n"
	    "1 192.0.2.2 risk:100 is:\"botnet\"\n"
	    "1 not a valid record: {x}\n");
	assert_text(&feed_feodo, "[]", "");
	assert_text(&feed_feodo, "{}", "1 not a valid record: {}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(urlhaus_host_of_a_path_is_not_taken),
	    cmocka_unit_test(urlhaus_columns_may_have_other_names),
	    cmocka_unit_test(urlhaus_json_is_taken),
	    cmocka_unit_test(threatfox_confidence_is_the_risk),
	    cmocka_unit_test(threatfox_json_is_taken),
	    cmocka_unit_test(feodo_has_three_forms),
	    cmocka_unit_test(misp_attributes_for_detection_are_taken),
	    cmocka_unit_test(
		misp_attributes_are_all_taken_where_the_feed_says_so),
	    cmocka_unit_test(misp_attribute_alone_is_one),
	    cmocka_unit_test(warning_lists_are_of_names_or_networks),
	    cmocka_unit_test(stix_alternatives_are_indicators),
	    cmocka_unit_test(stix_other_comparisons_among_them_are_counted),
	    cmocka_unit_test(stix_pattern_of_more_than_alternatives_has_none),
	    cmocka_unit_test(stix_patterns_that_are_none_are_refused),
	    cmocka_unit_test(stix_indicator_says_since_when_and_how_surely),
	    cmocka_unit_test(stix_indicators_that_are_withdrawn_are_counted),
	    cmocka_unit_test(half_a_document_is_no_list),
	    cmocka_unit_test(documents_have_a_depth),
	    cmocka_unit_test(items_have_a_size),
	    cmocka_unit_test(an_item_that_is_no_json_costs_that_item),
	};

	return cmocka_run_group_tests_name("feed_intel", tests, NULL, NULL);
}
