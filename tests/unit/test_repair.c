/*
 * test_repair.c - a database file that is shorter than its header says: made
 * whole where only free pages are missing, else refused and left as it is.
 */
#include "policy_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lmdb_edit.h"

#define PAGE 4096
#define META_PAGES 2

struct file {
	uint8_t *octets;
	size_t size;
};

static size_t
file_size(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

static struct file
read_file(const char *path)
{
	struct file file = {.size = file_size(path)};
	FILE *stream = fopen(path, "r");

	file.octets = malloc(file.size);
	assert_non_null(stream);
	assert_non_null(file.octets);
	assert_int_equal(fread(file.octets, 1, file.size, stream), file.size);
	fclose(stream);
	return file;
}

static void
write_file(const char *path, const struct file *file)
{
	FILE *stream = fopen(path, "w");

	assert_non_null(stream);
	assert_int_equal(
	    fwrite(file->octets, 1, file->size, stream), file->size);
	assert_int_equal(fclose(stream), 0);
}

/* Names n0.example up to the last of COMMITS, each by a commit of its own.
 * Their pages are not used again while the snapshot reads them, so the list
 * of free pages is the longer, the more there are. */
static void
make_names(struct scratch *scratch, size_t commits)
{
	struct pol_snapshot *snapshot;

	scratch_create(scratch, 0);
	snapshot = begin_snapshot(scratch);
	for (size_t i = 0; i < commits; i++) {
		struct pol_change *change = begin_change(scratch);
		char name[32];

		snprintf(name, sizeof(name), "n%zu.example", i);
		set_plain(change, name, POL_OPERATOR, POL_EXACT);
		commit(change);
	}
	pol_snapshot_end(snapshot);
	scratch_close(scratch);
}

/* All names are there, and one more can be added. */
static void
assert_works(struct scratch *scratch, size_t names)
{
	struct pol_snapshot *snapshot;
	struct pol_change *change;

	scratch_open(scratch);
	scratch_close(scratch);
	scratch_create(scratch, 0);
	change = begin_change(scratch);
	set_plain(change, "one-more.example", POL_OPERATOR, POL_EXACT);
	commit(change);
	snapshot = begin_snapshot(scratch);
	assert_int_equal(count_all(snapshot), names + 1);
	pol_snapshot_end(snapshot);
	scratch_close(scratch);
}

/* What a writer leaves that is killed between its commit and the next step. */
static void
file_that_lmdb_left_short_is_made_whole(void **state)
{
	struct scratch *scratch = *state;
	struct pol_store *store = NULL;
	size_t size;

	make_names(scratch, 3);
	lmdb_pages_waste(scratch->path, 50);
	size = file_size(scratch->path);
	assert_int_equal(pol_store_open(scratch->path, &store), POL_ECORRUPT);
	assert_int_equal(file_size(scratch->path), size);
	scratch_create(scratch, 0);
	assert_int_equal(pol_store_check(scratch->store), 0);
	scratch_close(scratch);
	assert_in_range(file_size(scratch->path), size + 40 * PAGE, SIZE_MAX);
	assert_works(scratch, 3);
}

/* Cut the file to SIZE octets: is it taken up again? If so it is put back as
 * it was, else it stays cut. */
static bool
survives_cut(struct scratch *scratch, const struct file *whole, size_t size,
    size_t names)
{
	struct pol_store *store = NULL;
	int error;

	assert_int_equal(truncate(scratch->path, (off_t)size), 0);
	assert_int_equal(pol_store_open(scratch->path, &store), POL_ECORRUPT);
	error = pol_store_create(scratch->path, 0, &store);
	pol_store_close(store);
	if (error == 0) {
		assert_int_equal(file_size(scratch->path), whole->size);
		assert_works(scratch, names);
		write_file(scratch->path, whole);
		return true;
	}
	assert_int_equal(error, POL_ECORRUPT);
	assert_null(store);
	assert_int_equal(file_size(scratch->path), size);
	return false;
}

/* Cut ever more pages, each time also within the page. */
static void
cut_page_by_page(struct scratch *scratch, size_t commits)
{
	struct file whole;
	size_t repaired = 0, refused = 0;

	make_names(scratch, commits);
	lmdb_pages_waste(scratch->path, 50);
	scratch_create(scratch, 0); /* gives it its length */
	scratch_close(scratch);
	whole = read_file(scratch->path);
	for (size_t end = whole.size - PAGE; end >= META_PAGES * PAGE;
	     end -= PAGE) {
		bool within =
		    survives_cut(scratch, &whole, end + PAGE / 2, commits);
		bool before = survives_cut(scratch, &whole, end, commits);

		/* Half a page is as bad as none. */
		assert_int_equal(within, before);
		if (before)
			assert_int_equal(refused, 0);
		repaired += before;
		refused += !before;
	}
	free(whole.octets);
	assert_in_range(repaired, 1, SIZE_MAX);
	assert_in_range(refused, 1, SIZE_MAX);
}

static void
cut_is_repaired_up_to_the_last_page_in_use(void **state)
{
	cut_page_by_page(*state, 3);
}

/* The list of free pages takes pages too: some of those may be missing. */
static void
cut_list_of_free_pages_is_refused(void **state)
{
	cut_page_by_page(*state, 200);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    folder_test(file_that_lmdb_left_short_is_made_whole),
	    folder_test(cut_is_repaired_up_to_the_last_page_in_use),
	    folder_test(cut_list_of_free_pages_is_refused),
	};

	return cmocka_run_group_tests_name("repair", tests, NULL, NULL);
}
