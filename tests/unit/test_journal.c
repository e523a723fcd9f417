/*
 * test_journal.c - the journal of changes: what is in it, and its bounds.
 */
#include "policy_support.h"

#include <stdio.h>
#include <string.h>

#include "policy/error.h"
#include "policy/journal_p.h"

static const struct pol_journal_limits roomy = {
    .entries = 100, .octets = POL_JOURNAL_OCTETS_DEFAULT, .names = 3};

static struct pol_change *
begin_signed(struct scratch *scratch, const struct pol_journal_limits *limits)
{
	struct pol_change *change = begin_change(scratch);

	pol_change_sign(change, limits, "test", "somebody", NOW);
	return change;
}

/* All entries in words, the newest first. */
static char words[8192];

static int
add_words(const struct pol_journal_entry *entry, void *arg)
{
	struct pol_journal_entry rest = *entry;
	struct pol_journal_item item;
	char text[POL_NAME_TEXT_MAX];
	size_t *used = arg;
	int more;

	*used += (size_t)snprintf(words + *used, sizeof(words) - *used,
	    "%s %s %s", entry->verb, entry->by, entry->feed);
	for (int event = 0; event < POL_EVENTS; event++)
		if (entry->counts[event] > 0)
			*used += (size_t)snprintf(words + *used,
			    sizeof(words) - *used, " %s=%u",
			    pol_event_text((enum pol_event)event),
			    (unsigned)entry->counts[event]);
	while ((more = pol_journal_next(&rest, &item)) > 0)
		*used += (size_t)snprintf(words + *used, sizeof(words) - *used,
		    " %s:%s", pol_event_text(item.event),
		    pol_subject_to_text(&item.subject, text));
	if (entry->note[0] != '\0')
		*used += (size_t)snprintf(
		    words + *used, sizeof(words) - *used, " (%s)", entry->note);
	*used += (size_t)snprintf(words + *used, sizeof(words) - *used, "\n");
	assert_int_equal(entry->when, NOW);
	return more;
}

static void
assert_journal(struct scratch *scratch, const char *expected)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	size_t used = 0;

	words[0] = '\0';
	assert_int_equal(pol_journal_each(snapshot, add_words, &used), 0);
	pol_snapshot_end(snapshot);
	assert_string_equal(words, expected);
}

static void
import_names(struct pol_change *change, uint16_t feed, const char *const *names)
{
	struct pol_import_result result;
	struct pol_list *list = new_list();

	for (unsigned i = 0; names[i] != NULL; i++)
		list_add(list, names[i], POL_SUBTREE, i + 1);
	assert_int_equal(pol_list_seal(list, NULL, NULL), 0);
	assert_int_equal(
	    pol_import(change, feed, list, NOW, NULL, NULL, &result), 0);
	pol_list_free(list);
}

static void
each_feed_of_a_change_has_an_entry(void **state)
{
	struct scratch *scratch = *state;
	static const char *const one[] = {"a.example", "b.example", NULL};
	static const char *const two[] = {
	    "b.example", "c.example", "d.example", "e.example", NULL};
	struct pol_change *change = begin_signed(scratch, &roomy);
	uint16_t first = set_feed(change, "one", 1);
	uint16_t second = set_feed(change, "two", 2);
	uint64_t removed;

	import_names(change, first, one);
	import_names(change, second, two);
	set_plain(change, "x.example", POL_OPERATOR, POL_SUBTREE);
	commit(change);
	assert_journal(scratch,
	    "test somebody operator added=1 added:x.example\n"
	    "test somebody two added=4 added:b.example added:c.example "
	    "added:d.example\n"
	    "test somebody one added=2 added:a.example added:b.example\n"
	    "test somebody two (new, mode enforce, action sinkhole)\n"
	    "test somebody one (new, mode enforce, action sinkhole)\n");
	/* Of an import that changes nothing nothing is said. */
	change = begin_signed(scratch, &roomy);
	import_names(change, first, one);
	assert_false(pol_change_dirty(change));
	commit(change);
	change = begin_signed(
	    scratch, &(struct pol_journal_limits){1, roomy.octets, 1});
	pol_change_remove_feed(change, first, &removed);
	commit(change);
	assert_journal(scratch, "test somebody one removed=2 removed:a.example "
				"(not configured any more)\n");
}

static void
what_a_feed_and_the_settings_are_set_to_is_told(void **state)
{
	struct scratch *scratch = *state;
	struct pol_feed feed = {.action = POL_SINKHOLE,
	    .mode = POL_SHADOW,
	    .ede = POL_EDE_BLOCKED,
	    .order = 1,
	    .name = "one"};
	struct pol_change *change = begin_change(scratch); /* not signed */
	struct pol_settings settings;
	uint16_t id;

	pol_settings_default(&settings);
	pol_change_set_feed(change, &feed, &id);
	commit(change);
	change = begin_signed(scratch, &roomy);
	feed.mode = POL_ENFORCE;
	feed.risk = 90;
	pol_change_set_feed(change, &feed, &id);
	import_names(change, id, (const char *const[]){"a.example", NULL});
	settings.ttl = 7;
	pol_change_set_settings(change, &settings);
	pol_change_tell(change, "and more");
	commit(change);
	assert_journal(scratch,
	    "test somebody (settings) (TTL 30, now 7; and more)\n"
	    "test somebody one added=1 added:a.example (mode shadow, now "
	    "enforce; risk 0, now 90)\n");
	/* The place among others alone is not, nor is what stays. */
	change = begin_signed(
	    scratch, &(struct pol_journal_limits){1, roomy.octets, 1});
	feed.order = 2;
	pol_change_set_feed(change, &feed, &id);
	pol_change_set_settings(change, &settings);
	commit(change);
	assert_journal(
	    scratch, "test somebody (settings) (TTL 30, now 7; and more)\n");
}

static void
a_long_note_is_cut(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_signed(scratch, &roomy);
	char expected[POL_NOTE_MAX + 64] = "test somebody (settings) (";
	size_t head = strlen(expected);

	for (unsigned i = 0; i < 100; i++) {
		pol_change_tell(change, "seven 7");
		snprintf(expected + strlen(expected),
		    sizeof(expected) - strlen(expected), "%sseven 7",
		    i > 0 ? "; " : "");
	}
	strcpy(expected + head + POL_NOTE_MAX - 3, "...)\n");
	commit(change);
	assert_journal(scratch, expected);
}

/* As it was before there were notes. */
static void
an_entry_without_a_note_is_read(void **state)
{
	uint8_t octets[1 + 8 + 8 + 8 * POL_EVENTS + 3] = {
	    JOURNAL_VERSION_WITHOUT_NOTE, 5};
	uint8_t number[JOURNAL_KEY_LEN] = {[JOURNAL_KEY_LEN - 1] = 9};
	MDB_val key = {sizeof(number), number};
	MDB_val value = {sizeof(octets), octets};
	struct pol_journal_entry entry;
	struct pol_journal_item item;

	(void)state;
	assert_int_equal(journal_read_entry(&key, &value, &entry), 0);
	assert_int_equal(entry.number, 9);
	assert_int_equal(entry.generation, 5);
	assert_string_equal(entry.note, "");
	assert_int_equal(pol_journal_next(&entry, &item), 0);
	octets[0] = JOURNAL_VERSION; /* which ends too early */
	assert_int_equal(
	    journal_read_entry(&key, &value, &entry), POL_ECORRUPT);
	octets[0] = JOURNAL_VERSION + 1;
	assert_int_equal(
	    journal_read_entry(&key, &value, &entry), POL_ECORRUPT);
}

static void
an_aborted_change_leaves_no_entry(void **state)
{
	struct scratch *scratch = *state;
	struct pol_change *change = begin_signed(scratch, &roomy);

	set_plain(change, "x.example", POL_OPERATOR, POL_SUBTREE);
	pol_change_abort(change);
	assert_journal(scratch, "");
	change = begin_change(scratch); /* that nobody signed */
	set_plain(change, "x.example", POL_OPERATOR, POL_SUBTREE);
	commit(change);
	assert_journal(scratch, "");
}

static int
count_entry(const struct pol_journal_entry *entry, void *arg)
{
	(void)entry;
	++*(unsigned *)arg;
	return 0;
}

static unsigned
count_entries(struct scratch *scratch)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	unsigned count = 0;

	assert_int_equal(pol_journal_each(snapshot, count_entry, &count), 0);
	pol_snapshot_end(snapshot);
	return count;
}

static void
it_is_bounded_in_entries_and_in_octets(void **state)
{
	struct scratch *scratch = *state;
	struct pol_journal_limits limits = {10, 1 << 30, 100};

	for (unsigned i = 0; i < 30; i++) {
		struct pol_change *change = begin_signed(scratch, &limits);
		char name[32];

		snprintf(name, sizeof(name), "n%u.example", i);
		set_plain(change, name, POL_OPERATOR, POL_SUBTREE);
		commit(change);
		assert_int_equal(count_entries(scratch), i < 10 ? i + 1 : 10);
	}
	limits.octets = 1; /* the last one stays all the same */
	for (unsigned i = 0; i < 3; i++) {
		struct pol_change *change = begin_signed(scratch, &limits);
		char name[32];

		snprintf(name, sizeof(name), "o%u.example", i);
		set_plain(change, name, POL_OPERATOR, POL_SUBTREE);
		commit(change);
	}
	assert_int_equal(count_entries(scratch), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    store_test(each_feed_of_a_change_has_an_entry),
	    store_test(an_aborted_change_leaves_no_entry),
	    store_test(it_is_bounded_in_entries_and_in_octets),
	    store_test(what_a_feed_and_the_settings_are_set_to_is_told),
	    store_test(a_long_note_is_cut),
	    store_test(an_entry_without_a_note_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
