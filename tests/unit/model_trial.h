/*
 * model_trial.h - a policy that is changed at random, as feeds and operators do
 * it: in the library and in the model alike.
 */
#ifndef MODEL_TRIAL_H
#define MODEL_TRIAL_H

#include "policy_model.h"

struct trial {
	struct rng rng;
	unsigned seed;
	unsigned step;
	int64_t now;
	struct scratch *scratch; /* the library's database */
	struct pol_snapshot *snapshot;
	struct model model;
};

/* Print the seed, the step and the model's whole policy. */
void trial_print(const struct trial *trial);

/* Fail, with all of that, unless CONDITION is true. */
#define check(trial, condition, ...) \
	do { \
		if (!(condition)) { \
			trial_print(trial); \
			print_error(__VA_ARGS__); \
			fail_msg(" (not: %s)", #condition); \
		} \
	} while (0)

/* A name beside, above or below one that is listed, in NAME_SIZE octets. */
void random_query(struct trial *trial, char *name);

/* One change, committed or (which the model must not notice) aborted. */
void change_policy(struct trial *trial);

#endif
