/*
 * network.c - prefixes and ASNs as block lists write them.
 */
#include "tools/feed/network.h"

#include <arpa/inet.h>
#include <string.h>

#include "policy/utf8.h"

bool
feed_prefix(
    struct text text, struct pol_subject *subject, enum feed_fault *fault)
{
	struct pol_prefix prefix;

	switch (pol_prefix_from_text(text.text, text.len, &prefix)) {
	case POL_PREFIX_OK:
		break;
	case POL_PREFIX_HOST_BITS:
		*fault = FEED_HOST_BITS;
		return false;
	default:
		*fault = FEED_NOT_A_PREFIX;
		return false;
	}
	if (prefix.length == 0) {
		*fault = FEED_ANY_ADDRESS;
		return false;
	}
	*subject = (struct pol_subject){.kind = POL_PREFIX, .prefix = prefix};
	return true;
}

bool
feed_read_target(struct text text, bool *blocks)
{
	char address[INET6_ADDRSTRLEN];
	struct text rest = text;
	struct in_addr ipv4;
	struct in6_addr ipv6;

	text = text_split(&rest, '%'); /* a zone: "::1%lo0" */
	if (text.len >= sizeof(address))
		return false;
	memcpy(address, text.text, text.len);
	address[text.len] = '\0';
	if (strcmp(address, "0") == 0) { /* short for 0.0.0.0 in some lists */
		*blocks = true;
	} else if (inet_pton(AF_INET, address, &ipv4) == 1) {
		*blocks = ipv4.s_addr == htonl(INADDR_ANY) ||
			  ntohl(ipv4.s_addr) >> 24 == IN_LOOPBACKNET;
	} else if (inet_pton(AF_INET6, address, &ipv6) == 1) {
		*blocks = IN6_IS_ADDR_UNSPECIFIED(&ipv6) ||
			  IN6_IS_ADDR_LOOPBACK(&ipv6);
	} else {
		return false;
	}
	return true;
}

/* AS0 is nobody's (RFC 7607); origin data has it for what nobody announces. */
bool
feed_asn(struct text text, struct pol_subject *subject, enum feed_fault *fault)
{
	uint32_t asn;

	if (pol_asn_from_text(text.text, text.len, &asn) != 0 || asn == 0) {
		*fault = FEED_NOT_AN_ASN;
		return false;
	}
	*subject = (struct pol_subject){.kind = POL_ASN, .asn = asn};
	return true;
}

static bool
is_within_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool
is_nothing(char c)
{
	return c == ' ' || is_control(c);
}

size_t
feed_keep_text(struct text text, char *kept, size_t max)
{
	size_t len;
	bool is_text;

	while (text.len > 0 && is_nothing(*text.text)) {
		text.text++;
		text.len--;
	}
	len = text.len < max ? text.len : max;
	while (len > 0 && len < text.len && is_within_character(text.text[len]))
		len--;
	while (len > 0 && is_nothing(text.text[len - 1]))
		len--;
	is_text = pol_is_utf8(text.text, len);
	for (size_t i = 0; i < len; i++) {
		kept[i] = text.text[i];
		if (is_control(kept[i]))
			kept[i] = ' ';
		else if ((unsigned char)kept[i] > 0x7f && !is_text)
			kept[i] = '?';
	}
	return len;
}
