/*
 * name.c - domain names as text, as wire octets and as database keys.
 */
#include "policy/name.h"

#include <string.h>

#include "policy/error.h"

/* An octet of a key that ends a label, and the one that leads an escape. */
#define TERMINATOR 0x00
#define ESCAPE 0x01

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Of eight octets at once, the upper case letters in lower case: adding to the
 * seven low bits of an octet carries into the highest from 'A' on, and from
 * behind 'Z' on. Names are lowered several times for each query. */
static uint64_t
lower_eight(uint64_t octets)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t low = octets & 0x7f * each;
	uint64_t from_a = low + (0x80 - 'A') * each;
	uint64_t behind_z = low + (0x7f - 'Z') * each;

	return octets | (~octets & (from_a ^ behind_z) & 0x80 * each) >> 2;
}

static void
lower_octets(uint8_t *out, const uint8_t *in, size_t len)
{
	size_t done = 0;

	for (; len - done >= sizeof(uint64_t); done += sizeof(uint64_t)) {
		uint64_t octets;

		memcpy(&octets, in + done, sizeof(octets));
		octets = lower_eight(octets);
		memcpy(out + done, &octets, sizeof(octets));
	}
	for (; done < len; done++)
		out[done] = lower(in[done]);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

const char *
pol_name_fault_text(enum pol_name_fault fault)
{
	switch (fault) {
	case POL_NAME_OK:
		return "a name";
	case POL_NAME_EMPTY:
		return "no name";
	case POL_NAME_EMPTY_LABEL:
		return "an empty label (two dots, or a leading one)";
	case POL_NAME_LONG_LABEL:
		return "a label of more than 63 octets";
	case POL_NAME_LONG:
		return "a name of more than 255 octets";
	case POL_NAME_BAD_ESCAPE:
		return "a backslash without three digits up to 255 or an octet";
	case POL_NAME_NOT_ASCII:
		return "characters outside ASCII";
	case POL_NAME_BAD_CHARACTER:
		return "white space or a control character";
	}
	return "unknown fault";
}

/* Read one octet, escaped or plain, and move *TEXT behind it. */
static enum pol_name_fault
read_octet(const char **text, const char *end, uint8_t *octet)
{
	const char *p = *text;
	uint8_t c = (uint8_t)*p++;

	if (c == '\\') {
		if (end - p >= 3 && is_digit(p[0]) && is_digit(p[1]) &&
		    is_digit(p[2])) {
			int value = (p[0] - '0') * 100 + (p[1] - '0') * 10 +
			    (p[2] - '0');

			if (value > 255)
				return POL_NAME_BAD_ESCAPE;
			c = (uint8_t)value;
			p += 3;
		} else if (p < end && *p > 0x20 && *p < 0x7f && !is_digit(*p)) {
			c = (uint8_t)*p++;
		} else {
			return POL_NAME_BAD_ESCAPE;
		}
	} else if (c > 0x7e) {
		return c == 0x7f ? POL_NAME_BAD_CHARACTER : POL_NAME_NOT_ASCII;
	} else if (c <= 0x20) {
		return POL_NAME_BAD_CHARACTER;
	}
	*octet = lower(c);
	*text = p;
	return POL_NAME_OK;
}

enum pol_name_fault
pol_name_from_text(const char *text, size_t len, struct pol_name *name)
{
	const char *end = text + len;
	uint8_t wire[POL_NAME_MAX];
	size_t label = 0; /* where the current label's length goes */
	size_t used = 1;  /* octets of wire, that length included */
	enum pol_name_fault fault;

	if (len == 0)
		return POL_NAME_EMPTY;
	if (len == 1 && *text == '.')
		text = end;
	while (text < end) {
		uint8_t octet;

		if (*text == '.') {
			if (used - label == 1)
				return POL_NAME_EMPTY_LABEL;
			wire[label] = (uint8_t)(used - label - 1);
			label = used++;
			text++;
			if (used > POL_NAME_MAX)
				return POL_NAME_LONG;
			continue;
		}
		fault = read_octet(&text, end, &octet);
		if (fault != POL_NAME_OK)
			return fault;
		if (used - label - 1 == POL_LABEL_MAX)
			return POL_NAME_LONG_LABEL;
		if (used == POL_NAME_MAX)
			return POL_NAME_LONG;
		wire[used++] = octet;
	}
	if (used - label > 1) { /* no final dot */
		wire[label] = (uint8_t)(used - label - 1);
		label = used++;
		if (used > POL_NAME_MAX)
			return POL_NAME_LONG;
	}
	wire[label] = 0;
	memcpy(name->wire, wire, used);
	name->len = (uint8_t)used;
	return POL_NAME_OK;
}

int
pol_name_from_wire(const uint8_t *wire, size_t len, struct pol_name *name)
{
	size_t pos = 0;

	if (len > POL_NAME_MAX)
		return POL_EINVAL;
	while (pos < len && wire[pos] != 0) {
		if (wire[pos] > POL_LABEL_MAX)
			return POL_EINVAL;
		pos += 1u + wire[pos];
	}
	if (pos + 1 != len)
		return POL_EINVAL;
	/* A label's length is at most 63, below 'A': lowering leaves it. */
	lower_octets(name->wire, wire, len);
	name->len = (uint8_t)len;
	return 0;
}

static char *
write_octet(uint8_t octet, char *text)
{
	static const char special[] = ".\\\"();@$";

	if (octet <= 0x20 || octet >= 0x7f) {
		*text++ = '\\';
		*text++ = (char)('0' + octet / 100);
		*text++ = (char)('0' + octet / 10 % 10);
		*text++ = (char)('0' + octet % 10);
		return text;
	}
	if (strchr(special, octet) != NULL)
		*text++ = '\\';
	*text++ = (char)octet;
	return text;
}

char *
pol_name_to_text(const uint8_t *wire, char *text)
{
	char *out = text;

	if (*wire == 0)
		*out++ = '.';
	while (*wire != 0) {
		uint8_t len = *wire++;

		while (len-- > 0)
			out = write_octet(*wire++, out);
		if (*wire != 0)
			*out++ = '.';
	}
	*out = '\0';
	return text;
}

size_t
pol_name_length(const uint8_t *wire)
{
	const uint8_t *end = wire;

	while (*end != 0)
		end += 1u + *end;
	return (size_t)(end - wire) + 1;
}

unsigned
pol_name_labels(const uint8_t *wire)
{
	unsigned labels = 0;

	while (*wire != 0) {
		wire += 1u + *wire;
		labels++;
	}
	return labels;
}

unsigned
pol_name_split(const uint8_t *wire, const uint8_t *labels[POL_LABELS_MAX])
{
	unsigned count = 0;

	for (; *wire != 0; wire += 1u + *wire)
		labels[count++] = wire;
	return count;
}

static size_t
key_add_label(uint8_t *key, const uint8_t *label)
{
	size_t len = 0;

	for (unsigned i = 1; i <= label[0]; i++) {
		if (label[i] <= ESCAPE) {
			key[len++] = ESCAPE;
			key[len++] = (uint8_t)(label[i] + 1);
		} else {
			key[len++] = label[i];
		}
	}
	key[len++] = TERMINATOR;
	return len;
}

void
pol_key_from_name(const struct pol_name *name, struct pol_key *key)
{
	const uint8_t *labels[POL_LABELS_MAX];
	unsigned count = pol_name_split(name->wire, labels);
	size_t len = 0;

	key->data[len++] = TERMINATOR;
	while (count-- > 0)
		len += key_add_label(key->data + len, labels[count]);
	key->len = (uint16_t)len;
}

/* Turn the label at KEY (its terminator excluded) into wire format. */
static int
label_from_key(const uint8_t *key, size_t len, uint8_t *label)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t octet = key[i];

		if (octet == ESCAPE) {
			if (++i == len || key[i] < 1 || key[i] > 2)
				return POL_ECORRUPT;
			octet = (uint8_t)(key[i] - 1);
		}
		if (used == POL_LABEL_MAX || octet != lower(octet))
			return POL_ECORRUPT;
		label[1 + used++] = octet;
	}
	if (used == 0)
		return POL_ECORRUPT;
	label[0] = (uint8_t)used;
	return 0;
}

int
pol_key_to_name(const uint8_t *key, size_t len, struct pol_name *name)
{
	uint8_t wire[POL_NAME_MAX];
	size_t start = POL_NAME_MAX - 1; /* labels are put in from the end */
	const uint8_t *end = key + len;

	if (len == 0 || *key++ != TERMINATOR)
		return POL_ECORRUPT;
	wire[start] = 0;
	while (key < end) {
		const uint8_t *stop =
		    memchr(key, TERMINATOR, (size_t)(end - key));
		uint8_t label[1 + POL_LABEL_MAX];
		int error;

		if (stop == NULL)
			return POL_ECORRUPT;
		error = label_from_key(key, (size_t)(stop - key), label);
		if (error != 0)
			return error;
		if (1u + label[0] > start)
			return POL_ECORRUPT;
		start -= 1u + label[0];
		memcpy(wire + start, label, 1u + label[0]);
		key = stop + 1;
	}
	name->len = (uint8_t)(POL_NAME_MAX - start);
	memcpy(name->wire, wire + start, name->len);
	return 0;
}

size_t
pol_key_common(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	size_t len = a_len < b_len ? a_len : b_len;
	size_t common = 1;

	for (size_t i = 0; i < len && a[i] == b[i]; i++)
		if (a[i] == TERMINATOR)
			common = i + 1;
	return common;
}

size_t
pol_key_parent(const uint8_t *key, size_t len)
{
	if (len <= 1)
		return 0;
	len--; /* the last label's terminator */
	while (key[len - 1] != TERMINATOR)
		len--;
	return len;
}

bool
pol_key_within(const uint8_t *key, size_t len, const uint8_t *ancestor,
    size_t ancestor_len)
{
	return len >= ancestor_len && memcmp(key, ancestor, ancestor_len) == 0;
}
