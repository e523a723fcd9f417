/*
 * suffixes.c - the Public Suffix List as a table that is quick to ask.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "behaviour/suffixes.h"

#include <idn2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_OCTETS 1024
#define WHITE " \t\r\n"
#define SLOTS_MIN 1024
#define BELOW "0-0.0-0." /* labels that the list does not mention */
#define MARKS 65536	 /* bits: 8 KiB, which stay near the processor */
#define WORD_BITS 64
#define HASH_MASK ((UINT64_C(1) << 48) - 1)

/* What is known of a mentioned name. Its hash stands for it. */
struct slot {
	uint64_t hash : 48; /* 0: free */
	/* Labels of its own registrable domain (0: it is a suffix), and of the
	 * public suffix of what is below. */
	uint64_t domain : 8;
	uint64_t suffix : 8;
};

struct beh_suffixes {
	size_t slot_count; /* a power of two; a quarter is free at least */
	size_t used;
	struct slot *slots;
	uint64_t marks[MARKS / WORD_BITS]; /* of what is mentioned, by hash */
};

/* The hash of a name of which LABEL is the first, and PARENT that of the rest.
 */
static uint64_t
hash_below(uint64_t parent, const uint8_t *label)
{
	uint64_t hash = XXH3_64bits_withSeed(label, *label + (size_t)1, parent);

	return (hash & HASH_MASK) != 0 ? hash & HASH_MASK : 1;
}

/* The slot that has the name, or the free one where it would be. */
static struct slot *
slot_of(const struct beh_suffixes *suffixes, uint64_t hash)
{
	size_t at = hash & (suffixes->slot_count - 1);

	while (
	    suffixes->slots[at].hash != 0 && suffixes->slots[at].hash != hash)
		at = (at + 1) & (suffixes->slot_count - 1);
	return &suffixes->slots[at];
}

static uint64_t
mark_of(uint64_t hash)
{
	return UINT64_C(1) << hash % WORD_BITS;
}

static size_t
marks_of(uint64_t hash)
{
	return hash % MARKS / WORD_BITS;
}

/* NULL where the name is not mentioned, which a mark says of most at once. */
static const struct slot *
find(const struct beh_suffixes *suffixes, uint64_t hash)
{
	const struct slot *slot;

	if ((suffixes->marks[marks_of(hash)] & mark_of(hash)) == 0)
		return NULL;
	slot = slot_of(suffixes, hash);
	return slot->hash != 0 ? slot : NULL;
}

unsigned
beh_suffixes_domain(
    const struct beh_suffixes *suffixes, const struct beh_name *name)
{
	const struct slot *last = NULL;
	uint64_t hash = 0;
	unsigned suffix = 1; /* any top-level domain is one */

	for (unsigned label = name->labels; label-- > 0;) {
		hash = hash_below(hash, name->wire + name->starts[label]);
		last = find(suffixes, hash);
		if (last == NULL)
			break;
		suffix = last->suffix;
	}
	if (last != NULL)
		return last->domain;
	return name->labels > suffix ? suffix + 1 : 0;
}

/* ---- making ---- */

/* Of a name in text; 0 for no name, which is what libpsl says of a suffix. */
static unsigned
labels_of(const char *text)
{
	unsigned labels = 1;

	if (text == NULL)
		return 0;
	for (; *text != '\0'; text++)
		labels += *text == '.';
	return labels;
}

static int
grow(struct beh_suffixes *suffixes)
{
	struct beh_suffixes wider = {.slot_count = 2 * suffixes->slot_count};

	wider.slots = calloc(wider.slot_count, sizeof(*wider.slots));
	if (wider.slots == NULL)
		return POL_ENOMEM;
	for (size_t i = 0; i < suffixes->slot_count; i++)
		if (suffixes->slots[i].hash != 0)
			*slot_of(&wider, suffixes->slots[i].hash) =
			    suffixes->slots[i];
	free(suffixes->slots);
	suffixes->slot_count = wider.slot_count;
	suffixes->slots = wider.slots;
	return 0;
}

/* Note what LIST says of the name in TEXT and of what is below it. */
static int
mention(struct beh_suffixes *suffixes, const psl_ctx_t *list, uint64_t hash,
    const char *text)
{
	struct slot *slot = slot_of(suffixes, hash);
	char below[sizeof(BELOW) + LINE_OCTETS];

	if (slot->hash != 0)
		return 0;
	snprintf(below, sizeof(below), BELOW "%s", text);
	slot->hash = hash & HASH_MASK;
	suffixes->marks[marks_of(hash)] |= mark_of(hash);
	slot->domain = labels_of(psl_registrable_domain(list, text));
	slot->suffix = labels_of(psl_registrable_domain(list, below)) - 1;
	suffixes->used++;
	return 4 * suffixes->used > 3 * suffixes->slot_count ? grow(suffixes)
							     : 0;
}

/* A rule mentions the name that it has, and those above. */
static int
mention_all(
    struct beh_suffixes *suffixes, const psl_ctx_t *list, const char *rule)
{
	const char *text = rule + strlen(rule);
	struct pol_name wire;
	struct beh_name name;
	uint64_t hash = 0;
	int error = 0;

	if (pol_name_from_text(rule, strlen(rule), &wire) != POL_NAME_OK ||
	    beh_name_set(&name, wire.wire, wire.len) != 0)
		return 0;
	for (unsigned label = name.labels; label-- > 0 && error == 0;) {
		const uint8_t *octets = name.wire + name.starts[label];

		hash = hash_below(hash, octets);
		text -= *octets + (text[0] == '\0' ? 0 : 1);
		error = mention(suffixes, list, hash, text);
	}
	return error;
}

/* The name of a line's rule: without "!" and "*.", and what follows it. NULL
 * where it has none. */
static char *
rule_of(char *line)
{
	char *rule = line + strspn(line, WHITE);

	rule[strcspn(rule, WHITE)] = '\0';
	if (*rule == '\0' || strncmp(rule, "//", 2) == 0)
		return NULL;
	if (*rule == '!')
		rule++;
	else if (strncmp(rule, "*.", 2) == 0)
		rule += 2;
	return rule;
}

static int
read_rules(struct beh_suffixes *suffixes, const psl_ctx_t *list, FILE *in)
{
	char line[LINE_OCTETS];
	int error = 0;

	while (error == 0 && fgets(line, sizeof(line), in) != NULL) {
		const char *rule = rule_of(line);
		char *ascii = NULL;

		if (rule == NULL || idn2_to_ascii_8z(rule, &ascii,
					IDN2_NONTRANSITIONAL) != IDN2_OK)
			continue;
		if (strlen(ascii) < LINE_OCTETS)
			error = mention_all(suffixes, list, ascii);
		idn2_free(ascii);
	}
	return error != 0 ? error : ferror(in) ? POL_EIO : 0;
}

int
beh_suffixes_new(
    const char *file, const psl_ctx_t *list, struct beh_suffixes **suffixes)
{
	struct beh_suffixes *made = calloc(1, sizeof(*made));
	FILE *in = fopen(file, "re");
	int error = in == NULL ? POL_ENOENT : POL_ENOMEM;

	if (made != NULL) {
		made->slot_count = SLOTS_MIN;
		made->slots = calloc(made->slot_count, sizeof(*made->slots));
	}
	if (in != NULL && made != NULL && made->slots != NULL)
		error = read_rules(made, list, in);
	if (in != NULL)
		fclose(in);
	if (error != 0) {
		beh_suffixes_free(made);
		return error;
	}
	*suffixes = made;
	return 0;
}

void
beh_suffixes_free(struct beh_suffixes *suffixes)
{
	if (suffixes == NULL)
		return;
	free(suffixes->slots);
	free(suffixes);
}
