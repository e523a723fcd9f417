/*
 * fuzz_name.c - names from any octets: as text, as wire octets and as keys.
 *
 * Whatever is taken must survive text -> name -> key -> name -> text. Keys must
 * order as RFC 4034 section 6.1 orders names, be prefixes of their descendants'
 * keys and of no other, and have in common what the names have in common; all
 * this compared with label-by-label code of the plainest kind.
 */
#include "fuzz.h"

#include <string.h>

#include "policy/error.h"
#include "policy/name.h"

#define LABELS_MAX 127

/* The labels of a name from the root down, each led by its length. */
struct labels {
	const uint8_t *at[LABELS_MAX];
	unsigned count;
};

static struct labels
labels_of(const struct pol_name *name)
{
	struct labels labels = {.count = 0};
	unsigned total = 0;

	for (const uint8_t *p = name->wire; *p != 0; p += 1 + *p)
		total++;
	CHECK(total <= LABELS_MAX);
	for (const uint8_t *p = name->wire; *p != 0; p += 1 + *p)
		labels.at[total - ++labels.count] = p;
	return labels;
}

static int
sign(int number)
{
	return (number > 0) - (number < 0);
}

static int
compare_labels(const uint8_t *a, const uint8_t *b)
{
	int order = memcmp(a + 1, b + 1, a[0] < b[0] ? a[0] : b[0]);

	return order != 0 ? sign(order) : sign((int)a[0] - (int)b[0]);
}

/* How many labels the ends of both have in common. */
static unsigned
common_labels(const struct labels *a, const struct labels *b)
{
	unsigned common = 0;

	while (common < a->count && common < b->count &&
	       compare_labels(a->at[common], b->at[common]) == 0)
		common++;
	return common;
}

/* The canonical order of the names; both are in lower case. */
static int
compare_names(const struct labels *a, const struct labels *b)
{
	unsigned common = common_labels(a, b);

	if (common < a->count && common < b->count)
		return compare_labels(a->at[common], b->at[common]);
	return sign((int)a->count - (int)b->count);
}

static int
compare_keys(const struct pol_key *a, const struct pol_key *b)
{
	int order = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);

	return order != 0 ? sign(order) : sign((int)a->len - (int)b->len);
}

/* The length that the key of the last COUNT labels must have. */
static size_t
key_length(const struct labels *labels, unsigned count)
{
	size_t len = 1;

	for (unsigned i = 0; i < count; i++) {
		for (unsigned j = 1; j <= labels->at[i][0]; j++)
			len += labels->at[i][j] <= 1 ? 2 : 1;
		len++;
	}
	return len;
}

static void
check_key(const struct pol_name *name)
{
	struct labels labels = labels_of(name);
	struct pol_name back;
	struct pol_key key;

	pol_key_from_name(name, &key);
	CHECK(key.len == key_length(&labels, labels.count));
	CHECK(pol_key_to_name(key.data, key.len, &back) == 0);
	CHECK(back.len == name->len);
	CHECK(memcmp(back.wire, name->wire, name->len) == 0);
	for (size_t len = key.len; labels.count > 0; labels.count--) {
		len = pol_key_parent(key.data, len);
		CHECK(len == key_length(&labels, labels.count - 1));
		CHECK(pol_key_within(key.data, key.len, key.data, len));
	}
}

/* A name that was taken: it is well-formed, lower case, and survives. */
static void
check_name(const struct pol_name *name)
{
	char text[POL_NAME_TEXT_MAX];
	struct pol_name read;

	CHECK(name->len >= 1);
	CHECK(pol_name_from_wire(name->wire, name->len, &read) == 0);
	CHECK(read.len == name->len);
	CHECK(memcmp(read.wire, name->wire, name->len) == 0);
	CHECK(pol_name_labels(name->wire) == labels_of(name).count);
	CHECK(pol_name_to_text(name->wire, text) == text);
	CHECK(strlen(text) < sizeof(text));
	for (const char *p = text; *p != '\0'; p++)
		CHECK(*p > 0x20 && *p < 0x7f);
	CHECK(pol_name_from_text(text, strlen(text), &read) == POL_NAME_OK);
	CHECK(read.len == name->len);
	CHECK(memcmp(read.wire, name->wire, name->len) == 0);
	check_key(name);
}

static void
check_pair(const struct pol_name *a, const struct pol_name *b)
{
	struct labels a_labels = labels_of(a), b_labels = labels_of(b);
	unsigned common = common_labels(&a_labels, &b_labels);
	struct pol_key a_key, b_key;

	pol_key_from_name(a, &a_key);
	pol_key_from_name(b, &b_key);
	CHECK(compare_keys(&a_key, &b_key) ==
	      compare_names(&a_labels, &b_labels));
	CHECK(pol_key_common(a_key.data, a_key.len, b_key.data, b_key.len) ==
	      key_length(&a_labels, common));
	CHECK(pol_key_common(b_key.data, b_key.len, a_key.data, a_key.len) ==
	      key_length(&a_labels, common));
	CHECK(pol_key_within(a_key.data, a_key.len, b_key.data, b_key.len) ==
	      (common == b_labels.count));
	CHECK(pol_key_within(b_key.data, b_key.len, a_key.data, a_key.len) ==
	      (common == a_labels.count));
}

/* Make a name of any octets: one says how long the next label is. The labels
 * go before the LEN octets of wire format at TAIL, as far as there is room. */
static struct pol_name
name_of_octets(
    const uint8_t *data, size_t size, const uint8_t *tail, size_t len)
{
	uint8_t wire[POL_NAME_MAX];
	struct pol_name name;
	size_t used = 0;

	while (size >= 2) {
		size_t label =
		    data[0] == 0xff ? POL_LABEL_MAX : 1 + data[0] % 5;

		data++;
		size--;
		if (label > size)
			label = size;
		if (used + 1 + label + len > POL_NAME_MAX)
			break;
		wire[used] = (uint8_t)label;
		memcpy(wire + used + 1, data, label);
		used += 1 + label;
		data += label;
		size -= label;
	}
	memcpy(wire + used, tail, len);
	CHECK(pol_name_from_wire(wire, used + len, &name) == 0);
	return name;
}

static void
check_pairs(const uint8_t *data, size_t size)
{
	static const uint8_t root[1] = {0};
	size_t half = size / 2;
	struct pol_name a = name_of_octets(data, half, root, 1);
	struct pol_name b = name_of_octets(data + half, size - half, root, 1);
	struct labels labels = labels_of(&a);
	unsigned shared = size > 0 ? data[0] % (labels.count + 1) : 0;
	const uint8_t *tail = a.wire + a.len - 1;
	struct pol_name c;

	if (shared > 0)
		tail = labels.at[shared - 1];
	c = name_of_octets(
	    data + half, size - half, tail, (size_t)(a.wire + a.len - tail));
	check_name(&a);
	check_name(&c);
	check_pair(&a, &b);
	check_pair(&a, &c);
	check_pair(&a, &a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pol_name name;
	struct pol_key key;

	if (pol_name_from_text((const char *)data, size, &name) == POL_NAME_OK)
		check_name(&name);
	if (pol_name_from_wire(data, size, &name) == 0) {
		CHECK(name.len == size);
		check_name(&name);
	}
	if (pol_key_to_name(data, size, &name) == 0) {
		/* One name has one key. */
		check_name(&name);
		pol_key_from_name(&name, &key);
		CHECK(key.len == size);
		CHECK(memcmp(key.data, data, size) == 0);
	}
	check_pairs(data, size);
	return 0;
}
