/*
 * test_stages.c - the decision about an answer: what is looked at in which
 * order, and what an exception ends, each by a policy small enough to see the
 * answer. test_stages_model.c does prefixes and ASNs of several addresses.
 */
#include "origin_support.h"

#include <stdio.h>
#include <string.h>

#define ASN 64500

/* What a policy of the tests below may list. */
static const char *const subjects[] = {"query.example", "alias.example",
    "192.0.2.0/24", "AS64500", "server.example", "198.51.100.0/24",
    "AS64501"};

enum listed {
	QUERY,
	ALIAS,
	NETWORK,
	ORIGIN,
	SERVER,
	SERVER_NETWORK,
	SERVER_ORIGIN,
	LISTED
};

/* All that can be met, with the stage in which it is. */
static const struct {
	enum pol_trigger trigger, matched;
	unsigned serves;
	const char *met;
} stages[LISTED] = {
    [QUERY] = {POL_ON_QNAME, POL_ON_QNAME, POL_SERVES_QNAME, "query.example"},
    [ALIAS] = {POL_ON_CNAME, POL_ON_CNAME, POL_SERVES_CNAME, "x.alias.example"},
    [NETWORK] = {POL_ON_IP, POL_ON_IP, POL_SERVES_IP, "192.0.2.7"},
    [ORIGIN] = {POL_ON_IP, POL_ON_ASN, POL_SERVES_IP, "203.0.113.7"},
    [SERVER] = {POL_ON_NSDNAME, POL_ON_NSDNAME, POL_SERVES_NSDNAME,
	"ns.server.example"},
    [SERVER_NETWORK] = {POL_ON_NSIP, POL_ON_NSIP, POL_SERVES_NSIP,
	"198.51.100.7"},
    [SERVER_ORIGIN] = {POL_ON_NSIP, POL_ON_NSIP, POL_SERVES_NSIP,
	"203.0.113.200"},
};

static void
set_subject(struct pol_change *change, const char *text, uint16_t feed,
    enum pol_action action, uint8_t risk)
{
	struct pol_subject subject;
	struct pol_indicator indicator = indicator_of(feed, POL_EXACT);
	const char *fault;

	assert_int_equal(
	    pol_subject_from_text(text, strlen(text), &subject, &fault), 0);
	if (subject.kind == POL_NAME)
		indicator.scope = POL_SUBTREE;
	indicator.action = action;
	indicator.risk = risk;
	pol_change_set(change, &subject, &indicator);
}

static uint16_t
set_feed_for(struct pol_change *change, const char *name, uint16_t order,
    unsigned triggers)
{
	struct pol_feed feed = {.order = order,
	    .action = POL_SINKHOLE,
	    .ede = POL_EDE_BLOCKED,
	    .triggers = (uint8_t)triggers};
	uint16_t id = UINT16_MAX;

	snprintf(feed.name, sizeof(feed.name), "%s", name);
	pol_change_set_feed(change, &feed, &id);
	return id;
}

/* 203.0.113.0/25 is announced by ASN, the rest of that /24 by the next one. */
static void
import_origin(struct scratch *scratch)
{
	struct pol_ranges *ranges = new_ranges();

	add_range(ranges, "203.0.113.0", "203.0.113.127", ASN);
	add_range(ranges, "203.0.113.128", "203.0.113.255", ASN + 1);
	seal(ranges);
	import_ranges(scratch, ranges);
	pol_ranges_free(ranges);
}

/* A query and its answer, with what LISTED has met in some of the stages. */
struct answer {
	struct pol_name names[LISTED];
	struct pol_item items[LISTED];
	struct pol_query query;
};

static void
begin_answer(struct answer *answer, const char *qname)
{
	answer->names[QUERY] = name_of(qname);
	answer->query = (struct pol_query){.qname = answer->names[QUERY].wire,
	    .qname_len = answer->names[QUERY].len,
	    .items = answer->items};
}

static void
add_item(struct answer *answer, enum pol_trigger trigger, const char *text)
{
	size_t number = answer->query.item_count++;
	struct pol_item *item = &answer->items[number];

	*item = (struct pol_item){.trigger = trigger};
	if (trigger == POL_ON_IP || trigger == POL_ON_NSIP) {
		item->address = address_of(text);
		return;
	}
	answer->names[number + 1] = name_of(text);
	item->name = answer->names[number + 1].wire;
	item->name_len = answer->names[number + 1].len;
}

/* With all that the stages meet but the first. */
static void
fill_answer(struct answer *answer, const char *qname)
{
	begin_answer(answer, qname);
	/* In no order that could help. */
	for (int stage = LISTED - 1; stage > QUERY; stage--)
		add_item(answer, stages[stage].trigger, stages[stage].met);
}

static struct pol_verdict
judge(struct scratch *scratch, const struct answer *answer)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	static struct pol_feed feed;
	struct pol_verdict verdict;

	assert_int_equal(
	    pol_evaluate(snapshot, &answer->query, NOW, &verdict), 0);
	/* It outlives the snapshot. */
	if (verdict.enforced) {
		feed = *verdict.match.feed;
		verdict.match.feed = &feed;
	}
	pol_snapshot_end(snapshot);
	return verdict;
}

static void
assert_decided_in(const struct pol_verdict *verdict, int stage)
{
	assert_true(verdict->listed);
	assert_true(verdict->enforced);
	assert_int_equal(verdict->match.trigger, stages[stage].matched);
	if (stage == SERVER_ORIGIN)
		assert_int_equal(verdict->match.asn, ASN + 1);
}

/* Each trigger by itself: what serves it blocks there and nowhere else. */
static void
indicator_is_met_where_it_serves_only(void **state)
{
	static const unsigned all[] = {POL_SERVES_QNAME, POL_SERVES_CNAME,
	    POL_SERVES_IP, POL_SERVES_NSDNAME, POL_SERVES_NSIP,
	    POL_SERVES_RULES};
	struct scratch *scratch = *state;

	import_origin(scratch);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct pol_change *change = begin_change(scratch);
		uint16_t feed = set_feed_for(change, "feed", 1, all[i]);

		for (int listed = 0; listed < LISTED; listed++)
			set_subject(change, subjects[listed], feed,
			    POL_ACTION_OF_FEED, 0);
		commit(change);
		for (int stage = 0; stage < LISTED; stage++) {
			struct answer answer;
			struct pol_verdict verdict;

			begin_answer(&answer,
			    stage == QUERY ? stages[QUERY].met : "other");
			if (stage != QUERY)
				add_item(&answer, stages[stage].trigger,
				    stages[stage].met);
			verdict = judge(scratch, &answer);
			assert_int_equal(pol_verdict_blocks(&verdict),
			    stages[stage].serves == all[i]);
			assert_int_equal(
			    verdict.listed, stages[stage].serves == all[i]);
		}
	}
}

/* Name servers are an operator's choice. */
static void
without_a_word_names_and_answers_are_served(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change;
	uint16_t feed;

	import_origin(scratch);
	change = begin_change(scratch);
	feed = set_feed(change, "feed", 1);
	for (int listed = 0; listed < LISTED; listed++)
		set_subject(
		    change, subjects[listed], feed, POL_ACTION_OF_FEED, 0);
	commit(change);
	for (int stage = 0; stage < LISTED; stage++) {
		struct answer answer;
		struct pol_verdict verdict;

		begin_answer(
		    &answer, stage == QUERY ? stages[QUERY].met : "other");
		if (stage != QUERY)
			add_item(
			    &answer, stages[stage].trigger, stages[stage].met);
		verdict = judge(scratch, &answer);
		assert_int_equal(pol_verdict_blocks(&verdict), stage < SERVER);
	}
}

/* All are listed, each by a feed of its own, the last stage's feed first. As
 * what decided is taken out, the next stage decides. */
static void
stages_decide_in_their_order(void **state)
{
	struct scratch *scratch = *state;
	struct answer answer;
	struct pol_verdict verdict;
	uint16_t feeds[LISTED];
	struct pol_change *change;
	uint64_t removed;

	import_origin(scratch);
	change = begin_change(scratch);
	for (int i = 0; i < LISTED; i++) {
		char name[16];

		snprintf(name, sizeof(name), "feed%d", i);
		feeds[i] = set_feed_for(
		    change, name, (uint16_t)(LISTED - i), POL_SERVES_ALL);
		set_subject(
		    change, subjects[i], feeds[i], POL_ACTION_OF_FEED, 0);
	}
	commit(change);
	fill_answer(&answer, "query.example");
	for (int i = 0; i < LISTED; i++) {
		verdict = judge(scratch, &answer);
		assert_decided_in(&verdict, i);
		change = begin_change(scratch);
		pol_change_remove_feed(change, feeds[i], &removed);
		commit(change);
	}
	verdict = judge(scratch, &answer);
	assert_false(verdict.listed);
}

/* unbound#628, #1029: a passthru did not stop later rules for addresses. But
 * an allowed address says nothing of what else is met. */
static void
exception_ends_later_stages_unless_it_is_for_an_address(void **state)
{
	struct scratch *scratch = *state;
	struct answer answer;

	import_origin(scratch);
	for (int allowed = 0; allowed < LISTED; allowed++) {
		struct pol_change *change = begin_change(scratch);
		uint16_t good = set_feed_for(change, "good", 1, POL_SERVES_ALL);
		uint16_t bad = set_feed_for(change, "bad", 2, POL_SERVES_ALL);
		bool ends =
		    allowed == QUERY || allowed == ALIAS || allowed == SERVER;
		struct pol_verdict verdict;
		int blocked = LISTED;
		uint64_t removed;

		set_subject(change, subjects[allowed], good, POL_ALLOW, 0);
		for (int i = allowed + 1; i < LISTED; i++)
			set_subject(
			    change, subjects[i], bad, POL_ACTION_OF_FEED, 0);
		commit(change);
		if (!ends && allowed + 1 < LISTED)
			blocked = allowed + 1;
		fill_answer(&answer, "query.example");
		verdict = judge(scratch, &answer);
		assert_int_equal(
		    pol_verdict_blocks(&verdict), blocked < LISTED);
		assert_int_equal(verdict.enforced, ends || blocked < LISTED);
		assert_true(verdict.listed);
		if (blocked < LISTED)
			assert_decided_in(&verdict, blocked);
		change = begin_change(scratch);
		pol_change_remove_feed(change, good, &removed);
		pol_change_remove_feed(change, bad, &removed);
		commit(change);
	}
}

static void
risk_below_the_feeds_does_not_count(void **state)
{
	struct scratch *scratch = *state;

	import_origin(scratch);
	for (uint8_t risk = 69; risk <= 71; risk++) {
		struct pol_change *change = begin_change(scratch);
		struct pol_feed feed = {.name = "feed",
		    .order = 1,
		    .action = POL_SINKHOLE,
		    .risk = 70};
		struct answer answer;
		struct pol_verdict verdict;
		uint16_t id;

		pol_change_set_feed(change, &feed, &id);
		set_subject(
		    change, subjects[ORIGIN], id, POL_ACTION_OF_FEED, risk);
		commit(change);
		fill_answer(&answer, "query.example");
		verdict = judge(scratch, &answer);
		assert_true(verdict.listed);
		assert_int_equal(pol_verdict_blocks(&verdict), risk >= 70);
	}
}

/* A shadow match that the address's own exception comes before would not have
 * decided; one of another address would. */
static void
shadow_is_of_each_address(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_change(scratch);
	uint16_t good = set_feed(change, "good", 1);
	uint16_t trial =
	    set_feed_as(change, "trial", 2, POL_SINKHOLE, POL_SHADOW);
	struct answer answer;
	struct pol_verdict verdict;

	set_subject(change, "192.0.2.7", good, POL_ALLOW, 0);
	set_subject(change, "192.0.2.0/24", trial, POL_ACTION_OF_FEED, 0);
	commit(change);
	begin_answer(&answer, "query.example");
	add_item(&answer, POL_ON_IP, "192.0.2.7");
	verdict = judge(scratch, &answer);
	assert_false(verdict.shadowed);
	assert_false(verdict.enforced);
	add_item(&answer, POL_ON_IP, "192.0.2.8");
	verdict = judge(scratch, &answer);
	assert_true(verdict.shadowed);
	assert_ptr_equal(verdict.shadow.item, &answer.items[1]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    store_test(indicator_is_met_where_it_serves_only),
	    store_test(without_a_word_names_and_answers_are_served),
	    store_test(stages_decide_in_their_order),
	    store_test(exception_ends_later_stages_unless_it_is_for_an_address),
	    store_test(risk_below_the_feeds_does_not_count),
	    store_test(shadow_is_of_each_address),
	};

	return cmocka_run_group_tests_name("stages", tests, NULL, NULL);
}
