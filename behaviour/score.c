/*
 * score.c - how much a name's answers look like fast flux.
 */
#include "behaviour/score.h"

#include <math.h>
#include <string.h>

/* 0 to 1; the estimates of its parts may err a little to either side. */
static double
spread_of(const struct beh_summary *summary)
{
	double most = log2(summary->addresses);
	double spread = most > 0 ? summary->entropy / most : 0;

	return spread < 1 ? spread : 1;
}

static double
flux_of(const struct beh_summary *summary, const struct beh_scores *scores)
{
	if (scores->growth < BEH_GROWTH_GATE ||
	    summary->addresses < BEH_FLUX_ADDRESSES_MIN)
		return 0;
	return 100 * (1 - exp(-scores->normalised / BEH_FLUX_SCALE)) *
	       scores->spread;
}

void
beh_scores(const struct beh_summary *summary, struct beh_scores *scores)
{
	memset(scores, 0, sizeof(*scores));
	if (summary->answers == 0 || summary->addresses <= 0)
		return;
	scores->holz = BEH_HOLZ_ADDRESS * summary->addresses +
		       BEH_HOLZ_ASN * summary->asns;
	scores->holz_flags = scores->holz > BEH_HOLZ_LIMIT;
	scores->normalised = scores->holz * summary->asns / summary->addresses;
	scores->normalised_flags = scores->normalised > BEH_HOLZ_LIMIT;
	scores->growth = summary->addresses / summary->answers;
	scores->spread = spread_of(summary);
	scores->flux = flux_of(summary, scores);
}
