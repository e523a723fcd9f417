/*
 * test_config.c - what the configuration file may say.
 */
#include "config_support.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "policy/store.h"

static void
assert_defaults(const char *text)
{
	static const uint8_t zero[16];
	struct config *config = load_config(text);

	assert_string_equal(config->path, config_path);
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
	struct config *config = load_config("database: /d/policy.mdb\n"
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
	struct config *config = load_config(
	    "sinkhole: {ipv4: none, ipv6: none, ttl: 1}\nlog: none\n");

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
	struct config *config =
	    load_config("feeds:\n"
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

static void
triggers_and_risks_are_read(void **state)
{
	struct config *config = load_config(
	    "feeds:\n"
	    "- {name: a, file: a, format: domains}\n"
	    "- {name: b, file: b, format: hosts, triggers: [nsdname, qname]}\n"
	    "- {triggers: nsip, risk: 90, name: c, file: c, format: asns}\n"
	    "- {name: d, file: d, format: spamhaus-asndrop, risk: 100}\n"
	    "- {name: e, file: e, format: prefixes, triggers: [ip, nsip]}\n"
	    "- {name: f, file: f, format: spamhaus-drop, triggers:\n"
	    "    [ip, ip]}\n");
	const struct config_feed *feeds = config->feeds;

	(void)state;
	assert_int_equal(config->feed_count, 6);
	assert_int_equal(feeds[0].triggers, 0);
	assert_int_equal(feeds[0].risk, 0);
	assert_int_equal(
	    feeds[1].triggers, POL_SERVES_NSDNAME | POL_SERVES_QNAME);
	assert_ptr_equal(feeds[2].format, &feed_asns);
	assert_int_equal(feeds[2].triggers, POL_SERVES_NSIP);
	assert_int_equal(feeds[2].risk, 90);
	assert_ptr_equal(feeds[3].format, &feed_spamhaus_asndrop);
	assert_int_equal(feeds[3].triggers, 0);
	assert_int_equal(feeds[3].risk, 100);
	assert_ptr_equal(feeds[4].format, &feed_prefixes);
	assert_int_equal(feeds[4].triggers, POL_SERVES_IP | POL_SERVES_NSIP);
	assert_ptr_equal(feeds[5].format, &feed_spamhaus_drop);
	assert_int_equal(feeds[5].triggers, POL_SERVES_IP);
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
		config = load_config(text);
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
	struct config *config = load_config("database: d.mdb\nlog: l/log\n"
					    "feeds: [{name: a, file: f/a,"
					    " format: domains}]\n");

	(void)state;
	assert_non_null(realpath(config_folder, real));
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
	struct config *config = load_config("database: d.mdb\n");

	(void)state;
	config_free(config);
	assert_non_null(getcwd(before, sizeof(before)));
	assert_non_null(realpath(config_folder, real));
	assert_int_equal(chdir(config_folder), 0);
	assert_int_equal(load_config_at("sinkbound.yaml", &config), 0);
	assert_int_equal(chdir(before), 0);
	snprintf(expected, sizeof(expected), "%s/d.mdb", real);
	assert_string_equal(config->database, expected);
	assert_string_equal(config->path, "sinkbound.yaml");
	config_free(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    config_test(an_empty_file_is_all_defaults),
	    config_test(feeds_may_all_be_commented_out),
	    config_test(settings_are_read),
	    config_test(none_is_no_address_and_no_log),
	    config_test(feeds_are_read_in_order),
	    config_test(triggers_and_risks_are_read),
	    config_test(words_are_those_of_the_policy),
	    config_test(relative_paths_are_relative_to_the_file),
	    config_test(a_path_in_the_working_folder_is_made_absolute),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
