/*
 * memo.h - names that are known not to be listed.
 *
 * While a policy has shadow indicators, every answer that the resolver gives
 * from its cache has to be looked up, only to find for nearly all of them that
 * nothing lists them. A memo remembers those names for as long as the policy
 * does not change. (Who keeps a name with an answer to it makes the answer a
 * part of what it gives as the generation.) It is a table of fixed size of
 * 64-bit hashes with a secret seed, in sets of eight: one cache line, in which
 * a newer name takes the oldest one's place. Two names share a hash once in
 * 2^64 pairs; the harm then is one missing record of a shadow match.
 *
 * A filter (filter.h) says the same, at more cost: it hashes each label, and
 * needs the addresses of the answer. So it is asked about what is not
 * remembered here. What it covers by mistake is, and so is everything where the
 * policy looks at name servers, since the filter covers everything then.
 *
 * Measured: see CONTRIBUTING.md, "The memo".
 *
 * Threads: one at a time.
 */
#ifndef POL_MEMO_H
#define POL_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names that a memo holds, a power of two; 8 octets each. */
#define POL_MEMO_MIN 64
#define POL_MEMO_DEFAULT 65536
#define POL_MEMO_MAX 16777216

struct pol_memo;

/* Free with pol_memo_free(). POL_EINVAL where SIZE is not allowed. */
int pol_memo_new(size_t size, struct pol_memo **memo);
void pol_memo_free(struct pol_memo *memo);

/* The hash of a wire-format name (in any case) in this generation. */
uint64_t pol_memo_hash(const struct pol_memo *memo, uint64_t generation,
    const uint8_t *name, size_t len);

bool pol_memo_has(const struct pol_memo *memo, uint64_t hash);
void pol_memo_add(struct pol_memo *memo, uint64_t hash);

#endif
