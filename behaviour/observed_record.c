/*
 * observed_record.c - the octets of what is learned.
 *
 *	flux = first u32, last u32, turned u32, two halves (the younger first):
 *	       answers u32, ttl_min u32, ttl_relayed u32, ttl_answers u32,
 *	       ttl_sum u64, addresses 4 u64, networks 4 u64, asns 2 u64,
 *	       servers u64
 */
#include "behaviour/observed_p.h"

#include "policy/error.h"

static void
put_half(struct output *out, const struct beh_half *half)
{
	put_number(out, half->answers, 4);
	put_number(out, half->ttl_min, 4);
	put_number(out, half->ttl_relayed, 4);
	put_number(out, half->ttl_answers, 4);
	put_number(out, half->ttl_sum, 8);
	for (unsigned i = 0; i < 4; i++)
		put_number(out, half->addresses[i], 8);
	for (unsigned i = 0; i < 4; i++)
		put_number(out, half->networks[i], 8);
	for (unsigned i = 0; i < 2; i++)
		put_number(out, half->asns[i], 8);
	put_number(out, half->servers[0], 8);
}

static void
get_half(struct input *in, struct beh_half *half)
{
	half->answers = (uint32_t)get_number(in, 4);
	half->ttl_min = (uint32_t)get_number(in, 4);
	half->ttl_relayed = (uint32_t)get_number(in, 4);
	half->ttl_answers = (uint32_t)get_number(in, 4);
	half->ttl_sum = get_number(in, 8);
	for (unsigned i = 0; i < 4; i++)
		half->addresses[i] = get_number(in, 8);
	for (unsigned i = 0; i < 4; i++)
		half->networks[i] = get_number(in, 8);
	for (unsigned i = 0; i < 2; i++)
		half->asns[i] = get_number(in, 8);
	half->servers[0] = get_number(in, 8);
}

void
observed_put_state(struct output *out, const struct beh_state *state)
{
	put_number(out, (uint64_t)state->marked_until, 4);
	put_number(out, state->flux.first, 4);
	put_number(out, state->flux.last, 4);
	put_number(out, state->flux.turned, 4);
	put_half(out, &state->flux.younger);
	put_half(out, &state->flux.older);
}

int
observed_get_state(
    const MDB_val *key, const MDB_val *value, struct beh_state *state)
{
	struct input in = input_of(value->mv_data, value->mv_size);

	if (key->mv_size != STATE_KEY_OCTETS)
		return POL_ECORRUPT;
	state->hash = get_big_endian(key->mv_data, STATE_KEY_OCTETS);
	state->marked_until = (int64_t)get_number(&in, 4);
	state->flux.first = (uint32_t)get_number(&in, 4);
	state->flux.last = (uint32_t)get_number(&in, 4);
	state->flux.turned = (uint32_t)get_number(&in, 4);
	get_half(&in, &state->flux.younger);
	get_half(&in, &state->flux.older);
	return input_is_done(&in) ? 0 : POL_ECORRUPT;
}

void
observed_put_block_key(struct output *out, const struct beh_block *block)
{
	put_counted(out, 1, block->name.wire, block->name.len);
	put_number(out, block->subtree, 1);
	put_octets(out, block->rule, strlen(block->rule));
}

int
observed_get_block(
    const MDB_val *key, const MDB_val *value, struct beh_block *block)
{
	struct input in = input_of(key->mv_data, key->mv_size);
	size_t len = get_number(&in, 1), rule_len;
	const uint8_t *name = get_octets(&in, len), *rule;

	memset(block, 0, sizeof(*block));
	block->subtree = get_number(&in, 1) != 0;
	rule_len = (size_t)(in.end - in.next);
	rule = get_octets(&in, rule_len);
	if (in.failed || rule_len > BEH_RULE_NAME_MAX ||
	    memchr(rule, 0, rule_len) != NULL ||
	    pol_name_from_wire(name, len, &block->name) != 0)
		return POL_ECORRUPT;
	memcpy(block->rule, rule, rule_len);
	in = input_of(value->mv_data, value->mv_size);
	block->since = (int64_t)get_number(&in, 4);
	block->until = (int64_t)get_number(&in, 4);
	get_text(&in, 2, block->evidence, sizeof(block->evidence));
	return input_is_done(&in) ? 0 : POL_ECORRUPT;
}

void
observed_put_block(struct output *out, const struct beh_block *block)
{
	put_number(out, (uint64_t)block->since, 4);
	put_number(out, (uint64_t)block->until, 4);
	put_counted(out, 2, block->evidence, strlen(block->evidence));
}
