/*
 * test_assertions.c - where a file is overwritten under LMDB, which asserts that
 * it was not, and would end the process.
 */
#include "policy_support.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "behaviour/observed.h"
#include "module/guard.h"

/* Both meta pages: tables begin at page 0 then. */
static void
clear_meta_pages(const char *path)
{
	static const uint8_t zeros[2 * 4096];
	FILE *file = fopen(path, "r+");

	assert_non_null(file);
	assert_int_equal(fwrite(zeros, 1, sizeof(zeros), file), sizeof(zeros));
	assert_int_equal(fclose(file), 0);
}

static void
look_again(void *arg)
{
	if (pol_snapshot_renew(arg) == 0)
		(void)evaluate(arg, "a.example");
}

static void
policy_ends_only_what_is_guarded(void **state)
{
	struct scratch *scratch = *state;
	struct pol_snapshot *snapshot;
	struct pol_change *change;

	scratch_create(scratch, 0);
	change = begin_change(scratch);
	set_plain(change, "a.example", set_feed(change, "list", 1), POL_EXACT);
	commit(change);
	snapshot = begin_snapshot(scratch);
	pol_snapshot_release(snapshot);
	clear_meta_pages(scratch->path);
	assert_true(guard_install());
	assert_false(guarded(look_again, snapshot));
	guard_remove();
	pol_snapshot_end(snapshot);
}

static void
find_one(void *arg)
{
	int64_t first;

	(void)beh_observed_seen(arg, 42, &first);
}

/* What a fault has ended may not be closed: so the process ends with it. */
static int
find_in_cleared(const char *path)
{
	struct beh_sighting sighting = {.hash = 42, .first = (uint32_t)NOW};
	struct beh_observed *observed;

	if (beh_observed_create(path, NOW, &observed) != 0)
		return 2;
	beh_observed_put_seen(observed, &sighting);
	if (beh_observed_commit(observed) != 0 || !guard_install())
		return 2;
	clear_meta_pages(path);
	return guarded(find_one, observed) ? 1 : 0;
}

static void
observed_ends_only_what_is_guarded(void **state)
{
	const struct scratch *scratch = *state;
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(find_in_cleared(scratch->path));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    folder_test(policy_ends_only_what_is_guarded),
	    folder_test(observed_ends_only_what_is_guarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
