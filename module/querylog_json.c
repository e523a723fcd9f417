/*
 * querylog_json.c - a record as a line of JSON.
 *
 * Written by hand, since a resolver under attack logs a hundred thousand lines
 * a second. Nothing here checks for room: QUERYLOG_LINE_MAX is what the longest
 * record needs.
 */
#include "module/querylog_p.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include "policy/name.h"
#include "policy/utf8.h"

/* Every function below writes at TO and returns the end of what it wrote. */

#define PUT(to, literal) put(to, literal, sizeof(literal) - 1)

static char *
put(char *to, const char *text, size_t len)
{
	memcpy(to, text, len);
	return to + len;
}

static char *
put_word(char *to, const char *word)
{
	return put(to, word, strlen(word));
}

static char *
put_number(char *to, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return put(to, digits + at, sizeof(digits) - at);
}

static char *
put_time(char *to, struct querylog_clock *clock,
    const struct querylog_record *record)
{
	if (clock->second != record->second || clock->len == 0) {
		time_t second = (time_t)record->second;
		struct tm utc = {.tm_mday = 1, .tm_year = 70};

		gmtime_r(&second, &utc);
		clock->len =
		    strftime(clock->text, sizeof(clock->text), "%FT%T", &utc);
		clock->second = record->second;
	}
	to = put(to, clock->text, clock->len);
	*to++ = '.';
	*to++ = (char)('0' + record->ms / 100 % 10);
	*to++ = (char)('0' + record->ms / 10 % 10);
	*to++ = (char)('0' + record->ms % 10);
	*to++ = 'Z';
	return to;
}

/* ---- strings ---- */

static char *
put_escaped(char *to, uint8_t octet)
{
	static const char hex[] = "0123456789abcdef";

	*to++ = '\\';
	if (octet == '"' || octet == '\\') {
		*to++ = (char)octet;
		return to;
	}
	to = PUT(to, "u00");
	*to++ = hex[octet >> 4];
	*to++ = hex[octet & 15];
	return to;
}

/* Text from outside: an octet that is no UTF-8 becomes U+FFFD. */
static char *
put_utf8(char *to, const uint8_t *text, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t sequence = 1;

		if (text[i] < 0x20 || text[i] == 0x7f || text[i] == '"' ||
		    text[i] == '\\')
			to = put_escaped(to, text[i]);
		else if (text[i] < 0x7f)
			*to++ = (char)text[i];
		else if ((sequence = pol_utf8_length(
			      (const char *)text + i, len - i)) > 0)
			to = put(to, (const char *)text + i, sequence);
		else {
			to = PUT(to, "\xef\xbf\xbd");
			sequence = 1;
		}
		i += sequence;
	}
	return to;
}

/* A name's text is printable ASCII already: the escapes of RFC 1035 see to it.
 * FOLD writes it in lower case, as a feed lists it. */
static char *
put_name(char *to, const uint8_t *wire, bool fold)
{
	char text[POL_NAME_TEXT_MAX];
	const char *from;

	for (from = pol_name_to_text(wire, text); *from != '\0'; from++) {
		if (*from == '"' || *from == '\\')
			to = put_escaped(to, (uint8_t)*from);
		else if (fold && *from >= 'A' && *from <= 'Z')
			*to++ = (char)(*from - 'A' + 'a');
		else
			*to++ = *from;
	}
	return to;
}

/* ---- the client and the type ---- */

static char *
put_client(char *to, const struct querylog_record *record)
{
	unsigned i;

	if (record->family == AF_INET6) {
		inet_ntop(AF_INET6, record->client, to, INET6_ADDRSTRLEN);
		return to + strlen(to);
	}
	for (i = 0; i < 4; i++) {
		if (i > 0)
			*to++ = '.';
		to = put_number(to, record->client[i]);
	}
	return to;
}

/* IANA's mnemonics; a type without one is written as RFC 3597 has it. */
static const char types[][12] = {[1] = "A",
    [2] = "NS",
    [3] = "MD",
    [4] = "MF",
    [5] = "CNAME",
    [6] = "SOA",
    [7] = "MB",
    [8] = "MG",
    [9] = "MR",
    [10] = "NULL",
    [11] = "WKS",
    [12] = "PTR",
    [13] = "HINFO",
    [14] = "MINFO",
    [15] = "MX",
    [16] = "TXT",
    [17] = "RP",
    [18] = "AFSDB",
    [19] = "X25",
    [20] = "ISDN",
    [21] = "RT",
    [22] = "NSAP",
    [23] = "NSAP-PTR",
    [24] = "SIG",
    [25] = "KEY",
    [26] = "PX",
    [27] = "GPOS",
    [28] = "AAAA",
    [29] = "LOC",
    [30] = "NXT",
    [31] = "EID",
    [32] = "NIMLOC",
    [33] = "SRV",
    [34] = "ATMA",
    [35] = "NAPTR",
    [36] = "KX",
    [37] = "CERT",
    [38] = "A6",
    [39] = "DNAME",
    [40] = "SINK",
    [41] = "OPT",
    [42] = "APL",
    [43] = "DS",
    [44] = "SSHFP",
    [45] = "IPSECKEY",
    [46] = "RRSIG",
    [47] = "NSEC",
    [48] = "DNSKEY",
    [49] = "DHCID",
    [50] = "NSEC3",
    [51] = "NSEC3PARAM",
    [52] = "TLSA",
    [53] = "SMIMEA",
    [55] = "HIP",
    [56] = "NINFO",
    [57] = "RKEY",
    [58] = "TALINK",
    [59] = "CDS",
    [60] = "CDNSKEY",
    [61] = "OPENPGPKEY",
    [62] = "CSYNC",
    [63] = "ZONEMD",
    [64] = "SVCB",
    [65] = "HTTPS",
    [66] = "DSYNC",
    [99] = "SPF",
    [100] = "UINFO",
    [101] = "UID",
    [102] = "GID",
    [103] = "UNSPEC",
    [104] = "NID",
    [105] = "L32",
    [106] = "L64",
    [107] = "LP",
    [108] = "EUI48",
    [109] = "EUI64",
    [249] = "TKEY",
    [250] = "TSIG",
    [251] = "IXFR",
    [252] = "AXFR",
    [253] = "MAILB",
    [254] = "MAILA",
    [255] = "ANY",
    [256] = "URI",
    [257] = "CAA",
    [258] = "AVC",
    [259] = "DOA",
    [260] = "AMTRELAY",
    [261] = "RESINFO",
    [262] = "WALLET"};

static char *
put_type(char *to, uint16_t type)
{
	if (type < sizeof(types) / sizeof(types[0]) && types[type][0] != '\0')
		return put_word(to, types[type]);
	return put_number(PUT(to, "TYPE"), type);
}

/* ---- the line ---- */

/* The text of an address of LEN octets. */
static char *
put_address(char *to, const uint8_t *octets, size_t len)
{
	inet_ntop(len == 4 ? AF_INET : AF_INET6, octets, to, INET6_ADDRSTRLEN);
	return to + strlen(to);
}

static char *
put_listed(
    char *to, const struct querylog_record *record, const uint8_t *listed)
{
	switch ((enum pol_kind)record->kind) {
	case POL_NAME:
		return put_name(to, listed, true);
	case POL_PREFIX:
		to = put_address(to, listed, record->listed_len);
		return put_number(PUT(to, "/"), record->prefix_length);
	case POL_ASN:
		break;
	}
	return put_number(PUT(to, "AS"), record->asn);
}

static bool
is_address_trigger(const struct querylog_record *record)
{
	return record->trigger == POL_ON_IP || record->trigger == POL_ON_ASN ||
	       record->trigger == POL_ON_NSIP;
}

/* What only a match in the answer has: the alias, or the address and who holds
 * its origin ASN. */
static char *
put_item(char *to, const struct querylog_record *record, const uint8_t *item,
    const uint8_t *holder)
{
	if (record->item_len == 0)
		return to;
	if (!is_address_trigger(record))
		return put_name(PUT(to, "\",\"link\":\""), item, false);
	to = PUT(to, "\",\"address\":\"");
	to = put_address(to, item, record->item_len);
	if (record->holder_len > 0)
		to = put_utf8(
		    PUT(to, "\",\"holder\":\""), holder, record->holder_len);
	return to;
}

/* The numbers come last, behind the strings. */
static char *
put_numbers(char *to, const struct querylog_record *record, uint64_t dropped)
{
	if (record->has_origin)
		to = put_number(PUT(to, ",\"asn\":"), record->asn);
	if (record->kind == POL_ASN)
		to = put_number(PUT(to, ",\"risk\":"), record->risk);
	if (dropped > 0)
		to = put_number(PUT(to, ",\"dropped\":"), dropped);
	return to;
}

/* Who asked, and what. */
static char *
put_query(char *to, const struct querylog_record *record)
{
	const uint8_t *group =
	    (const uint8_t *)record + record->size - record->group_len;

	to = put_client(PUT(to, ",\"client\":\""), record);
	if (record->group_len > 0)
		to = put_utf8(
		    PUT(to, "\",\"group\":\""), group, record->group_len);
	to = put_name(PUT(to, "\",\"qname\":\""), record->data, false);
	return put_type(PUT(to, "\",\"qtype\":\""), record->qtype);
}

/* Who says it, and why: a feed and its reference, or a rule and what met its
 * conditions. */
static char *
put_source(char *to, const struct querylog_record *record, const uint8_t *feed,
    const uint8_t *reference)
{
	bool is_rule = record->trigger == POL_ON_RULE;

	to = is_rule ? PUT(to, "\",\"rule\":\"") : PUT(to, "\",\"feed\":\"");
	to = put_utf8(to, feed, record->feed_len);
	if (record->reference_len == 0)
		return to;
	to = is_rule ? PUT(to, "\",\"conditions\":\"")
		     : PUT(to, "\",\"reference\":\"");
	return put_utf8(to, reference, record->reference_len);
}

static char *
put_match(char *to, const struct querylog_record *record)
{
	const uint8_t *listed = record->data + record->qname_len;
	const uint8_t *item = listed + record->listed_len;
	const uint8_t *feed = item + record->item_len;
	const uint8_t *reference = feed + record->feed_len;
	const uint8_t *holder = reference + record->reference_len;

	to = PUT(to, "\",\"trigger\":\"");
	to = put_word(to, pol_trigger_text((enum pol_trigger)record->trigger));
	to = PUT(to, "\",\"matched\":\"");
	to = put_listed(to, record, listed);
	if (record->kind == POL_NAME) {
		to = PUT(to, "\",\"scope\":\"");
		to =
		    put_word(to, pol_scope_text((enum pol_scope)record->scope));
	}
	to = put_item(to, record, item, holder);
	to = put_source(to, record, feed, reference);
	to = PUT(to, "\",\"action\":\"");
	to = put_word(to, pol_action_text((enum pol_action)record->action));
	to = PUT(to, "\",\"mode\":\"");
	return put_word(to, pol_mode_text((enum pol_mode)record->mode));
}

size_t
querylog_line(struct querylog_clock *clock,
    const struct querylog_record *record, uint64_t seq, uint64_t dropped,
    char *text)
{
	char *to = text;

	to = put_time(PUT(to, "{\"time\":\""), clock, record);
	to = put_number(PUT(to, "\",\"seq\":"), seq);
	to = put_query(to, record);
	to = put_match(to, record);
	to = put_numbers(PUT(to, "\""), record, dropped);
	to = PUT(to, "}\n");
	return (size_t)(to - text);
}
