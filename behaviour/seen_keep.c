/*
 * seen_keep.c - first-seen times between memory and disk.
 */
#include "behaviour/observed.h"

#define BATCH 2048

static void
write_new(struct beh_seen *seen, struct beh_observed *observed)
{
	struct beh_sighting new[BATCH];
	size_t count;

	while ((count = beh_seen_take_new(seen, new, BATCH)) > 0) {
		for (size_t i = 0; i < count && observed != NULL; i++)
			beh_observed_put_seen(observed, &new[i]);
	}
}

static void
answer(struct beh_seen *seen, struct beh_observed *observed,
    struct beh_sighting *asked, int64_t now)
{
	int64_t first = now;
	int found = beh_observed_seen(observed, asked->hash, &first);

	asked->first = (uint32_t)first;
	if (found == 0)
		beh_observed_put_seen(observed, asked);
	if (found >= 0)
		beh_seen_load(seen, asked);
}

void
beh_seen_keep(struct beh_seen *seen, struct beh_observed *observed, int64_t now)
{
	struct beh_sighting asked[BATCH];
	size_t count;

	write_new(seen, observed);
	while ((count = beh_seen_take_asked(seen, asked, BATCH)) > 0) {
		for (size_t i = 0; i < count && observed != NULL; i++)
			answer(seen, observed, &asked[i], now);
	}
}
