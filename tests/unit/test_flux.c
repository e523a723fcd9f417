/*
 * test_flux.c - what the answers for a name looked like: the estimates against
 * an exact count, and the window.
 */
#include "policy_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "behaviour/flux.h"
#include "behaviour/sketch.h"

#define SEED 7
#define HOUR 3600

static struct beh_address
address_of(uint32_t number, uint32_t asn)
{
	uint8_t octets[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
	    (uint8_t)(number >> 8), (uint8_t)number};
	struct beh_address address = {.asn = asn};

	pol_address_set(&address.address, 4, octets);
	return address;
}

static void
add_answer(struct beh_flux *flux, const struct beh_answer *answer)
{
	struct beh_trace trace;

	beh_flux_trace(answer, SEED, &trace);
	beh_flux_note(flux, answer, &trace);
}

static void
add(struct beh_flux *flux, int64_t time, uint32_t number, uint32_t asn)
{
	struct beh_address address = address_of(number, asn);
	struct beh_answer answer = {.time = time,
	    .ttl = 60,
	    .authoritative = true,
	    .addresses = &address,
	    .address_count = 1};

	add_answer(flux, &answer);
}

static struct beh_summary
summary_of(const struct beh_flux *flux, int64_t now)
{
	struct beh_summary summary;

	beh_flux_summary(flux, now, &summary);
	return summary;
}

/* Four times the standard error that sketch.h gives, and half a thing. */
static double
tolerance(double n, double bits)
{
	double t = n / bits;

	return 4 * sqrt(bits * (exp(t) - t - 1)) / t + 0.5;
}

static void
estimates_keep_to_their_error(void **state)
{
	static const unsigned counts[] = {
	    1, 2, 3, 5, 10, 20, 50, 100, 200, 400};

	(void)state;
	srandom(1);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct beh_flux flux = {0};
		struct beh_summary summary;

		/* Distinct by their low bits; the /16 of each is its own. */
		for (unsigned n = 0; n < counts[i]; n++)
			add(&flux, NOW, (n + 1) << 16 | (uint32_t)random() % 7,
			    n % 40 + 1);
		summary = summary_of(&flux, NOW);
		assert_int_equal(summary.answers, counts[i]);
		assert_true(fabs(summary.addresses - counts[i]) <=
			    tolerance(counts[i], 256));
		assert_true(
		    fabs(summary.asns - (counts[i] < 40 ? counts[i] : 40)) <=
		    tolerance(counts[i] < 40 ? counts[i] : 40, 128));
		if (counts[i] <= 100)
			assert_true(fabs(summary.networks - counts[i]) <=
				    tolerance(counts[i], 64));
	}
}

static void
same_address_counts_once(void **state)
{
	struct beh_flux flux = {0};
	struct beh_summary summary;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		add(&flux, NOW + i, 0xc0000201, 64500);
	summary = summary_of(&flux, NOW + 1000);
	assert_int_equal(summary.answers, 1000);
	assert_int_equal(lround(summary.addresses), 1);
	assert_int_equal(lround(summary.networks), 1);
	assert_int_equal(lround(summary.asns), 1);
	assert_true(summary.entropy < 1e-9);
	assert_int_equal(summary.first, NOW);
	assert_int_equal(summary.last, NOW + 999);
}

static void
window_forgets(void **state)
{
	struct beh_flux flux = {0};

	(void)state;
	add(&flux, NOW, 0xc0000201, 64500);
	add(&flux, NOW + 13 * HOUR, 0xc6336401, 64501);
	assert_int_equal(
	    lround(summary_of(&flux, NOW + 13 * HOUR).addresses), 2);
	/* The first one's half is behind two turns. */
	assert_int_equal(
	    lround(summary_of(&flux, NOW + 25 * HOUR).addresses), 1);
	assert_int_equal(summary_of(&flux, NOW + 60 * HOUR).answers, 0);
	assert_int_equal(summary_of(&flux, NOW + 60 * HOUR).first, NOW);
	/* Looking changes nothing. */
	assert_int_equal(
	    lround(summary_of(&flux, NOW + 13 * HOUR).addresses), 2);
}

struct seen {
	int64_t time;
	uint32_t number;
};

/* Distinct addresses of the last SPAN seconds, and exactly. */
static unsigned
count_exactly(const struct seen *seen, size_t count, int64_t from)
{
	unsigned distinct = 0;

	for (size_t i = 0; i < count; i++) {
		bool again = false;

		for (size_t j = 0; j < i && !again; j++)
			again = seen[j].time >= from &&
				seen[j].number == seen[i].number;
		distinct += seen[i].time >= from && !again;
	}
	return distinct;
}

/* The window is one to two halves long, so the estimate lies between the exact
 * counts of those two. */
static void
window_agrees_with_an_exact_one(void **state)
{
	(void)state;
	for (unsigned run = 0; run < 50; run++) {
		struct beh_flux flux = {0};
		struct seen seen[400];
		int64_t time = NOW;

		srandom(run);
		for (size_t i = 0; i < 400; i++) {
			double least, most, estimate;

			time += random() % 1800;
			seen[i].time = time;
			seen[i].number = (uint32_t)random() % 200 * 65537 + 1;
			add(&flux, time, seen[i].number, 0);
			estimate = summary_of(&flux, time).addresses;
			least = count_exactly(
			    seen, i + 1, time - BEH_HALF_WINDOW + 1);
			most = count_exactly(
			    seen, i + 1, time - 2 * BEH_HALF_WINDOW);
			assert_true(estimate >= least - tolerance(least, 256));
			assert_true(estimate <= most + tolerance(most, 256));
		}
	}
}

static void
entropy_tells_one_network_from_many(void **state)
{
	struct beh_flux one = {0}, many = {0};

	(void)state;
	for (unsigned i = 0; i < 14; i++) {
		add(&one, NOW, 0xc0000200 + i, 64500);
		add(&many, NOW, i << 20, 64500);
	}
	assert_true(summary_of(&one, NOW).entropy < 1e-9);
	assert_true(summary_of(&many, NOW).entropy > 3);
}

static void
ttl_without_authority_is_the_largest_seen(void **state)
{
	struct beh_flux flux = {0};
	struct beh_address address = address_of(0xc0000201, 0);
	struct beh_answer answer = {
	    .time = NOW, .ttl = 40, .addresses = &address, .address_count = 1};
	struct beh_summary summary;

	(void)state;
	assert_false(summary_of(&flux, NOW).has_ttl);
	add_answer(&flux, &answer);
	answer.ttl = 90;
	add_answer(&flux, &answer);
	answer.ttl = 10;
	add_answer(&flux, &answer);
	summary = summary_of(&flux, NOW);
	assert_true(summary.has_ttl && summary.ttl_is_relayed);
	assert_int_equal(summary.ttl_min, 90);
	/* The authority's own word counts for more. */
	answer.authoritative = true;
	answer.ttl = 300;
	add_answer(&flux, &answer);
	answer.ttl = 100;
	add_answer(&flux, &answer);
	summary = summary_of(&flux, NOW);
	assert_false(summary.ttl_is_relayed);
	assert_int_equal(summary.ttl_min, 100);
	assert_int_equal(lround(summary.ttl_mean), 200);
}

static void
ipv6_networks_are_of_32_bits(void **state)
{
	struct beh_flux flux = {0};
	struct beh_address addresses[3] = {0};
	struct beh_answer answer = {
	    .time = NOW, .addresses = addresses, .address_count = 3};
	static const uint8_t octets[3][16] = {{0x20, 0x01, 0x0d, 0xb8, 1},
	    {0x20, 0x01, 0x0d, 0xb8, 2}, {0x20, 0x01, 0x0d, 0xb9, 1}};

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		pol_address_set(&addresses[i].address, 6, octets[i]);
	add_answer(&flux, &answer);
	assert_int_equal(lround(summary_of(&flux, NOW).addresses), 3);
	assert_int_equal(lround(summary_of(&flux, NOW).networks), 2);
}

static void
ipv4_networks_are_of_16_bits(void **state)
{
	struct beh_flux flux = {0};
	struct beh_address addresses[] = {address_of(0xc0000201, 0),
	    address_of(0xc000ff01, 0), address_of(0xc0010201, 0)};
	struct beh_answer answer = {
	    .time = NOW, .addresses = addresses, .address_count = 3};

	(void)state;
	add_answer(&flux, &answer);
	assert_int_equal(lround(summary_of(&flux, NOW).addresses), 3);
	assert_int_equal(lround(summary_of(&flux, NOW).networks), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(estimates_keep_to_their_error),
	    cmocka_unit_test(same_address_counts_once),
	    cmocka_unit_test(window_forgets),
	    cmocka_unit_test(window_agrees_with_an_exact_one),
	    cmocka_unit_test(entropy_tells_one_network_from_many),
	    cmocka_unit_test(ttl_without_authority_is_the_largest_seen),
	    cmocka_unit_test(ipv6_networks_are_of_32_bits),
	    cmocka_unit_test(ipv4_networks_are_of_16_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
