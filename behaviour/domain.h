/*
 * domain.h - the registrable domain of a name.
 *
 * By the Public Suffix List (https://publicsuffix.org) of the system, or else
 * that which libpsl has built in, private suffixes included: a.github.io is a
 * domain of its own, so that one tenant of a shared suffix is not taken for
 * another.
 */
#ifndef BEHAVIOUR_DOMAIN_H
#define BEHAVIOUR_DOMAIN_H

#include <stddef.h>
#include <stdint.h>

#include "behaviour/name.h"

/* Read the list now (25 ms), rather than at the first name. Any thread. */
void beh_domain_prepare(void);

/* The octets of NAME before its registrable domain begins. 0 for a registrable
 * domain itself, and for a public suffix. Any thread. */
size_t beh_domain_start(const struct beh_name *name);

/* Likewise of a name in wire format; 0 where it is malformed. */
size_t beh_domain_offset(const uint8_t *name, size_t len);

#endif
