/*
 * hostname.c - host names as block lists write them.
 *
 * What ends in a number is an address, in whatever notation, as the WHATWG's
 * URL standard ("ends in a number") has it: browsers and the C library take
 * 0x7f.1 and 0177.0.0.1 for addresses, so no name can look like that.
 */
#include "tools/feed/hostname.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <string.h>
#include <strings.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_of_name(char c)
{
	return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
}

/* Do all octets pass? True for none. */
static bool
all(const char *text, size_t len, bool (*is)(char c))
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!is(text[i]))
			return false;
	return true;
}

/* Is the last label a decimal, octal or hexadecimal number? */
static bool
ends_in_number(const char *text, size_t len)
{
	size_t start;

	if (len > 0 && text[len - 1] == '.')
		len--;
	start = len;
	while (start > 0 && text[start - 1] != '.')
		start--;
	text += start;
	len -= start;
	if (len >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return all(text + 2, len - 2, is_hex);
	return len > 0 && all(text, len, is_digit);
}

/* An IPv6 address, in brackets and with a port, a zone or a prefix length. */
static bool
is_ipv6(const char *text, size_t len)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr address;
	size_t end = 0;

	if (len > 0 && text[0] == '[') {
		text++;
		len--;
	}
	while (end < len && text[end] != ']' && text[end] != '%' &&
	       text[end] != '/')
		end++;
	if (end >= sizeof(copy))
		return false;
	memcpy(copy, text, end);
	copy[end] = '\0';
	return inet_pton(AF_INET6, copy, &address) == 1;
}

/* An IPv4 address with a port or a prefix length. */
static bool
is_ipv4_with_suffix(const char *text, size_t len)
{
	size_t end = len;

	while (end > 0 && is_digit(text[end - 1]))
		end--;
	if (end == 0 || end == len ||
	    (text[end - 1] != ':' && text[end - 1] != '/'))
		return false;
	return all(text, end - 1, is_of_name) && ends_in_number(text, end - 1);
}

/* Names of the machine itself, from the hosts files that lists began as. */
static bool
is_local(const char *text, size_t len)
{
	static const char *const names[] = {"localhost",
	    "localhost.localdomain", "localhost4", "localhost4.localdomain4",
	    "localhost6", "localhost6.localdomain6", "localdomain", "local",
	    "broadcasthost"};
	size_t i;

	if (len > 0 && text[len - 1] == '.')
		len--;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len &&
		    strncasecmp(text, names[i], len) == 0)
			return true;
	return len > 4 && strncasecmp(text, "ip6-", 4) == 0 &&
	       memchr(text, '.', len) == NULL;
}

static bool
ascii_hostname(
    const char *text, size_t len, struct pol_name *name, enum feed_fault *fault)
{
	struct pol_name read;

	if (!all(text, len, is_of_name)) {
		*fault = is_ipv6(text, len) || is_ipv4_with_suffix(text, len)
			     ? FEED_ADDRESS
			     : FEED_NOT_A_NAME;
		return false;
	}
	if (ends_in_number(text, len)) {
		*fault = FEED_ADDRESS;
		return false;
	}
	if (is_local(text, len)) {
		*fault = FEED_LOCAL_NAME;
		return false;
	}
	switch (pol_name_from_text(text, len, &read)) {
	case POL_NAME_OK:
		break;
	case POL_NAME_LONG:
	case POL_NAME_LONG_LABEL:
		*fault = FEED_TOO_LONG;
		return false;
	default:
		*fault = FEED_NOT_A_NAME;
		return false;
	}
	if (pol_name_labels(read.wire) < 2) {
		*fault = read.len == 1 ? FEED_NOT_A_NAME : FEED_SINGLE_LABEL;
		return false;
	}
	*name = read;
	return true;
}

/* Convert and read a name in UTF-8. */
static bool
unicode_hostname(
    const char *text, size_t len, struct pol_name *name, enum feed_fault *fault)
{
	uint8_t utf8[POL_NAME_TEXT_MAX];
	uint8_t *ascii;
	bool is_name;
	int rc;

	if (len >= sizeof(utf8)) {
		*fault = FEED_TOO_LONG;
		return false;
	}
	memcpy(utf8, text, len);
	utf8[len] = '\0';
	rc =
	    idn2_lookup_u8(utf8, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK) {
		*fault = rc == IDN2_TOO_BIG_DOMAIN || rc == IDN2_TOO_BIG_LABEL
			     ? FEED_TOO_LONG
			     : FEED_NOT_ASCII;
		return false;
	}
	is_name = ascii_hostname(
	    (const char *)ascii, strlen((const char *)ascii), name, fault);
	idn2_free(ascii);
	return is_name;
}

static bool
is_of_name_or_unicode(char c)
{
	return is_of_name(c) || (unsigned char)c >= 0x80;
}

bool
feed_hostname(struct text text, struct pol_name *name, enum feed_fault *fault)
{
	if (!all(text.text, text.len, is_of_name) &&
	    all(text.text, text.len, is_of_name_or_unicode))
		return unicode_hostname(text.text, text.len, name, fault);
	return ascii_hostname(text.text, text.len, name, fault);
}
