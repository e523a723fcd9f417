/*
 * test_feed_hosts.c - lists in the form of /etc/hosts.
 */
#include "feed_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
assert_hosts(const char *text, const char *expected)
{
	assert_feed(&feed_hosts, text, strlen(text), expected);
}

static void
a_line_blocks_exactly_its_name(void **state)
{
	(void)state;
	assert_hosts("0.0.0.0 bad.example\n", "1 bad.example exact\n");
}

static void
each_name_of_a_line_is_an_entry(void **state)
{
	(void)state;
	assert_hosts(
	    "127.0.0.1\ta.example  b.example\tC.Example. # d.example\n",
	    "1 a.example exact\n1 b.example exact\n1 c.example exact\n");
}

static void
nowhere_has_many_addresses(void **state)
{
	(void)state;
	assert_hosts("0.0.0.0 a.example\n127.0.0.1 b.example\n"
		     "127.1.2.3 c.example\n:: d.example\n::1 e.example\n"
		     "0 f.example\n0000::0 g.example\n::1%lo0 h.example\n",
	    "1 a.example exact\n2 b.example exact\n3 c.example exact\n"
	    "4 d.example exact\n5 e.example exact\n6 f.example exact\n"
	    "7 g.example exact\n8 h.example exact\n");
}

static void
a_real_address_is_a_redirect(void **state)
{
	(void)state;
	assert_hosts("192.0.2.1 a.example b.example\n2001:db8::1 c.example\n"
		     "0.0.0.1 d.example\n",
	    "1 a redirect to another address: a.example\n"
	    "1 a redirect to another address: b.example\n"
	    "2 a redirect to another address: c.example\n"
	    "4 a redirect to another address\n");
}

static void
names_of_the_machine_are_refused(void **state)
{
	(void)state;
	assert_hosts("127.0.0.1 localhost localhost.localdomain local\n",
	    "1 a local name: localhost\n1 a local name: localhost.localdomain\n"
	    "1 a local name: local\n");
	assert_hosts("255.255.255.255 broadcasthost\n",
	    "1 a local name: broadcasthost\n");
	assert_hosts("fe80::1%lo0 localhost\nff02::1 ip6-allnodes\n",
	    "1 a local name: localhost\n2 a local name: ip6-allnodes\n");
	assert_hosts("0.0.0.0 0.0.0.0\n", "1 a local name: 0.0.0.0\n");
}

static void
other_single_labels_are_refused(void **state)
{
	(void)state;
	assert_hosts("0.0.0.0 myhost\n", "1 a single label: myhost\n");
}

static void
addresses_and_urls_are_no_names(void **state)
{
	(void)state;
	assert_hosts("0.0.0.0 192.0.2.1 0x7f.1 a.example/x *.b.example\n",
	    "1 not a name: a.example/x\n1 not a name: *.b.example\n"
	    "1 an address: 192.0.2.1\n1 an address: 0x7f.1\n");
}

static void
a_line_needs_an_address_and_a_name(void **state)
{
	(void)state;
	assert_hosts(
	    "a.example\n0.0.0.0\n0.0.0.0 # a.example\nhttp://a 0.0.0.0\n",
	    "1 not a line of this format: a.example\n"
	    "2 not a line of this format: 0.0.0.0\n"
	    "3 not a line of this format: 0.0.0.0 \n"
	    "4 not a line of this format\n");
	assert_hosts("0.0.0.0.0 a.example\n",
	    "1 not a line of this format: 0.0.0.0.0 a.example\n");
	assert_hosts(
	    "1 a.example\n", "1 not a line of this format: 1 a.example\n");
}

static void
one_bad_name_does_not_cost_the_others(void **state)
{
	(void)state;
	assert_hosts("0.0.0.0 a.example b..example c.example\n",
	    "1 a.example exact\n1 c.example exact\n"
	    "1 not a name: b..example\n");
}

static void
comments_and_blank_lines_are_no_entries(void **state)
{
	(void)state;
	assert_hosts("# c\n\n   # c\n; c\n! c\n\t\n0.0.0.0 a.example#c\n",
	    "7 a.example exact\n");
}

static void
lines_may_end_in_any_way(void **state)
{
	(void)state;
	assert_hosts(
	    "\xef\xbb\xbf# c\r\n0.0.0.0 a.example\r\n0.0.0.0 b.example",
	    "2 a.example exact\n3 b.example exact\n");
	assert_feed(&feed_hosts, FEED("0.0.0.0 a\0.example\n"),
	    "1 not a name: a?.example\n");
}

static void
an_over_long_line_is_one_fault(void **state)
{
	size_t size = 300000;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', size);
	memcpy(text, "0.0.0.0 a.example", 17);
	memcpy(text + size - 29, "b.example\n0.0.0.0 c.example\n", 28);
	text[size - 1] = '\n';
	assert_non_null(strstr(
	    read_feed(&feed_hosts, &(struct feed_options){0}, text, size),
	    "2 c.example exact\n1 not a line of this format: 0.0.0.0 a.ex"));
	text[17] = '#';
	assert_feed(
	    &feed_hosts, text, size, "1 a.example exact\n2 c.example exact\n");
	free(text);
}

static void
duplicates_are_counted(void **state)
{
	(void)state;
	assert_hosts("0.0.0.0 a.example A.example\n:: a.example\n",
	    "1 a.example exact\n1 a duplicate: as line 1\n"
	    "2 a duplicate: as line 1\n");
}

static void
the_scope_of_the_feed_goes_first(void **state)
{
	struct feed_options options = {
	    .has_scope = true,
	    .scope = POL_SUBTREE,
	};

	(void)state;
	assert_string_equal(
	    read_feed(&feed_hosts, &options, FEED("0.0.0.0 a.example")),
	    "1 a.example subtree\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_blocks_exactly_its_name),
	    cmocka_unit_test(each_name_of_a_line_is_an_entry),
	    cmocka_unit_test(nowhere_has_many_addresses),
	    cmocka_unit_test(a_real_address_is_a_redirect),
	    cmocka_unit_test(names_of_the_machine_are_refused),
	    cmocka_unit_test(other_single_labels_are_refused),
	    cmocka_unit_test(addresses_and_urls_are_no_names),
	    cmocka_unit_test(a_line_needs_an_address_and_a_name),
	    cmocka_unit_test(one_bad_name_does_not_cost_the_others),
	    cmocka_unit_test(comments_and_blank_lines_are_no_entries),
	    cmocka_unit_test(lines_may_end_in_any_way),
	    cmocka_unit_test(an_over_long_line_is_one_fault),
	    cmocka_unit_test(duplicates_are_counted),
	    cmocka_unit_test(the_scope_of_the_feed_goes_first),
	};

	return cmocka_run_group_tests_name("feed_hosts", tests, NULL, NULL);
}
