/*
 * filter_spans.c - a set of addresses, as the spans that they lie in.
 *
 * An IPv4 address is a number of 32 bits. Of an IPv6 address the first 64 bits
 * count, which is what networks are given out by: a listed address stands for
 * its /64.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "policy/filter_p.h"

#define SPANS_FIRST 64

static uint64_t
number_of(const struct pol_address *address)
{
	unsigned octets = address->family == 4 ? 4 : 8;
	uint64_t number = 0;

	for (unsigned i = 0; i < octets; i++)
		number = number << 8 | address->octets[i];
	return number;
}

static struct filter_spans *
spans_of(struct filter_spans spans[2], uint8_t family)
{
	return &spans[family == 4 ? 0 : 1];
}

/* ---- gathering ---- */

static int
resize(struct filter_spans *spans, size_t size)
{
	uint64_t *firsts = realloc(spans->firsts, size * sizeof(*firsts));
	uint64_t *lasts;

	if (firsts == NULL)
		return POL_ENOMEM;
	spans->firsts = firsts;
	lasts = realloc(spans->lasts, size * sizeof(*lasts));
	if (lasts == NULL)
		return POL_ENOMEM;
	spans->lasts = lasts;
	spans->size = size;
	return 0;
}

int
filter_spans_add(struct filter_spans spans[2], const struct pol_address *first,
    const struct pol_address *last)
{
	struct filter_spans *own = spans_of(spans, first->family);

	if (own->count == own->size &&
	    resize(own, own->size > 0 ? 2 * own->size : SPANS_FIRST) != 0)
		return POL_ENOMEM;
	own->firsts[own->count] = number_of(first);
	own->lasts[own->count++] = number_of(last);
	return 0;
}

/* ---- in order ---- */

struct span {
	uint64_t first, last;
};

static int
compare_spans(const void *a_span, const void *b_span)
{
	const struct span *a = a_span, *b = b_span;

	return a->first < b->first ? -1 : a->first > b->first;
}

/* Write COUNT spans in order back, those that overlap or touch as one. */
static void
join(struct filter_spans *spans, const struct span *ordered)
{
	size_t count = 0;

	for (size_t i = 0; i < spans->count; i++) {
		uint64_t *last = count > 0 ? &spans->lasts[count - 1] : NULL;

		if (last != NULL && (ordered[i].first <= *last ||
					ordered[i].first - *last == 1)) {
			if (ordered[i].last > *last)
				*last = ordered[i].last;
			continue;
		}
		spans->firsts[count] = ordered[i].first;
		spans->lasts[count++] = ordered[i].last;
	}
	spans->count = count;
}

static int
seal(struct filter_spans *spans)
{
	struct span *ordered;

	if (spans->count == 0)
		return 0;
	ordered = malloc(spans->count * sizeof(*ordered));
	if (ordered == NULL)
		return POL_ENOMEM;
	for (size_t i = 0; i < spans->count; i++)
		ordered[i] = (struct span){spans->firsts[i], spans->lasts[i]};
	qsort(ordered, spans->count, sizeof(*ordered), compare_spans);
	join(spans, ordered);
	free(ordered);
	return resize(spans, spans->count);
}

int
filter_spans_seal(struct filter_spans spans[2])
{
	return seal(&spans[0]) != 0 || seal(&spans[1]) != 0 ? POL_ENOMEM : 0;
}

int
filter_spans_copy(
    struct filter_spans spans[2], const struct filter_spans from[2])
{
	for (int i = 0; i < 2; i++) {
		if (from[i].count == 0)
			continue;
		if (resize(&spans[i], from[i].count) != 0)
			return POL_ENOMEM;
		spans[i].count = from[i].count;
		memcpy(spans[i].firsts, from[i].firsts,
		    from[i].count * sizeof(*from[i].firsts));
		memcpy(spans[i].lasts, from[i].lasts,
		    from[i].count * sizeof(*from[i].lasts));
	}
	return 0;
}

/* ---- asking ---- */

bool
filter_spans_have(
    const struct filter_spans spans[2], const struct pol_address *address)
{
	const struct filter_spans *own = &spans[address->family == 4 ? 0 : 1];
	uint64_t number = number_of(address);
	size_t at = 0; /* spans that begin at NUMBER or before */

	for (size_t left = own->count; left > 0;) {
		size_t half = left / 2;

		if (own->firsts[at + half] <= number) {
			at += half + 1;
			left -= half + 1;
		} else {
			left = half;
		}
	}
	return at > 0 && number <= own->lasts[at - 1];
}
