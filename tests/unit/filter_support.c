/*
 * filter_support.c - what the tests of the filter share.
 */
#include "filter_support.h"

#include <stdio.h>
#include <string.h>

/* ---- filters ---- */

bool
follow_snapshot(struct pol_snapshot *snapshot, struct pol_filter **filter)
{
	struct pol_filter *before = *filter;
	unsigned steps = 0;
	int more;

	assert_int_equal(pol_filter_begin(snapshot, before, filter), 0);
	while ((more = pol_filter_fill(*filter, snapshot, 1)) > 0)
		steps++;
	assert_int_equal(more, 0);
	assert_true(pol_filter_generation(*filter) == snapshot->generation);
	pol_filter_free(before);
	return steps > 0;
}

bool
follow(struct scratch *scratch, struct pol_filter **filter)
{
	struct pol_snapshot *snapshot = begin_snapshot(scratch);
	bool again = follow_snapshot(snapshot, filter);

	pol_snapshot_end(snapshot);
	return again;
}

struct pol_query
query_of_name(const struct pol_name *name)
{
	return (struct pol_query){.qname = name->wire, .qname_len = name->len};
}

bool
may_cover_name(const struct pol_filter *filter, const char *text)
{
	struct pol_name name = name_of(text);
	struct pol_query query = query_of_name(&name);

	return pol_filter_may_cover(filter, &query);
}

bool
may_cover_address(const struct pol_filter *filter, const char *text)
{
	struct pol_item item = {
	    .trigger = POL_ON_IP, .address = address_of(text)};
	struct pol_query query = {.items = &item, .item_count = 1};

	return pol_filter_may_cover(filter, &query);
}

/* ---- subjects ---- */

struct pol_subject
subject_of(const char *text)
{
	struct pol_subject subject;
	const char *fault;

	assert_int_equal(
	    pol_subject_from_text(text, strlen(text), &subject, &fault), 0);
	return subject;
}

void
set_subject(struct pol_change *change, const char *text, uint16_t feed)
{
	struct pol_indicator indicator = indicator_of(feed, POL_EXACT);
	struct pol_subject subject = subject_of(text);

	pol_change_set(change, &subject, &indicator);
}

void
list_subjects(struct scratch *scratch, const char *subjects)
{
	struct pol_change *change = begin_change(scratch);
	uint16_t feed = set_feed(change, "one", 1);
	char text[256], *rest = text;

	assert_true(strlen(subjects) < sizeof(text));
	strcpy(text, subjects);
	for (char *subject; (subject = strtok_r(rest, " ", &rest)) != NULL;)
		set_subject(change, subject, feed);
	commit(change);
}

void
set_numbered(struct pol_change *change, uint16_t feed, const char *zone,
    unsigned from, unsigned to)
{
	char name[64];

	for (unsigned i = from; i < to; i++) {
		snprintf(name, sizeof(name), "n%u.%s", i, zone);
		set_plain(change, name, feed, POL_EXACT);
	}
}
