/*
 * test_config_errors.c - each error in a configuration file is reported, where
 * it is.
 */
#include "config_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "tools/yaml.h"

#define FORMATS \
	"auto, domains, wildcard, hosts, adblock, dnsmasq, unbound, rpz, " \
	"prefixes, asns, spamhaus-drop, spamhaus-asndrop, urlhaus, " \
	"threatfox, feodo, misp, misp-warninglist, stix"

static void
unknown_keys_are_errors(void **state)
{
	(void)state;
	assert_config_errors("feed: []\n",
	    "1:1: error: unknown key \"feed\", expected one of database, "
	    "spool, sinkhole, log, on-error, feeds, protected, top-list, history, origin, clients, rules, observe; did you mean \"feeds\"?\n");
	assert_config_errors("log: none\ncolour: red\n",
	    "2:1: error: unknown key \"colour\", expected one of database, "
	    "spool, sinkhole, log, on-error, feeds, protected, top-list, history, origin, clients, rules, observe\n");
	assert_config_errors("sinkhole:\n  ip4: 192.0.2.1\n",
	    "2:3: error: unknown key \"ip4\", expected one of ipv4, ipv6, ttl; "
	    "did you mean \"ipv4\"?\n");
	assert_config_errors("<<: x\n",
	    "1:1: error: unknown key \"<<\", expected one of database, "
	    "spool, sinkhole, log, on-error, feeds, protected, top-list, history, origin, "
	    "clients, rules, observe\n");
	assert_config_errors("? [log]\n: none\n",
	    "1:4: error: expected a key, found a sequence\n");
}

static void
keys_given_twice_are_errors(void **state)
{
	(void)state;
	assert_config_errors("log: none\n\nlog: none\n",
	    "3:1: error: key \"log\" is given twice, first on line 1\n");
}

static void
missing_keys_are_errors(void **state)
{
	(void)state;
	assert_config_errors("feeds:\n  - name: a\n",
	    "2:5: error: required key \"format\" is missing\n"
	    "2:5: error: expected one source, one of the keys \"file\", "
	    "\"url\" and \"axfr\"\n");
	assert_config_errors("feeds:\n  - {}\n",
	    "1:1: error: required key \"name\" is missing\n"
	    "1:1: error: required key \"format\" is missing\n"
	    "1:1: error: expected one source, one of the keys \"file\", "
	    "\"url\" and \"axfr\"\n");
}

static void
wrong_types_are_errors(void **state)
{
	(void)state;
	assert_config_errors(
	    "- log\n", "1:3: error: expected a mapping, found a sequence\n");
	assert_config_errors(
	    "log\n", "1:1: error: expected a mapping, found a text\n");
	assert_config_errors("log: [none]\ndatabase: {a: b}\nsinkhole: none\n"
			     "feeds: {name: a}\non-error:\n",
	    "1:7: error: expected a path, found a sequence\n"
	    "2:12: error: expected a path, found a mapping\n"
	    "3:11: error: expected a mapping, found a text\n"
	    "4:9: error: expected a sequence, found a mapping\n"
	    "5:1: error: expected a word, found nothing\n");
	assert_config_errors("feeds:\n  -\n  - a\n",
	    "1:1: error: expected a mapping, found nothing\n"
	    "3:5: error: expected a mapping, found a text\n");
	assert_config_errors("log: &x none\ndatabase: *x\n",
	    "2:12: error: expected a path, found an alias, which is not "
	    "supported\n");
}

static void
bad_settings_are_errors(void **state)
{
	(void)state;
	assert_config_errors(
	    "sinkhole: {ipv4: 192.0.2, ipv6: 192.0.2.1, ttl: 0}\n",
	    "1:18: error: expected an IPv4 address or none, "
	    "found \"192.0.2\"\n"
	    "1:33: error: expected an IPv6 address or none, "
	    "found \"192.0.2.1\"\n"
	    "1:49: error: expected a whole number from 1 to 86400, "
	    "found \"0\"\n");
	assert_config_errors("sinkhole: {ttl: 86401}\n",
	    "1:17: error: expected a whole number from 1 to 86400, "
	    "found \"86401\"\n");
	assert_config_errors("sinkhole: {ttl: 30s}\n",
	    "1:17: error: expected a whole number from 1 to 86400, "
	    "found \"30s\"\n");
	assert_config_errors("sinkhole: {ttl: 99999999999999999999}\n",
	    "1:17: error: expected a whole number from 1 to 86400, "
	    "found \"99999999999999999999\"\n");
	assert_config_errors("on-error: servfial\n",
	    "1:11: error: unknown answer \"servfial\", expected one of pass, "
	    "servfail; did you mean \"servfail\"?\n");
	assert_config_errors("database: \"\"\n",
	    "1:12: error: expected a path, found an empty text\n");
	assert_config_errors("log: \"a\\nb\"\n",
	    "1:7: error: expected a path, found a control character in it\n");
}

static void
too_long_paths_are_errors(void **state)
{
	char text[POL_PATH_MAX + 32] = "feeds: [{name: a, format: hosts, "
				       "file: /";

	(void)state;
	memset(text + strlen(text), 'x', POL_FEED_SOURCE_MAX);
	strcat(text, "}]\n");
	assert_config_errors(
	    text, "1:40: error: the path is longer than 1023 octets\n");
}

#define FEED(rest) "feeds:\n- {file: a, format: domains, " rest "}\n"

static void
bad_feeds_are_errors(void **state)
{
	(void)state;
	assert_config_errors(FEED("name: a b"),
	    "2:36: error: expected a name of letters, digits, '.', '_' and "
	    "'-', found \"a b\"\n");
	assert_config_errors(FEED("name: operator"),
	    "2:36: error: the name \"operator\" is taken: it is that of the "
	    "names blocked and allowed by hand\n");
	assert_config_errors(
	    FEED("name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "aaaaaaaaaaaaaaaaaa"),
	    "2:36: error: expected a name of at most 63 octets\n");
	assert_config_errors(FEED("name: a, action: cname"),
	    "2:47: error: a feed cannot have the action \"cname\": only the "
	    "records of an rpz feed say a target\n");
	assert_config_errors(FEED("name: a, action: block"),
	    "2:47: error: unknown action \"block\", expected one of sinkhole, "
	    "nxdomain, nodata, refused, drop, truncate, allow\n");
	assert_config_errors(FEED("name: a, scope: subtre, mode: x, ede: x"),
	    "2:46: error: unknown scope \"subtre\", expected one of exact, "
	    "subtree, below; did you mean \"subtree\"?\n"
	    "2:60: error: unknown mode \"x\", expected one of enforce, "
	    "shadow\n"
	    "2:68: error: unknown ede \"x\", expected one of blocked, "
	    "censored, "
	    "filtered, none\n");
	assert_config_errors("feeds: [{name: a, file: a, format: hostz}]\n",
	    "1:36: error: unknown format \"hostz\", expected one of " FORMATS
	    "; did you mean \"hosts\"?\n");
}

static void
a_name_is_for_one_feed(void **state)
{
	(void)state;
	assert_config_errors("feeds:\n"
			     "- {name: a, file: a, format: hosts}\n"
			     "- {name: b, file: a, format: hosts}\n"
			     "- {name: a, file: b, format: hosts}\n",
	    "4:10: error: the feed on line 2 has the name \"a\" too\n");
}

static void
rpz_has_scopes_of_its_own(void **state)
{
	(void)state;
	assert_config_errors("feeds:\n- scope: exact\n  name: a\n  file: a\n"
			     "  format: rpz\n",
	    "2:10: error: the records of an rpz feed say their scope "
	    "themselves: expected no scope\n");
}

static void
formats_of_networks_have_no_scope(void **state)
{
	(void)state;
	assert_config_errors("feeds:\n- {scope: exact, name: a, file: a, "
			     "format: prefixes}\n",
	    "2:11: error: a feed of the format \"prefixes\" lists no names: "
	    "expected no scope\n");
}

static void
triggers_are_those_of_the_format(void **state)
{
	(void)state;
	assert_config_errors(FEED("name: a, triggers: [qname, ip]"),
	    "2:50: error: a feed of the format \"domains\" lists names: "
	    "expected qname, cname or nsdname as triggers\n");
	assert_config_errors("feeds:\n- {triggers: nsdname, name: a, file: a, "
			     "format: asns}\n",
	    "2:14: error: a feed of the format \"asns\" lists networks: "
	    "expected ip or nsip as triggers\n");
	assert_config_errors("feeds:\n- {triggers: qname, name: a, file: a, "
			     "format: rpz}\n",
	    "2:14: error: the records of an rpz feed say their triggers "
	    "themselves: expected no triggers\n");
}

static void
bad_triggers_are_errors(void **state)
{
	(void)state;
	assert_config_errors(FEED("name: a, triggers: [qname, nsname]"),
	    "2:57: error: unknown trigger \"nsname\", expected one of qname, "
	    "cname, ip, nsdname, nsip, rules; did you mean \"nsdname\"?\n");
	assert_config_errors(FEED("name: a, triggers: []"),
	    "2:39: error: expected a trigger or more\n");
	assert_config_errors(FEED("name: a, triggers: {qname: ip}"),
	    "2:50: error: expected a word, found a mapping\n");
	assert_config_errors(FEED("name: a, triggers:"),
	    "2:39: error: expected a word, found nothing\n");
}

static void
risks_are_from_0_to_100(void **state)
{
	(void)state;
	assert_config_errors("feeds:\n- {risk: 101, name: a, file: a, "
			     "format: asns}\n",
	    "2:10: error: expected a whole number from 0 to 100, "
	    "found \"101\"\n");
	assert_config_errors(FEED("name: a, risk: high"),
	    "2:45: error: expected a whole number from 0 to 100, "
	    "found \"high\"\n"
	    "2:45: error: the entries of a feed of the format \"domains\" "
	    "have no risk: expected no risk\n");
	assert_config_errors("feeds:\n- {risk: 0, name: a, file: a, "
			     "format: rpz}\n",
	    "2:10: error: the entries of a feed of the format \"rpz\" have no "
	    "risk: expected no risk\n");
}

static void
bad_learning_times_are_errors(void **state)
{
	(void)state;
	assert_config_errors("observe: {learning: 0s}\n",
	    "1:21: error: expected a duration such as 12h or 7d, up to 365d, "
	    "or none for no learning time, found \"0s\"\n");
	assert_config_errors("observe: {learning: 366d}\n",
	    "1:21: error: expected a duration such as 12h or 7d, up to 365d, "
	    "or none for no learning time, found \"366d\"\n");
}

#define FEEDS_MAX (POL_FEEDS_MAX - 1) /* beside the operator's */

static void
bad_groups_of_clients_are_errors(void **state)
{
	(void)state;
	assert_config_errors("clients: [{name: a, prefixes: [127.0.0.1], mode: "
			     "enforce}]\n"
			     "rules:\n"
			     "  - {name: r, when: {client-group: a}}\n"
			     "  - {name: s, when: {client-group: [a, b]}}\n",
	    "4:40: error: expected a group of `clients`, found \"b\"\n");
	assert_config_errors("clients:\n"
			     "  - name: a\n"
			     "    prefixes: [192.0.2.1/24, x, 192.0.2.0/25]\n"
			     "    mode: allow\n"
			     "  - {name: a, prefixes: [192.0.2.0/25]}\n"
			     "  - {name: a b, prefixes: 192.0.2.0/25}\n"
			     "  - {name: c}\n",
	    "4:11: error: unknown mode \"allow\", expected one of enforce, "
	    "shadow, exempt\n"
	    "3:16: error: expected a prefix like 192.0.2.0/24, found "
	    "\"192.0.2.1/24\": bits set behind the prefix length\n"
	    "3:30: error: expected a prefix like 192.0.2.0/24, found \"x\": "
	    "no IP address\n"
	    "5:6: error: another group has the same name\n"
	    "6:12: error: expected a name of letters, digits, '.', '_' and "
	    "'-', found \"a b\"\n"
	    "6:27: error: expected a sequence, found a text\n"
	    "7:6: error: required key \"prefixes\" is missing\n");
	assert_config_errors("clients:\n"
			     "  - {name: a, prefixes: [192.0.2.0/25]}\n"
			     "  - {name: b, prefixes: [192.0.2.0/25]}\n",
	    "2:6: error: the prefix 192.0.2.0/25 is given twice\n");
}

static void
feeds_have_a_limit(void **state)
{
	size_t size = 64 * (POL_FEEDS_MAX + 2);
	char *text = malloc(size);
	struct config *config;
	size_t len = (size_t)snprintf(text, size, "feeds:\n");

	(void)state;
	for (int i = 0; i < FEEDS_MAX; i++)
		len += (size_t)snprintf(text + len, size - len,
		    "- {name: n%d, file: a, format: hosts}\n", i);
	config = load_config(text);
	assert_int_equal(config->feed_count, FEEDS_MAX);
	config_free(config);
	snprintf(
	    text + len, size - len, "- {name: x, file: a, format: hosts}\n");
	assert_config_errors(
	    text, "2:4: error: expected at most 1023 feeds, found 1024\n");
	free(text);
}

static void
each_error_is_reported(void **state)
{
	(void)state;
	assert_config_errors("databse: /x\n"
			     "sinkhole:\n"
			     "  ttl: x\n"
			     "feeds:\n"
			     "  - name: operator\n"
			     "    format: hosts\n"
			     "  - name: a\n"
			     "    file: a\n"
			     "    format: pdf\n",
	    "1:1: error: unknown key \"databse\", expected one of database, "
	    "spool, sinkhole, log, on-error, feeds, protected, top-list, history, origin, clients, rules, observe; did you mean \"database\"?\n"
	    "3:8: error: expected a whole number from 1 to 86400, "
	    "found \"x\"\n"
	    "5:11: error: the name \"operator\" is taken: it is that of the "
	    "names blocked and allowed by hand\n"
	    "5:5: error: expected one source, one of the keys \"file\", "
	    "\"url\" and \"axfr\"\n"
	    "9:13: error: unknown format \"pdf\", expected one of " FORMATS
	    "\n");
}

static void
errors_without_end_are_cut(void **state)
{
	char text[YAML_ERRORS_MAX * 16] = "";
	struct config *config = NULL;

	(void)state;
	for (int i = 0; i < YAML_ERRORS_MAX + 10; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "k%d: x\n", i);
	write_config(text, strlen(text));
	assert_int_equal(load_config_at(config_path, &config), POL_EINVAL);
	assert_non_null(
	    strstr(config_printed, ":50:1: error: unknown key \"k49\""));
	assert_null(strstr(config_printed, "k50"));
	assert_non_null(
	    strstr(config_printed, "error: and more errors, not shown\n"));
}

/* ---- what is not even YAML ---- */

/* The words are libfyaml's own. */
static void
assert_syntax_error(const char *text, size_t len, const char *start)
{
	load_bad_config(text, len);
	assert_ptr_equal(strstr(config_printed, start), config_printed);
	assert_non_null(strstr(config_printed, ": error: "));
}

static void
syntax_errors_have_the_same_form(void **state)
{
	(void)state;
	assert_syntax_error("log: \"none\n", 9, "1:");
	assert_syntax_error("feeds:\n- [a\n", 13, "3:1: error: ");
	assert_syntax_error("log: @x\n", 8, "1:6: error: ");
}

static void
a_file_is_one_document(void **state)
{
	(void)state;
	assert_config_errors("---\nlog: none\n---\nlog: none\n",
	    "4:1: error: more than one document\n");
}

/* libfyaml takes it for the end of the file: the feeds would be gone. */
static void
what_is_not_utf8_is_an_error(void **state)
{
	(void)state;
	assert_config_errors(
	    "log: none\nx\xc3\xbcz: \xff\nfeeds:\n", "2:6: error: not UTF-8\n");
	assert_config_errors("log: \xc0\xaf\n", "1:6: error: not UTF-8\n");
	assert_config_errors("log: \xed\xa0\x80\n", "1:6: error: not UTF-8\n");
	assert_config_errors("log: \xe2\x82", "1:6: error: not UTF-8\n");
}

/* libfyaml leaves it out. */
static void
control_characters_are_errors(void **state)
{
	static const char nul[] = "log: a\0b\n";

	(void)state;
	load_bad_config(nul, sizeof(nul) - 1);
	assert_string_equal(
	    config_printed, "1:7: error: a control character\n");
	assert_config_errors(
	    "log: a\x1b[2Jb\n", "1:7: error: a control character\n");
}

static void
a_too_large_file_is_an_error(void **state)
{
	size_t len = YAML_FILE_MAX + 1;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', len);
	load_bad_config(text, len);
	assert_string_equal(
	    config_printed, "1:1: error: the file is larger than 4 MiB\n");
	free(text);
}

static void
a_deep_nest_is_an_error(void **state)
{
	char text[1000];

	(void)state;
	memset(text, '[', sizeof(text));
	assert_syntax_error(text, sizeof(text), "1:");
}

static void
a_file_that_cannot_be_read_is_an_error(void **state)
{
	struct config *config = NULL;

	(void)state;
	assert_int_equal(
	    load_config_at("/nonexistent/x.yaml", &config), POL_ENOENT);
	assert_string_equal(config_printed,
	    "/nonexistent/x.yaml: error: No such file or directory\n");
	assert_int_equal(load_config_at("/tmp", &config), POL_EIO);
	assert_string_equal(config_printed, "/tmp: error: Is a directory\n");
	assert_null(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    config_test(unknown_keys_are_errors),
	    config_test(keys_given_twice_are_errors),
	    config_test(missing_keys_are_errors),
	    config_test(wrong_types_are_errors),
	    config_test(bad_settings_are_errors),
	    config_test(too_long_paths_are_errors),
	    config_test(bad_feeds_are_errors),
	    config_test(a_name_is_for_one_feed),
	    config_test(rpz_has_scopes_of_its_own),
	    config_test(formats_of_networks_have_no_scope),
	    config_test(triggers_are_those_of_the_format),
	    config_test(bad_triggers_are_errors),
	    config_test(risks_are_from_0_to_100),
	    config_test(bad_groups_of_clients_are_errors),
	    config_test(bad_learning_times_are_errors),
	    config_test(feeds_have_a_limit),
	    config_test(each_error_is_reported),
	    config_test(errors_without_end_are_cut),
	    config_test(syntax_errors_have_the_same_form),
	    config_test(a_file_is_one_document),
	    config_test(what_is_not_utf8_is_an_error),
	    config_test(control_characters_are_errors),
	    config_test(a_too_large_file_is_an_error),
	    config_test(a_deep_nest_is_an_error),
	    config_test(a_file_that_cannot_be_read_is_an_error),
	};

	return cmocka_run_group_tests_name("config_errors", tests, NULL, NULL);
}
