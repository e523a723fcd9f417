/*
 * test_holders.c - who holds which ASN, as gathered for an import.
 */
#include "origin_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/ranges_p.h"

/* Of what is said of an ASN, seal and show the one line. */
static const char *
shown_holder(const char *holder, size_t len, const char *country)
{
	struct pol_ranges *ranges = new_ranges();
	static char shown[256];

	assert_int_equal(
	    pol_ranges_add_holder(ranges, 1, holder, len, country), 0);
	seal(ranges);
	snprintf(shown, sizeof(shown), "%s", show_ranges(ranges));
	pol_ranges_free(ranges);
	return shown;
}

static void
first_holder_stays(void **state)
{
	struct pol_ranges *ranges = new_ranges();
	struct pol_ranges_count count;

	(void)state;
	add_holder(ranges, 4294967295, "The last one", "ZZ");
	add_holder(ranges, 64501, "", "");
	add_holder(ranges, 64501, "", "DE");
	add_holder(ranges, 64501, "Example", "FR");
	add_holder(ranges, 64501, "Another", "");
	add_holder(ranges, 64500, "Some", "");
	add_holder(ranges, 64500, "Other", "NL");
	add_holder(ranges, 0, "Not routed", "");
	add_holder(ranges, 64502, "", "");
	count = seal(ranges);
	assert_int_equal(count.holders, 3);
	assert_string_equal(show_ranges(ranges),
	    "64500 NL Some\n"
	    "64501 DE Example\n"
	    "4294967295 ZZ The last one\n");
	pol_ranges_free(ranges);
}

static void
country_is_two_capital_letters(void **state)
{
	static const char *const none[] = {"", "D", "DEU", "de", "D1", "None"};

	(void)state;
	assert_string_equal(shown_holder("x", 1, "DE"), "1 DE x\n");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_string_equal(shown_holder("x", 1, none[i]), "1 - x\n");
}

static void
holder_is_printable_utf8(void **state)
{
	static const struct {
		const char *given, *kept;
	} names[] = {
	    {"Telef\xc3\xb3nica", "Telef\xc3\xb3nica"},
	    {"\xe4\xb8\xad\xe5\x9b\xbd", "\xe4\xb8\xad\xe5\x9b\xbd"},
	    {"\xf0\x9f\x8c\x90\xf4\x8f\xbf\xbf",
		"\xf0\x9f\x8c\x90\xf4\x8f\xbf\xbf"},
	    {"Telef\xf3nica", "Telef?nica"},	 /* Latin-1 */
	    {"a\x1b[31mb\x7f\tc", "a?[31mb??c"}, /* control characters */
	    {"a\xc2\x9b"
	     "31mb",
		"a??31mb"},		       /* one of two octets */
	    {"\xc2\xa0", "\xc2\xa0"},	       /* the first that is none */
	    {"\xc0\xaf\xe0\x80\xaf", "?????"}, /* longer than need be */
	    {"\xf0\x80\x80\xaf\xc1\xbf", "??????"},
	    {"\xed\xa0\x80", "???"},		    /* a surrogate */
	    {"\xf4\x90\x80\x80\xf5\x80", "??????"}, /* behind the last one */
	    {"x\xc3", "x?"},			    /* cut short */
	    {"x\xe4\xb8", "x??"},
	    {"\xf0\x9f\x8cx", "???x"},
	    {"\xe0\x82\xa0\xf0\x82\x80\x80", "???????"},
	    {"\xf5\x80\x80\x80\xf9\x80\x80\x80", "????????"},
	    {"\x80\xff", "??"},
	};
	char expected[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(expected, sizeof(expected), "1 - %s\n", names[i].kept);
		assert_string_equal(
		    shown_holder(names[i].given, strlen(names[i].given), ""),
		    expected);
	}
	assert_string_equal(shown_holder("a\0b", 3, ""), "1 - a?b\n");
	/* What stands behind is not looked at. */
	assert_string_equal(shown_holder("a\xc3\xb3", 2, ""), "1 - a?\n");
}

/* At each place in a character. */
static void
long_holder_is_cut_at_a_character(void **state)
{
	char given[400], expected[200];

	(void)state;
	for (size_t lead = 0; lead < 4; lead++) {
		size_t whole = (POL_HOLDER_MAX - lead) / 4;
		size_t len = lead;

		memset(given, 'x', lead);
		for (; len + 4 <= sizeof(given); len += 4)
			memcpy(given + len, "\xf0\x9f\x8c\x90", 4);
		snprintf(expected, sizeof(expected), "1 - %.*s\n",
		    (int)(lead + 4 * whole), given);
		assert_string_equal(shown_holder(given, len, ""), expected);
	}
	memset(given, 'y', sizeof(given));
	snprintf(
	    expected, sizeof(expected), "1 - %.*s\n", POL_HOLDER_MAX, given);
	assert_string_equal(shown_holder(given, POL_HOLDER_MAX, ""), expected);
	assert_string_equal(
	    shown_holder(given, POL_HOLDER_MAX + 1, ""), expected);
	assert_string_equal(shown_holder(given, sizeof(given), ""), expected);
}

/* The table of ASNs grows several times. */
static void
many_holders_are_kept_apart(void **state)
{
	enum { HOLDERS = 60000 };
	struct pol_ranges *ranges = new_ranges();
	struct pol_origin origin;
	char name[32];

	(void)state;
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = HOLDERS; i > 0; i--) {
			snprintf(name, sizeof(name), "h%u.%u", i, round);
			/* Far apart, and all of one low octet. */
			add_holder(ranges, i << 16, name, "");
		}
	}
	assert_int_equal(seal(ranges).holders, HOLDERS);
	for (uint32_t i = 0; i < HOLDERS; i++) {
		holders_get(ranges->holders, i, &origin);
		snprintf(name, sizeof(name), "h%u.0", i + 1);
		assert_int_equal(origin.asn, (i + 1) << 16);
		assert_string_equal(origin.holder, name);
	}
	pol_ranges_free(ranges);
}

static void
number_of_holders_is_limited(void **state)
{
	struct pol_ranges *ranges = new_ranges();

	(void)state;
	for (uint32_t asn = 1; asn <= POL_HOLDERS_MAX; asn++)
		if (pol_ranges_add_holder(ranges, asn, "x", 1, "") != 0)
			fail_msg("holder %u was not taken", asn);
	assert_int_equal(
	    pol_ranges_add_holder(ranges, POL_HOLDERS_MAX + 1, "x", 1, ""),
	    POL_ERANGE);
	add_holder(ranges, 1, "y", "DE");
	assert_int_equal(seal(ranges).holders, POL_HOLDERS_MAX);
	pol_ranges_free(ranges);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_holder_stays),
	    cmocka_unit_test(country_is_two_capital_letters),
	    cmocka_unit_test(holder_is_printable_utf8),
	    cmocka_unit_test(long_holder_is_cut_at_a_character),
	    cmocka_unit_test(many_holders_are_kept_apart),
	    cmocka_unit_test(number_of_holders_is_limited),
	};

	return cmocka_run_group_tests_name("holders", tests, NULL, NULL);
}
