/*
 * utf8.c - is it UTF-8?
 */
#include "policy/utf8.h"

#include <stdint.h>

/* The octets that begin a character of two or more say which ones may follow
 * next; all after that are 80 to BF. */
static bool
may_follow(uint8_t lead, uint8_t octet)
{
	uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;

	return octet >= low && octet <= high;
}

size_t
pol_utf8_length(const char *text, size_t len)
{
	const uint8_t *octets = (const uint8_t *)text;
	uint8_t lead = octets[0];
	size_t want = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	if (lead < 0x80)
		return 1;
	if (lead < 0xc2 || lead > 0xf4 || len < want ||
	    !may_follow(lead, octets[1]))
		return 0;
	for (size_t i = 2; i < want; i++)
		if ((octets[i] & 0xc0) != 0x80)
			return 0;
	return want;
}

bool
pol_is_utf8(const char *text, size_t len)
{
	size_t length;

	for (size_t at = 0; at < len; at += length) {
		length = pol_utf8_length(text + at, len - at);
		if (length == 0)
			return false;
	}
	return true;
}
