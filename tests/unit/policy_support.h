/*
 * policy_support.h - what the tests of the policy library share: a folder with
 * a database of its own for each test, and short ways to say a policy.
 *
 * Everything here fails the running test when something that must work does
 * not, so a test checks only what it is about.
 */
#ifndef POLICY_SUPPORT_H
#define POLICY_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/error.h"
#include "policy/evaluate.h"
#include "policy/import.h"
#include "policy/store.h"

/* Some moment, far from both ends of the range of times. */
#define NOW ((int64_t)1700000000)

struct scratch {
	char folder[64];
	char path[96];	    /* of the database */
	char lock_path[96]; /* of LMDB's lock file beside it */
	struct pol_store *store;
};

/* cmocka set-up and teardown: *STATE is a struct scratch. The first leaves the
 * folder empty, the second makes the database and opens it. */
int scratch_make(void **state);
int scratch_make_store(void **state);
int scratch_remove(void **state);

/* A test with a folder, and one with an open database. */
#define folder_test(f) \
	cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)
#define store_test(f) \
	cmocka_unit_test_setup_teardown(f, scratch_make_store, scratch_remove)

/* A folder and all in it, but for what begins with a dot. 0, or -1. */
int remove_folder(const char *folder);

void scratch_create(struct scratch *scratch, size_t map_size);
void scratch_open(struct scratch *scratch);
void scratch_close(struct scratch *scratch);

struct pol_name name_of(const char *text);

/* The longest name there is, 255 octets, all of one octet: labels of 63, 63,
 * 63 and 61. */
struct pol_name longest_name(uint8_t octet);

/* Add a feed in enforce mode with action sinkhole; its id. */
uint16_t set_feed(struct pol_change *change, const char *name, uint16_t order);
uint16_t set_feed_as(struct pol_change *change, const char *name,
    uint16_t order, enum pol_action action, enum pol_mode mode);

/* An indicator that leaves everything to its feed. */
struct pol_indicator indicator_of(uint16_t feed, enum pol_scope scope);

void set_plain(struct pol_change *change, const char *name, uint16_t feed,
    enum pol_scope scope);
void set_action(struct pol_change *change, const char *name, uint16_t feed,
    enum pol_scope scope, enum pol_action action);

/* An empty list; an indicator that leaves everything to its feed. */
struct pol_list *new_list(void);
void list_add(struct pol_list *list, const char *name, enum pol_scope scope,
    unsigned long line);

struct pol_change *begin_change(struct scratch *scratch);
uint64_t commit(struct pol_change *change);
struct pol_snapshot *begin_snapshot(struct scratch *scratch);

/* What the policy says about NAME at NOW. */
struct pol_verdict evaluate(struct pol_snapshot *snapshot, const char *name);

/* Is NAME blocked at NOW, by the latest generation? */
bool blocked(struct scratch *scratch, const char *name);

size_t count_all(struct pol_snapshot *snapshot);
size_t count_at(struct pol_snapshot *snapshot, const char *name);

/* Find the indicator with this identity; false where there is none. */
bool find(struct pol_snapshot *snapshot, const char *name, uint16_t feed,
    enum pol_scope scope, struct pol_indicator *indicator);

void assert_same_indicator(
    const struct pol_indicator *a, const struct pol_indicator *b);

/* A random number generator of fixed seeds (xorshift64*), the same anywhere. */
struct rng {
	uint64_t state;
};
void rng_seed(struct rng *rng, uint64_t seed);
uint32_t rng_below(struct rng *rng, uint32_t limit);

/* The library's calls, for a subject that is a name. */
void set_name(struct pol_change *change, const struct pol_name *name,
    const struct pol_indicator *indicator);
void remove_name(struct pol_change *change, const struct pol_name *name,
    uint16_t feed, unsigned *removed);
int add_name(struct pol_list *list, const struct pol_name *name,
    const struct pol_indicator *indicator, unsigned long line);
int visit_name(struct pol_snapshot *snapshot, const struct pol_name *name,
    pol_visit *visit, void *arg);

#endif
