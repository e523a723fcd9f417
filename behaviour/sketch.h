/*
 * sketch.h - how many distinct things there were, in a fixed number of bits.
 *
 * Linear counting (Whang, Vander-Zanden and Taylor, "A linear-time
 * probabilistic counting algorithm", ACM TODS 15(2), 1990): each thing sets the
 * bit that its hash names. Of m bits, z of them still zero, the estimate is
 * m ln(m / z); its standard error is sqrt(m (e^t - t - 1)) / (t m) with
 * t = n/m:
 *
 *	m      n = m/4    n = m    n = 2m    the most it can say
 *	256      4.6 %    5.3 %     6.5 %    1,419
 *	128      6.5 %    7.5 %     9.3 %      621
 *	 64      9.2 %   10.6 %    13.1 %      266
 *
 * Two sketches of one size and one hash are united by OR. No function here
 * allocates; threads: as for plain memory.
 */
#ifndef BEHAVIOUR_SKETCH_H
#define BEHAVIOUR_SKETCH_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BEH_WORD_BITS 64

/* Note HASH in the sketch of WORDS words. Returns whether its bit was new. */
static inline bool
beh_sketch_add(uint64_t *sketch, size_t words, uint64_t hash)
{
	uint64_t bit = hash % (words * BEH_WORD_BITS);
	uint64_t mask = (uint64_t)1 << (bit % BEH_WORD_BITS);
	bool is_new = (sketch[bit / BEH_WORD_BITS] & mask) == 0;

	sketch[bit / BEH_WORD_BITS] |= mask;
	return is_new;
}

/* Bits of a word that are set. Most words of most names have none; without an
 * instruction for it the compiler would call a function. */
static inline unsigned
beh_ones(uint64_t word)
{
	const uint64_t each = ~UINT64_C(0) / 255; /* 0x0101... */

	if (word == 0)
		return 0;
	word -= word >> 1 & 0x55 * each;
	word = (word & 0x33 * each) + (word >> 2 & 0x33 * each);
	return (unsigned)(((word + (word >> 4)) & 0x0f * each) * each >> 56);
}

/* Bits that A and B have set together. */
static inline unsigned
beh_sketch_ones(const uint64_t *a, const uint64_t *b, size_t words)
{
	unsigned ones = 0;

	for (size_t i = 0; i < words; i++)
		ones += beh_ones(a[i] | b[i]);
	return ones;
}

/* The estimate where ONES of BITS bits are set. A full sketch counts as one
 * with a single bit left. */
static inline double
beh_sketch_estimate(unsigned ones, unsigned bits)
{
	unsigned zeros = ones < bits ? bits - ones : 1;

	if (ones == 0)
		return 0;
	return bits * log((double)bits / zeros);
}

/* The estimate of what A and B have seen together. */
static inline double
beh_sketch_union(const uint64_t *a, const uint64_t *b, size_t words)
{
	return beh_sketch_estimate(beh_sketch_ones(a, b, words),
	    (unsigned)words * BEH_WORD_BITS);
}

#endif
