/*
 * fuzz_journal.c - entries of the journal of any octets.
 *
 * The first octet is the length of the key; the key and the value follow. An
 * entry is refused or has texts that end; of its items each is a subject with
 * an indicator within the value, and they come to an end.
 */
#include "fuzz.h"

#include <string.h>

#include "policy/error.h"
#include "policy/journal_p.h"

static void
check_head(const struct pol_journal_entry *entry)
{
	CHECK(memchr(entry->verb, 0, sizeof(entry->verb)) != NULL);
	CHECK(memchr(entry->by, 0, sizeof(entry->by)) != NULL);
	CHECK(memchr(entry->feed, 0, sizeof(entry->feed)) != NULL);
	CHECK(memchr(entry->note, 0, sizeof(entry->note)) != NULL);
	CHECK(memchr(entry->note, 0, sizeof(entry->note)) != NULL);
	CHECK(entry->when >= 0 && entry->when <= UINT32_MAX);
	CHECK(entry->next <= entry->end);
}

/* What is printed of an item must be within the value. */
static void
check_within(const MDB_val *value, const void *at, size_t len)
{
	const uint8_t *start = value->mv_data, *octets = at;

	CHECK(len == 0 || (octets >= start && len <= value->mv_size &&
			      octets + len <= start + value->mv_size));
}

static void
check_item(const MDB_val *value, const struct pol_journal_item *item)
{
	const struct pol_indicator *indicator = &item->indicator;
	char text[POL_NAME_TEXT_MAX];
	struct pol_subject again;
	struct pol_key key;

	CHECK(strcmp(pol_event_text(item->event), "unknown") != 0);
	CHECK(strlen(pol_subject_to_text(&item->subject, text)) > 0);
	pol_subject_key(&item->subject, &key);
	CHECK(pol_subject_from_key(
		  item->subject.kind, key.data, key.len, &again) == 0);
	check_within(value, indicator->by, indicator->by_len);
	check_within(value, indicator->reference, indicator->reference_len);
	check_within(value, indicator->category, indicator->category_len);
	check_within(value, indicator->target, indicator->target_len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t key_len = size > 0 ? data[0] : 0;
	struct pol_journal_entry entry;
	struct pol_journal_item item;
	MDB_val key, value;
	int more;

	if (size < 1 + key_len)
		return 0;
	key = store_val(data + 1, key_len);
	value = store_val(data + 1 + key_len, size - 1 - key_len);
	more = journal_read_entry(&key, &value, &entry);
	if (more != 0) {
		CHECK(more == POL_ECORRUPT);
		return 0;
	}
	check_head(&entry);
	for (;;) {
		const uint8_t *before = entry.next;

		more = pol_journal_next(&entry, &item);
		if (more != 1)
			break;
		CHECK(entry.next > before && entry.next <= entry.end);
		check_item(&value, &item);
	}
	CHECK(more == 0 || more == POL_ECORRUPT);
	return 0;
}
