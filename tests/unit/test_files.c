/*
 * test_files.c - the files of the database: who can open them, whose they are,
 * and where there are none.
 */
#include "policy_support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lmdb_edit.h"
#include "peer.h"

#define NOBODY 65534
#define SOME_GROUP 12345

static struct stat
stat_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st;
}

/* Whoever is not root cannot become somebody else... */
static void
need_root(void)
{
	if (geteuid() != 0)
		skip();
}

/* ...nor give files to any group; in some containers root cannot either. */
static void
give_folder(const struct scratch *scratch, gid_t group, mode_t mode)
{
	if (chown(scratch->folder, (uid_t)-1, group) != 0)
		skip();
	assert_int_equal(chmod(scratch->folder, mode), 0);
}

static void
missing_file_is_not_made_by_a_reader(void **state)
{
	struct scratch *scratch = *state;
	struct pol_store *store = NULL;
	struct stat st;

	assert_int_equal(pol_store_open(scratch->path, &store), POL_ENOENT);
	assert_null(store);
	assert_int_equal(stat(scratch->path, &st), -1);
	assert_int_equal(errno, ENOENT);
}

static void
missing_folder_is_no_entry(void **state)
{
	struct scratch *scratch = *state;
	struct pol_store *store = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/missing/policy.mdb", scratch->folder);
	assert_int_equal(pol_store_open(path, &store), POL_ENOENT);
	assert_int_equal(pol_store_create(path, 0, &store), POL_ENOENT);
	assert_null(store);
}

static void
very_long_path_is_an_error(void **state)
{
	struct pol_store *store = NULL;
	char *path = malloc(2 * POL_PATH_MAX);

	(void)state;
	assert_non_null(path);
	memset(path, 'a', 2 * POL_PATH_MAX);
	path[0] = '/';
	path[2 * POL_PATH_MAX - 1] = '\0';
	assert_true(pol_store_open(path, &store) < 0);
	assert_true(pol_store_create(path, 0, &store) < 0);
	assert_null(store);
	free(path);
}

static void
missing_lock_file_is_made_again(void **state)
{
	struct scratch *scratch = *state;

	scratch_create(scratch, 0);
	scratch_close(scratch);
	assert_int_equal(unlink(scratch->lock_path), 0);
	scratch_open(scratch);
	assert_false(blocked(scratch, "a.example"));
	stat_of(scratch->lock_path);
}

/* The resolver's group reads the policy and writes the lock file; nobody but
 * the owner writes the policy, and no other user writes anything. */
static void
assert_shared(const struct scratch *scratch, gid_t group)
{
	struct stat policy = stat_of(scratch->path);
	struct stat lock = stat_of(scratch->lock_path);

	assert_int_equal(policy.st_gid, group);
	assert_int_equal(lock.st_gid, group);
	assert_int_equal(policy.st_mode & (S_IRGRP | S_IWOTH), S_IRGRP);
	assert_int_equal(
	    lock.st_mode & (S_IRGRP | S_IWGRP | S_IWOTH), S_IRGRP | S_IWGRP);
}

static void
new_files_are_shared_with_the_folders_group(void **state)
{
	static const mode_t masks[] = {0, 022, 027, 077};
	static const mode_t modes[] = {02770, 0770, 02775};
	struct scratch *scratch = *state;

	for (size_t i = 0; i < 12; i++) {
		mode_t mask;

		give_folder(scratch, SOME_GROUP, modes[i / 4]);
		mask = umask(masks[i % 4]);
		scratch_create(scratch, 0);
		umask(mask);
		scratch_close(scratch);
		assert_shared(scratch, SOME_GROUP);
		assert_int_equal(unlink(scratch->path), 0);
		assert_int_equal(unlink(scratch->lock_path), 0);
	}
}

/* As after restoring the policy from a copy, without the lock file. */
static void
new_lock_file_is_shared_too(void **state)
{
	struct scratch *scratch = *state;
	mode_t mask;

	give_folder(scratch, SOME_GROUP, 02770);
	scratch_create(scratch, 0);
	scratch_close(scratch);
	assert_int_equal(unlink(scratch->lock_path), 0);
	mask = umask(022);
	scratch_create(scratch, 0);
	umask(mask);
	assert_shared(scratch, SOME_GROUP);
}

/* What the administrator has set stays. */
static void
modes_of_old_files_are_left_alone(void **state)
{
	struct scratch *scratch = *state;

	scratch_create(scratch, 0);
	scratch_close(scratch);
	assert_int_equal(chmod(scratch->path, 0600), 0);
	assert_int_equal(chmod(scratch->lock_path, 0660), 0);
	scratch_create(scratch, 0);
	assert_int_equal(stat_of(scratch->path).st_mode & 07777, 0600);
	assert_int_equal(stat_of(scratch->lock_path).st_mode & 07777, 0660);
}

static void
resolver_of_the_group_can_read(void **state)
{
	struct scratch *scratch = *state;
	struct peer peer;

	need_root();
	peer = peer_start(scratch->path);
	give_folder(scratch, NOBODY, 02770);
	scratch_create(scratch, 0);
	assert_int_equal(peer_become(&peer, NOBODY), 0);
	assert_int_equal(peer_open(&peer), 0);
	assert_int_equal(peer_begin(&peer), 0);
	assert_false(peer_blocked(&peer, "a.example"));
	peer_end(&peer);
	peer_close(&peer);
	assert_int_equal(peer_create(&peer, 0), POL_EACCES);
	peer_stop(&peer);
}

/* A peer that is nobody, before files of these modes. */
static struct peer
start_before(struct scratch *scratch, mode_t mode, mode_t lock_mode)
{
	struct peer peer;

	need_root();
	peer = peer_start(scratch->path);
	assert_int_equal(chmod(scratch->folder, 0755), 0);
	scratch_create(scratch, 0);
	scratch_close(scratch);
	assert_int_equal(chmod(scratch->path, mode), 0);
	assert_int_equal(chmod(scratch->lock_path, lock_mode), 0);
	assert_int_equal(peer_become(&peer, NOBODY), 0);
	return peer;
}

static void
file_that_may_not_be_read_is_no_access(void **state)
{
	struct peer peer = start_before(*state, 0600, 0666);

	assert_int_equal(peer_open(&peer), POL_EACCES);
	assert_int_equal(peer_create(&peer, 0), POL_EACCES);
	peer_stop(&peer);
}

static void
lock_file_that_may_not_be_written_is_no_access(void **state)
{
	struct scratch *scratch = *state;
	struct peer peer = start_before(scratch, 0644, 0644);

	assert_int_equal(peer_open(&peer), POL_EACCES);
	/* and neither may it be made in a folder of somebody else's */
	assert_int_equal(unlink(scratch->lock_path), 0);
	assert_int_equal(peer_open(&peer), POL_EACCES);
	peer_stop(&peer);
}

static void
folder_that_may_not_be_entered_is_no_access(void **state)
{
	struct scratch *scratch = *state;
	struct peer peer;

	need_root();
	peer = peer_start(scratch->path);
	scratch_create(scratch, 0);
	assert_int_equal(chmod(scratch->folder, 0700), 0);
	assert_int_equal(peer_become(&peer, NOBODY), 0);
	assert_int_equal(peer_open(&peer), POL_EACCES);
	assert_int_equal(peer_create(&peer, 0), POL_EACCES);
	peer_stop(&peer);
}

/* For one who has another file open under this path: neither file may be
 * touched, and no reader's slot taken. */
static void
probe_asks_without_a_trace(void **state)
{
	struct scratch *scratch = *state;
	struct pol_snapshot *snapshot;
	struct stat st;

	assert_int_equal(pol_store_probe(scratch->path), POL_ENOENT);
	lmdb_file_make(scratch->path);
	assert_int_equal(pol_store_probe(scratch->path), POL_ECORRUPT);
	scratch_create(scratch, 0);
	snapshot = begin_snapshot(scratch);
	assert_int_equal(pol_store_probe(scratch->path), 0);
	assert_int_equal(count_all(snapshot), 0);
	pol_snapshot_end(snapshot);
	scratch_close(scratch);
	assert_int_equal(unlink(scratch->lock_path), 0);
	assert_int_equal(pol_store_probe(scratch->path), 0);
	assert_int_equal(stat(scratch->lock_path, &st), -1);
	assert_int_equal(truncate(scratch->path, 9000), 0);
	assert_int_equal(pol_store_probe(scratch->path), POL_ECORRUPT);
}

static void
open_file_knows_whether_it_is_still_at_its_path(void **state)
{
	struct scratch *scratch = *state;
	char other[128];

	scratch_create(scratch, 0);
	assert_true(pol_store_is_at(scratch->store, scratch->path));
	snprintf(other, sizeof(other), "%s/other.mdb", scratch->folder);
	assert_int_equal(rename(scratch->path, other), 0);
	assert_true(pol_store_is_at(scratch->store, scratch->path));
	lmdb_file_make(scratch->path);
	assert_false(pol_store_is_at(scratch->store, scratch->path));
	assert_true(pol_store_is_at(scratch->store, other));
}

/* A start that was interrupted, killed or out of space after LMDB had made the
 * file, and before anything was in it, must not need the operator's hand. */
static void
interrupted_creation_is_taken_up(void **state)
{
	struct scratch *scratch = *state;
	struct pol_store *store = NULL;

	lmdb_file_make(scratch->path);
	assert_int_equal(pol_store_open(scratch->path, &store), POL_ECORRUPT);
	scratch_create(scratch, 0);
	assert_false(blocked(scratch, "a.example"));
}

/* The first `apply` and the first `block` at one time, both by a timer. */
static int
create_in_child(const char *path)
{
	struct pol_store *store = NULL;
	struct pol_change *change = NULL;
	struct pol_indicator indicator = indicator_of(POL_OPERATOR, POL_EXACT);
	struct pol_name name;
	char text[32];
	int error = pol_store_create(path, 0, &store);

	if (error == 0)
		error = pol_change_begin(store, &change);
	if (error == 0) {
		snprintf(text, sizeof(text), "n%d.example", (int)getpid());
		(void)pol_name_from_text(text, strlen(text), &name);
		set_name(change, &name, &indicator);
		error = pol_change_commit(change, NULL);
	}
	pol_store_close(store);
	return -error;
}

static void
several_processes_can_create_at_once(void **state)
{
	enum { ROUNDS = 20, CHILDREN = 4 };
	struct scratch *scratch = *state;

	for (int round = 0; round < ROUNDS; round++) {
		struct pol_snapshot *snapshot;
		pid_t children[CHILDREN];

		fflush(NULL);
		for (int i = 0; i < CHILDREN; i++) {
			children[i] = fork();
			assert_true(children[i] >= 0);
			if (children[i] == 0)
				_exit(create_in_child(scratch->path));
		}
		for (int i = 0; i < CHILDREN; i++) {
			int status;

			assert_int_equal(
			    waitpid(children[i], &status, 0), children[i]);
			assert_true(WIFEXITED(status));
			assert_int_equal(-WEXITSTATUS(status), POL_OK);
		}
		scratch_open(scratch);
		snapshot = begin_snapshot(scratch);
		assert_int_equal(count_all(snapshot), CHILDREN);
		assert_int_equal(
		    pol_snapshot_feed(snapshot, 0)->count, CHILDREN);
		pol_snapshot_end(snapshot);
		scratch_close(scratch);
		assert_int_equal(unlink(scratch->path), 0);
		assert_int_equal(unlink(scratch->lock_path), 0);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    folder_test(missing_file_is_not_made_by_a_reader),
	    folder_test(missing_folder_is_no_entry),
	    folder_test(very_long_path_is_an_error),
	    folder_test(missing_lock_file_is_made_again),
	    folder_test(new_files_are_shared_with_the_folders_group),
	    folder_test(new_lock_file_is_shared_too),
	    folder_test(modes_of_old_files_are_left_alone),
	    folder_test(resolver_of_the_group_can_read),
	    folder_test(file_that_may_not_be_read_is_no_access),
	    folder_test(lock_file_that_may_not_be_written_is_no_access),
	    folder_test(folder_that_may_not_be_entered_is_no_access),
	    folder_test(probe_asks_without_a_trace),
	    folder_test(open_file_knows_whether_it_is_still_at_its_path),
	    folder_test(interrupted_creation_is_taken_up),
	    folder_test(several_processes_can_create_at_once),
	};

	return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
