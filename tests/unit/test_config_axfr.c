/*
 * test_config_axfr.c - feeds that are zones of a primary, in the configuration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config_support.h"
#include "tools/config.h"
#include "tools/transfer/tsig.h"

#define FEED "feeds:\n  - name: a\n    format: rpz\n    axfr: "

static void
a_zone_of_a_primary_is_a_source(void **state)
{
	struct config *config = load_config(
	    FEED "{zone: RPZ.example., primary: 192.0.2.1}\n"
		 "  - name: b\n    format: rpz\n    every: 1m\n    axfr:\n"
		 "      zone: b.example\n      primary: 2001:db8::1\n"
		 "      port: 5353\n      tsig:\n        name: Key\n"
		 "        algorithm: hmac-sha512\n        key-file: b.key\n"
		 "  - name: c\n    format: rpz\n    axfr: {zone: c, "
		 "primary: 192.0.2.1, tsig: {name: k, key-file: /k}}\n");
	const struct transfer_source *a = &config->feeds[0].fetch.axfr;
	const struct transfer_source *b = &config->feeds[1].fetch.axfr;
	char text[POL_FEED_SOURCE_MAX + 1];

	(void)state;
	assert_int_equal(config->feeds[0].fetch.kind, FETCH_AXFR);
	assert_memory_equal(a->zone.wire, "\3rpz\7example", 13);
	assert_string_equal(a->primary, "192.0.2.1");
	assert_int_equal(a->port, 53);
	assert_null(a->algorithm);
	fetch_source_text(&config->feeds[0].fetch, text);
	assert_string_equal(text, "rpz.example of 192.0.2.1 port 53");
	assert_int_equal(b->port, 5353);
	assert_string_equal(b->algorithm->name, "hmac-sha512");
	assert_memory_equal(b->key.wire, "\3key", 5);
	assert_non_null(strstr(b->key_file, "/b.key"));
	assert_string_equal(
	    config->feeds[2].fetch.axfr.algorithm->name, "hmac-sha256");
	config_free(config);
}

static void
a_bad_zone_is_an_error(void **state)
{
	(void)state;
	assert_config_errors(FEED "{}\n",
	    "4:5: error: required key \"zone\" is missing\n"
	    "4:5: error: required key \"primary\" is missing\n");
	assert_config_errors(FEED
	    "{zone: a..b, primary: ns.example, port: 0}\n",
	    "4:18: error: expected a zone's name, found \"a..b\": an empty "
	    "label (two dots, or a leading one)\n"
	    "4:33: error: expected an IPv4 or IPv6 address, found "
	    "\"ns.example\"\n"
	    "4:51: error: expected a whole number from 1 to 65535, found "
	    "\"0\"\n");
	assert_config_errors(FEED "{zone: a, primary: 192.0.2.1, tsig: {name: "
				  "k, algorithm: hmac-md5}}\n",
	    "4:68: error: unknown algorithm \"hmac-md5\", expected one of "
	    "hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384, hmac-sha512\n"
	    "4:48: error: required key \"key-file\" is missing\n");
}

static void
a_zone_is_the_only_source_and_a_policy_zone(void **state)
{
	(void)state;
	assert_config_errors(FEED
	    "{zone: a, primary: 192.0.2.1}\n    file: x\n",
	    "2:5: error: expected one source, one of the keys \"file\", "
	    "\"url\" and \"axfr\"\n");
	assert_config_errors(
	    "feeds:\n  - name: a\n    format: hosts\n"
	    "    axfr: {zone: a, primary: 192.0.2.1}\n    ca-file: x\n",
	    "4:12: error: a zone is a response policy zone: expected the "
	    "format \"rpz\"\n"
	    "5:14: error: only a feed with a URL has a use for \"ca-file\"\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    config_test(a_zone_of_a_primary_is_a_source),
	    config_test(a_bad_zone_is_an_error),
	    config_test(a_zone_is_the_only_source_and_a_policy_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
