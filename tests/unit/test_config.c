/*
 * test_config.c - the configuration file: what it may say, and that each error
 * in it is reported where it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/error.h"
#include "policy/store.h"
#include "tools/config.h"
#include "tools/yaml.h"

static char folder[64];
static char path[96];
static char printed[1 << 16]; /* on stderr by the last load */

static int
make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/sinkbound-config-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/sinkbound.yaml", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void
write_file(const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* config_load() with what it prints on stderr in PRINTED. */
static int
load_path(const char *config_path, struct config **config)
{
	int stderr_fd = dup(STDERR_FILENO);
	FILE *capture = tmpfile();
	size_t len;
	int rc;

	assert_true(stderr_fd >= 0 && capture != NULL);
	fflush(stderr);
	assert_true(dup2(fileno(capture), STDERR_FILENO) >= 0);
	rc = config_load(config_path, config);
	fflush(stderr);
	assert_true(dup2(stderr_fd, STDERR_FILENO) >= 0);
	close(stderr_fd);
	rewind(capture);
	len = fread(printed, 1, sizeof(printed) - 1, capture);
	printed[len] = '\0';
	fclose(capture);
	return rc;
}

/* Load a text that has no errors. Free the result. */
static struct config *
load(const char *text)
{
	struct config *config = NULL;

	write_file(text, strlen(text));
	assert_int_equal(load_path(path, &config), 0);
	assert_string_equal(printed, "");
	assert_non_null(config);
	return config;
}

/* Take the path off the head of each line printed. */
static void
strip_path(void)
{
	size_t len = strlen(path);
	char *line = printed;

	while (*line != '\0') {
		assert_memory_equal(line, path, len);
		assert_int_equal(line[len], ':');
		memmove(line, line + len + 1, strlen(line + len + 1) + 1);
		line = strchr(line, '\n');
		assert_non_null(line);
		line++;
	}
}

/* Load a text and compare all its errors: "LINE:COLUMN: error: ..." each. */
static void
assert_errors_in(const char *text, size_t len, const char *expected)
{
	struct config *config = NULL;

	write_file(text, len);
	assert_int_equal(load_path(path, &config), POL_EINVAL);
	assert_null(config);
	strip_path();
	assert_string_equal(printed, expected);
}

static void
assert_errors(const char *text, const char *expected)
{
	assert_errors_in(text, strlen(text), expected);
}

/* ---- what it may say ---- */

static void
assert_defaults(const char *text)
{
	static const uint8_t zero[16];
	struct config *config = load(text);

	assert_string_equal(config->path, path);
	assert_string_equal(config->database, POL_STORE_DEFAULT_PATH);
	assert_string_equal(
	    config->settings.log, "/var/log/sinkbound/queries.jsonl");
	assert_int_equal(config->settings.ttl, POL_SINKHOLE_TTL_DEFAULT);
	assert_int_equal(config->settings.on_error, POL_ON_ERROR_PASS);
	assert_true(config->settings.has_ipv4 && config->settings.has_ipv6);
	assert_memory_equal(config->settings.ipv4, zero, 4);
	assert_memory_equal(config->settings.ipv6, zero, 16);
	assert_int_equal(config->feed_count, 0);
	config_free(config);
}

static void
an_empty_file_is_all_defaults(void **state)
{
	(void)state;
	assert_defaults("");
	assert_defaults("# nothing\n");
	assert_defaults("---\n...\n");
	assert_defaults("\xef\xbb\xbf# nothing\r\n");
}

static void
feeds_may_all_be_commented_out(void **state)
{
	(void)state;
	assert_defaults("feeds:\n#  - name: x\n");
	assert_defaults("feeds: []\n");
}

static void
settings_are_read(void **state)
{
	static const uint8_t ipv4[4] = {192, 0, 2, 1};
	static const uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	struct config *config = load("database: /d/policy.mdb\n"
				     "sinkhole:\n"
				     "  ipv4: 192.0.2.1\n"
				     "  ipv6: 2001:db8::1\n"
				     "  ttl: 86400\n"
				     "log: \"/l/queries\"\n"
				     "on-error: servfail\n");

	(void)state;
	assert_string_equal(config->database, "/d/policy.mdb");
	assert_string_equal(config->settings.log, "/l/queries");
	assert_true(config->settings.has_ipv4 && config->settings.has_ipv6);
	assert_memory_equal(config->settings.ipv4, ipv4, 4);
	assert_memory_equal(config->settings.ipv6, ipv6, 16);
	assert_int_equal(config->settings.ttl, 86400);
	assert_int_equal(config->settings.on_error, POL_ON_ERROR_SERVFAIL);
	config_free(config);
}

static void
none_is_no_address_and_no_log(void **state)
{
	struct config *config =
	    load("sinkhole: {ipv4: none, ipv6: none, ttl: 1}\nlog: none\n");

	(void)state;
	assert_false(config->settings.has_ipv4);
	assert_false(config->settings.has_ipv6);
	assert_int_equal(config->settings.ttl, 1);
	assert_string_equal(config->settings.log, "");
	config_free(config);
}

static void
feeds_are_read_in_order(void **state)
{
	const struct config_feed *feed;
	struct config *config = load("feeds:\n"
				     "  - name: a-1.B_c\n"
				     "    file: /f/a\n"
				     "    format: domains\n"
				     "\n"
				     "  - format: hosts\n"
				     "    scope: below\n"
				     "    action: nxdomain\n"
				     "    mode: shadow\n"
				     "    ede: none\n"
				     "    name: b\n"
				     "    file: /f/b\n"
				     "  - {name: c, file: /f/c, format: rpz,"
				     " action: allow, ede: censored}\n");

	(void)state;
	assert_int_equal(config->feed_count, 3);
	feed = &config->feeds[0];
	assert_string_equal(feed->name, "a-1.B_c");
	assert_string_equal(feed->file, "/f/a");
	assert_int_equal(feed->line, 2);
	assert_ptr_equal(feed->format, &feed_domains);
	assert_false(feed->options.has_scope || feed->options.has_action);
	assert_int_equal(feed->action, POL_SINKHOLE);
	assert_int_equal(feed->mode, POL_ENFORCE);
	assert_int_equal(feed->ede, POL_EDE_BLOCKED);
	feed = &config->feeds[1];
	assert_string_equal(feed->name, "b");
	assert_int_equal(feed->line, 6);
	assert_ptr_equal(feed->format, &feed_hosts);
	assert_true(feed->options.has_scope && feed->options.has_action);
	assert_int_equal(feed->options.scope, POL_BELOW);
	assert_int_equal(feed->action, POL_NXDOMAIN);
	assert_int_equal(feed->mode, POL_SHADOW);
	assert_int_equal(feed->ede, POL_EDE_NONE);
	feed = &config->feeds[2];
	assert_int_equal(feed->line, 13);
	assert_ptr_equal(feed->format, &feed_rpz);
	assert_int_equal(feed->action, POL_ALLOW);
	assert_int_equal(feed->ede, POL_EDE_CENSORED);
	config_free(config);
}

/* The words that the rest of the program writes are the ones read here. */
static void
words_are_those_of_the_policy(void **state)
{
	(void)state;
	for (int i = POL_SINKHOLE; i <= POL_ALLOW; i++) {
		struct config *config;
		char text[256];

		if (i == POL_CNAME)
			continue;
		snprintf(text, sizeof(text),
		    "feeds: [{name: a, file: a, format: domains, action: %s, "
		    "scope: %s, mode: %s}]\n",
		    pol_action_text((enum pol_action)i),
		    pol_scope_text((enum pol_scope)(i % 3)),
		    pol_mode_text((enum pol_mode)(i % 2)));
		config = load(text);
		assert_int_equal(config->feeds[0].action, i);
		assert_int_equal(config->feeds[0].options.scope, i % 3);
		assert_int_equal(config->feeds[0].mode, i % 2);
		config_free(config);
	}
}

static void
relative_paths_are_relative_to_the_file(void **state)
{
	char expected[PATH_MAX + 16];
	char real[PATH_MAX];
	struct config *config = load("database: d.mdb\nlog: l/log\n"
				     "feeds: [{name: a, file: f/a,"
				     " format: domains}]\n");

	(void)state;
	assert_non_null(realpath(folder, real));
	snprintf(expected, sizeof(expected), "%s/d.mdb", real);
	assert_string_equal(config->database, expected);
	snprintf(expected, sizeof(expected), "%s/l/log", real);
	assert_string_equal(config->settings.log, expected);
	snprintf(expected, sizeof(expected), "%s/f/a", real);
	assert_string_equal(config->feeds[0].file, expected);
	config_free(config);
}

static void
a_path_in_the_working_folder_is_made_absolute(void **state)
{
	char before[PATH_MAX];
	char real[PATH_MAX];
	char expected[PATH_MAX + 16];
	struct config *config = load("database: d.mdb\n");

	(void)state;
	config_free(config);
	assert_non_null(getcwd(before, sizeof(before)));
	assert_non_null(realpath(folder, real));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(load_path("sinkbound.yaml", &config), 0);
	assert_int_equal(chdir(before), 0);
	snprintf(expected, sizeof(expected), "%s/d.mdb", real);
	assert_string_equal(config->database, expected);
	assert_string_equal(config->path, "sinkbound.yaml");
	config_free(config);
}

/* ---- errors ---- */

static void
unknown_keys_are_errors(void **state)
{
	(void)state;
	assert_errors("feed: []\n",
	    "1:1: error: unknown key \"feed\", expected one of database, "
	    "sinkhole, log, on-error, feeds; did you mean \"feeds\"?\n");
	assert_errors("log: none\ncolour: red\n",
	    "2:1: error: unknown key \"colour\", expected one of database, "
	    "sinkhole, log, on-error, feeds\n");
	assert_errors("sinkhole:\n  ip4: 192.0.2.1\n",
	    "2:3: error: unknown key \"ip4\", expected one of ipv4, ipv6, ttl; "
	    "did you mean \"ipv4\"?\n");
	assert_errors("<<: x\n",
	    "1:1: error: unknown key \"<<\", expected one of database, "
	    "sinkhole, log, on-error, feeds\n");
	assert_errors("? [log]\n: none\n",
	    "1:4: error: expected a key, found a sequence\n");
}

static void
keys_given_twice_are_errors(void **state)
{
	(void)state;
	assert_errors("log: none\n\nlog: none\n",
	    "3:1: error: key \"log\" is given twice, first on line 1\n");
}

static void
missing_keys_are_errors(void **state)
{
	(void)state;
	assert_errors("feeds:\n  - name: a\n",
	    "2:5: error: required key \"file\" is missing\n"
	    "2:5: error: required key \"format\" is missing\n");
	assert_errors("feeds:\n  - {}\n",
	    "1:1: error: required key \"name\" is missing\n"
	    "1:1: error: required key \"file\" is missing\n"
	    "1:1: error: required key \"format\" is missing\n");
}

static void
wrong_types_are_errors(void **state)
{
	(void)state;
	assert_errors(
	    "- log\n", "1:3: error: expected a mapping, found a sequence\n");
	assert_errors(
	    "log\n", "1:1: error: expected a mapping, found a text\n");
	assert_errors("log: [none]\ndatabase: {a: b}\nsinkhole: none\n"
		      "feeds: {name: a}\non-error:\n",
	    "1:7: error: expected a path, found a sequence\n"
	    "2:12: error: expected a path, found a mapping\n"
	    "3:11: error: expected a mapping, found a text\n"
	    "4:9: error: expected a sequence, found a mapping\n"
	    "5:1: error: expected a word, found nothing\n");
	assert_errors("feeds:\n  -\n  - a\n",
	    "1:1: error: expected a mapping, found nothing\n"
	    "3:5: error: expected a mapping, found a text\n");
	assert_errors("log: &x none\ndatabase: *x\n",
	    "2:12: error: expected a path, found an alias, which is not "
	    "supported\n");
}

static void
bad_settings_are_errors(void **state)
{
	(void)state;
	assert_errors("sinkhole: {ipv4: 192.0.2, ipv6: 192.0.2.1, ttl: 0}\n",
	    "1:18: error: expected an IPv4 address or none, "
	    "found \"192.0.2\"\n"
	    "1:33: error: expected an IPv6 address or none, "
	    "found \"192.0.2.1\"\n"
	    "1:49: error: expected a whole number from 1 to 86400, "
	    "found \"0\"\n");
	assert_errors("sinkhole: {ttl: 86401}\n",
	    "1:17: error: expected a whole number from 1 to 86400, "
	    "found \"86401\"\n");
	assert_errors("sinkhole: {ttl: 30s}\n",
	    "1:17: error: expected a whole number from 1 to 86400, "
	    "found \"30s\"\n");
	assert_errors("sinkhole: {ttl: 99999999999999999999}\n",
	    "1:17: error: expected a whole number from 1 to 86400, "
	    "found \"99999999999999999999\"\n");
	assert_errors("on-error: servfial\n",
	    "1:11: error: unknown answer \"servfial\", expected one of pass, "
	    "servfail; did you mean \"servfail\"?\n");
	assert_errors("database: \"\"\n",
	    "1:12: error: expected a path, found an empty text\n");
	assert_errors("log: \"a\\nb\"\n",
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
	assert_errors(
	    text, "1:40: error: the path is longer than 1023 octets\n");
}

#define FEED(rest) "feeds:\n- {file: a, format: domains, " rest "}\n"

static void
bad_feeds_are_errors(void **state)
{
	(void)state;
	assert_errors(FEED("name: a b"),
	    "2:36: error: expected a name of letters, digits, '.', '_' and "
	    "'-', found \"a b\"\n");
	assert_errors(FEED("name: operator"),
	    "2:36: error: the name \"operator\" is taken: it is that of the "
	    "names blocked and allowed by hand\n");
	assert_errors(
	    FEED("name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "aaaaaaaaaaaaaaaaaa"),
	    "2:36: error: expected a name of at most 63 octets\n");
	assert_errors(FEED("name: a, action: cname"),
	    "2:47: error: a feed cannot have the action \"cname\": only the "
	    "records of an rpz feed say a target\n");
	assert_errors(FEED("name: a, action: block"),
	    "2:47: error: unknown action \"block\", expected one of sinkhole, "
	    "nxdomain, nodata, refused, drop, truncate, allow\n");
	assert_errors(FEED("name: a, scope: subtre, mode: x, ede: x"),
	    "2:46: error: unknown scope \"subtre\", expected one of exact, "
	    "subtree, below; did you mean \"subtree\"?\n"
	    "2:60: error: unknown mode \"x\", expected one of enforce, "
	    "shadow\n"
	    "2:68: error: unknown ede \"x\", expected one of blocked, "
	    "censored, "
	    "filtered, none\n");
	assert_errors("feeds: [{name: a, file: a, format: hostz}]\n",
	    "1:36: error: unknown format \"hostz\", expected one of domains, "
	    "hosts, rpz; did you mean \"hosts\"?\n");
}

static void
a_name_is_for_one_feed(void **state)
{
	(void)state;
	assert_errors("feeds:\n"
		      "- {name: a, file: a, format: hosts}\n"
		      "- {name: b, file: a, format: hosts}\n"
		      "- {name: a, file: b, format: hosts}\n",
	    "4:10: error: the feed on line 2 has the name \"a\" too\n");
}

static void
rpz_has_scopes_of_its_own(void **state)
{
	(void)state;
	assert_errors("feeds:\n- scope: exact\n  name: a\n  file: a\n"
		      "  format: rpz\n",
	    "2:10: error: the records of an rpz feed say their scope "
	    "themselves: expected no scope\n");
}

static void
feeds_have_a_limit(void **state)
{
	size_t size = 64 * (POL_FEEDS_MAX + 2);
	char *text = malloc(size);
	struct config *config;
	size_t len = (size_t)snprintf(text, size, "feeds:\n");

	(void)state;
	for (int i = 0; i < POL_FEEDS_MAX; i++)
		len += (size_t)snprintf(text + len, size - len,
		    "- {name: n%d, file: a, format: hosts}\n", i);
	config = load(text);
	assert_int_equal(config->feed_count, POL_FEEDS_MAX);
	config_free(config);
	snprintf(
	    text + len, size - len, "- {name: x, file: a, format: hosts}\n");
	assert_errors(
	    text, "2:4: error: expected at most 1024 feeds, found 1025\n");
	free(text);
}

static void
each_error_is_reported(void **state)
{
	(void)state;
	assert_errors("databse: /x\n"
		      "sinkhole:\n"
		      "  ttl: x\n"
		      "feeds:\n"
		      "  - name: operator\n"
		      "    format: hosts\n"
		      "  - name: a\n"
		      "    file: a\n"
		      "    format: pdf\n",
	    "1:1: error: unknown key \"databse\", expected one of database, "
	    "sinkhole, log, on-error, feeds; did you mean \"database\"?\n"
	    "3:8: error: expected a whole number from 1 to 86400, "
	    "found \"x\"\n"
	    "5:11: error: the name \"operator\" is taken: it is that of the "
	    "names blocked and allowed by hand\n"
	    "5:5: error: required key \"file\" is missing\n"
	    "9:13: error: unknown format \"pdf\", expected one of domains, "
	    "hosts, rpz\n");
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
	write_file(text, strlen(text));
	assert_int_equal(load_path(path, &config), POL_EINVAL);
	assert_non_null(strstr(printed, ":50:1: error: unknown key \"k49\""));
	assert_null(strstr(printed, "k50"));
	assert_non_null(strstr(printed, "error: and more errors, not shown\n"));
}

/* ---- what is not even YAML ---- */

/* The words are libfyaml's own. */
static void
assert_syntax_error(const char *text, size_t len, const char *start)
{
	struct config *config = NULL;

	write_file(text, len);
	assert_int_equal(load_path(path, &config), POL_EINVAL);
	assert_null(config);
	strip_path();
	assert_ptr_equal(strstr(printed, start), printed);
	assert_non_null(strstr(printed, ": error: "));
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
	assert_errors("---\nlog: none\n---\nlog: none\n",
	    "4:1: error: more than one document\n");
}

/* libfyaml takes it for the end of the file: the feeds would be gone. */
static void
what_is_not_utf8_is_an_error(void **state)
{
	(void)state;
	assert_errors(
	    "log: none\nx\xc3\xbcz: \xff\nfeeds:\n", "2:6: error: not UTF-8\n");
	assert_errors("log: \xc0\xaf\n", "1:6: error: not UTF-8\n");
	assert_errors("log: \xed\xa0\x80\n", "1:6: error: not UTF-8\n");
	assert_errors("log: \xe2\x82", "1:6: error: not UTF-8\n");
}

/* libfyaml leaves it out. */
static void
control_characters_are_errors(void **state)
{
	static const char nul[] = "log: a\0b\n";

	(void)state;
	assert_errors_in(
	    nul, sizeof(nul) - 1, "1:7: error: a control character\n");
	assert_errors("log: a\x1b[2Jb\n", "1:7: error: a control character\n");
}

static void
a_too_large_file_is_an_error(void **state)
{
	size_t len = YAML_FILE_MAX + 1;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', len);
	assert_errors_in(
	    text, len, "1:1: error: the file is larger than 4 MiB\n");
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
	assert_int_equal(load_path("/nonexistent/x.yaml", &config), POL_ENOENT);
	assert_string_equal(
	    printed, "/nonexistent/x.yaml: error: No such file or directory\n");
	assert_int_equal(load_path("/tmp", &config), POL_EIO);
	assert_string_equal(printed, "/tmp: error: Is a directory\n");
	assert_null(config);
}

#define file_test(f) \
	cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    file_test(an_empty_file_is_all_defaults),
	    file_test(feeds_may_all_be_commented_out),
	    file_test(settings_are_read),
	    file_test(none_is_no_address_and_no_log),
	    file_test(feeds_are_read_in_order),
	    file_test(words_are_those_of_the_policy),
	    file_test(relative_paths_are_relative_to_the_file),
	    file_test(a_path_in_the_working_folder_is_made_absolute),
	    file_test(unknown_keys_are_errors),
	    file_test(keys_given_twice_are_errors),
	    file_test(missing_keys_are_errors),
	    file_test(wrong_types_are_errors),
	    file_test(bad_settings_are_errors),
	    file_test(too_long_paths_are_errors),
	    file_test(bad_feeds_are_errors),
	    file_test(a_name_is_for_one_feed),
	    file_test(rpz_has_scopes_of_its_own),
	    file_test(feeds_have_a_limit),
	    file_test(each_error_is_reported),
	    file_test(errors_without_end_are_cut),
	    file_test(syntax_errors_have_the_same_form),
	    file_test(a_file_is_one_document),
	    file_test(what_is_not_utf8_is_an_error),
	    file_test(control_characters_are_errors),
	    file_test(a_too_large_file_is_an_error),
	    file_test(a_deep_nest_is_an_error),
	    cmocka_unit_test(a_file_that_cannot_be_read_is_an_error),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
