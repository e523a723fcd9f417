/*
 * subject.h - what an indicator is about: a name, a prefix or an ASN.
 *
 * Each kind has a table of its own in the database, with keys in an order that
 * makes a lookup a seek: names as name.h says, prefixes as address.h says, ASNs
 * as four octets in network order.
 */
#ifndef POL_SUBJECT_H
#define POL_SUBJECT_H

#include "policy/address.h"
#include "policy/name.h"

enum pol_kind {
	POL_NAME = 0,
	POL_PREFIX = 1,
	POL_ASN = 2,
};
#define POL_KINDS 3

struct pol_subject {
	enum pol_kind kind;
	union {
		struct pol_name name;
		struct pol_prefix prefix;
		uint32_t asn;
	};
};

static inline struct pol_subject
pol_subject_of_name(const struct pol_name *name)
{
	return (struct pol_subject){.kind = POL_NAME, .name = *name};
}

/* "name", "prefix", "asn". */
const char *pol_kind_text(enum pol_kind kind);

/*
 * Read "AS64500", an address or prefix, or a name, LEN octets. 0, or POL_EINVAL
 * with a static text in FAULT that says what is wrong with it.
 */
int pol_subject_from_text(const char *text, size_t len,
    struct pol_subject *subject, const char **fault);

/* Write as text into POL_NAME_TEXT_MAX octets. Returns TEXT. */
char *pol_subject_to_text(const struct pol_subject *subject, char *text);

/* Read "AS64500", "as64500" or "64500"; POL_EINVAL for anything else. */
int pol_asn_from_text(const char *text, size_t len, uint32_t *asn);

#define POL_ASN_KEY_LEN 4
void pol_asn_key(uint32_t asn, uint8_t *key);

void pol_subject_key(const struct pol_subject *subject, struct pol_key *key);

/* The subject of a key of KIND's table. POL_ECORRUPT where it is no key. */
int pol_subject_from_key(enum pol_kind kind, const uint8_t *key, size_t len,
    struct pol_subject *subject);

#endif
