/*
 * flux.c - what the answers for one name looked like.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "behaviour/flux.h"

#include <string.h>

#include "behaviour/sketch.h"

#define WORDS(array) (sizeof(array) / sizeof((array)[0]))
#define ADDRESS_BITS 256
#define COUNTERS 64
#define COUNTERS_A_WORD 16
#define COUNTER_BITS 4
#define COUNTER_MAX 15u

_Static_assert(
    sizeof(struct beh_flux) <= BEH_STATE_SIZE, "a name's state has its limit");

/* ---- counters ---- */

static unsigned
counter(const uint64_t *counters, unsigned number)
{
	unsigned shift = number % COUNTERS_A_WORD * COUNTER_BITS;

	return counters[number / COUNTERS_A_WORD] >> shift & COUNTER_MAX;
}

static void
count_up(uint64_t *counters, unsigned number)
{
	unsigned shift = number % COUNTERS_A_WORD * COUNTER_BITS;

	if (counter(counters, number) < COUNTER_MAX)
		counters[number / COUNTERS_A_WORD] += (uint64_t)1 << shift;
}

/* ---- the window ---- */

static void
clear_half(struct beh_half *half)
{
	memset(half, 0, sizeof(*half));
	half->ttl_min = UINT32_MAX;
}

/* Have the halves be those of NOW. */
static void
turn(struct beh_flux *flux, uint32_t now)
{
	uint32_t age = now > flux->turned ? now - flux->turned : 0;

	if (age < BEH_HALF_WINDOW)
		return;
	flux->older = flux->younger;
	clear_half(&flux->younger);
	if (age >= 2 * BEH_HALF_WINDOW)
		clear_half(&flux->older);
	flux->turned = now - age % BEH_HALF_WINDOW;
}

/* ---- what is counted ---- */

static uint64_t
hash_of(const struct pol_address *address, unsigned octets, uint64_t seed)
{
	return XXH3_64bits_withSeed(
	    address->octets, octets, seed + address->family);
}

/* Octets of what counts as one network: a /16, or a /32 of IPv6. */
static unsigned
network_octets(const struct pol_address *address)
{
	return address->family == 4 ? 2 : 4;
}

static void
trace_address(const struct beh_address *item, uint64_t seed,
    struct beh_address_trace *trace)
{
	const struct pol_address *address = &item->address;

	trace->address =
	    hash_of(address, pol_address_octets(address->family), seed);
	trace->network = hash_of(address, network_octets(address), seed);
	trace->asn = XXH3_64bits_withSeed(&item->asn, sizeof(item->asn), seed);
	trace->has_asn = item->asn != 0;
}

static size_t
at_most(size_t count, size_t max)
{
	return count < max ? count : max;
}

void
beh_flux_trace(
    const struct beh_answer *answer, uint64_t seed, struct beh_trace *trace)
{
	trace->address_count =
	    at_most(answer->address_count, BEH_ADDRESSES_MAX);
	for (size_t i = 0; i < trace->address_count; i++)
		trace_address(
		    &answer->addresses[i], seed, &trace->addresses[i]);
	trace->server_count = at_most(answer->server_count, BEH_SERVERS_MAX);
	for (size_t i = 0; i < trace->server_count; i++)
		trace->servers[i] = hash_of(&answer->servers[i],
		    pol_address_octets(answer->servers[i].family), seed);
}

/* ---- adding ---- */

static void
add_address(struct beh_half *half, const struct beh_address_trace *trace)
{
	if (beh_sketch_add(
		half->addresses, WORDS(half->addresses), trace->address))
		count_up(half->networks, (unsigned)(trace->network % COUNTERS));
	if (trace->has_asn)
		beh_sketch_add(half->asns, WORDS(half->asns), trace->asn);
}

/* Of an answer that has an address. */
static void
add_ttl(struct beh_half *half, const struct beh_answer *answer)
{
	if (!answer->authoritative) {
		if (answer->ttl >= half->ttl_relayed)
			half->ttl_relayed = answer->ttl;
		return;
	}
	if (answer->ttl < half->ttl_min)
		half->ttl_min = answer->ttl;
	half->ttl_sum += answer->ttl;
	half->ttl_answers++;
}

void
beh_flux_note(struct beh_flux *flux, const struct beh_answer *answer,
    const struct beh_trace *trace)
{
	uint32_t now = (uint32_t)answer->time;
	struct beh_half *half = &flux->younger;

	if (flux->first == 0) {
		flux->first = flux->turned = now;
		clear_half(&flux->younger);
		clear_half(&flux->older);
	}
	turn(flux, now);
	flux->last = now;
	if (trace->address_count > 0) {
		half->answers++;
		add_ttl(half, answer);
	}
	for (size_t i = 0; i < trace->address_count; i++)
		add_address(half, &trace->addresses[i]);
	for (size_t i = 0; i < trace->server_count; i++)
		beh_sketch_add(
		    half->servers, WORDS(half->servers), trace->servers[i]);
}

struct beh_glance
beh_flux_glance(const struct beh_flux *flux)
{
	return (struct beh_glance){
	    .answers = flux->younger.answers + flux->older.answers,
	    .address_bits = beh_sketch_ones(flux->younger.addresses,
		flux->older.addresses, WORDS(flux->older.addresses))};
}

bool
beh_flux_has_shown(const struct beh_flux *flux, unsigned count)
{
	for (unsigned i = 0; i < WORDS(flux->younger.addresses); i++)
		for (uint64_t bits =
			 flux->younger.addresses[i] | flux->older.addresses[i];
		     bits != 0; bits &= bits - 1)
			if (--count == 0)
				return true;
	return false;
}

double
beh_flux_addresses(unsigned bits)
{
	return beh_sketch_estimate(bits, ADDRESS_BITS);
}

/* ---- the summary ---- */

/* The lowest bit of each counter of a word that is not zero. */
static uint64_t
used_counters(uint64_t word)
{
	word |= word >> 1;
	word |= word >> 2;
	return word & UINT64_C(0x1111111111111111);
}

static double
count_networks(const struct beh_flux *flux)
{
	unsigned used = 0;

	for (unsigned i = 0; i < WORDS(flux->younger.networks); i++)
		used += beh_ones(used_counters(
		    flux->younger.networks[i] | flux->older.networks[i]));
	return beh_sketch_estimate(used, COUNTERS);
}

/*
 * Shannon's entropy of the addresses over the networks. An address of both
 * halves counts in both, which alters nothing where the halves are alike.
 */
static double
entropy_of(const struct beh_flux *flux)
{
	unsigned total = 0;
	double sum = 0;

	for (unsigned i = 0; i < WORDS(flux->younger.networks); i++) {
		uint64_t a = flux->younger.networks[i];
		uint64_t b = flux->older.networks[i];

		/* Most names have few networks. */
		for (uint64_t used = used_counters(a | b); used != 0;
		     used &= used - 1) {
			unsigned shift = (unsigned)__builtin_ctzll(used);
			unsigned count = (a >> shift & COUNTER_MAX) +
					 (b >> shift & COUNTER_MAX);

			total += count;
			if (count > 1) /* the logarithm of 1 is 0 */
				sum += count * log2(count);
		}
	}
	/* Of one network only it is 0, and rounding may bring it below. */
	return total > 0 ? fmax(log2(total) - sum / total, 0) : 0;
}

static uint32_t
smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void
summarise_ttl(const struct beh_flux *flux, struct beh_summary *summary)
{
	const struct beh_half *a = &flux->younger, *b = &flux->older;
	uint64_t answers = (uint64_t)a->ttl_answers + b->ttl_answers;
	uint32_t relayed =
	    a->ttl_relayed > b->ttl_relayed ? a->ttl_relayed : b->ttl_relayed;

	summary->has_ttl = true;
	if (answers > 0) {
		summary->ttl_min = smaller(a->ttl_min, b->ttl_min);
		summary->ttl_mean =
		    (double)(a->ttl_sum + b->ttl_sum) / (double)answers;
	} else if (a->answers + b->answers > 0) {
		summary->ttl_is_relayed = true;
		summary->ttl_min = relayed;
		summary->ttl_mean = relayed;
	} else {
		summary->has_ttl = false;
	}
}

void
beh_flux_summary(
    const struct beh_flux *flux, int64_t now, struct beh_summary *summary)
{
	struct beh_flux view = *flux;

	memset(summary, 0, sizeof(*summary));
	if (flux->first == 0)
		return;
	turn(&view, (uint32_t)now);
	summary->first = view.first;
	summary->last = view.last;
	summary->answers = view.younger.answers + view.older.answers;
	summary->addresses = beh_sketch_union(view.younger.addresses,
	    view.older.addresses, WORDS(view.older.addresses));
	summary->networks = count_networks(&view);
	summary->asns = beh_sketch_union(
	    view.younger.asns, view.older.asns, WORDS(view.older.asns));
	summary->servers = beh_sketch_union(view.younger.servers,
	    view.older.servers, WORDS(view.older.servers));
	summary->entropy = entropy_of(&view);
	summarise_ttl(&view, summary);
}
