/*
 * test_stages_model.c - which prefix or ASN decides about the addresses of an
 * answer, against a model that looks at each statement in turn.
 */
#include "origin_support.h"

#include <stdio.h>
#include <string.h>

#define TRIALS 200
#define STATEMENTS 40
#define QUERIES 60
#define FEEDS 3

struct statement {
	struct pol_subject subject;
	uint16_t feed;
	enum pol_action action;
	bool shadow;
};

struct model {
	struct statement statements[STATEMENTS];
	size_t count;
	struct range_model ranges;
};

/* Few different bits, so that much covers much: 0 to 15 in the first octet, and
 * at the end of the address. */
static struct pol_address
crowded_address(struct rng *rng)
{
	uint8_t family = rng_below(rng, 2) == 0 ? 4 : 6;
	uint8_t octets[POL_ADDRESS_OCTETS_MAX] = {0};
	struct pol_address address;

	octets[0] = (uint8_t)(rng_below(rng, 4) << 6);
	octets[1] = (uint8_t)rng_below(rng, 4);
	octets[pol_address_octets(family) - 1] = (uint8_t)rng_below(rng, 4);
	pol_address_set(&address, family, octets);
	return address;
}

static struct pol_subject
random_subject(struct rng *rng)
{
	struct pol_subject subject = {.kind = POL_ASN};
	struct pol_address address = crowded_address(rng);
	unsigned bits = 8 * pol_address_octets(address.family);
	static const unsigned lengths[] = {0, 1, 2, 9, 14, 15, 16, 30, 31, 32};

	if (rng_below(rng, 5) == 0) {
		subject.asn = 1 + rng_below(rng, 6);
		return subject;
	}
	subject.kind = POL_PREFIX;
	if (rng_below(rng, 4) == 0)
		pol_prefix_of(
		    &address, bits - rng_below(rng, 3), &subject.prefix);
	else
		pol_prefix_of(
		    &address, lengths[rng_below(rng, 10)], &subject.prefix);
	return subject;
}

static bool
same_identity(const struct statement *a, const struct statement *b)
{
	if (a->feed != b->feed || a->subject.kind != b->subject.kind)
		return false;
	return a->subject.kind == POL_ASN
		   ? a->subject.asn == b->subject.asn
		   : memcmp(&a->subject.prefix, &b->subject.prefix,
			 sizeof(a->subject.prefix)) == 0;
}

static void
model_set(struct model *model, const struct statement *statement)
{
	for (size_t i = 0; i < model->count; i++)
		if (same_identity(&model->statements[i], statement)) {
			model->statements[i] = *statement;
			return;
		}
	model->statements[model->count++] = *statement;
}

/* Origins of one /10 or so each; some lie in no range. */
static void
random_origins(struct rng *rng, struct scratch *scratch, struct model *model)
{
	struct pol_ranges *ranges = new_ranges();

	for (unsigned i = 0; i < 8; i++) {
		struct pol_prefix prefix;
		struct pol_address first = crowded_address(rng), last;
		uint32_t asn = 1 + rng_below(rng, 6);
		unsigned octets = pol_address_octets(first.family);

		pol_prefix_of(&first, 2 + rng_below(rng, 14), &prefix);
		first = last = prefix.address;
		for (unsigned bit = prefix.length; bit < 8 * octets; bit++)
			last.octets[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		assert_int_equal(pol_ranges_add(ranges, &first, &last, asn), 0);
		range_model_add(&model->ranges, &first, &last, asn);
	}
	seal(ranges);
	import_ranges(scratch, ranges);
	pol_ranges_free(ranges);
}

static void
random_policy(struct rng *rng, struct scratch *scratch, struct model *model)
{
	struct pol_change *change;
	uint16_t feeds[FEEDS];

	random_origins(rng, scratch, model);
	change = begin_change(scratch);
	for (uint16_t i = 0; i < FEEDS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "feed%u", (unsigned)i);
		/* Ids in the other order than the configuration's. */
		feeds[i] = set_feed(change, name, (uint16_t)(FEEDS - i));
	}
	for (size_t i = 1 + rng_below(rng, STATEMENTS); i > 0; i--) {
		struct statement one = {.subject = random_subject(rng),
		    .feed = (uint16_t)rng_below(rng, FEEDS),
		    .action = rng_below(rng, 3) == 0 ? POL_ALLOW : POL_NODATA,
		    .shadow = rng_below(rng, 5) == 0};
		struct pol_indicator indicator =
		    indicator_of(feeds[one.feed], POL_EXACT);

		indicator.action = one.action;
		indicator.shadow = one.shadow;
		pol_change_set(change, &one.subject, &indicator);
		model_set(model, &one);
	}
	commit(change);
}

/* Some statements go again. */
static void
take_some_out(struct rng *rng, struct scratch *scratch, struct model *model)
{
	struct pol_change *change = begin_change(scratch);

	for (size_t i = model->count; i-- > 0;) {
		struct statement *one = &model->statements[i];
		unsigned removed;

		if (rng_below(rng, 3) != 0)
			continue;
		pol_change_remove(
		    change, &one->subject, (uint16_t)(one->feed + 1), &removed);
		assert_int_equal(removed, 1);
		*one = model->statements[--model->count];
	}
	commit(change);
}

/* Prefixes before ASNs; then the later feed, which comes first; then length. */
static bool
comes_before(const struct statement *a, const struct statement *b)
{
	if (a->subject.kind != b->subject.kind)
		return a->subject.kind == POL_PREFIX;
	if (a->feed != b->feed)
		return a->feed > b->feed;
	return a->subject.kind == POL_PREFIX &&
	       a->subject.prefix.length > b->subject.prefix.length;
}

static bool
model_covers(const struct model *model, const struct statement *one,
    const struct pol_address *address)
{
	if (one->subject.kind == POL_ASN)
		return range_model_find(&model->ranges, address) ==
		       one->subject.asn;
	return pol_prefix_covers(&one->subject.prefix, address);
}

/* The statement that decides about an address; NULL: none. */
static const struct statement *
model_decides(const struct model *model, const struct pol_address *address)
{
	const struct statement *best = NULL;

	for (size_t i = 0; i < model->count; i++) {
		const struct statement *one = &model->statements[i];

		if (!one->shadow && model_covers(model, one, address) &&
		    (best == NULL || comes_before(one, best)))
			best = one;
	}
	return best;
}

static const struct statement *
model_judges(const struct model *model, const struct pol_query *query)
{
	const struct statement *best = NULL;

	for (size_t i = 0; i < query->item_count; i++) {
		const struct statement *one =
		    model_decides(model, &query->items[i].address);

		if (one != NULL && one->action != POL_ALLOW &&
		    (best == NULL || comes_before(one, best)))
			best = one;
	}
	return best;
}

static void
check_query(const struct model *model, struct pol_snapshot *snapshot,
    const struct pol_query *query)
{
	const struct statement *expected = model_judges(model, query);
	struct pol_verdict verdict;

	assert_int_equal(pol_evaluate(snapshot, query, NOW, &verdict), 0);
	assert_int_equal(verdict.enforced, expected != NULL);
	if (expected == NULL)
		return;
	assert_int_equal(verdict.match.kind, expected->subject.kind);
	assert_int_equal(verdict.match.feed->order, FEEDS - expected->feed);
	if (expected->subject.kind == POL_ASN)
		assert_int_equal(verdict.match.asn, expected->subject.asn);
	else
		assert_int_equal(verdict.match.prefix.length,
		    expected->subject.prefix.length);
	assert_true(pol_verdict_blocks(&verdict));
}

static void
check_queries(
    struct rng *rng, struct scratch *scratch, const struct model *model)
{
	static const struct pol_name qname = {.len = 1};
	struct pol_snapshot *snapshot = begin_snapshot(scratch);

	for (unsigned i = 0; i < QUERIES; i++) {
		struct pol_item items[3];
		struct pol_query query = {.qname = qname.wire,
		    .qname_len = qname.len,
		    .items = items,
		    .item_count = 1 + rng_below(rng, 3)};

		for (size_t j = 0; j < query.item_count; j++)
			items[j] = (struct pol_item){.trigger = POL_ON_IP,
			    .address = crowded_address(rng)};
		check_query(model, snapshot, &query);
	}
	pol_snapshot_end(snapshot);
}

static void
addresses_agree_with_a_model(void **state)
{
	struct scratch *scratch = *state;

	for (unsigned trial = 0; trial < TRIALS; trial++) {
		struct model model = {.count = 0};
		struct rng rng;

		rng_seed(&rng, trial + 1);
		random_policy(&rng, scratch, &model);
		check_queries(&rng, scratch, &model);
		take_some_out(&rng, scratch, &model);
		check_queries(&rng, scratch, &model);
		range_model_free(&model.ranges);
		scratch_close(scratch);
		assert_int_equal(remove(scratch->path), 0);
		assert_int_equal(remove(scratch->lock_path), 0);
		scratch_create(scratch, 0);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    store_test(addresses_agree_with_a_model),
	};

	return cmocka_run_group_tests_name("stages_model", tests, NULL, NULL);
}
