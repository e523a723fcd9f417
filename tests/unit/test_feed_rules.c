/*
 * test_feed_rules.c - lists of names in the forms of other programs.
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

/* ---- wildcard ---- */

static void
an_asterisk_stands_for_the_name_too(void **state)
{
	(void)state;
	assert_text(&feed_wildcard, "# c\n*.a.example\nb.example # c\n",
	    "2 a.example subtree\n3 b.example subtree\n");
}

static void
asterisks_elsewhere_are_refused(void **state)
{
	(void)state;
	assert_text(&feed_wildcard,
	    "*.*.a.example\nb.*\n*b.example\n*.192.0.2.1\n*.example\n",
	    "1 not a name: *.*.a.example\n2 not a name: b.*\n"
	    "3 not a name: *b.example\n4 an address: *.192.0.2.1\n"
	    "5 a single label: *.example\n");
}

/* ---- adblock ---- */

static void
adblock_rules_of_names_are_taken(void **state)
{
	(void)state;
	assert_text(&feed_adblock,
	    "[Adblock Plus 2.0]\n! c\n# c\n||A.example^\n||b.example\n"
	    "|c.example^\n||*.d.example^\n||e.example^*\nf.example\n"
	    "@@||g.example^\n||xn--bcher-kva.example^\n"
	    "||b\xc3\xbc"
	    "cher2.example^\n",
	    "4 a.example subtree\n5 b.example subtree\n6 c.example exact\n"
	    "7 d.example below\n8 e.example subtree\n9 f.example subtree\n"
	    "10 g.example subtree allow\n"
	    "11 xn--bcher-kva.example subtree\n"
	    "12 xn--bcher2-3ya.example subtree\n");
}

static void
adblock_rules_narrower_than_a_name_are_not_widened(void **state)
{
	static const char *const rules[] = {"||a.example/path", "||a.example/",
	    "||a.example^$third-party", "||a.example^$domain=b.example",
	    "||a.example^$important,script", "||a.example^$document",
	    "||a.example^$badfilter", "||a.example.", "||a.*^", "||a.example^|",
	    "|https://a.example^", "://a.example^", "/a\\.example/",
	    "||a.example:8080^", "@@||a.example^$script", "|a.example"};
	char expected[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		snprintf(expected, sizeof(expected),
		    "1 a rule narrower than a name: %s\n", rules[i]);
		assert_text(&feed_adblock, rules[i], expected);
	}
}

static void
adblock_modifiers_that_take_nothing_away_are_taken(void **state)
{
	(void)state;
	assert_text(&feed_adblock,
	    "||a.example^$important\n||b.example^$all, important\n",
	    "1 a.example subtree\n2 b.example subtree\n");
}

static void
adblock_rules_for_pages_are_counted(void **state)
{
	(void)state;
	assert_text(&feed_adblock,
	    "##.ad\na.example##.ad\na.example#@#.ad\na.example$$script\n",
	    "1 a rule for the content of pages: ##.ad\n"
	    "2 a rule for the content of pages: a.example##.ad\n"
	    "3 a rule for the content of pages: a.example#@#.ad\n"
	    "4 a rule for the content of pages\n");
}

static void
adblock_exceptions_go_before_all_else(void **state)
{
	(void)state;
	assert_text(&feed_adblock,
	    "||a.example^\n|a.example^\n||x.b.a.example^\n||aa.example^\n"
	    "@@||a.example^\n@@|c.a.example^\n||b.example^\n"
	    "@@|b.example^\n",
	    "5 a.example subtree allow\n6 c.a.example exact allow\n"
	    "4 aa.example subtree\n8 b.example exact allow\n"
	    "7 b.example subtree\n2 exempted by the list itself: by line 5\n"
	    "3 exempted by the list itself: by line 5\n"
	    "1 a duplicate: as line 5\n");
}

static void
adblock_scope_of_the_feed_goes_first(void **state)
{
	struct feed_options options = {.has_scope = true, .scope = POL_EXACT};

	(void)state;
	assert_string_equal(read_feed(&feed_adblock, &options,
				FEED("||a.example^\n@@||b.example^\n")),
	    "1 a.example exact\n2 b.example exact allow\n");
}

/* ---- dnsmasq ---- */

static void
dnsmasq_statements_that_block_are_taken(void **state)
{
	(void)state;
	assert_text(&feed_dnsmasq,
	    "# c\naddress=/a.example/0.0.0.0\naddress=/b.example/c.example/\n"
	    "local=/d.example/ # c\nserver = /e.example/\n"
	    "address=/.f.example/::\naddress=/g.example/#\n",
	    "2 a.example subtree\n3 b.example subtree\n3 c.example subtree\n"
	    "4 d.example subtree\n5 e.example subtree\n"
	    "6 f.example subtree\n7 g.example subtree\n");
}

static void
dnsmasq_exception_allows(void **state)
{
	(void)state;
	assert_text(&feed_dnsmasq, "local=/a.example/\nserver=/b.a.example/#\n",
	    "1 a.example subtree\n2 b.a.example subtree allow\n");
}

static void
dnsmasq_statements_that_do_not_block_are_counted(void **state)
{
	(void)state;
	assert_text(&feed_dnsmasq,
	    "server=/a.example/192.0.2.53\naddress=/b.example/192.0.2.1\n"
	    "cache-size=100\naddress=/c.example/x\nno-resolv\n"
	    "address=/#/0.0.0.0\nlocal=//\n",
	    "6 not a name: #\n7 not a name: \n"
	    "2 a redirect to another address: b.example\n"
	    "4 not a line of this format: c.example\n"
	    "5 not a line of this format: no-resolv\n"
	    "1 a statement that blocks nothing: a.example\n"
	    "3 a statement that blocks nothing: cache-size=100\n");
}

/* ---- unbound ---- */

static void
unbound_zones_that_block_are_taken(void **state)
{
	static const char *const types[] = {"always_deny", "always_nodata",
	    "always_null", "always_nxdomain", "always_refuse", "deny",
	    "inform_deny", "refuse", "static", "redirect", "inform_redirect"};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		snprintf(text, sizeof(text),
		    "server:\n  local-zone: \"a.example.\" %s # c\n", types[i]);
		assert_text(&feed_unbound, text, "2 a.example subtree\n");
	}
}

static void
unbound_zones_that_let_queries_through_are_counted(void **state)
{
	static const char *const types[] = {"transparent", "typetransparent",
	    "inform", "always_transparent", "nodefault", "block_a", "noview"};
	char text[64], expected[160];

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		snprintf(
		    text, sizeof(text), "local-zone: a.example %s", types[i]);
		snprintf(expected, sizeof(expected),
		    "1 a statement that blocks nothing: %s\n", text);
		assert_text(&feed_unbound, text, expected);
	}
}

static void
unbound_data_block_a_name_where_they_lead_nowhere(void **state)
{
	(void)state;
	assert_text(&feed_unbound,
	    "local-data: \"a.example A 0.0.0.0\"\n"
	    "local-data: 'b.example. 3600 IN AAAA ::'\n"
	    "local-data: \"c.example A 192.0.2.1\"\n"
	    "local-data: \"d.example TXT x\"\n",
	    "1 a.example exact\n2 b.example exact\n"
	    "3 a redirect to another address: local-data: \"c.example A "
	    "192.0.2.1\"\n"
	    "4 a statement that blocks nothing: local-data: \"d.example TXT "
	    "x\"\n");
}

static void
unbound_redirect_is_what_its_data_say(void **state)
{
	(void)state;
	assert_text(&feed_unbound,
	    "local-zone: \"a.example\" redirect\n"
	    "local-data: \"a.example A 0.0.0.0\"\n"
	    "local-data: \"a.example AAAA ::\"\n"
	    "local-zone: \"b.example\" redirect\n"
	    "local-data: \"b.example A 192.0.2.1\"\n"
	    "local-zone: \"c.example\" redirect\n",
	    "1 a.example subtree\n6 c.example subtree\n"
	    "4 a redirect to another address: b.example\n");
}

static void
unbound_lines_that_are_none_are_refused(void **state)
{
	(void)state;
	assert_text(&feed_unbound,
	    "local-zone: \"a.example\n"
	    "local-zone: a.example\nlocal-zone: a.example static x\na.example\n"
	    "include: x\n",
	    "1 not a line of this format: local-zone: \"a.example\n"
	    "2 not a line of this format: local-zone: a.example\n"
	    "3 not a line of this format: local-zone: a.example static x\n"
	    "4 not a line of this format\n"
	    "5 a statement that blocks nothing: include: x\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_asterisk_stands_for_the_name_too),
	    cmocka_unit_test(asterisks_elsewhere_are_refused),
	    cmocka_unit_test(adblock_rules_of_names_are_taken),
	    cmocka_unit_test(
		adblock_rules_narrower_than_a_name_are_not_widened),
	    cmocka_unit_test(
		adblock_modifiers_that_take_nothing_away_are_taken),
	    cmocka_unit_test(adblock_rules_for_pages_are_counted),
	    cmocka_unit_test(adblock_exceptions_go_before_all_else),
	    cmocka_unit_test(adblock_scope_of_the_feed_goes_first),
	    cmocka_unit_test(dnsmasq_statements_that_block_are_taken),
	    cmocka_unit_test(dnsmasq_exception_allows),
	    cmocka_unit_test(dnsmasq_statements_that_do_not_block_are_counted),
	    cmocka_unit_test(unbound_zones_that_block_are_taken),
	    cmocka_unit_test(
		unbound_zones_that_let_queries_through_are_counted),
	    cmocka_unit_test(unbound_data_block_a_name_where_they_lead_nowhere),
	    cmocka_unit_test(unbound_redirect_is_what_its_data_say),
	    cmocka_unit_test(unbound_lines_that_are_none_are_refused),
	};

	return cmocka_run_group_tests_name("feed_rules", tests, NULL, NULL);
}
