/*
 * test_key.c - names as keys of the database, and what their order says.
 */
#include "policy_support.h"

#include <stdlib.h>
#include <string.h>

static struct pol_key
key_of(const char *text)
{
	struct pol_name name = name_of(text);
	struct pol_key key;

	pol_key_from_name(&name, &key);
	return key;
}

static void
assert_key(const char *text, const char *key, size_t len)
{
	struct pol_key made = key_of(text);

	assert_int_equal(made.len, len);
	assert_memory_equal(made.data, key, len);
}

static void
key_is_the_labels_in_reverse(void **state)
{
	(void)state;
	assert_key(".", "", 1);
	assert_key("com", "\0com\0", 5);
	assert_key("WWW.example.com", "\0com\0example\0www\0", 17);
	assert_key("a\\.b.c", "\0c\0a.b\0", 7);
	assert_key("\\000\\001\\002.c", "\0c\0\1\1\1\2\2\0", 9);
}

static void
longest_key_fits(void **state)
{
	struct pol_name name = longest_name(1);
	struct pol_name back;
	struct pol_key *key = malloc(sizeof(*key));

	(void)state;
	assert_non_null(key);
	pol_key_from_name(&name, key);
	assert_int_equal(key->len, 1 + 4 + 2 * 250);
	assert_int_equal(pol_key_to_name(key->data, key->len, &back), 0);
	assert_memory_equal(&back, &name, sizeof(name));
	free(key);
}

static void
malformed_keys_are_corrupt(void **state)
{
	static const struct {
		const char *key;
		size_t len;
	} cases[] = {
	    {"", 0},	      /* nothing */
	    {"com\0", 4},     /* does not begin with the root */
	    {"\0com", 4},     /* the last label is not ended */
	    {"\0\0", 2},      /* an empty label */
	    {"\0com\0\0", 6}, /* one below */
	    {"\0c\1\0", 4},   /* an escape cut short */
	    {"\0c\1", 3},
	    {"\0c\1\3\0", 5}, /* an escape that nothing stands for */
	    {"\0C\0", 3},     /* upper case: not the name's key */
	};
	struct pol_name name = name_of("qqqqq");
	struct pol_name before = name;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (pol_key_to_name((const uint8_t *)cases[i].key, cases[i].len,
			&name) != POL_ECORRUPT)
			fail_msg("case %zu was taken", i);
		assert_memory_equal(&name, &before, sizeof(name));
	}
}

static void
keys_of_too_long_names_are_corrupt(void **state)
{
	uint8_t key[POL_KEY_MAX + 1];
	struct pol_name name;

	(void)state;
	memset(key, 'a', sizeof(key));
	key[0] = key[64] = 0;
	assert_int_equal(pol_key_to_name(key, 65, &name), 0);
	key[64] = 'a';
	key[65] = 0; /* a label of 64 octets */
	assert_int_equal(pol_key_to_name(key, 66, &name), POL_ECORRUPT);
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = i % 2 == 0 ? 0 : 'a';
	assert_int_equal(pol_key_to_name(key, 255, &name), 0);
	assert_int_equal(pol_key_to_name(key, 257, &name), POL_ECORRUPT);
	assert_int_equal(pol_key_to_name(key, 511, &name), POL_ECORRUPT);
}

static int
compare_keys(const void *a, const void *b)
{
	const struct pol_key *x = a;
	const struct pol_key *y = b;
	int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

	return order != 0 ? order : (int)x->len - (int)y->len;
}

/* Octets that sort beside the end of a label are where this goes wrong. */
static void
descendants_follow_their_ancestor(void **state)
{
	static const char *const names[] = {".", "b", "a.b", "z.b", "x.a.b",
	    "b\\000", "a.b\\000", "b\\001", "a.b\\001", "b\\002", "a.b\\002",
	    "b\\000\\000", "b\\000a", "b-a", "a.b-a", "b!", "ba", "a.ba", "bb",
	    "\\000b", "\\000.b", "\\001.b", "a.\\000.b", "\\255.b", "a.\\255.b",
	    "\\000\\001.b", "\\001\\000.b", "\\001\\001.b", "\\000", "\\001",
	    "\\255", "a.\\255", "B.\\000", "A.\\001"};
	enum { COUNT = sizeof(names) / sizeof(names[0]) };
	struct pol_key keys[COUNT];

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		keys[i] = key_of(names[i]);
	qsort(keys, COUNT, sizeof(keys[0]), compare_keys);
	for (size_t i = 0; i < COUNT; i++) {
		bool left = false; /* behind the last descendant of i */

		for (size_t j = i + 1; j < COUNT; j++) {
			bool within = pol_key_within(keys[j].data, keys[j].len,
			    keys[i].data, keys[i].len);

			assert_false(left && within);
			left = !within;
		}
		for (size_t j = 0; j < i; j++)
			assert_false(pol_key_within(keys[j].data, keys[j].len,
			    keys[i].data, keys[i].len));
	}
}

static bool
within(const char *name, const char *ancestor)
{
	struct pol_key a = key_of(name);
	struct pol_key b = key_of(ancestor);

	return pol_key_within(a.data, a.len, b.data, b.len);
}

static void
within_goes_by_labels(void **state)
{
	(void)state;
	assert_true(within("com", "com"));
	assert_true(within("a.com", "com"));
	assert_true(within("A.b.CoM", "b.com"));
	assert_true(within("com", "."));
	assert_true(within(".", "."));
	assert_false(within(".", "com"));
	assert_false(within("com", "a.com"));
	assert_false(within("acom", "com"));
	assert_false(within("coma", "com"));
	assert_false(within("a\\.com", "com"));
	assert_false(within("com\\000", "com"));
	assert_false(within("com\\001", "com"));
	assert_false(within("\\001.com", "\\000.com"));
}

static void
assert_common(const char *a, const char *b, const char *expected)
{
	struct pol_key x = key_of(a);
	struct pol_key y = key_of(b);
	struct pol_key common = key_of(expected);

	assert_int_equal(
	    pol_key_common(x.data, x.len, y.data, y.len), common.len);
	assert_int_equal(
	    pol_key_common(y.data, y.len, x.data, x.len), common.len);
}

static void
common_ancestor_goes_by_labels(void **state)
{
	(void)state;
	assert_common("a.example.com", "b.example.com", "example.com");
	assert_common("a.example.com", "example.com", "example.com");
	assert_common("example.com", "example.com", "example.com");
	assert_common("example.com", "examples.com", "com");
	assert_common("www.example.com", "ww.example.com", "example.com");
	assert_common("com", "org", ".");
	assert_common("com", ".", ".");
	assert_common(".", ".", ".");
	assert_common("coma", "com", ".");
	/* The keys of these agree up to an escape's first octet. */
	assert_common("x\\000.com", "x\\001.com", "com");
	assert_common("\\000.com", "\\001.com", "com");
	assert_common("x\\000y.com", "x\\000.com", "com");
}

static void
parent_is_one_label_up(void **state)
{
	struct pol_key key = key_of("a\\.x.\\000\\001.example.com");
	static const char *const parents[] = {
	    "\\000\\001.example.com", "example.com", "com", "."};
	size_t len = key.len;

	(void)state;
	for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
		len = pol_key_parent(key.data, len);
		assert_int_equal(len, key_of(parents[i]).len);
	}
	assert_int_equal(len, 1);
	assert_int_equal(pol_key_parent(key.data, len), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(key_is_the_labels_in_reverse),
	    cmocka_unit_test(longest_key_fits),
	    cmocka_unit_test(malformed_keys_are_corrupt),
	    cmocka_unit_test(keys_of_too_long_names_are_corrupt),
	    cmocka_unit_test(descendants_follow_their_ancestor),
	    cmocka_unit_test(within_goes_by_labels),
	    cmocka_unit_test(common_ancestor_goes_by_labels),
	    cmocka_unit_test(parent_is_one_label_up),
	};

	return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
