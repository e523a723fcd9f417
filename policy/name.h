/*
 * name.h - domain names as text, as wire octets and as database keys.
 *
 * A name is held in uncompressed wire format (RFC 1035 section 3.1): labels,
 * each led by its length, ended by the root label. Letters are compared
 * without case (RFC 4343), so everything here that produces octets for
 * comparison produces lower case.
 *
 * A key is the name with its labels in reverse order, lower case:
 *
 *	key  = 0x00 label-n 0x00 label-(n-1) 0x00 ... label-1 0x00
 *	root = 0x00
 *
 * Octets 0x00 and 0x01 within a label are written 0x01 0x01 and 0x01 0x02, so
 * that no label can hold a terminator. Two facts follow, on which every lookup
 * rests: the key of an ancestor is a prefix of its descendants' keys, and a
 * name's descendants are the keys that directly follow it.
 *
 * No function here allocates; all are safe in any thread.
 */
#ifndef POL_NAME_H
#define POL_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define POL_NAME_MAX 255       /* octets of a name in wire format */
#define POL_LABELS_MAX 127     /* labels of a name, the root not counted */
#define POL_LABEL_MAX 63       /* octets of a label without its length */
#define POL_NAME_TEXT_MAX 1024 /* octets of a name as text, with its NUL */
#define POL_KEY_MAX 511        /* octets of a key: LMDB's limit, never reached */

struct pol_name {
	uint8_t len; /* octets used in wire, the root label included */
	uint8_t wire[POL_NAME_MAX];
};

struct pol_key {
	uint16_t len; /* octets used in data */
	uint8_t data[POL_KEY_MAX];
};

/* Why a text is not a name. */
enum pol_name_fault {
	POL_NAME_OK = 0,
	POL_NAME_EMPTY,          /* nothing there */
	POL_NAME_EMPTY_LABEL,    /* two dots in a row, or a leading dot */
	POL_NAME_LONG_LABEL,     /* a label over 63 octets */
	POL_NAME_LONG,           /* over 255 octets in wire format */
	POL_NAME_BAD_ESCAPE,     /* a backslash without DDD up to 255 or X */
	POL_NAME_NOT_ASCII,      /* an octet over 0x7f: an IDN in Unicode */
	POL_NAME_BAD_CHARACTER,  /* white space, a control character, 0x7f */
};

/* The text of a fault, for a message; a static string. */
const char *pol_name_fault_text(enum pol_name_fault fault);

/*
 * Read LEN octets of presentation format (RFC 1035 section 5.1, with \DDD and
 * \X, where X is a visible ASCII character and no digit: a space is \032) into
 * NAME, in lower case. A final dot is optional; "." is the root.
 */
enum pol_name_fault pol_name_from_text(const char *text, size_t len,
    struct pol_name *name);

/* Copy a wire-format name in lower case. POL_EINVAL where it is malformed. */
int pol_name_from_wire(const uint8_t *wire, size_t len, struct pol_name *name);

/*
 * Write the wire-format name at WIRE as text without a final dot ("." for the
 * root), escaped as RFC 1035 section 5.1 has it, into the POL_NAME_TEXT_MAX
 * octets at TEXT. Returns TEXT. WIRE must be well-formed; its case is kept.
 */
char *pol_name_to_text(const uint8_t *wire, char *text);

/* Octets of a name, the root label included. WIRE must be well-formed. */
size_t pol_name_length(const uint8_t *wire);

/* Number of labels, the root not counted. WIRE must be well-formed. */
unsigned pol_name_labels(const uint8_t *wire);

/* Let LABELS point to the labels of WIRE (well-formed), each at its length.
 * Returns their number, the root not counted. */
unsigned pol_name_split(
    const uint8_t *wire, const uint8_t *labels[POL_LABELS_MAX]);

/* The order of keys, of any kind, as the database has them: below, at or above
 * 0. */
static inline int
pol_key_compare(const void *a, size_t a_len, const void *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	if (order != 0)
		return order;
	return a_len < b_len ? -1 : a_len > b_len;
}

/* The key of a name. Cannot fail: a name's key is never over POL_KEY_MAX. */
void pol_key_from_name(const struct pol_name *name, struct pol_key *key);

/* The name of a key. POL_ECORRUPT where the octets are no key. */
int pol_key_to_name(const uint8_t *key, size_t len, struct pol_name *name);

/*
 * The length of the longest key that is an ancestor of, or equal to, both
 * keys: at least 1, the root. Both must be well-formed.
 */
size_t pol_key_common(const uint8_t *a, size_t a_len, const uint8_t *b,
    size_t b_len);

/* The length of the parent's key; 0 for the root. */
size_t pol_key_parent(const uint8_t *key, size_t len);

/* Is the name ending at OTHER within ANCESTOR, or equal to it? */
bool pol_key_within(const uint8_t *key, size_t len, const uint8_t *ancestor,
    size_t ancestor_len);

#endif
