/*
 * ranges_resolve.c - from ranges that overlap to ranges that do not.
 *
 * The ranges are swept in order of where they begin. Those that have begun
 * are in a heap with the smallest on top: it owns the addresses from where
 * the sweep is up to its own end, or to where another range begins. Ranges
 * that have ended leave the heap only when they come to its top. Each step
 * begins a range or ends one, so N ranges come to at most 2 N pieces, in
 * O(N log N).
 */
#include <stdlib.h>

#include "policy/error.h"
#include "policy/ranges_p.h"

struct sweep {
	const struct range *ranges; /* in order of where they begin */
	size_t count;
	size_t next;	/* the first that has not begun */
	uint32_t *heap; /* indexes of those that have */
	size_t heap_count;
	struct range_list resolved;
};

/* ---- the heap ---- */

/* Of two ranges that hold an address: the smaller one owns it; of two of one
 * size the one that was given first. */
static bool
owns(const struct range *a, const struct range *b)
{
	int order = point_compare(point_distance(a->last, a->first),
	    point_distance(b->last, b->first));

	return order != 0 ? order < 0 : a->order < b->order;
}

static bool
heap_owns(const struct sweep *sweep, size_t a, size_t b)
{
	return owns(
	    &sweep->ranges[sweep->heap[a]], &sweep->ranges[sweep->heap[b]]);
}

static void
heap_swap(struct sweep *sweep, size_t a, size_t b)
{
	uint32_t index = sweep->heap[a];

	sweep->heap[a] = sweep->heap[b];
	sweep->heap[b] = index;
}

static void
heap_push(struct sweep *sweep, size_t index)
{
	size_t at = sweep->heap_count++;

	sweep->heap[at] = (uint32_t)index;
	while (at > 0 && heap_owns(sweep, at, (at - 1) / 2)) {
		heap_swap(sweep, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
}

static void
heap_pop(struct sweep *sweep)
{
	size_t at = 0;

	sweep->heap[0] = sweep->heap[--sweep->heap_count];
	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < sweep->heap_count &&
		    heap_owns(sweep, child + 1, child))
			child++;
		if (child >= sweep->heap_count || !heap_owns(sweep, child, at))
			return;
		heap_swap(sweep, at, child);
		at = child;
	}
}

/* ---- the sweep ---- */

static int
add_piece(
    struct sweep *sweep, struct point first, struct point last, uint32_t asn)
{
	struct range_list *resolved = &sweep->resolved;
	struct range piece = {.first = first, .last = last, .asn = asn};

	if (resolved->count > 0) {
		struct range *before = &resolved->ranges[resolved->count - 1];

		if (before->asn == asn &&
		    point_compare(point_next(before->last), first) == 0) {
			before->last = last;
			return 0;
		}
	}
	return range_list_add(resolved, &piece);
}

/* Give the addresses from AT on to their owner, as far as that is known: LAST
 * is where it ends. */
static int
own_from(struct sweep *sweep, struct point at, struct point *last)
{
	const struct range *owner = &sweep->ranges[sweep->heap[0]];

	*last = owner->last;
	if (sweep->next < sweep->count) {
		struct point begin = sweep->ranges[sweep->next].first;

		if (point_compare(begin, *last) <= 0)
			*last = point_previous(begin);
	}
	return add_piece(sweep, at, *last, owner->asn);
}

static int
run(struct sweep *sweep)
{
	const struct range *ranges = sweep->ranges;
	struct point at = {0, 0};
	struct point last;
	int error = 0;

	while (error == 0) {
		while (sweep->heap_count > 0 &&
		       point_compare(ranges[sweep->heap[0]].last, at) < 0)
			heap_pop(sweep);
		if (sweep->heap_count == 0 && sweep->next == sweep->count)
			return 0;
		if (sweep->heap_count == 0)
			at = ranges[sweep->next].first;
		while (sweep->next < sweep->count &&
		       point_compare(ranges[sweep->next].first, at) == 0)
			heap_push(sweep, sweep->next++);
		error = own_from(sweep, at, &last);
		at = point_next(last);
		if (at.high == 0 && at.low == 0) /* behind the last address */
			break;
	}
	return error;
}

/* ---- all of it ---- */

static int
compare_ranges(const void *a_range, const void *b_range)
{
	const struct range *a = a_range, *b = b_range;
	int order = point_compare(a->first, b->first);

	if (order != 0)
		return order;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* A range overlaps one before it that reaches into it, or the next one. */
static uint64_t
count_overlaps(const struct range *ranges, size_t count)
{
	struct point reached = ranges[0].last; /* by those before */
	uint64_t overlaps = 0;

	for (size_t i = 0; i < count; i++) {
		const struct range *range = &ranges[i];

		if ((i > 0 && point_compare(reached, range->first) >= 0) ||
		    (i + 1 < count &&
			point_compare(ranges[i + 1].first, range->last) <= 0))
			overlaps++;
		if (point_compare(range->last, reached) > 0)
			reached = range->last;
	}
	return overlaps;
}

int
ranges_resolve(struct range_list *list, uint64_t *overlaps)
{
	struct sweep sweep = {.ranges = list->ranges, .count = list->count};
	int error;

	if (list->count == 0)
		return 0;
	qsort(list->ranges, list->count, sizeof(*list->ranges), compare_ranges);
	sweep.heap = malloc(list->count * sizeof(*sweep.heap));
	if (sweep.heap == NULL)
		return POL_ENOMEM;
	error = run(&sweep);
	free(sweep.heap);
	if (error != 0) {
		free(sweep.resolved.ranges);
		return error;
	}
	*overlaps += count_overlaps(list->ranges, list->count);
	free(list->ranges);
	*list = sweep.resolved;
	return 0;
}
