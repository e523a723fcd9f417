/*
 * test_clients.c - groups of clients: which one an address is in, and what the
 * database keeps of them.
 */
#include "policy_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/clients_p.h"

static struct pol_prefix
prefix_of(const char *text)
{
	struct pol_prefix prefix;

	assert_int_equal(
	    pol_prefix_from_text(text, strlen(text), &prefix), POL_PREFIX_OK);
	return prefix;
}

static void
add(struct pol_clients *clients, const char *name, enum pol_client_mode mode)
{
	assert_int_equal(pol_clients_add_group(clients, name, mode), 0);
}

static void
add_prefix(struct pol_clients *clients, const char *text)
{
	struct pol_prefix prefix = prefix_of(text);

	assert_int_equal(pol_clients_add_prefix(clients, &prefix), 0);
}

static void
sort(struct pol_clients *clients)
{
	struct pol_prefix twice;

	assert_int_equal(pol_clients_sort(clients, &twice), 0);
}

/* The name of the group that TEXT is in; "" for none. */
static const char *
group_of(const struct pol_clients *clients, const char *text)
{
	struct pol_prefix client = prefix_of(text);
	const struct pol_group *group =
	    pol_clients_find(clients, &client.address);

	return group != NULL ? group->name : "";
}

static struct pol_clients *
some_clients(void)
{
	struct pol_clients *clients = pol_clients_new();

	add(clients, "wide", POL_CLIENT_EXEMPT);
	add_prefix(clients, "192.0.0.0/8");
	add_prefix(clients, "2001:db8::/32");
	add(clients, "narrow", POL_CLIENT_SHADOW);
	add_prefix(clients, "192.0.2.0/24");
	add_prefix(clients, "2001:db8:1::/48");
	add(clients, "one", POL_CLIENT_ENFORCE);
	add_prefix(clients, "192.0.2.7");
	sort(clients);
	return clients;
}

static void
longest_prefix_of_all_groups_wins(void **state)
{
	struct pol_clients *clients = some_clients();

	(void)state;
	assert_string_equal(group_of(clients, "192.0.2.7"), "one");
	assert_string_equal(group_of(clients, "192.0.2.6"), "narrow");
	assert_string_equal(group_of(clients, "192.0.2.8"), "narrow");
	assert_string_equal(group_of(clients, "192.0.2.255"), "narrow");
	assert_string_equal(group_of(clients, "192.0.3.0"), "wide");
	assert_string_equal(group_of(clients, "192.255.255.255"), "wide");
	assert_string_equal(group_of(clients, "193.0.0.0"), "");
	assert_string_equal(group_of(clients, "191.255.255.255"), "");
	assert_string_equal(group_of(clients, "2001:db8:1::5"), "narrow");
	assert_string_equal(group_of(clients, "2001:db8:2::"), "wide");
	assert_string_equal(group_of(clients, "2001:db9::"), "");
	pol_clients_free(clients);
}

static void
mapped_address_is_its_ipv4_address(void **state)
{
	struct pol_clients *clients = some_clients();

	(void)state;
	assert_string_equal(group_of(clients, "::ffff:192.0.2.7"), "one");
	assert_string_equal(group_of(clients, "::fffe:192.0.2.7"), "");
	pol_clients_free(clients);
}

static void
without_groups_all_are_in_none(void **state)
{
	struct pol_clients *clients = pol_clients_new();

	(void)state;
	assert_string_equal(group_of(NULL, "192.0.2.7"), "");
	sort(clients);
	assert_string_equal(group_of(clients, "192.0.2.7"), "");
	assert_int_equal(pol_clients_count(NULL), 0);
	pol_clients_free(clients);
	pol_clients_free(NULL);
}

static void
what_cannot_be_is_refused(void **state)
{
	struct pol_clients *clients = pol_clients_new();
	char name[POL_GROUP_NAME_MAX + 2];
	struct pol_prefix twice;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(
	    pol_clients_add_group(clients, name, POL_CLIENT_SHADOW),
	    POL_EINVAL);
	assert_int_equal(
	    pol_clients_add_group(clients, "", POL_CLIENT_SHADOW), POL_EINVAL);
	add(clients, "a", POL_CLIENT_SHADOW);
	assert_int_equal(
	    pol_clients_add_group(clients, "a", POL_CLIENT_EXEMPT), POL_EINVAL);
	add_prefix(clients, "192.0.2.0/24");
	add(clients, "b", POL_CLIENT_EXEMPT);
	add_prefix(clients, "192.0.2.0/25");
	add_prefix(clients, "192.0.2.0/24");
	assert_int_equal(pol_clients_sort(clients, &twice), POL_EINVAL);
	assert_int_equal(twice.length, 24);
	pol_clients_free(clients);
}

static void
numbers_are_bounded(void **state)
{
	struct pol_clients *clients = pol_clients_new();
	struct pol_prefix prefix = prefix_of("2001:db8::/128");
	char name[8];

	(void)state;
	for (unsigned i = 0; i < POL_GROUPS_MAX; i++) {
		snprintf(name, sizeof(name), "g%u", i);
		add(clients, name, POL_CLIENT_EXEMPT);
	}
	assert_int_equal(
	    pol_clients_add_group(clients, "more", POL_CLIENT_EXEMPT),
	    POL_ERANGE);
	for (unsigned i = 0; i < POL_GROUP_PREFIXES_MAX; i++) {
		prefix.address.octets[14] = (uint8_t)(i >> 8);
		prefix.address.octets[15] = (uint8_t)i;
		assert_int_equal(pol_clients_add_prefix(clients, &prefix), 0);
	}
	assert_int_equal(pol_clients_add_prefix(clients, &prefix), POL_ERANGE);
	sort(clients);
	assert_string_equal(group_of(clients, "2001:db8::1234"), "g254");
	pol_clients_free(clients);
}

/* The longest of all prefixes that cover CLIENT, one by one. */
static const char *
naive_group_of(
    const struct pol_clients *clients, const struct pol_address *client)
{
	const struct member *best = NULL;

	for (size_t i = 0; i < clients->member_count; i++) {
		const struct member *member = &clients->members[i];

		if (pol_prefix_covers(&member->prefix, client) &&
		    (best == NULL ||
			member->prefix.length > best->prefix.length))
			best = member;
	}
	return best != NULL ? clients->groups[best->group].name : "";
}

static void
lookup_agrees_with_a_naive_one(void **state)
{
	struct rng rng;

	(void)state;
	for (unsigned seed = 1; seed <= 50; seed++) {
		struct pol_clients *clients = pol_clients_new();
		struct pol_prefix twice;

		rng_seed(&rng, seed);
		for (unsigned i = 0; i < 40; i++) {
			uint8_t octets[4] = {10, (uint8_t)rng_below(&rng, 3),
			    (uint8_t)rng_below(&rng, 4),
			    (uint8_t)rng_below(&rng, 8)};
			struct pol_address address;
			struct pol_prefix prefix;
			char name[8];

			pol_address_set(&address, 4, octets);
			pol_prefix_of(&address, rng_below(&rng, 33), &prefix);
			snprintf(name, sizeof(name), "g%u", i);
			add(clients, name, POL_CLIENT_EXEMPT);
			assert_int_equal(
			    pol_clients_add_prefix(clients, &prefix), 0);
		}
		if (pol_clients_sort(clients, &twice) == 0)
			for (unsigned i = 0; i < 500; i++) {
				uint8_t octets[4] = {10,
				    (uint8_t)rng_below(&rng, 3),
				    (uint8_t)rng_below(&rng, 4),
				    (uint8_t)rng_below(&rng, 8)};
				struct pol_address client;
				const struct pol_group *group;

				pol_address_set(&client, 4, octets);
				group = pol_clients_find(clients, &client);
				assert_string_equal(
				    group != NULL ? group->name : "",
				    naive_group_of(clients, &client));
			}
		pol_clients_free(clients);
	}
}

/* ---- octets ---- */

static void
groups_are_read_as_they_were_written(void **state)
{
	struct pol_clients *clients = some_clients(), *back;
	uint8_t *octets = malloc(CLIENTS_OCTETS_MAX);
	uint8_t *again = malloc(CLIENTS_OCTETS_MAX);
	size_t len = clients_write(clients, octets);

	(void)state;
	assert_int_equal(clients_read(octets, len, &back), 0);
	assert_int_equal(pol_clients_count(back), 3);
	assert_int_equal(pol_clients_group(back, 1)->mode, POL_CLIENT_SHADOW);
	assert_int_equal(pol_clients_group(back, 1)->prefix_count, 2);
	assert_string_equal(group_of(back, "192.0.2.7"), "one");
	assert_int_equal(clients_write(back, again), len);
	assert_memory_equal(octets, again, len);
	pol_clients_free(back);
	pol_clients_free(clients);
	free(octets);
	free(again);
}

/* Whatever octet changes and wherever it ends: an error, or groups that are
 * written as they were read. */
static void
damaged_octets_are_found(void **state)
{
	struct pol_clients *clients = some_clients(), *back;
	uint8_t *octets = malloc(CLIENTS_OCTETS_MAX);
	uint8_t *again = malloc(CLIENTS_OCTETS_MAX);
	size_t len = clients_write(clients, octets);

	(void)state;
	assert_int_equal(clients_read(octets, 0, &back), POL_ECORRUPT);
	assert_int_equal(clients_read(octets, len - 1, &back), POL_ECORRUPT);
	for (size_t i = 0; i < 256 * len; i++) {
		uint8_t before = octets[i / 256];

		octets[i / 256] = (uint8_t)i;
		if (clients_read(octets, len, &back) == 0) {
			assert_true(clients_write(back, again) <= len);
			pol_clients_free(back);
		}
		octets[i / 256] = before;
	}
	pol_clients_free(clients);
	free(octets);
	free(again);
}

static void
snapshots_follow_the_groups(void **state)
{
	struct scratch *scratch = *state;
	struct pol_clients *clients = some_clients();
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	struct pol_change *change;

	assert_null(snapshot->clients);
	pol_snapshot_release(snapshot);
	change = begin_change(scratch);
	pol_change_set_clients(change, clients);
	commit(change);
	assert_int_equal(pol_snapshot_renew(snapshot), 0);
	assert_string_equal(group_of(snapshot->clients, "192.0.2.7"), "one");
	pol_snapshot_release(snapshot);
	change = begin_change(scratch);
	pol_change_set_clients(change, clients);
	assert_false(pol_change_dirty(change));
	pol_change_set_clients(change, NULL);
	assert_true(pol_change_dirty(change));
	commit(change);
	assert_int_equal(pol_snapshot_renew(snapshot), 0);
	assert_null(snapshot->clients);
	pol_snapshot_end(snapshot);
	pol_clients_free(clients);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(longest_prefix_of_all_groups_wins),
	    cmocka_unit_test(mapped_address_is_its_ipv4_address),
	    cmocka_unit_test(without_groups_all_are_in_none),
	    cmocka_unit_test(what_cannot_be_is_refused),
	    cmocka_unit_test(numbers_are_bounded),
	    cmocka_unit_test(lookup_agrees_with_a_naive_one),
	    cmocka_unit_test(groups_are_read_as_they_were_written),
	    cmocka_unit_test(damaged_octets_are_found),
	    store_test(snapshots_follow_the_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
