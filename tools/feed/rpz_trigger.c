/*
 * rpz_trigger.c - what the owner of a response policy zone's record stands for.
 *
 *	bad.example                     that query name
 *	*.bad.example                   all below it
 *	24.0.2.0.192.rpz-ip             addresses of the answer: 192.0.2.0/24
 *	48.zz.1.db8.2001.rpz-ip         and 2001:db8:1::/48; zz stands for ::
 *	ns.bad.example.rpz-nsdname      the name of a name server
 *	24.0.2.0.192.rpz-nsip           the address of a name server
 *
 * An address that is not written as the draft has it may be a slip anywhere in
 * it, so none is guessed.
 */
#include "tools/feed/rpz_trigger.h"

#include <ctype.h>

#include "tools/feed/network.h"

#define WORDS_MAX 8 /* of an IPv6 address */

/* What a last label says of those in front of it. */
static const struct kind {
	const char *label;
	enum pol_kind kind;
	uint8_t triggers;
} kinds[] = {
    {"rpz-ip", POL_PREFIX, 0},
    {"rpz-nsip", POL_PREFIX, POL_SERVES_NSIP},
    {"rpz-nsdname", POL_NAME, POL_SERVES_NSDNAME},
};
static const struct kind query_name = {"", POL_NAME, 0};

/* ---- names ---- */

/* A zone file has IDNs in their ASCII form; other octets match no query. */
static bool
is_ascii(const struct pol_name *name)
{
	for (size_t i = 0; i < name->len; i++)
		if (name->wire[i] > 0x7f)
			return false;
	return true;
}

static bool
read_name(const struct pol_name *name, struct rpz_trigger *trigger,
    enum feed_fault *fault)
{
	struct pol_name below;

	if (!is_ascii(name)) {
		*fault = FEED_NOT_ASCII;
		return false;
	}
	if (name->len == 1) {
		*fault = FEED_NOT_A_NAME;
		return false;
	}
	trigger->scope = POL_EXACT;
	trigger->subject = pol_subject_of_name(name);
	if (name->wire[0] == 1 && name->wire[1] == '*') {
		below.len = (uint8_t)(name->len - 2);
		memcpy(below.wire, name->wire + 2, below.len);
		trigger->scope = POL_BELOW;
		trigger->subject = pol_subject_of_name(&below);
	}
	return true;
}

/* ---- prefixes ---- */

static bool
is_zz(const uint8_t *label)
{
	return label[0] == 2 && memcmp(label + 1, "zz", 2) == 0;
}

/* A number of up to four digits, no more of them than it needs. */
static bool
is_word(const uint8_t *label)
{
	if (label[0] > 4 || (label[0] > 1 && label[1] == '0'))
		return false;
	for (size_t i = 1; i <= label[0]; i++)
		if (!isxdigit(label[i]))
			return false;
	return true;
}

/*
 * Write the labels in the order and with the signs that prefixes have in other
 * texts, for their reader to judge. False where they cannot be a prefix.
 */
static bool
prefix_text(const struct pol_name *name, char text[POL_PREFIX_TEXT_MAX])
{
	const uint8_t *labels[1 + WORDS_MAX];
	bool is_ipv6 = false;
	size_t count = 0;
	char *to = text;

	for (const uint8_t *at = name->wire; *at != 0; at += 1 + *at) {
		if (count == 1 + WORDS_MAX ||
		    !(is_word(at) || (is_zz(at) && count > 0)))
			return false;
		is_ipv6 |= is_zz(at);
		labels[count++] = at;
	}
	if (count < 2)
		return false;
	is_ipv6 |= count == 1 + WORDS_MAX;
	for (size_t i = count - 1; i > 0; i--) {
		if (is_zz(labels[i])) {
			to = stpcpy(to, i == 1 ? "::" : ":");
			continue;
		}
		if (i < count - 1)
			*to++ = is_ipv6 ? ':' : '.';
		to = mempcpy(to, labels[i] + 1, labels[i][0]);
	}
	*to++ = '/';
	to = mempcpy(to, labels[0] + 1, labels[0][0]);
	*to = '\0';
	return true;
}

static bool
read_prefix(const struct pol_name *name, struct rpz_trigger *trigger,
    enum feed_fault *fault)
{
	char text[POL_PREFIX_TEXT_MAX];

	if (!prefix_text(name, text)) {
		*fault = FEED_NOT_A_PREFIX;
		return false;
	}
	trigger->scope = POL_EXACT;
	return feed_prefix(
	    (struct text){text, strlen(text)}, &trigger->subject, fault);
}

/* ---- triggers ---- */

/* What the last label says, and the NAME in front of it. NULL: nothing that is
 * known. Only there is it special: no name of the world ends in it. */
static const struct kind *
split(const struct pol_name *owner, struct pol_name *name)
{
	const uint8_t *label = owner->wire;

	*name = *owner;
	while (label[0] != 0 && label[1 + label[0]] != 0)
		label += 1 + label[0];
	if (!rpz_is_special(label))
		return &query_name;
	name->len = (uint8_t)(label - owner->wire + 1);
	name->wire[name->len - 1] = 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].label) == label[0] &&
		    memcmp(kinds[i].label, label + 1, label[0]) == 0)
			return &kinds[i];
	return NULL;
}

bool
rpz_trigger_read(const struct pol_name *owner, struct rpz_trigger *trigger,
    enum feed_fault *fault)
{
	struct pol_name name;
	const struct kind *kind = split(owner, &name);

	if (kind == NULL) {
		*fault = FEED_OTHER_TRIGGER;
		return false;
	}
	trigger->triggers = kind->triggers;
	return kind->kind == POL_NAME ? read_name(&name, trigger, fault)
				      : read_prefix(&name, trigger, fault);
}

static bool
is_same(const struct pol_name *a, const struct pol_name *b)
{
	return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

bool
rpz_trigger_is_self(const struct pol_name *owner, const struct pol_name *target)
{
	struct pol_name name;

	split(owner, &name);
	return is_same(owner, target) || is_same(&name, target);
}
