/*
 * score.h - how much a name's answers look like fast flux.
 *
 * With nA distinct addresses and nASN distinct origin ASNs in the window:
 *
 *	holz        1.32 nA + 18.54 nASN; over 142.38 flags. T. Holz,
 *	            C. Gorecki, K. Rieck, F. C. Freiling: "Measuring and
 *	            Detecting Fast-Flux Service Networks", NDSS 2008.
 *	normalised  holz * nASN / nA, as scripts for Zeek (Bro) have it, so
 *	            that many addresses in few ASNs count for less.
 *	growth      nA / answers. FluxBuster (R. Perdisci, I. Corona,
 *	            G. Giacinto: "Early Detection of Malicious Flux Networks
 *	            via Large-Scale Passive DNS Traffic Analysis", IEEE TDSC
 *	            9(5), 2012): a pool that is known stops growing. Gate:
 *	            0.122.
 *	entropy     of the addresses over networks (/16, IPv6 /32), in bits;
 *	            spread = entropy / log2(nA), 0 to 1.
 *	flux        ours, 0 to 100:
 *
 *	            100 * (1 - exp(-normalised / 300)) * spread, and 0 where
 *	            growth is below its gate or nA below 3
 *
 * Counting ASNs also flags large CDNs and the NTP pool. The flux score flags
 * fewer, but it is a score of one family: a rule should ask for something else
 * beside it.
 */
#ifndef BEHAVIOUR_SCORE_H
#define BEHAVIOUR_SCORE_H

#include <stdbool.h>

#include "behaviour/flux.h"

#define BEH_HOLZ_ADDRESS 1.32
#define BEH_HOLZ_ASN 18.54
#define BEH_HOLZ_LIMIT 142.38
#define BEH_GROWTH_GATE 0.122
#define BEH_FLUX_SCALE 300.0
#define BEH_FLUX_ADDRESSES_MIN 3.0

struct beh_scores {
	double holz;
	bool holz_flags;
	double normalised;
	bool normalised_flags; /* over the same limit */
	double growth;
	double spread;
	double flux;
};

void beh_scores(const struct beh_summary *summary, struct beh_scores *scores);

#endif
