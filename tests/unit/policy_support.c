/*
 * policy_support.c - what the tests of the policy library share.
 */
#include "policy_support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Commits wait for the disk: a memory file system makes the tests as quick as
 * the processor is. */
static const char *
scratch_parent(void)
{
	const char *folder = getenv("TMPDIR");

	if (folder != NULL && folder[0] != '\0' && strlen(folder) < 40)
		return folder;
	return access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

int
scratch_make(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	if (scratch == NULL)
		return -1;
	snprintf(scratch->folder, sizeof(scratch->folder), "%s/sbunit-XXXXXX",
	    scratch_parent());
	if (mkdtemp(scratch->folder) == NULL) {
		perror(scratch->folder);
		free(scratch);
		return -1;
	}
	snprintf(scratch->path, sizeof(scratch->path), "%s/policy.mdb",
	    scratch->folder);
	snprintf(scratch->lock_path, sizeof(scratch->lock_path),
	    "%s/policy.mdb-lock", scratch->folder);
	*state = scratch;
	return 0;
}

int
scratch_make_store(void **state)
{
	struct scratch *scratch;

	if (scratch_make(state) != 0)
		return -1;
	scratch = *state;
	return pol_store_create(scratch->path, 0, &scratch->store);
}

int
remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[512];

	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (unlink(path) != 0)
			(void)remove_folder(path);
	}
	closedir(dir);
	return rmdir(folder);
}

int
scratch_remove(void **state)
{
	struct scratch *scratch = *state;

	scratch_close(scratch);
	(void)remove_folder(scratch->folder);
	free(scratch);
	return 0;
}

void
scratch_create(struct scratch *scratch, size_t map_size)
{
	assert_int_equal(
	    pol_store_create(scratch->path, map_size, &scratch->store), 0);
}

void
scratch_open(struct scratch *scratch)
{
	assert_int_equal(pol_store_open(scratch->path, &scratch->store), 0);
}

void
scratch_close(struct scratch *scratch)
{
	if (scratch->store != NULL)
		pol_store_close(scratch->store);
	scratch->store = NULL;
}

struct pol_name
name_of(const char *text)
{
	struct pol_name name = {0};

	assert_int_equal(
	    pol_name_from_text(text, strlen(text), &name), POL_NAME_OK);
	return name;
}

struct pol_name
longest_name(uint8_t octet)
{
	struct pol_name name = {.len = POL_NAME_MAX};

	memset(name.wire, octet, sizeof(name.wire));
	name.wire[0] = name.wire[64] = name.wire[128] = 63;
	name.wire[192] = 61;
	name.wire[254] = 0;
	return name;
}

uint16_t
set_feed_as(struct pol_change *change, const char *name, uint16_t order,
    enum pol_action action, enum pol_mode mode)
{
	struct pol_feed feed = {
	    .order = order,
	    .action = action,
	    .mode = mode,
	    .ede = POL_EDE_BLOCKED,
	};
	uint16_t id = UINT16_MAX;

	snprintf(feed.name, sizeof(feed.name), "%s", name);
	snprintf(feed.format, sizeof(feed.format), "domains");
	snprintf(feed.source, sizeof(feed.source), "/nowhere/%s.txt", name);
	pol_change_set_feed(change, &feed, &id);
	assert_int_not_equal(id, UINT16_MAX);
	return id;
}

uint16_t
set_feed(struct pol_change *change, const char *name, uint16_t order)
{
	return set_feed_as(change, name, order, POL_SINKHOLE, POL_ENFORCE);
}

struct pol_indicator
indicator_of(uint16_t feed, enum pol_scope scope)
{
	struct pol_indicator indicator = {
	    .feed = feed,
	    .scope = scope,
	    .since = NOW,
	};

	return indicator;
}

void
set_action(struct pol_change *change, const char *name, uint16_t feed,
    enum pol_scope scope, enum pol_action action)
{
	struct pol_name listed = name_of(name);
	struct pol_indicator indicator = indicator_of(feed, scope);

	indicator.action = action;
	set_name(change, &listed, &indicator);
}

void
set_plain(struct pol_change *change, const char *name, uint16_t feed,
    enum pol_scope scope)
{
	set_action(change, name, feed, scope, POL_ACTION_OF_FEED);
}

struct pol_list *
new_list(void)
{
	struct pol_list *list = NULL;

	assert_int_equal(pol_list_new(&list), 0);
	assert_non_null(list);
	assert_int_equal(pol_list_count(list), 0);
	return list;
}

void
list_add(struct pol_list *list, const char *name, enum pol_scope scope,
    unsigned long line)
{
	struct pol_name listed = name_of(name);
	struct pol_indicator indicator = indicator_of(77, scope);

	indicator.since = 0;
	assert_int_equal(add_name(list, &listed, &indicator, line), 0);
}

struct pol_change *
begin_change(struct scratch *scratch)
{
	struct pol_change *change = NULL;

	assert_int_equal(pol_change_begin(scratch->store, &change), 0);
	assert_non_null(change);
	return change;
}

uint64_t
commit(struct pol_change *change)
{
	uint64_t generation = 0;

	assert_int_equal(pol_change_commit(change, &generation), 0);
	return generation;
}

struct pol_snapshot *
begin_snapshot(struct scratch *scratch)
{
	struct pol_snapshot *snapshot = NULL;

	assert_int_equal(pol_snapshot_begin(scratch->store, &snapshot), 0);
	assert_non_null(snapshot);
	return snapshot;
}

struct pol_verdict
evaluate(struct pol_snapshot *snapshot, const char *name)
{
	struct pol_name qname = name_of(name);
	struct pol_query query = {.qname = qname.wire, .qname_len = qname.len};
	struct pol_verdict verdict = {0};

	assert_int_equal(pol_evaluate(snapshot, &query, NOW, &verdict), 0);
	/* They point into the qname of this function. */
	verdict.match.name = verdict.shadow.name = NULL;
	return verdict;
}

bool
blocked(struct scratch *scratch, const char *name)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	struct pol_verdict verdict = evaluate(snapshot, name);
	bool is_blocked = verdict.enforced && verdict.match.action != POL_ALLOW;

	pol_snapshot_end(snapshot);
	return is_blocked;
}

static int
count_one(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg)
{
	size_t *count = arg;

	assert_int_equal(subject->kind, POL_NAME);
	assert_in_range(subject->name.len, 1, POL_NAME_MAX);
	assert_in_range(indicator->scope, POL_EXACT, POL_BELOW);
	++*count;
	return 0;
}

size_t
count_all(struct pol_snapshot *snapshot)
{
	size_t count = 0;

	assert_int_equal(pol_snapshot_each(snapshot, count_one, &count), 0);
	return count;
}

size_t
count_at(struct pol_snapshot *snapshot, const char *name)
{
	struct pol_name listed = name_of(name);
	size_t count = 0;

	assert_int_equal(
	    visit_name(snapshot, &listed, count_one, &count), 0);
	return count;
}

struct finder {
	uint16_t feed;
	enum pol_scope scope;
	struct pol_indicator *indicator;
};

static int
find_one(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg)
{
	struct finder *finder = arg;

	(void)subject;
	if (indicator->feed != finder->feed ||
	    indicator->scope != finder->scope)
		return 0;
	*finder->indicator = *indicator;
	return 1;
}

bool
find(struct pol_snapshot *snapshot, const char *name, uint16_t feed,
    enum pol_scope scope, struct pol_indicator *indicator)
{
	struct pol_name listed = name_of(name);
	struct finder finder = {feed, scope, indicator};
	int found = visit_name(snapshot, &listed, find_one, &finder);

	assert_in_range(found, 0, 1);
	return found == 1;
}

static void
assert_same_octets(const void *a, size_t a_len, const void *b, size_t b_len)
{
	assert_int_equal(a_len, b_len);
	if (a_len > 0)
		assert_memory_equal(a, b, a_len);
}

void
assert_same_indicator(
    const struct pol_indicator *a, const struct pol_indicator *b)
{
	assert_int_equal(a->feed, b->feed);
	assert_int_equal(a->scope, b->scope);
	assert_int_equal(a->action, b->action);
	assert_int_equal(a->shadow, b->shadow);
	assert_true(a->since == b->since);
	assert_true(a->until == b->until);
	assert_same_octets(
	    a->reference, a->reference_len, b->reference, b->reference_len);
	assert_same_octets(a->target, a->target_len, b->target, b->target_len);
	assert_same_octets(
	    a->ipv4, 4 * a->ipv4_count, b->ipv4, 4 * b->ipv4_count);
	assert_same_octets(
	    a->ipv6, 16 * a->ipv6_count, b->ipv6, 16 * b->ipv6_count);
}

void
rng_seed(struct rng *rng, uint64_t seed)
{
	rng->state = seed * 0x9e3779b97f4a7c15u + 1;
}

uint32_t
rng_below(struct rng *rng, uint32_t limit)
{
	rng->state ^= rng->state >> 12;
	rng->state ^= rng->state << 25;
	rng->state ^= rng->state >> 27;
	return (uint32_t)((rng->state * 0x2545f4914f6cdd1du) >> 33) % limit;
}

void
set_name(struct pol_change *change, const struct pol_name *name,
    const struct pol_indicator *indicator)
{
	struct pol_subject subject = pol_subject_of_name(name);

	pol_change_set(change, &subject, indicator);
}

void
remove_name(struct pol_change *change, const struct pol_name *name,
    uint16_t feed, unsigned *removed)
{
	struct pol_subject subject = pol_subject_of_name(name);

	pol_change_remove(change, &subject, feed, removed);
}

int
add_name(struct pol_list *list, const struct pol_name *name,
    const struct pol_indicator *indicator, unsigned long line)
{
	struct pol_subject subject = pol_subject_of_name(name);

	return pol_list_add(list, &subject, indicator, line);
}

int
visit_name(struct pol_snapshot *snapshot, const struct pol_name *name,
    pol_visit *visit, void *arg)
{
	struct pol_subject subject = pol_subject_of_name(name);

	return pol_snapshot_at(snapshot, &subject, visit, arg);
}
