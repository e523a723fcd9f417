/*
 * fuzz_behaviour.c - the octets of rules and of what was learned, any of them.
 *
 * They give an error, or something that can be used and, written again, is the
 * same when it is read: rules to the octet.
 */
#include "fuzz.h"

#include <string.h>

#include "behaviour/observed_p.h"
#include "behaviour/score.h"

/* An answer that has some of everything. */
static struct beh_signals
some_signals(const struct beh_signal_address *address)
{
	static const uint8_t name[] = "\3www\7example";

	return (struct beh_signals){.now = 1700000000,
	    .name = name,
	    .name_len = sizeof(name),
	    .qtype = 1,
	    .ttl = 60,
	    .first_seen = 1700000000,
	    .addresses = address,
	    .address_count = 1,
	    .owner = {.answers = 100,
		.addresses = 100,
		.networks = 100,
		.asns = 100,
		.entropy = 6}};
}

/* Does the rule ask a feed, for which there would have to be a database? */
static bool
asks_feed(const struct beh_rule *rule)
{
	for (size_t i = 0; i < rule->condition_count; i++)
		for (size_t j = 0; j < rule->conditions[i].item_count; j++)
			if (rule->conditions[i].items[j].type == BEH_ITEM_FEED)
				return true;
	return false;
}

static void
hold(const struct beh_rules *rules)
{
	const struct beh_signal_address address = {.asn = 64500,
	    .risk = 100,
	    .country = "ZZ",
	    .address = {.family = 4, .octets = {192, 0, 2, 1}}};
	const struct beh_signals signals = some_signals(&address);
	struct beh_finding finding;
	char text[BEH_BLOCK_EVIDENCE_MAX + 1];

	for (size_t i = 0; i < rules->count; i++) {
		const struct beh_rule *rule = &rules->rules[i];

		CHECK(rule->name[0] != '\0' && rule->condition_count > 0);
		if (asks_feed(rule) ||
		    beh_rule_holds(rule, &signals, NULL, &finding) != 1)
			continue;
		CHECK(finding.evidence_count <= BEH_CONDITIONS);
		beh_evidence_text(&finding, text);
		CHECK(strlen(text) <= BEH_BLOCK_EVIDENCE_MAX);
	}
}

static void
fuzz_rules(const uint8_t *data, size_t size)
{
	struct beh_rules *rules;
	uint8_t *octets;
	size_t len;

	if (beh_rules_decode(data, size, &rules) != 0)
		return;
	hold(rules);
	CHECK(beh_rules_encode(rules, &octets, &len) == 0);
	CHECK(len == size && memcmp(octets, data, len) == 0);
	free(octets);
	beh_rules_free(rules);
}

static void
fuzz_state(const uint8_t *data, size_t size)
{
	const uint8_t key[8] = {1};
	const MDB_val key_val = val(key, sizeof(key)), value = val(data, size);
	struct beh_summary summary;
	struct beh_scores scores;
	struct beh_state state;
	uint8_t octets[STATE_OCTETS_MAX];
	struct output out = {.out = octets};

	if (observed_get_state(&key_val, &value, &state) != 0)
		return;
	beh_flux_summary(&state.flux, 1700000000, &summary);
	beh_scores(&summary, &scores);
	CHECK(summary.addresses >= 0 && summary.networks >= 0);
	CHECK(scores.flux >= 0 && scores.flux <= 100);
	CHECK(scores.spread >= 0 && scores.spread <= 1);
	observed_put_state(&out, &state);
	CHECK(out.len == size && memcmp(octets, data, size) == 0);
}

/* The first octet is the length of the key. */
static void
fuzz_block(const uint8_t *data, size_t size)
{
	size_t key_len = size > 0 ? data[0] : 0;
	uint8_t key[BLOCK_KEY_MAX], octets[BLOCK_OCTETS_MAX];
	struct output key_out = {.out = key}, out = {.out = octets};
	struct beh_block block, again;
	MDB_val key_val, value;

	if (size < 1 + key_len)
		return;
	key_val = val(data + 1, key_len);
	value = val(data + 1 + key_len, size - 1 - key_len);
	if (observed_get_block(&key_val, &value, &block) != 0)
		return;
	(void)beh_block_covers(&block, &block.name, block.until - 1);
	observed_put_block_key(&key_out, &block);
	observed_put_block(&out, &block);
	key_val = val(key, key_out.len);
	value = val(octets, out.len);
	CHECK(observed_get_block(&key_val, &value, &again) == 0);
	CHECK(memcmp(&block, &again, sizeof(block)) == 0);
}

static void
fuzz_sighting(const uint8_t *data, size_t size)
{
	const MDB_val value = val(data, size);
	struct beh_sighting sighting;
	uint8_t octets[SIGHTING_OCTETS];
	int64_t first;

	for (size_t i = 0; i < sightings_in(&value); i++) {
		const uint8_t *at = data + i * SIGHTING_OCTETS;

		if (get_sighting(&value, i, &sighting) != 0) {
			CHECK(at[SIGHTING_OCTETS - 1] > BEH_SEEN_PREFIX);
			continue;
		}
		put_sighting(octets, &sighting);
		CHECK(memcmp(octets, at, sizeof(octets)) == 0);
		(void)observed_find_in_run(&value, sighting.hash, &first);
	}
}

/* The first octet says which kind of value the others are. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const kinds[])(const uint8_t *data, size_t size) = {
	    fuzz_rules, fuzz_state, fuzz_block, fuzz_sighting};

	if (size > 0)
		kinds[data[0] % 4](data + 1, size - 1);
	return 0;
}
