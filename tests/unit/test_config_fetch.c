/*
 * test_config_fetch.c - feeds that are fetched, in the configuration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config_support.h"
#include "tools/config.h"

#define FEED "feeds:\n  - name: a\n    format: hosts\n"

static void
a_url_is_a_source(void **state)
{
	struct config *config = load_config(
	    FEED "    url: https://feeds.example/a.txt\n"
		 "  - name: b\n    format: domains\n    url: FILE:///b\n"
		 "    every: 90m\n    timeout: 10s\n    max-size: 64 MB\n"
		 "    expires: 30d\n    ca-file: ca.pem\n");
	const struct config_feed *a = &config->feeds[0];
	const struct config_feed *b = &config->feeds[1];

	(void)state;
	assert_int_equal(a->fetch.kind, FETCH_URL);
	assert_string_equal(a->fetch.url, "https://feeds.example/a.txt");
	assert_string_equal(a->file, "/var/lib/sinkbound/spool/a.list");
	assert_int_equal(a->fetch.every, 0);
	assert_int_equal(a->fetch.timeout, FETCH_TIMEOUT_DEFAULT);
	assert_int_equal(a->fetch.max_size, FETCH_SIZE_DEFAULT);
	assert_int_equal(b->fetch.every, 5400);
	assert_int_equal(b->fetch.timeout, 10);
	assert_int_equal(b->fetch.max_size, 64000000);
	assert_int_equal(b->expires, 30 * 86400);
	assert_non_null(strstr(b->fetch.ca_file, "/ca.pem"));
	config_free(config);
}

static void
the_spool_may_stand_behind_the_feeds(void **state)
{
	struct config *config = load_config(
	    FEED "    url: http://feeds.example/a\nspool: /srv/spool\n");

	(void)state;
	assert_string_equal(config->feeds[0].file, "/srv/spool/a.list");
	config_free(config);
}

static void
bad_values_are_errors(void **state)
{
	(void)state;
	assert_config_errors(FEED "    url: ftp://feeds.example/a\n",
	    "4:10: error: expected a URL that begins with https://, http:// "
	    "or file:///, with other characters than letters and digits "
	    "written as %XX\n");
	assert_config_errors(FEED "    url: http://feeds.example/a\n"
				  "    every: 1y\n    timeout: 2d\n"
				  "    max-size: 1TB\n    expires: 0s\n",
	    "5:12: error: expected a duration such as 90m, 12h or 30d, found "
	    "\"1y\"\n"
	    "6:14: error: expected at most 86400 seconds, found \"2d\"\n"
	    "7:15: error: expected a size such as 64MB, from 1 to 100000000000 "
	    "octets, found "
	    "\"1TB\"\n"
	    "8:14: error: expected a duration such as 90m, 12h or 30d, found "
	    "\"0s\"\n");
}

static void
a_password_is_in_no_error(void **state)
{
	(void)state;
	load_bad_config(FEED "    url: ftp://user:hidden@feeds.example/a\n",
	    strlen(FEED "    url: ftp://user:hidden@feeds.example/a\n"));
	assert_null(strstr(config_printed, "hidden"));
}

static void
one_source_is_expected(void **state)
{
	(void)state;
	assert_config_errors(FEED "    url: http://feeds.example/a\n"
				  "    file: a\n",
	    "2:5: error: expected one source, one of the keys \"file\", "
	    "\"url\" and \"axfr\"\n");
	assert_config_errors(FEED "    file: a\n    every: 1h\n"
				  "    timeout: 1m\n    max-size: 1MB\n"
				  "    ca-file: ca.pem\n",
	    "8:14: error: only a feed with a URL has a use for \"ca-file\"\n"
	    "5:12: error: only a feed with a URL or a zone has a use for "
	    "\"every\"\n"
	    "6:14: error: only a feed with a URL or a zone has a use for "
	    "\"timeout\"\n"
	    "7:15: error: only a feed with a URL or a zone has a use for "
	    "\"max-size\"\n");
}

static void
assert_shown(const char *url, const char *expected)
{
	struct fetch_source source = {.kind = FETCH_URL};
	char text[POL_FEED_SOURCE_MAX + 1];

	strcpy(source.url, url);
	fetch_source_text(&source, text);
	assert_string_equal(text, expected);
}

static void
a_source_is_shown_without_secrets(void **state)
{
	(void)state;
	assert_shown("https://h.example/a/b.txt", "https://h.example/a/b.txt");
	assert_shown("https://u:p@h.example/a", "https://h.example/a");
	assert_shown(
	    "https://u:p@q@h.example:8443/a@b", "https://h.example:8443/a@b");
	assert_shown("http://h.example/a?key=s#f", "http://h.example/a?...");
	assert_shown("http://u:p@h.example?key=s", "http://h.example?...");
	assert_shown("http://h.example/a#f", "http://h.example/a");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    config_test(a_url_is_a_source),
	    config_test(the_spool_may_stand_behind_the_feeds),
	    config_test(bad_values_are_errors),
	    config_test(a_password_is_in_no_error),
	    config_test(one_source_is_expected),
	    cmocka_unit_test(a_source_is_shown_without_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
