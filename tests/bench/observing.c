/*
 * observing.c - what the observer does with millions of names, by itself.
 *
 *	observing fill FILE NAMES BATCH   write observed.mdb, BATCH at a time
 *	observing load FILE               a start with all that is in it
 *	observing flood POLICY NAMES      random names while one is flagged
 *
 * The result is JSON. Times are of the process's CPU, in seconds.
 *
 * The flood: every name is of a domain of its own, with an address in a network
 * of its own; every eighth shows four addresses, more than names on probation
 * may have. Before it, one name is flagged by a rule of the policy, and some
 * names that no rule holds of have shown a few addresses. Afterwards: is the
 * name still blocked, does its state still meet the rule by one further answer,
 * and how many of the others are still known?
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "behaviour/observed.h"
#include "behaviour/observer.h"
#include "policy/error.h"
#include "policy/origin_table.h"

#define SEED 1
#define BEGAN 1700000000 /* seconds since the epoch: long past */
#define NOW 1750000000
#define RATE 10000	/* names of the flood in a second of its time */
#define KEEP_EVERY 4096 /* names between two visits of the keeper */
#define QTYPE_A 1
#define TTL 60

#define FLAGGED "flagged.bench.example"
#define FLAGGED_ADDRESSES 8
#define FLAGGED_NETWORK 0xcb007100u /* 203.0.113.0/24 */
#define OTHERS 1000
#define OTHERS_ADDRESSES 6
#define MANY_EVERY 8
#define MANY_ADDRESSES 4

static void
check(const char *what, int error)
{
	if (error < 0) {
		fprintf(
		    stderr, "observing: %s: %s\n", what, pol_strerror(error));
		exit(EXIT_FAILURE);
	}
}

static double
cpu(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Numbers that look random, each once (S. Vigna's splitmix64). */
static uint64_t
scramble(uint64_t number)
{
	number += UINT64_C(0x9e3779b97f4a7c15);
	number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
	return number ^ number >> 31;
}

/* Octets of memory that belong to no file. */
static long
memory(void)
{
	FILE *in = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	long kilobytes = 0;

	while (in != NULL && fgets(line, sizeof(line), in) != NULL)
		if (sscanf(line, "Anonymous: %ld", &kilobytes) == 1)
			break;
	if (in != NULL)
		fclose(in);
	return kilobytes * 1024;
}

/* ---- the file ---- */

static void
fill(const char *path, uint64_t count, uint64_t batch)
{
	struct beh_observed *observed;
	struct beh_observed_stat stat;
	double begun = cpu();
	uint64_t before;

	check(path, beh_observed_create(path, BEGAN, &observed));
	check(path, beh_observed_stat(observed, &stat));
	before = stat.seen;
	for (uint64_t i = before; i < before + count; i++) {
		struct beh_sighting sighting = {
		    .hash = scramble(i), .first = BEGAN};

		beh_observed_put_seen(observed, &sighting);
		if ((i + 1) % batch == 0)
			check(path, beh_observed_commit(observed));
	}
	check(path, beh_observed_commit(observed));
	check(path, beh_observed_stat(observed, &stat));
	printf("{\"names\": %" PRIu64 ", \"octets\": %" PRIu64
	       ", \"cpu_s\": %.3f}\n",
	    stat.seen, stat.size, cpu() - begun);
	beh_observed_close(observed);
}

static int
load_sighting(const struct beh_sighting *sighting, void *arg)
{
	beh_seen_load(arg, sighting);
	return 0;
}

static void
load(const char *path)
{
	struct beh_observed *observed;
	struct beh_observed_stat stat;
	struct beh_seen *seen;
	double begun = cpu();

	check(path, beh_observed_open(path, &observed));
	check(path, beh_observed_stat(observed, &stat));
	check("seen", beh_seen_new(BEH_SEEN_MEMORY_DEFAULT,
			  beh_observed_seed(observed), &seen));
	check(path, beh_observed_each_seen(observed, load_sighting, seen));
	printf("{\"names\": %" PRIu64 ", \"cpu_s\": %.3f}\n", stat.seen,
	    cpu() - begun);
	beh_seen_free(seen);
	beh_observed_close(observed);
}

/* ---- the flood ---- */

struct flood {
	struct pol_store *store;
	struct pol_snapshot *snapshot;
	struct pol_origin_table *origins;
	struct beh_rules *rules;
	struct beh_observer *observer;
	struct beh_observation observation;
	bool has_blocked;
};

static void
open_policy(struct flood *flood, const char *path)
{
	const uint8_t *octets;
	size_t len;

	check(path, pol_store_open(path, &flood->store));
	check(path, pol_snapshot_begin(flood->store, &flood->snapshot));
	check("origins", pol_origin_table_begin(&flood->origins));
	check("origins",
	    pol_origin_table_fill(flood->origins, flood->snapshot, SIZE_MAX));
	if (pol_snapshot_rules(flood->snapshot, &octets, &len) != 1)
		check("rules", POL_EINVAL);
	check("rules", beh_rules_decode(octets, len, &flood->rules));
	check("observer", beh_observer_new(&flood->rules->options, SEED, BEGAN,
			      &flood->observer));
	beh_seen_ready(flood->observer->seen);
}

static int
block(const struct beh_finding *finding, void *arg)
{
	struct flood *flood = arg;
	struct beh_block block;

	if (finding->rule->mode == POL_SHADOW)
		return 0;
	check("block", beh_observer_block(flood->observer, &flood->observation,
			   finding, flood->snapshot, &block));
	flood->has_blocked = true;
	return 0;
}

/* A name by its text, of COUNT addresses from the network of FIRST on. Returns
 * whether an enforced rule holds, which then blocks. */
static bool
note(struct flood *flood, const char *text, int64_t now, uint32_t first,
    unsigned count)
{
	struct beh_address addresses[FLAGGED_ADDRESSES];
	struct pol_name name;
	struct beh_response response = {.time = now,
	    .qtype = QTYPE_A,
	    .ttl = TTL,
	    .authoritative = true,
	    .addresses = addresses,
	    .address_count = count};

	if (pol_name_from_text(text, strlen(text), &name) != POL_NAME_OK)
		check(text, POL_EINVAL);
	response.name = name.wire;
	response.name_len = name.len;
	for (unsigned i = 0; i < count; i++) {
		uint32_t number = first + i;
		uint8_t octets[4] = {(uint8_t)(number >> 24),
		    (uint8_t)(number >> 16), (uint8_t)(number >> 8),
		    (uint8_t)number};

		pol_address_set(&addresses[i].address, 4, octets);
		addresses[i].asn = pol_origin_table_find(
		    flood->origins, &addresses[i].address);
	}
	check("note", beh_observer_begin(
			  flood->observer, &response, &flood->observation));
	beh_observer_note(flood->observer, &flood->observation);
	flood->has_blocked = false;
	check("rules", beh_observation_judge(&flood->observation, flood->rules,
			   flood->snapshot, block, flood));
	return flood->has_blocked;
}

/* What the background thread does, without a disk. */
static void
keep(const struct flood *flood)
{
	struct beh_sighting taken[256];

	while (beh_seen_take_new(flood->observer->seen, taken, 256) > 0 ||
	       beh_seen_take_asked(flood->observer->seen, taken, 256) > 0)
		;
}

static void
note_others(struct flood *flood, unsigned count)
{
	char text[64];

	for (unsigned i = 0; i < OTHERS; i++) {
		snprintf(text, sizeof(text), "www.other-%u.com", i);
		note(flood, text, NOW, 0xc6120000u + 256 * i, count);
	}
}

static unsigned
count_others(const struct flood *flood, int64_t now)
{
	struct beh_summary summary;
	struct pol_name name;
	char text[64];
	unsigned known = 0;

	for (unsigned i = 0; i < OTHERS; i++) {
		snprintf(text, sizeof(text), "www.other-%u.com", i);
		if (pol_name_from_text(text, strlen(text), &name) ==
			POL_NAME_OK &&
		    beh_tracker_find(flood->observer->tracker, BEH_OWNER,
			name.wire, name.len, now, &summary))
			known++;
	}
	return known;
}

static int
stop_at(const struct beh_block *block, void *arg)
{
	(void)block;
	(void)arg;
	return 1;
}

static bool
is_blocked(const struct flood *flood, int64_t now)
{
	struct pol_name name;

	return pol_name_from_text(FLAGGED, strlen(FLAGGED), &name) ==
		   POL_NAME_OK &&
	       beh_blocks_find(flood->observer->blocks, name.wire, name.len,
		   now, stop_at, NULL) == 1;
}

/* An address in 11.0.0.0 to 190.255.255.255. */
static uint32_t
random_network(uint64_t number)
{
	return (uint32_t)((11 << 16) + scramble(~number) % (180u << 16)) << 8;
}

static double
pour(struct flood *flood, uint64_t count)
{
	double begun = cpu();
	char text[64];

	for (uint64_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "%08" PRIx32 ".%012" PRIx64 ".com",
		    (uint32_t)scramble(i + count), scramble(i) >> 16);
		if (note(flood, text, NOW + (int64_t)(i / RATE),
			random_network(i),
			i % MANY_EVERY == 0 ? MANY_ADDRESSES : 1))
			check("a name of the flood is flagged", POL_EINVAL);
		if (i % KEEP_EVERY == 0)
			keep(flood);
	}
	return cpu() - begun;
}

static void
flood(const char *policy, uint64_t count)
{
	static struct flood made;
	int64_t end = NOW + (int64_t)(count / RATE) + 1;
	long before = memory(), after;
	double took;
	size_t budget;
	bool blocked;

	open_policy(&made, policy);
	budget = beh_tracker_memory(made.observer->tracker) +
		 beh_seen_memory(made.observer->seen);
	if (!note(&made, FLAGGED, NOW, FLAGGED_NETWORK, FLAGGED_ADDRESSES))
		check("the name to be flagged is not", POL_EINVAL);
	note_others(&made, OTHERS_ADDRESSES);
	took = pour(&made, count);
	/* The policy's origins are no matter of names. */
	after = memory() - (long)pol_origin_table_memory(made.origins);
	blocked = is_blocked(&made, end);
	printf("{\"names\": %" PRIu64 ", \"cpu_s\": %.3f, \"memory\": %ld, "
	       "\"options\": %" PRIu64 ", \"budget\": %zu, \"blocked\": %s, "
	       "\"holds\": %s, \"others\": %u, \"others_known\": %u}\n",
	    count, took, after - before,
	    made.rules->options.tracker_memory +
		made.rules->options.seen_memory,
	    budget, blocked ? "true" : "false",
	    note(&made, FLAGGED, end, FLAGGED_NETWORK, 1) ? "true" : "false",
	    OTHERS, count_others(&made, end));
	beh_observer_free(made.observer);
	beh_rules_free(made.rules);
	pol_origin_table_free(made.origins);
	pol_snapshot_end(made.snapshot);
	pol_store_close(made.store);
}

int
main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "fill") == 0) {
		fill(argv[2], strtoull(argv[3], NULL, 10),
		    strtoull(argv[4], NULL, 10));
	} else if (argc == 3 && strcmp(argv[1], "load") == 0) {
		load(argv[2]);
	} else if (argc == 4 && strcmp(argv[1], "flood") == 0) {
		flood(argv[2], strtoull(argv[3], NULL, 10));
	} else {
		fputs("usage: observing fill FILE NAMES BATCH | load FILE | "
		      "flood POLICY NAMES\n",
		    stderr);
		return 2;
	}
	return EXIT_SUCCESS;
}
