/*
 * test_feed_domains.c - lists of one name a line, with what real ones hold;
 * and what all formats share: lines, counts, options.
 */
#include "feed_support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/error.h"
#include "tools/feed/line.h"

static void
assert_domains(const char *text, const char *expected)
{
	assert_feed(&feed_domains, text, strlen(text), expected);
}

/* ---- names ---- */

static void
a_name_is_a_subtree(void **state)
{
	(void)state;
	assert_domains("bad.example\n", "1 bad.example subtree\n");
}

static void
case_and_final_dot_do_not_matter(void **state)
{
	(void)state;
	assert_domains("Bad.EXAMPLE\nworse.example.\n",
	    "1 bad.example subtree\n2 worse.example subtree\n");
}

static void
underscores_hyphens_and_punycode_are_fine(void **state)
{
	(void)state;
	assert_domains(
	    "_dmarc.a_b.example\n-a-.example\nxn--bcher-kva.example\n"
	    "x.onion\n",
	    "2 -a-.example subtree\n"
	    "1 _dmarc.a_b.example subtree\n"
	    "3 xn--bcher-kva.example subtree\n"
	    "4 x.onion subtree\n");
}

static void
a_star_covers_what_is_below(void **state)
{
	(void)state;
	assert_domains("*.bad.example\n", "1 bad.example below\n");
}

static void
a_leading_dot_covers_the_subtree(void **state)
{
	(void)state;
	assert_domains(".bad.example\n", "1 bad.example subtree\n");
}

static void
stars_and_dots_elsewhere_are_no_names(void **state)
{
	(void)state;
	assert_domains("*\n*.\n*.*.x.example\na.*.example\n..x.example\n.\n"
		       "a..example\na.example..\nad*.example\n",
	    "1 not a name: *\n2 not a name: *.\n3 not a name: *.*.x.example\n"
	    "9 not a name\n");
}

static void
unicode_names_are_converted(void **state)
{
	(void)state;
	assert_domains("b\xc3\xbc"
		       "cher.example\n"
		       "*.B\xc3\x9c"
		       "CHER.example\n"
		       "stra\xc3\x9f"
		       "e.example\n",
	    "1 xn--bcher-kva.example subtree\n"
	    "2 xn--bcher-kva.example below\n"
	    "3 xn--strae-oqa.example subtree\n");
}

static void
unicode_that_is_no_idn_is_refused(void **state)
{
	(void)state;
	/* Latin-1, a control character of Unicode, a URL. */
	assert_domains("b\xfc"
		       "cher.example\n"
		       "a\xe2\x80\xa8.example\n"
		       "http://b\xc3\xbc.example/\n",
	    "3 not a name: http://b??.example/\n"
	    "1 not convertible from Unicode: b?cher.example\n"
	    "2 not convertible from Unicode: a???.example\n");
}

/* Digits and dots of other scripts make an address, too. */
static void
unicode_addresses_are_addresses(void **state)
{
	(void)state;
	assert_domains("\xef\xbc\x91.2.3\xe3\x80\x82\xef\xbc\x94\n",
	    "1 an address: ???.2.3??????\n");
}

static void
single_labels_are_refused(void **state)
{
	(void)state;
	assert_domains("com\ndomain\n.net\n*.org.\n",
	    "1 a single label: com\n2 a single label: domain\n"
	    "3 a single label: .net\n4 a single label\n");
}

static void
local_names_are_refused(void **state)
{
	(void)state;
	assert_domains("localhost\nLocalHost.localdomain.\nip6-loopback\n"
		       "ip6-x.example\nlocalhost.example\n",
	    "4 ip6-x.example subtree\n5 localhost.example subtree\n"
	    "1 a local name: localhost\n"
	    "2 a local name: LocalHost.localdomain.\n"
	    "3 a local name: ip6-loopback\n");
}

static void
long_names_are_refused(void **state)
{
	char text[512];
	char label[64];

	(void)state;
	memset(label, 'a', 63);
	label[63] = '\0';
	snprintf(text, sizeof(text), "%s.example\n%sa.example\n", label, label);
	assert_non_null(
	    strstr(read_feed(&feed_domains, &(struct feed_options){0}, text,
		       strlen(text)),
		"2 too long: aaa"));
	snprintf(
	    text, sizeof(text), "%s.%s.%s.%.61s\n", label, label, label, label);
	assert_null(strstr(read_feed(&feed_domains, &(struct feed_options){0},
			       text, strlen(text)),
	    "too long"));
	snprintf(
	    text, sizeof(text), "%s.%s.%s.%.62s\n", label, label, label, label);
	assert_non_null(
	    strstr(read_feed(&feed_domains, &(struct feed_options){0}, text,
		       strlen(text)),
		"1 too long: aaa"));
}

/* ---- what is no name ---- */

static void
assert_address(const char *text)
{
	char expected[128];

	snprintf(expected, sizeof(expected), "1 an address: %s\n", text);
	assert_domains(text, expected);
}

static void
addresses_are_refused(void **state)
{
	(void)state;
	assert_address("192.0.2.1");
	assert_address("192.0.2.1.");
	assert_address("192.0.2.1:8080");
	assert_address("192.0.2.0/24");
	assert_address("*.192.0.2.1");
	assert_address("2001:db8::1");
	assert_address("2001:db8::/32");
	assert_address("[2001:db8::1]:443");
	assert_address("fe80::1%eth0");
	assert_address("::");
}

/* What the C library and browsers take for an address is not a name. */
static void
numbers_in_any_notation_are_addresses(void **state)
{
	(void)state;
	assert_address("0000153.0000255.0000011.0000125");
	assert_address("0x5bf076a8");
	assert_address("0X5BF076A8");
	assert_address("1540388520");
	assert_address("127.1");
	assert_address("a.example.0x");
	assert_address("a.example.99");
}

static void
numbers_elsewhere_are_names(void **state)
{
	(void)state;
	assert_domains("1.2.3.4.example\n0x1.x0a\na.0xg\n123.xyz1\n",
	    "3 a.0xg subtree\n1 1.2.3.4.example subtree\n2 0x1.x0a subtree\n"
	    "4 123.xyz1 subtree\n");
}

/* A host must not be blocked for what is at one path of it. */
static void
urls_are_refused(void **state)
{
	(void)state;
	assert_domains("http://bad.example/\nbad.example/x.exe\n",
	    "1 not a name: http://bad.example/\n"
	    "2 not a name: bad.example/x.exe\n");
	assert_domains("bad.example:443\n", "1 not a name: bad.example:443\n");
	assert_domains(
	    "user@bad.example\n", "1 not a name: user@bad.example\n");
}

static void
rules_of_other_formats_are_refused(void **state)
{
	(void)state;
	assert_domains("||bad.example^\n", "1 not a name: ||bad.example^\n");
	assert_domains(
	    "address=/bad.example/\n", "1 not a name: address=/bad.example/\n");
	assert_domains(
	    "bad.example,phishing\n", "1 not a name: bad.example,phishing\n");
	assert_domains("<a>\n", "1 not a name: <a>\n");
	assert_domains("0.0.0.0 bad.example\n",
	    "1 not a line of this format: 0.0.0.0 bad.example\n");
	assert_domains("bad.example\tworse.example\n",
	    "1 not a line of this format: bad.example?worse.example\n");
	assert_domains("bad\\.example\n", "1 not a name: bad\\.example\n");
}

/* ---- lines ---- */

static void
comments_and_blank_lines_are_no_entries(void **state)
{
	(void)state;
	assert_domains("# one\n;two\n  ! three\n\n \t \n"
		       "bad.example # why\n\tworse.example\t; when\n",
	    "6 bad.example subtree\n7 worse.example subtree\n");
	assert_domains("bad.example#why\n", "1 not a name: bad.example#why\n");
}

static void
lines_may_end_in_any_way(void **state)
{
	(void)state;
	assert_domains("a.example\r\nb.example\n\r\nc.example\r\r\nd.example",
	    "1 a.example subtree\n2 b.example subtree\n4 c.example subtree\n"
	    "5 d.example subtree\n");
}

static void
a_byte_order_mark_is_no_part_of_the_name(void **state)
{
	(void)state;
	assert_domains("\xef\xbb\xbf"
		       "a.example\nb.example\n",
	    "1 a.example subtree\n2 b.example subtree\n");
}

static void
empty_files_have_no_entries(void **state)
{
	(void)state;
	assert_domains("", "");
	assert_domains("\n", "");
	assert_domains("\xef\xbb\xbf", "");
}

static void
nul_octets_are_no_part_of_a_name(void **state)
{
	(void)state;
	assert_feed(&feed_domains,
	    FEED("a.example\0b\nb.example\0\nc.example\n"),
	    "3 c.example subtree\n1 not a name: a.example?b\n"
	    "2 not a name: b.example?\n");
}

/* SIZE octets of C and a newline, behind and before a good line. */
static char *
around(char c, size_t size, size_t *len)
{
	static const char first[] = "a.example\n";
	static const char last[] = "\nb.example\n";
	char *text = malloc(sizeof(first) + size + sizeof(last));

	assert_non_null(text);
	memcpy(text, first, sizeof(first) - 1);
	memset(text + sizeof(first) - 1, c, size);
	memcpy(text + sizeof(first) - 1 + size, last, sizeof(last) - 1);
	*len = sizeof(first) - 1 + size + sizeof(last) - 1;
	return text;
}

static void
an_over_long_line_is_one_fault(void **state)
{
	static const size_t sizes[] = {FEED_LINE_MAX - 1, FEED_LINE_MAX,
	    FEED_LINE_MAX + 1, FEED_LINE_MAX + 2, 4 * FEED_LINE_MAX,
	    4 * FEED_LINE_MAX + 1, 1000000};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t len;
		char *text = around('x', sizes[i], &len);
		const char *result = read_feed(
		    &feed_domains, &(struct feed_options){0}, text, len);

		assert_ptr_equal(strstr(result, "1 a.example subtree\n"
						"3 b.example subtree\n2 "),
		    result);
		assert_null(strstr(result, "\n4"));
		free(text);
	}
}

static void
an_over_long_comment_is_no_fault(void **state)
{
	size_t len;
	char *text = around('#', 200000, &len);

	(void)state;
	assert_feed(&feed_domains, text, len,
	    "1 a.example subtree\n3 b.example subtree\n");
	free(text);
}

/* A name, blanks until the line is cut, and who knows what behind. */
static void
a_cut_line_is_not_taken_for_its_start(void **state)
{
	size_t len;
	char *text = around(' ', 2 * FEED_LINE_MAX, &len);
	const char *result;

	(void)state;
	memcpy(text + strlen("a.example\n"), "c.example", 9);
	result = read_feed(&feed_domains, &(struct feed_options){0}, text, len);
	assert_null(strstr(result, "c.example subtree"));
	assert_non_null(strstr(result, "2 not a line of this format: c.ex"));
	free(text);
}

/* ---- counts and options ---- */

static void
duplicates_differ_in_case_and_dot_only(void **state)
{
	(void)state;
	assert_domains("a.example\n*.a.example\nA.EXAMPLE\na.example.\n"
		       ".a.example\n",
	    "1 a.example subtree\n2 a.example below\n"
	    "3 a duplicate: as line 1\n4 a duplicate: as line 1\n"
	    "5 a duplicate: as line 1\n");
}

/* Duplicates are found in the order of names, and shown in that of lines. */
static void
the_first_lines_of_a_fault_are_kept(void **state)
{
	(void)state;
	assert_domains(
	    "e.example\nd.example\nc.example\nb.example\na.example\n"
	    "e.example\nd.example\nc.example\nb.example\na.example\n",
	    "5 a.example subtree\n4 b.example subtree\n3 c.example subtree\n"
	    "2 d.example subtree\n1 e.example subtree\n"
	    "6 a duplicate: as line 1\n7 a duplicate: as line 2\n"
	    "8 a duplicate: as line 3\n5 a duplicate\n");
}

static void
kept_texts_are_cut_and_printable(void **state)
{
	char text[200];
	char expected[200];

	(void)state;
	memset(text, '=', sizeof(text));
	text[1] = '\x1b';
	snprintf(
	    expected, sizeof(expected), "1 not a name: =?%.74s...\n", text + 2);
	assert_feed(&feed_domains, text, sizeof(text), expected);
}

static void
the_scope_of_the_feed_goes_first(void **state)
{
	struct feed_options options = {
	    .has_scope = true,
	    .scope = POL_EXACT,
	};
	static const char text[] = "a.example\n*.b.example\n.c.example\n";

	(void)state;
	assert_string_equal(
	    read_feed(&feed_domains, &options, text, strlen(text)),
	    "1 a.example exact\n2 b.example exact\n3 c.example exact\n");
}

static uint64_t reported;

static void
report(const struct feed_parse *parse, uint64_t octets)
{
	assert_non_null(parse);
	assert_true(octets > reported);
	reported = octets;
}

static void
progress_is_reported(void **state)
{
	struct feed_options options = {.has_scope = false};
	struct feed_parse parse = {.progress = report};
	size_t lines = 200000;
	char *text = malloc(lines * 2);
	const char *path;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < lines; i++)
		memcpy(text + 2 * i, "#\n", 2);
	path = write_feed(text, lines * 2);
	reported = 0;
	assert_int_equal(feed_read(path, &feed_domains, &options, &parse), 0);
	assert_true(reported > 0 && reported <= lines * 2);
	pol_list_free(parse.list);
	unlink(path);
	free(text);
}

static void
a_file_that_cannot_be_read_is_an_error(void **state)
{
	struct feed_options options = {.has_scope = false};
	struct feed_parse parse = {.progress = NULL};

	(void)state;
	assert_int_equal(
	    feed_read("/nonexistent/feed", &feed_domains, &options, &parse),
	    POL_ENOENT);
	assert_int_equal(errno, ENOENT);
	pol_list_free(parse.list);
	assert_int_equal(
	    feed_read("/tmp", &feed_hosts, &options, &parse), POL_EIO);
	assert_int_equal(errno, EISDIR);
	pol_list_free(parse.list);
	assert_int_equal(
	    feed_read("/tmp", &feed_rpz, &options, &parse), POL_EIO);
	assert_int_equal(errno, EISDIR);
	pol_list_free(parse.list);
}

static void
formats_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(feed_format_named("domains"), &feed_domains);
	assert_ptr_equal(feed_format_named("hosts"), &feed_hosts);
	assert_ptr_equal(feed_format_named("rpz"), &feed_rpz);
	assert_null(feed_format_named("RPZ"));
	assert_null(feed_format_named(""));
	for (int fault = 0; fault < FEED_FAULTS; fault++)
		assert_non_null(feed_fault_text((enum feed_fault)fault));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_is_a_subtree),
	    cmocka_unit_test(case_and_final_dot_do_not_matter),
	    cmocka_unit_test(underscores_hyphens_and_punycode_are_fine),
	    cmocka_unit_test(a_star_covers_what_is_below),
	    cmocka_unit_test(a_leading_dot_covers_the_subtree),
	    cmocka_unit_test(stars_and_dots_elsewhere_are_no_names),
	    cmocka_unit_test(unicode_names_are_converted),
	    cmocka_unit_test(unicode_that_is_no_idn_is_refused),
	    cmocka_unit_test(unicode_addresses_are_addresses),
	    cmocka_unit_test(single_labels_are_refused),
	    cmocka_unit_test(local_names_are_refused),
	    cmocka_unit_test(long_names_are_refused),
	    cmocka_unit_test(addresses_are_refused),
	    cmocka_unit_test(numbers_in_any_notation_are_addresses),
	    cmocka_unit_test(numbers_elsewhere_are_names),
	    cmocka_unit_test(urls_are_refused),
	    cmocka_unit_test(rules_of_other_formats_are_refused),
	    cmocka_unit_test(comments_and_blank_lines_are_no_entries),
	    cmocka_unit_test(lines_may_end_in_any_way),
	    cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_name),
	    cmocka_unit_test(empty_files_have_no_entries),
	    cmocka_unit_test(nul_octets_are_no_part_of_a_name),
	    cmocka_unit_test(an_over_long_line_is_one_fault),
	    cmocka_unit_test(an_over_long_comment_is_no_fault),
	    cmocka_unit_test(a_cut_line_is_not_taken_for_its_start),
	    cmocka_unit_test(duplicates_differ_in_case_and_dot_only),
	    cmocka_unit_test(the_first_lines_of_a_fault_are_kept),
	    cmocka_unit_test(kept_texts_are_cut_and_printable),
	    cmocka_unit_test(the_scope_of_the_feed_goes_first),
	    cmocka_unit_test(progress_is_reported),
	    cmocka_unit_test(a_file_that_cannot_be_read_is_an_error),
	    cmocka_unit_test(formats_are_found_by_name),
	};

	return cmocka_run_group_tests_name("feed_domains", tests, NULL, NULL);
}
