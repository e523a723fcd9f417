/*
 * subject.c - what an indicator is about: a name, a prefix or an ASN.
 */
#include "policy/subject.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "policy/error.h"
#include "policy/octets_p.h"

const char *
pol_kind_text(enum pol_kind kind)
{
	static const char *const words[] = {
	    [POL_NAME] = "name", [POL_PREFIX] = "prefix", [POL_ASN] = "asn"};

	return (unsigned)kind < POL_KINDS ? words[kind] : "unknown";
}

int
pol_asn_from_text(const char *text, size_t len, uint32_t *asn)
{
	uint64_t value = 0;

	if (len > 2 && strncasecmp(text, "AS", 2) == 0) {
		text += 2;
		len -= 2;
	}
	if (len == 0 || len > 10)
		return POL_EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return POL_EINVAL;
		value = 10 * value + (uint64_t)(text[i] - '0');
	}
	if (value > UINT32_MAX)
		return POL_EINVAL;
	*asn = (uint32_t)value;
	return 0;
}

/* Does the text look like a prefix, so that a fault in it is a prefix's? */
static bool
looks_like_prefix(const char *text, size_t len)
{
	return memchr(text, '/', len) != NULL || memchr(text, ':', len) != NULL;
}

int
pol_subject_from_text(const char *text, size_t len,
    struct pol_subject *subject, const char **fault)
{
	enum pol_prefix_fault prefix_fault;
	enum pol_name_fault name_fault;

	if (len > 2 && strncasecmp(text, "AS", 2) == 0 &&
	    pol_asn_from_text(text, len, &subject->asn) == 0) {
		subject->kind = POL_ASN;
		return 0;
	}
	prefix_fault = pol_prefix_from_text(text, len, &subject->prefix);
	if (prefix_fault == POL_PREFIX_OK) {
		subject->kind = POL_PREFIX;
		return 0;
	}
	if (prefix_fault != POL_PREFIX_NOT_AN_ADDRESS ||
	    looks_like_prefix(text, len)) {
		*fault = pol_prefix_fault_text(prefix_fault);
		return POL_EINVAL;
	}
	name_fault = pol_name_from_text(text, len, &subject->name);
	if (name_fault != POL_NAME_OK) {
		*fault = pol_name_fault_text(name_fault);
		return POL_EINVAL;
	}
	subject->kind = POL_NAME;
	return 0;
}

char *
pol_subject_to_text(const struct pol_subject *subject, char *text)
{
	switch (subject->kind) {
	case POL_NAME:
		return pol_name_to_text(subject->name.wire, text);
	case POL_PREFIX:
		return pol_prefix_to_text(&subject->prefix, text);
	case POL_ASN:
		break;
	}
	snprintf(text, POL_NAME_TEXT_MAX, "AS%u", (unsigned)subject->asn);
	return text;
}

/* ---- keys ---- */

void
pol_asn_key(uint32_t asn, uint8_t *key)
{
	put_big_endian(key, asn, POL_ASN_KEY_LEN);
}

void
pol_subject_key(const struct pol_subject *subject, struct pol_key *key)
{
	switch (subject->kind) {
	case POL_NAME:
		pol_key_from_name(&subject->name, key);
		return;
	case POL_PREFIX:
		key->len = (uint16_t)pol_prefix_key(&subject->prefix, key->data);
		return;
	case POL_ASN:
		pol_asn_key(subject->asn, key->data);
		key->len = POL_ASN_KEY_LEN;
		return;
	}
}

int
pol_subject_from_key(enum pol_kind kind, const uint8_t *key, size_t len,
    struct pol_subject *subject)
{
	int error = 0;

	switch (kind) {
	case POL_NAME:
		error = pol_key_to_name(key, len, &subject->name);
		break;
	case POL_PREFIX:
		error = pol_prefix_from_key(key, len, &subject->prefix);
		break;
	case POL_ASN:
		if (len != POL_ASN_KEY_LEN)
			return POL_ECORRUPT;
		subject->asn = (uint32_t)get_big_endian(key, POL_ASN_KEY_LEN);
		break;
	}
	if (error == 0)
		subject->kind = kind;
	return error;
}
