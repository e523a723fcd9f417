/*
 * test_damage.c - files that are no policy database, or no longer one. Each
 * gives an error and neither a crash nor a wrong answer by luck.
 */
#include "policy_support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lmdb_edit.h"

static void
write_file(const char *path, const void *data, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static off_t
file_size(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

/* A policy with something of everything. */
static void
make_policy(struct scratch *scratch)
{
	static const uint8_t garden[] = "\6garden\7example";
	static const uint8_t address[16] = {192, 0, 2, 1};
	struct pol_change *change;
	struct pol_indicator indicator =
	    indicator_of(POL_OPERATOR, POL_SUBTREE);
	struct pol_name name = name_of("a.example");
	uint16_t feed;

	scratch_create(scratch, 0);
	change = begin_change(scratch);
	feed = set_feed(change, "list", 1);
	indicator.until = NOW + 60;
	indicator.reference = "a reason";
	indicator.reference_len = 8;
	indicator.action = POL_CNAME;
	indicator.target = garden;
	indicator.target_len = sizeof(garden);
	set_name(change, &name, &indicator);
	indicator = indicator_of(feed, POL_BELOW);
	indicator.action = POL_SINKHOLE;
	indicator.ipv4 = indicator.ipv6 = address;
	indicator.ipv4_count = 4;
	indicator.ipv6_count = 1;
	name = name_of("example");
	set_name(change, &name, &indicator);
	set_plain(change, "b.a.example", feed, POL_EXACT);
	commit(change);
	scratch_close(scratch);
}

static void
assert_no_open(struct scratch *scratch, int expected)
{
	struct pol_store *const none = scratch->store;
	int error = pol_store_open(scratch->path, &scratch->store);

	if (error != expected)
		fail_msg("open: %s, not %s", pol_strerror(error),
		    pol_strerror(expected));
	assert_ptr_equal(scratch->store, none);
	error = pol_store_create(scratch->path, 0, &scratch->store);
	if (error != expected)
		fail_msg("create: %s, not %s", pol_strerror(error),
		    pol_strerror(expected));
	assert_ptr_equal(scratch->store, none);
}

static void
other_files_are_no_database(void **state)
{
	struct scratch *scratch = *state;
	uint8_t noise[20000];
	struct rng rng;

	write_file(scratch->path, "x", 1);
	assert_no_open(scratch, POL_ECORRUPT);
	write_file(scratch->path, "# domains\nexample.com\n", 22);
	assert_no_open(scratch, POL_ECORRUPT);
	memset(noise, 0, sizeof(noise));
	write_file(scratch->path, noise, sizeof(noise));
	assert_no_open(scratch, POL_ECORRUPT);
	rng_seed(&rng, 1);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)rng_below(&rng, 256);
	write_file(scratch->path, noise, sizeof(noise));
	assert_no_open(scratch, POL_ECORRUPT);
	assert_int_equal(file_size(scratch->path), sizeof(noise));
}

/* A reader must wait until something is there. For a writer nothing can be
 * lost, and a full disk, or a kill, leaves such a file where one is made. */
static void
empty_file_is_taken_for_a_missing_one_by_writers_only(void **state)
{
	struct scratch *scratch = *state;

	write_file(scratch->path, "", 0);
	assert_int_equal(
	    pol_store_open(scratch->path, &scratch->store), POL_ECORRUPT);
	assert_int_equal(file_size(scratch->path), 0);
	scratch_create(scratch, 0);
	assert_false(blocked(scratch, "a.example"));
}

static void
a_folder_is_no_database(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(mkdir(scratch->path, 0700), 0);
	assert_no_open(scratch, POL_ECORRUPT);
}

/* Somebody else's: it must not be written to either. */
static void
lmdb_file_of_others_is_no_database(void **state)
{
	struct scratch *scratch = *state;
	struct lmdb_entry entry;

	lmdb_key_set(scratch->path, "addressbook", "key", 3, "value", 5);
	assert_no_open(scratch, POL_ECORRUPT);
	assert_true(lmdb_entry_read(scratch->path, 0, &entry));
	assert_string_equal(entry.table, "addressbook");
	free(entry.value);
	assert_false(lmdb_entry_read(scratch->path, 1, &entry));
}

static void
other_format_versions_are_refused(void **state)
{
	static const uint8_t versions[] = {
	    0, POL_STORE_FORMAT + 1, POL_STORE_FORMAT + 2, 255};
	struct scratch *scratch = *state;

	make_policy(scratch);
	for (size_t i = 0; i < sizeof(versions); i++) {
		lmdb_key_set(
		    scratch->path, "meta", "format", 6, &versions[i], 1);
		assert_no_open(scratch, POL_EVERSION);
	}
	lmdb_key_delete(scratch->path, "meta", "format", 6);
	assert_no_open(scratch, POL_ECORRUPT);
}

/* LMDB itself divides by it. */
static void
wrong_page_size_is_refused(void **state)
{
	enum { FIRST = 0, SECOND = 4096, OFFSET = 3 * sizeof(size_t) + 16 };
	static const uint32_t sizes[] = {0, 1, 512, 8192, UINT32_MAX};
	static const long pages[] = {FIRST, SECOND};
	struct scratch *scratch = *state;

	for (size_t i = 0; i < 10; i++) {
		FILE *file;

		make_policy(scratch);
		file = fopen(scratch->path, "r+");
		assert_non_null(file);
		assert_int_equal(
		    fseek(file, pages[i % 2] + OFFSET, SEEK_SET), 0);
		assert_int_equal(fwrite(&sizes[i / 2], 4, 1, file), 1);
		assert_int_equal(fclose(file), 0);
		assert_int_equal(
		    pol_store_probe(scratch->path), POL_ECORRUPT);
		assert_no_open(scratch, POL_ECORRUPT);
		assert_int_equal(unlink(scratch->path), 0);
		assert_int_equal(unlink(scratch->lock_path), 0);
	}
}

/* At each page's border, and before and behind it. */
static void
truncated_file_is_refused(void **state)
{
	struct scratch *scratch = *state;
	off_t whole;

	make_policy(scratch);
	whole = file_size(scratch->path);
	for (off_t size = whole - 1; size > 0; size -= 511) {
		assert_int_equal(truncate(scratch->path, size), 0);
		assert_no_open(scratch, POL_ECORRUPT);
	}
	for (off_t size = (whole - 1) / 512 * 512; size > 0; size -= 512) {
		assert_int_equal(truncate(scratch->path, size), 0);
		assert_no_open(scratch, POL_ECORRUPT);
	}
}

static void
truncation_under_an_open_store_is_seen(void **state)
{
	struct scratch *scratch = *state;
	off_t whole;

	make_policy(scratch);
	whole = file_size(scratch->path);
	scratch_open(scratch);
	assert_int_equal(pol_store_check(scratch->store), 0);
	assert_int_equal(truncate(scratch->path, whole / 2), 0);
	assert_int_equal(pol_store_check(scratch->store), POL_ECORRUPT);
	assert_int_equal(truncate(scratch->path, whole), 0);
	assert_int_equal(pol_store_check(scratch->store), 0);
}

/* An indicator of some 800 octets. */
static struct pol_indicator
large_indicator(uint16_t feed)
{
	static const char reference[POL_REFERENCE_MAX];
	static const uint8_t addresses[16 * POL_ADDRESSES_MAX];
	struct pol_indicator indicator = indicator_of(feed, POL_EXACT);

	indicator.reference = reference;
	indicator.reference_len = sizeof(reference);
	indicator.ipv4 = indicator.ipv6 = addresses;
	indicator.ipv4_count = indicator.ipv6_count = POL_ADDRESSES_MAX;
	return indicator;
}

/* LMDB never writes a page that a change takes at the file's end and gives
 * back: the file could be shorter than its header says without being cut. */
static void
pages_taken_and_given_back_are_no_damage(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change;
	struct pol_name name = name_of("large.example");
	unsigned removed;

	make_policy(scratch);
	scratch_create(scratch, 0);
	for (int round = 0; round < 8; round++) {
		uint16_t feeds[40];

		change = begin_change(scratch);
		for (uint16_t i = 0; i < 40; i++) {
			struct pol_indicator indicator;
			char text[16];

			snprintf(text, sizeof(text), "feed%u", i);
			feeds[i] = set_feed(change, text, (uint16_t)(i + 1));
			indicator = large_indicator(feeds[i]);
			set_name(change, &name, &indicator);
		}
		for (int i = 0; i < 40; i++)
			remove_name(change, &name, feeds[i], &removed);
		commit(change);
		assert_int_equal(pol_store_check(scratch->store), 0);
	}
	scratch_close(scratch);
	scratch_open(scratch);
	assert_true(blocked(scratch, "a.example"));
}

static int
touch_indicator(const struct pol_subject *subject,
    const struct pol_indicator *indicator, void *arg)
{
	uint64_t *sum = arg;

	for (size_t i = 0; i < subject->name.len; i++)
		*sum += subject->name.wire[i];
	for (size_t i = 0; i < indicator->reference_len; i++)
		*sum += (uint8_t)indicator->reference[i];
	for (size_t i = 0; i < indicator->target_len; i++)
		*sum += indicator->target[i];
	for (size_t i = 0; i < 4 * indicator->ipv4_count; i++)
		*sum += indicator->ipv4[i];
	for (size_t i = 0; i < 16 * indicator->ipv6_count; i++)
		*sum += indicator->ipv6[i];
	return 0;
}

static int
touch_match(const struct pol_match *match, void *arg)
{
	uint64_t *sum = arg;
	struct pol_name name = {.len = 1};
	struct pol_subject subject;

	*sum += strlen(match->feed->name) + match->specificity;
	assert_in_range(match->action, POL_SINKHOLE, POL_ALLOW);
	if (match->action == POL_CNAME)
		assert_int_equal(pol_name_from_wire(match->indicator.target,
				     match->indicator.target_len, &name),
		    0);
	subject = pol_subject_of_name(&name);
	return touch_indicator(&subject, &match->indicator, arg);
}

/* The codes that damage may give; none is POL_EIO or POL_EINVAL, which would
 * send the operator looking in the wrong place. */
static void
assert_damage(int error)
{
	if (error != 0 && error != POL_ECORRUPT && error != POL_EVERSION)
		fail_msg("damage gives: %s", pol_strerror(error));
}

/* Use all there is of a snapshot. */
static void
read_everything(struct pol_snapshot *snapshot)
{
	static const char *const names[] = {
	    "b.a.example", "a.example", "x.example", "example", "other", "."};
	uint64_t sum = snapshot->settings.ttl;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct pol_name name = name_of(names[i]);
		struct pol_query query = {.qname = name.wire, .qname_len = name.len};
		struct pol_verdict verdict = {0};

		assert_damage(pol_evaluate(snapshot, &query, NOW, &verdict));
		assert_damage(pol_matches(snapshot, &query, touch_match, &sum));
		assert_damage(
		    visit_name(snapshot, &name, touch_indicator, &sum));
	}
	assert_damage(pol_snapshot_each(snapshot, touch_indicator, &sum));
}

/* Change it all, and throw the change away. */
static void
change_everything(struct pol_store *store)
{
	struct pol_change *change = NULL;
	struct pol_name name = name_of("a.example");
	struct pol_indicator indicator = indicator_of(POL_OPERATOR, POL_EXACT);
	uint64_t removed_total = 0;
	unsigned removed = 0;
	int error = pol_change_begin(store, &change);

	assert_damage(error);
	if (error != 0)
		return;
	set_name(change, &name, &indicator);
	remove_name(change, &name, POL_OPERATOR, &removed);
	pol_change_remove_feed(change, 1, &removed_total);
	pol_change_abort(change);
}

static void
use_damaged(struct scratch *scratch)
{
	struct pol_snapshot *snapshot = NULL;
	int error = pol_store_open(scratch->path, &scratch->store);

	assert_damage(error);
	if (error == 0) {
		error = pol_snapshot_begin(scratch->store, &snapshot);
		assert_damage(error);
		if (error == 0)
			read_everything(snapshot);
		pol_snapshot_end(snapshot);
		scratch_close(scratch);
	}
	error = pol_store_create(scratch->path, 0, &scratch->store);
	assert_damage(error);
	if (error == 0)
		change_everything(scratch->store);
	scratch_close(scratch);
}

/* Have DAMAGE use each value in turn, damaged in its ways; then mend it. */
static void
damage_each_value(struct scratch *scratch,
    void (*damage)(struct scratch *scratch, struct lmdb_entry *entry))
{
	struct lmdb_entry entry;

	make_policy(scratch);
	for (size_t n = 0; lmdb_entry_read(scratch->path, n, &entry); n++) {
		damage(scratch, &entry);
		lmdb_entry_write(
		    scratch->path, &entry, entry.value, entry.value_len);
		free(entry.value);
	}
	scratch_open(scratch);
	assert_true(blocked(scratch, "a.example"));
}

static void
flip_bytes(struct scratch *scratch, struct lmdb_entry *entry)
{
	static const uint8_t flips[] = {0x01, 0x80, 0xff};

	for (size_t i = 0; i < entry->value_len; i++)
		for (size_t j = 0; j < sizeof(flips); j++) {
			entry->value[i] ^= flips[j];
			lmdb_entry_write(scratch->path, entry, entry->value,
			    entry->value_len);
			use_damaged(scratch);
			entry->value[i] ^= flips[j];
		}
}

static void
flipped_bytes_in_values_are_survived(void **state)
{
	damage_each_value(*state, flip_bytes);
}

static void
cut_short(struct scratch *scratch, struct lmdb_entry *entry)
{
	for (size_t len = 0; len < entry->value_len; len++) {
		lmdb_entry_write(scratch->path, entry, entry->value, len);
		use_damaged(scratch);
	}
}

static void
values_cut_short_are_survived(void **state)
{
	damage_each_value(*state, cut_short);
}

static void
keys_that_are_none_are_survived(void **state)
{
	static const struct {
		const char *key;
		size_t len;
	} keys[] = {{"x", 1}, {"\0x", 2}, {"\0\0", 2}, {"\0example", 8},
	    {"\0example\0\1\0", 11}, {"\0example\0\0", 10},
	    {"\0example\0a\0\0", 12}, {"\0example\0a\0x", 12},
	    {"\0example\0a\0\1\3\0", 14}, {"\0\1\0", 3}, {"\377\377", 2}};
	struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct lmdb_entry entry;
		size_t n = 0;

		make_policy(scratch);
		/* The value of some name, so that only the key is wrong. */
		while (lmdb_entry_read(scratch->path, n++, &entry) &&
		       strcmp(entry.table, "name") != 0)
			free(entry.value);
		lmdb_key_set(scratch->path, "name", keys[i].key, keys[i].len,
		    entry.value, entry.value_len);
		lmdb_key_set(scratch->path, "feed", keys[i].key, keys[i].len,
		    entry.value, entry.value_len);
		free(entry.value);
		use_damaged(scratch);
		lmdb_key_delete(
		    scratch->path, "feed", keys[i].key, keys[i].len);
		use_damaged(scratch);
		assert_int_equal(unlink(scratch->path), 0);
		assert_int_equal(unlink(scratch->lock_path), 0);
	}
}

/* What a snapshot says while the bytes under it are damaged is an error, and
 * it can go on when they are whole again. */
static void
verdict_is_unchanged_on_damage(void **state)
{
	struct scratch *scratch = *state;
	struct pol_name name = name_of("a.example");
	struct pol_query query = {.qname = name.wire, .qname_len = name.len};
	struct pol_verdict verdict, before;
	struct pol_key key;
	struct pol_snapshot *snapshot;

	make_policy(scratch);
	pol_key_from_name(&name, &key);
	lmdb_key_set(scratch->path, "name", key.data, key.len, "\1\0", 2);
	scratch_open(scratch);
	snapshot = begin_snapshot(scratch);
	memset(&verdict, 0x55, sizeof(verdict));
	memset(&before, 0x55, sizeof(before));
	assert_int_equal(
	    pol_evaluate(snapshot, &query, NOW, &verdict), POL_ECORRUPT);
	assert_memory_equal(&verdict, &before, sizeof(verdict));
	assert_true(evaluate(snapshot, "x.example").enforced);
	pol_snapshot_end(snapshot);
}

/* Nor is the number of what was removed. */
static void
number_removed_is_unchanged_on_damage(void **state)
{
	struct scratch *scratch = *state;
	struct pol_name name = name_of("a.example");
	struct pol_subject subject = pol_subject_of_name(&name);
	struct pol_change *change;
	struct pol_key key;
	unsigned removed = 55;

	make_policy(scratch);
	pol_key_from_name(&name, &key);
	lmdb_key_set(scratch->path, "name", key.data, key.len, "\1\0", 2);
	scratch_create(scratch, 0);
	change = begin_change(scratch);
	pol_change_remove(change, &subject, POL_OPERATOR, &removed);
	assert_int_equal(removed, 55);
	assert_int_equal(pol_change_commit(change, NULL), POL_ECORRUPT);
}

/* An indicator of a feed that is not there cannot be judged. */
static void
indicator_of_no_feed_is_corrupt(void **state)
{
	static const uint8_t feed_one[] = {0, 1};
	struct scratch *scratch = *state;
	struct pol_name name = name_of("b.a.example");
	struct pol_query query = {.qname = name.wire, .qname_len = name.len};
	struct pol_verdict verdict = {0};
	struct pol_snapshot *snapshot;

	make_policy(scratch);
	lmdb_key_delete(scratch->path, "feed", feed_one, sizeof(feed_one));
	scratch_open(scratch);
	snapshot = begin_snapshot(scratch);
	assert_int_equal(
	    pol_evaluate(snapshot, &query, NOW, &verdict), POL_ECORRUPT);
	pol_snapshot_end(snapshot);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    folder_test(other_files_are_no_database),
	    folder_test(empty_file_is_taken_for_a_missing_one_by_writers_only),
	    folder_test(a_folder_is_no_database),
	    folder_test(lmdb_file_of_others_is_no_database),
	    folder_test(other_format_versions_are_refused),
	    folder_test(wrong_page_size_is_refused),
	    folder_test(truncated_file_is_refused),
	    folder_test(truncation_under_an_open_store_is_seen),
	    folder_test(pages_taken_and_given_back_are_no_damage),
	    folder_test(flipped_bytes_in_values_are_survived),
	    folder_test(values_cut_short_are_survived),
	    folder_test(keys_that_are_none_are_survived),
	    folder_test(verdict_is_unchanged_on_damage),
	    folder_test(number_removed_is_unchanged_on_damage),
	    folder_test(indicator_of_no_feed_is_corrupt),
	};

	return cmocka_run_group_tests_name("damage", tests, NULL, NULL);
}
