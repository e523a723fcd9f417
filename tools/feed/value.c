/*
 * value.c - what feeds of threat intelligence list: a value, what kind it is
 * of, and what is said about it.
 */
#include "tools/feed/value.h"

#include <string.h>

#include "tools/feed/hostname.h"

static bool
read_name(struct text text, struct pol_subject *subject, enum feed_fault *fault)
{
	subject->kind = POL_NAME;
	return feed_hostname(text, &subject->name, fault);
}

/* A name or an address, which in a URL has brackets if it is an IPv6 one. */
static bool
read_host(struct text text, struct pol_subject *subject, enum feed_fault *fault)
{
	if (text.len > 2 && *text.text == '[' && text.text[text.len - 1] == ']')
		text = (struct text){text.text + 1, text.len - 2};
	return read_name(text, subject, fault) ||
	       (*fault == FEED_ADDRESS && feed_prefix(text, subject, fault));
}

/* Without ":PORT" at its end. A colon of an IPv6 address begins no port, so
 * one with a port has brackets. */
static struct text
before_port(struct text text)
{
	const char *colon =
	    text.len > 0 ? memrchr(text.text, ':', text.len) : NULL;
	size_t before;

	if (colon == NULL)
		return text;
	before = (size_t)(colon - text.text);
	for (size_t i = before + 1; i < text.len; i++)
		if (text.text[i] < '0' || text.text[i] > '9')
			return text;
	if (memchr(text.text, ':', before) == NULL ||
	    (before > 0 && text.text[before - 1] == ']'))
		text.len = before;
	return text;
}

static bool
read_endpoint(
    struct text text, struct pol_subject *subject, enum feed_fault *fault)
{
	text = before_port(text);
	if (text.len > 2 && *text.text == '[' && text.text[text.len - 1] == ']')
		text = (struct text){text.text + 1, text.len - 2};
	return feed_prefix(text, subject, fault);
}

/* Take "SCHEME://" off. */
static void
skip_scheme(struct text *text)
{
	const char *mark = memmem(text->text, text->len, "://", 3);

	if (mark == NULL || memchr(text->text, '/', text->len) != mark + 1)
		return;
	text->len -= (size_t)(mark + 3 - text->text);
	text->text = mark + 3;
}

static bool
read_url(struct text text, struct pol_subject *subject, enum feed_fault *fault)
{
	struct text host;
	const char *at;

	*fault = FEED_NOT_A_NAME;
	if (text.len == 0)
		return false;
	skip_scheme(&text);
	host = (struct text){text.text, 0};
	while (
	    host.len < text.len && strchr("/?#\\", text.text[host.len]) == NULL)
		host.len++;
	*fault = FEED_URL;
	if (host.len + 1 < text.len ||
	    (host.len + 1 == text.len && text.text[host.len] != '/'))
		return false;
	at = host.len > 0 ? memrchr(host.text, '@', host.len) : NULL;
	if (at != NULL)
		host = (struct text){
		    at + 1, host.len - (size_t)(at + 1 - host.text)};
	return read_host(before_port(host), subject, fault);
}

static bool
read_value(const struct feed_value *value, struct pol_subject *subject,
    enum feed_fault *fault)
{
	switch (value->kind) {
	case FEED_VALUE_DOMAIN:
	case FEED_VALUE_HOSTNAME:
		return read_name(value->text, subject, fault);
	case FEED_VALUE_HOST:
		return read_host(value->text, subject, fault);
	case FEED_VALUE_NETWORK:
		return feed_prefix(value->text, subject, fault);
	case FEED_VALUE_ENDPOINT:
		return read_endpoint(value->text, subject, fault);
	case FEED_VALUE_URL:
		return read_url(value->text, subject, fault);
	case FEED_VALUE_ASN:
		return feed_asn(value->text, subject, fault);
	case FEED_VALUE_OTHER:
		break;
	}
	*fault = FEED_OTHER_KIND;
	return false;
}

int
feed_take_value(struct feed_parse *parse, const struct feed_value *value,
    unsigned long line)
{
	char category[POL_CATEGORY_MAX];
	char reference[POL_REFERENCE_MAX];
	struct pol_indicator indicator = {
	    .risk = value->risk,
	    .since = value->since,
	    .until = value->until,
	    .category = category,
	    .reference = reference,
	};
	struct pol_subject subject;
	enum feed_fault fault;

	if (!read_value(value, &subject, &fault)) {
		feed_reject(parse, fault, line, value->text);
		return 0;
	}
	indicator.category_len =
	    feed_keep_text(value->category, category, sizeof(category));
	indicator.reference_len =
	    feed_keep_text(value->reference, reference, sizeof(reference));
	if (subject.kind == POL_NAME)
		indicator.scope =
		    parse->options.has_scope	       ? parse->options.scope
		    : value->kind == FEED_VALUE_DOMAIN ? POL_SUBTREE
						       : POL_EXACT;
	return pol_list_add(parse->list, &subject, &indicator, line);
}

bool
feed_risk(struct text text, uint8_t *risk)
{
	uint64_t value = FEED_RISK;

	if (text.len > 0 && !text_number(text, POL_RISK_MAX, &value))
		return false;
	*risk = (uint8_t)value;
	return true;
}
