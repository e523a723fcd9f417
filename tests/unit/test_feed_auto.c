/*
 * test_feed_auto.c - finding out the format of a feed.
 */
#include "feed_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
assert_found(
    const char *text, size_t len, const char *format, const char *reason)
{
	const char *path = write_feed(text, len);
	struct feed_options options = {.has_scope = false};
	struct feed_parse parse = {.progress = NULL};

	assert_int_equal(feed_read(path, &feed_auto, &options, &parse), 0);
	unlink(path);
	assert_string_equal(parse.format->name, format);
	assert_string_equal(parse.reason, reason);
	pol_list_free(parse.list);
}

static void
text_is_tried_as_each_format(void **state)
{
	(void)state;
	assert_found(FEED("# c\na.example\nb.example\n"), "domains",
	    "2 of its first 2 entries fit");
	assert_found(FEED("*.a.example\n*.b.example\n"), "wildcard",
	    "2 of its first 2 entries fit");
	assert_found(FEED("127.0.0.1 localhost\n0.0.0.0 a.example\n"), "hosts",
	    "2 of its first 2 entries fit");
	assert_found(FEED("[Adblock Plus]\n||a.example^\n||b.example/x\n"),
	    "adblock", "2 of its first 2 entries fit");
	assert_found(FEED("address=/a.example/0.0.0.0\n"), "dnsmasq",
	    "1 of its first 1 entries fit");
	assert_found(FEED("server:\nlocal-zone: a.example static\n"), "unbound",
	    "1 of its first 1 entries fit");
	assert_found(FEED("$TTL 1\n@ SOA a. b. 1 2 3 4 5\nx.example CNAME .\n"),
	    "rpz", "1 of its first 1 entries fit");
	assert_found(FEED("192.0.2.1\n2001:db8::/32 # c\n"), "prefixes",
	    "2 of its first 2 entries fit");
	assert_found(FEED("AS64500 # A\nAS64501\n"), "asns",
	    "2 of its first 2 entries fit");
}

static void
json_is_known_by_its_fields(void **state)
{
	(void)state;
	assert_found(FEED("{\"objects\":[],\"spec_version\":\"2.0\"}"), "stix",
	    "it has \"spec_version\"");
	assert_found(FEED("{\"Event\":{\"Attribute\":[]}}"), "misp",
	    "it has \"Attribute\"");
	assert_found(FEED("{\"1\":[{\"ioc_type\":\"x\"}]}"), "threatfox",
	    "it has \"ioc_type\"");
	assert_found(FEED("{\"1\":[{\"urlhaus_link\":\"x\"}]}"), "urlhaus",
	    "it has \"urlhaus_link\"");
	assert_found(
	    FEED("[{\"ip_address\":\"x\"}]"), "feodo", "it has \"ip_address\"");
	assert_found(FEED("{\"cidr\":\"192.0.2.0/24\"}\n"), "spamhaus-drop",
	    "it has \"cidr\":");
	assert_found(FEED("{\"asn\":64500,\"asname\":\"A\"}\n"),
	    "spamhaus-asndrop", "it has \"asname\"");
}

static void
tables_are_known_by_their_columns(void **state)
{
	(void)state;
	assert_found(FEED("# id,dateadded,url,url_status,last_online,threat,"
			  "tags,urlhaus_link\n"),
	    "urlhaus", "it has urlhaus_link");
	assert_found(FEED("# \"ioc_value\",\"ioc_type\"\n\"x\",\"domain\"\n"),
	    "threatfox", "it has ioc_type");
	assert_found(FEED("first_seen_utc,dst_ip\nx,192.0.2.1\n"), "feodo",
	    "it has dst_ip");
}

/* Only the beginning is looked at, and its last line may be cut. */
static void
long_lists_are_known_by_their_beginning(void **state)
{
	size_t size = 200000;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < size; i += 10)
		memcpy(text + i, "a.example\n", 10);
	assert_found(
	    text, size, "domains", "6553 of its first 6553 entries fit");
	free(text);
}

static void
what_is_unsure_is_refused(void **state)
{
	static const struct {
		const char *text;
		const char *problem;
	} cases[] = {
	    {"", "there is nothing in it"},
	    {"\n \n", "it begins without an entry"},
	    {"a b c\n", "no entry fits one that is known"},
	    {"a.example\na b c\n",
		"the nearest is domains, which 1 of its first 2 entries fit"},
	    {"192.0.2.1\n192.0.2.2\n192.0.2.3\n192.0.2.4\n192.0.2.5\n"
	     "192.0.2.6\n192.0.2.7\n192.0.2.8\n192.0.2.9\na.example\n",
		"it mixes addresses and names; say domains for its names, "
		"prefixes for its addresses"},
	    {"*.a.example\nb.example\n",
		"as domains its \"*.\" are without the name itself, as "
		"wildcard with it; say which it is"},
	    {"{\"x\":1}", "JSON without the fields of one that is known"},
	    {"{\"to_ids\":1,\"ioc_type\":2}",
		"it has \"to_ids\" as misp has, and \"ioc_type\" as threatfox "
		"has; say which it is"},
	};
	char expected[FEED_PROBLEM_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(expected, sizeof(expected),
		    "cannot tell its format: %s", cases[i].problem);
		assert_string_equal(
		    refuse_feed(&feed_auto, cases[i].text), expected);
	}
}

static void
warning_lists_are_not_for_blocking(void **state)
{
	(void)state;
	assert_string_equal(
	    refuse_feed(&feed_auto, "{\"list\":[\"a.example\"]}"),
	    "looks like misp-warninglist, a list of what must not be blocked; "
	    "if that is meant, say so as its format");
}

static void
web_pages_are_refused_in_every_format(void **state)
{
	static const char *const pages[] = {"<!DOCTYPE html>\n<p>",
	    "\xef\xbb\xbf \n<HTML>", "<!-- c -->\n<html lang=en>",
	    "<?xml version='1.0'?>"};

	(void)state;
	for (size_t i = 0; feed_formats[i] != NULL; i++)
		for (size_t j = 0; j < sizeof(pages) / sizeof(pages[0]); j++)
			assert_string_equal(
			    refuse_feed(feed_formats[i], pages[j]),
			    "a web page (HTML), not a list");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_is_tried_as_each_format),
	    cmocka_unit_test(json_is_known_by_its_fields),
	    cmocka_unit_test(tables_are_known_by_their_columns),
	    cmocka_unit_test(long_lists_are_known_by_their_beginning),
	    cmocka_unit_test(what_is_unsure_is_refused),
	    cmocka_unit_test(warning_lists_are_not_for_blocking),
	    cmocka_unit_test(web_pages_are_refused_in_every_format),
	};

	return cmocka_run_group_tests_name("feed_auto", tests, NULL, NULL);
}
