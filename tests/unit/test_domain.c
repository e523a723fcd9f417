/*
 * test_domain.c - registrable domains, and names made ready for them.
 */
#include "policy_support.h"

#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "behaviour/domain.h"
#include "behaviour/name.h"

static void
domain_is_the_registrable_one(void **state)
{
	static const struct {
		const char *name, *domain;
	} cases[] = {{"www.example.com", "example.com"},
	    {"WWW.Example.COM", "example.com"},
	    {"a.b.c.example.co.uk", "example.co.uk"},
	    {"x.tenant.github.io", "tenant.github.io"},
	    {"tenant.github.io", "tenant.github.io"},
	    {"github.io", "github.io"}, {"com", "com"}, {".", "."},
	    {"a.b.unknown-suffix", "b.unknown-suffix"},
	    {"xn--bcher-kva.example.de", "example.de"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pol_name name = name_of(cases[i].name);
		struct pol_name domain = name_of(cases[i].domain);
		size_t offset = beh_domain_offset(name.wire, name.len);

		assert_int_equal(name.len - offset, domain.len);
		assert_memory_equal(
		    name.wire + offset, domain.wire, domain.len);
	}
}

/* What libpsl says of a name in text: as beh_domain_offset(). */
static size_t
offset_by_list(const psl_ctx_t *list, const char *text)
{
	const char *domain = psl_registrable_domain(list, text);

	return domain == NULL ? 0 : strlen(text) - strlen(domain);
}

/* The table of suffixes says what libpsl does, for each name that the list
 * mentions and for names above and below it. */
static void
domains_are_those_of_the_list(void **state)
{
	static const char *const below[] = {
	    "", "a.", "b.a.", "c.b.a.", "www.city.", "d.c.b.a."};
	psl_ctx_t *list = psl_load_file(psl_builtin_filename());
	FILE *file = fopen(psl_builtin_filename(), "r");
	char line[256], text[300];
	unsigned compared = 0;

	(void)state;
	if (list == NULL || file == NULL)
		skip();
	while (fscanf(file, "%255s%*[^\n]", line) == 1) {
		const char *rule = line + strspn(line, "!*.");
		struct pol_name name;

		for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
			snprintf(text, sizeof(text), "%s%s", below[i], rule);
			if (pol_name_from_text(text, strlen(text), &name) !=
			    POL_NAME_OK)
				continue; /* a comment, or not in ASCII */
			if (beh_domain_offset(name.wire, name.len) !=
			    offset_by_list(list, text))
				fail_msg("%s", text);
			compared++;
		}
	}
	assert_true(compared > 10000);
	fclose(file);
	psl_free(list);
}

/* A rule in Unicode is of the name as DNS has it. */
static void
domain_below_a_suffix_in_unicode(void **state)
{
	struct pol_name name = name_of("www.shop.xn--55qx5d.cn");

	(void)state;
	if (access(psl_builtin_filename(), R_OK) != 0)
		skip();
	assert_int_equal(beh_domain_offset(name.wire, name.len), 4);
}

/* A name that is made ready is what policy/name.h says it is. */
static void
names_are_lowered_alike(void **state)
{
	uint8_t wire[256];

	(void)state;
	srandom(1);
	for (unsigned round = 0; round < 20000; round++) {
		size_t len = (size_t)random() % 80 + 1;
		struct pol_name expected;
		struct beh_name name;
		int error;

		for (size_t i = 0; i < len; i++)
			wire[i] = (uint8_t)random();
		for (size_t at = 0; at < len; at += wire[at] + 1u)
			wire[at] =
			    len - at > 1
				? (uint8_t)((size_t)random() % (len - at - 1))
				: 0;
		error = pol_name_from_wire(wire, len, &expected);
		assert_int_equal(beh_name_set(&name, wire, len), error);
		if (error != 0)
			continue;
		assert_int_equal(name.len, expected.len);
		assert_memory_equal(name.wire, expected.wire, expected.len);
		assert_int_equal(name.labels, pol_name_labels(expected.wire));
	}
}

/* Whatever octets its labels have, the domain begins where a label does. */
static void
domain_begins_with_a_label(void **state)
{
	static const uint8_t dot[] = "\3a.b\7example\3com";
	static const uint8_t zero[] = "\3a\0b\7example\3com";

	(void)state;
	assert_int_equal(beh_domain_offset(dot, sizeof(dot)), 4);
	assert_int_equal(beh_domain_offset(zero, sizeof(zero)), 4);
	assert_int_equal(beh_domain_offset(dot, 3), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(domain_is_the_registrable_one),
	    cmocka_unit_test(domains_are_those_of_the_list),
	    cmocka_unit_test(domain_below_a_suffix_in_unicode),
	    cmocka_unit_test(names_are_lowered_alike),
	    cmocka_unit_test(domain_begins_with_a_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
