/*
 * test_name.c - domain names as text and as wire octets.
 */
#include "policy_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Wire format as a C string literal, its final NUL being the root label. */
#define WIRE(literal) (const uint8_t *)(literal), sizeof(literal)

static void
assert_wire(const char *text, const uint8_t *wire, size_t len)
{
	struct pol_name name = name_of(text);

	assert_int_equal(name.len, len);
	assert_memory_equal(name.wire, wire, len);
}

static void
assert_text(const uint8_t *wire, const char *expected)
{
	char text[POL_NAME_TEXT_MAX];

	assert_ptr_equal(pol_name_to_text(wire, text), text);
	assert_string_equal(text, expected);
}

static void
text_becomes_lower_case_wire_format(void **state)
{
	(void)state;
	assert_wire("example.com", WIRE("\7example\3com"));
	assert_wire("WWW.ExAmPlE.COM", WIRE("\3www\7example\3com"));
	assert_wire("_dmarc.xn--bcher-kva.example",
	    WIRE("\6_dmarc\15xn--bcher-kva\7example"));
	assert_wire("*.example", WIRE("\1*\7example"));
	assert_wire("[\\]^`{|}~@Z", WIRE("\12[]^`{|}~@z"));
}

static void
final_dot_is_optional(void **state)
{
	(void)state;
	assert_wire("example.com.", WIRE("\7example\3com"));
	assert_wire("com.", WIRE("\3com"));
}

static void
root_is_a_dot(void **state)
{
	(void)state;
	assert_wire(".", WIRE(""));
	assert_text((const uint8_t *)"", ".");
	assert_int_equal(pol_name_labels((const uint8_t *)""), 0);
}

static void
escapes_are_octets(void **state)
{
	(void)state;
	assert_wire("a\\.b.c", WIRE("\3a.b\1c"));
	assert_wire("a\\\\b.c", WIRE("\3a\\b\1c"));
	assert_wire("\\000\\001\\255.c", WIRE("\3\0\1\xff\1c"));
	assert_wire("\\065\\.\\046.c", WIRE("\3a..\1c"));
	assert_wire("x\\.", WIRE("\2x."));
	assert_wire("\\A.c", WIRE("\1a\1c"));
	/* Three digits and no more: the fourth is an octet of its own. */
	assert_wire("\\0651.c", WIRE("\2a1\1c"));
}

struct fault_case {
	const char *text;
	enum pol_name_fault fault;
};

static void
faults_are_told_apart(void **state)
{
	static const struct fault_case cases[] = {
	    {"", POL_NAME_EMPTY},
	    {"..", POL_NAME_EMPTY_LABEL},
	    {".com", POL_NAME_EMPTY_LABEL},
	    {"a..b", POL_NAME_EMPTY_LABEL},
	    {"a.b..", POL_NAME_EMPTY_LABEL},
	    {"a\\", POL_NAME_BAD_ESCAPE},
	    {"a\\2", POL_NAME_BAD_ESCAPE},
	    {"a\\25", POL_NAME_BAD_ESCAPE},
	    {"a\\25x", POL_NAME_BAD_ESCAPE},
	    {"a\\256", POL_NAME_BAD_ESCAPE},
	    {"a\\999.b", POL_NAME_BAD_ESCAPE},
	    {"a\\ b", POL_NAME_BAD_ESCAPE},
	    {"a\\\x7f.b", POL_NAME_BAD_ESCAPE},
	    {"b\xc3\xbc"
	     "cher.example",
		POL_NAME_NOT_ASCII},
	    {"a b", POL_NAME_BAD_CHARACTER},
	    {"a\x7f.b", POL_NAME_BAD_CHARACTER},
	    {"a.b ", POL_NAME_BAD_CHARACTER},
	    {"\ta.b", POL_NAME_BAD_CHARACTER},
	    {"a.b\r", POL_NAME_BAD_CHARACTER},
	    {"a\x1b[1m.b", POL_NAME_BAD_CHARACTER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pol_name name = name_of("qqqqq");
		struct pol_name before = name;
		enum pol_name_fault fault = pol_name_from_text(
		    cases[i].text, strlen(cases[i].text), &name);

		if (fault != cases[i].fault)
			fail_msg("\"%s\": %s", cases[i].text,
			    pol_name_fault_text(fault));
		assert_memory_equal(&name, &before, sizeof(name));
	}
}

static void
nul_within_the_text_is_a_bad_character(void **state)
{
	struct pol_name name;

	(void)state;
	assert_int_equal(pol_name_from_text("a\0.example", 10, &name),
	    POL_NAME_BAD_CHARACTER);
}

static void
only_the_given_octets_are_read(void **state)
{
	char *text = malloc(3);
	struct pol_name name;

	(void)state;
	assert_non_null(text);
	memcpy(text, "a.b", 3); /* valgrind sees a read past the end */
	assert_int_equal(pol_name_from_text(text, 3, &name), POL_NAME_OK);
	assert_int_equal(name.len, 5);
	memcpy(text, "a.\\", 3);
	assert_int_equal(
	    pol_name_from_text(text, 3, &name), POL_NAME_BAD_ESCAPE);
	memcpy(text, "\\12", 3);
	assert_int_equal(
	    pol_name_from_text(text, 3, &name), POL_NAME_BAD_ESCAPE);
	free(text);
}

static void
every_fault_has_a_text(void **state)
{
	(void)state;
	for (int i = POL_NAME_OK; i <= POL_NAME_BAD_CHARACTER; i++) {
		const char *text = pol_name_fault_text((enum pol_name_fault)i);

		assert_non_null(text);
		assert_true(strlen(text) > 0);
		for (int j = POL_NAME_OK; j < i; j++)
			assert_string_not_equal(
			    text, pol_name_fault_text((enum pol_name_fault)j));
	}
}

static void
label_of_63_octets_is_the_longest(void **state)
{
	char text[80];
	struct pol_name name;

	(void)state;
	memset(text, 'a', 64);
	memcpy(text + 63, ".b", 3);
	name = name_of(text);
	assert_int_equal(name.len, 1 + 63 + 1 + 1 + 1);
	memset(text, 'a', 64);
	memcpy(text + 64, ".b", 3);
	assert_int_equal(
	    pol_name_from_text(text, strlen(text), &name), POL_NAME_LONG_LABEL);
	assert_int_equal(
	    pol_name_from_text(text, 64, &name), POL_NAME_LONG_LABEL);
}

static void
label_length_counts_octets_not_characters(void **state)
{
	char text[64 * 4 + 1] = "";
	struct pol_name name;

	(void)state;
	for (int i = 0; i < 63; i++)
		strcat(text, "\\001");
	assert_int_equal(pol_name_from_text(text, strlen(text), &name), 0);
	assert_int_equal(name.len, 65);
	strcat(text, "\\001");
	assert_int_equal(
	    pol_name_from_text(text, strlen(text), &name), POL_NAME_LONG_LABEL);
}

static void
name_of_255_octets_is_the_longest(void **state)
{
	struct pol_name expected = longest_name('a');
	char text[300];
	struct pol_name name;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[63] = text[127] = text[191] = '.';
	assert_int_equal(pol_name_from_text(text, 253, &name), POL_NAME_OK);
	assert_int_equal(name.len, POL_NAME_MAX);
	assert_memory_equal(name.wire, expected.wire, POL_NAME_MAX);
	assert_int_equal(pol_name_from_text(text, 254, &name), POL_NAME_LONG);
	text[253] = '.';
	assert_int_equal(pol_name_from_text(text, 254, &name), POL_NAME_OK);
}

static void
name_has_up_to_127_labels(void **state)
{
	char text[260];
	struct pol_name name;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "a.", 2);
	assert_int_equal(pol_name_from_text(text, 127 * 2, &name), 0);
	assert_int_equal(name.len, 255);
	assert_int_equal(pol_name_labels(name.wire), 127);
	assert_int_equal(
	    pol_name_from_text(text, 128 * 2, &name), POL_NAME_LONG);
}

/* A line of a feed can be of any length. */
static void
a_very_long_text_is_a_long_name(void **state)
{
	size_t len = 1 << 20;
	char *text = malloc(len);
	struct pol_name name;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < len; i += 2)
		memcpy(text + i, "a.", 2);
	assert_int_equal(pol_name_from_text(text, len, &name), POL_NAME_LONG);
	memset(text, 'a', len);
	assert_int_equal(
	    pol_name_from_text(text, len, &name), POL_NAME_LONG_LABEL);
	free(text);
}

static void
wire_format_is_copied_in_lower_case(void **state)
{
	struct pol_name name;

	(void)state;
	assert_int_equal(
	    pol_name_from_wire(WIRE("\3WwW\7Example\3COM"), &name), 0);
	assert_int_equal(name.len, 17);
	assert_memory_equal(name.wire, "\3www\7example\3com", 17);
	/* Length octets are no letters: 0x41..0x5a are no label lengths, but
	 * octets beside the letters and over 0x7f must stay. */
	assert_int_equal(pol_name_from_wire(WIRE("\6@A[\x80\xc1\0"), &name), 0);
	assert_memory_equal(name.wire, "\6@a[\x80\xc1\0", 8);
}

static void
malformed_wire_format_is_refused(void **state)
{
	static const struct {
		const char *wire;
		size_t len;
	} cases[] = {
	    {"", 0},		      /* nothing */
	    {"\3com", 4},	      /* no root label */
	    {"\3co", 3},	      /* the label does not fit */
	    {"\3", 1},		      /* nothing after the length */
	    {"\7example\3com\0", 11}, /* cut within the last label */
	    {"\300\14", 2},	      /* a compression pointer */
	    {"\1a\300\14", 4},	      /* one after a label */
	    {"\100a", 3},	      /* label type 01 */
	    {"\3com\0x", 6},	      /* octets after the root label */
	    {"\0\0", 2},
	};
	struct pol_name name = name_of("qqqqq");
	struct pol_name before = name;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (pol_name_from_wire((const uint8_t *)cases[i].wire,
			cases[i].len, &name) != POL_EINVAL)
			fail_msg("case %zu was taken", i);
		assert_memory_equal(&name, &before, sizeof(name));
	}
}

static void
wire_format_over_255_octets_is_refused(void **state)
{
	uint8_t wire[300];
	struct pol_name name;
	struct pol_name most = longest_name('a');

	(void)state;
	assert_int_equal(pol_name_from_wire(most.wire, 255, &name), 0);
	assert_memory_equal(&name, &most, sizeof(name));
	memset(wire, 'a', sizeof(wire));
	wire[0] = wire[64] = wire[128] = 63;
	wire[192] = 62;
	wire[255] = 0;
	assert_int_equal(pol_name_from_wire(wire, 256, &name), POL_EINVAL);
	wire[192] = 63;
	wire[256] = 42;
	wire[299] = 0;
	assert_int_equal(pol_name_from_wire(wire, 300, &name), POL_EINVAL);
}

static void
text_keeps_case_and_escapes(void **state)
{
	(void)state;
	assert_text((const uint8_t *)"\3WwW\7eXample\3com", "WwW.eXample.com");
	assert_text((const uint8_t *)"\3a.b\1c", "a\\.b.c");
	assert_text((const uint8_t *)"\3a\\b\1c", "a\\\\b.c");
	assert_text((const uint8_t *)"\3\0\1\xff\1c", "\\000\\001\\255.c");
	assert_text((const uint8_t *)"\3a b\1c", "a\\032b.c");
	assert_text((const uint8_t *)"\1\x7f\1c", "\\127.c");
}

static void
each_octet_survives_the_text(void **state)
{
	char text[POL_NAME_TEXT_MAX];

	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t wire[] = {1, (uint8_t)octet, 1, 'x', 0};
		struct pol_name direct;
		struct pol_name read;

		assert_int_equal(
		    pol_name_from_wire(wire, sizeof(wire), &direct), 0);
		pol_name_to_text(wire, text);
		for (const char *p = text; *p != '\0'; p++)
			assert_in_range((unsigned char)*p, 0x21, 0x7e);
		assert_int_equal(
		    pol_name_from_text(text, strlen(text), &read), 0);
		assert_int_equal(read.len, direct.len);
		assert_memory_equal(read.wire, direct.wire, direct.len);
	}
}

static void
longest_text_fits(void **state)
{
	struct pol_name name = longest_name(0);
	struct pol_name read;
	char *text = malloc(POL_NAME_TEXT_MAX);

	(void)state;
	assert_non_null(text);
	pol_name_to_text(name.wire, text);
	assert_int_equal(strlen(text), 4 * 250 + 3);
	assert_int_equal(pol_name_from_text(text, strlen(text), &read), 0);
	assert_memory_equal(&read, &name, sizeof(name));
	free(text);
}

static void
labels_are_counted(void **state)
{
	(void)state;
	assert_int_equal(pol_name_labels((const uint8_t *)"\3com"), 1);
	assert_int_equal(pol_name_labels((const uint8_t *)"\1a\1b\3com"), 3);
	assert_int_equal(pol_name_labels((const uint8_t *)"\1.\3com"), 2);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_becomes_lower_case_wire_format),
	    cmocka_unit_test(final_dot_is_optional),
	    cmocka_unit_test(root_is_a_dot),
	    cmocka_unit_test(escapes_are_octets),
	    cmocka_unit_test(faults_are_told_apart),
	    cmocka_unit_test(nul_within_the_text_is_a_bad_character),
	    cmocka_unit_test(only_the_given_octets_are_read),
	    cmocka_unit_test(every_fault_has_a_text),
	    cmocka_unit_test(label_of_63_octets_is_the_longest),
	    cmocka_unit_test(label_length_counts_octets_not_characters),
	    cmocka_unit_test(name_of_255_octets_is_the_longest),
	    cmocka_unit_test(name_has_up_to_127_labels),
	    cmocka_unit_test(a_very_long_text_is_a_long_name),
	    cmocka_unit_test(wire_format_is_copied_in_lower_case),
	    cmocka_unit_test(malformed_wire_format_is_refused),
	    cmocka_unit_test(wire_format_over_255_octets_is_refused),
	    cmocka_unit_test(text_keeps_case_and_escapes),
	    cmocka_unit_test(each_octet_survives_the_text),
	    cmocka_unit_test(longest_text_fits),
	    cmocka_unit_test(labels_are_counted),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
