/*
 * test_origin_formats.c - the text formats of origin data: what is taken from
 * each, what is not and where it stood.
 */
#include "origin_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- formats by name ---- */

static void
formats_have_names(void **state)
{
	static const char *const names[] = {
	    "ip-location-db", "ip2asn", "pyasn", "mmdb"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(origin_formats[i]->name, names[i]);
	assert_null(origin_formats[4]);
}

/* ---- ip-location-db ---- */

static void
csv_ranges_are_taken(void **state)
{
	assert_origin(*state, &origin_ip_location_db,
	    TEXT("1.0.0.0,1.0.0.255,13335,\"Cloudflare, Inc.\"\n"
		 "1.0.64.0,1.0.127.255,18144,Enecom\n"
		 "2001:db8::,2001:db8::ffff,4294967295,Some One\n"),
	    "1.0.0.0-1.0.0.255 13335\n"
	    "1.0.64.0-1.0.127.255 18144\n"
	    "2001:db8::-2001:db8::ffff 4294967295\n"
	    "13335 - Cloudflare, Inc.\n"
	    "18144 - Enecom\n"
	    "4294967295 - Some One\n");
}

static void
csv_quotes_are_undone(void **state)
{
	assert_origin(*state, &origin_ip_location_db,
	    TEXT("\"10.0.0.0\",\"10.0.0.0\",\"1\",\"OOO \"\"Rog\"\", Ltd\"\n"
		 "10.0.0.1,10.0.0.1,2,\"\"\"\"\n"
		 "10.0.0.2,10.0.0.2,3,\"\"\n"
		 "10.0.0.3,10.0.0.3,4,\"a\",more,\"fields\n"
		 "10.0.0.4,10.0.0.4,5,a \"b\" c\n"),
	    "10.0.0.0-10.0.0.0 1\n"
	    "10.0.0.1-10.0.0.1 2\n"
	    "10.0.0.2-10.0.0.2 3\n"
	    "10.0.0.3-10.0.0.3 4\n"
	    "10.0.0.4-10.0.0.4 5\n"
	    "1 - OOO \"Rog\", Ltd\n"
	    "2 - \"\n"
	    "4 - a\n"
	    "5 - a \"b\" c\n");
}

/* The holder may be missing, blanks may stand around. */
static void
csv_holder_may_be_missing(void **state)
{
	assert_origin(*state, &origin_ip_location_db,
	    TEXT("10.0.0.0,10.0.0.0,1\n"
		 "10.0.0.1,10.0.0.1,2,\n"
		 " 10.0.0.2 ,\t10.0.0.2, 3 , A B \n"),
	    "10.0.0.0-10.0.0.0 1\n"
	    "10.0.0.1-10.0.0.1 2\n"
	    "10.0.0.2-10.0.0.2 3\n"
	    "3 - A B\n");
}

/* Of quotes alone, too, and cut within a character. */
static void
csv_long_holder_is_cut(void **state)
{
	char text[4096], expected[512];
	size_t len;

	len = (size_t)snprintf(text, sizeof(text), "10.0.0.0,10.0.0.0,1,\"x");
	for (int i = 0; i < 600; i++)
		text[len++] = '"';
	for (int i = 0; i < 200; i++, len += 4)
		memcpy(text + len, "\xf0\x9f\x8c\x90", 4);
	text[len++] = '"';
	snprintf(expected, sizeof(expected), "10.0.0.0-10.0.0.0 1\n1 - x%.*s\n",
	    POL_HOLDER_MAX - 1, text + 22);
	assert_origin(*state, &origin_ip_location_db, text, len, expected);

	len =
	    (size_t)snprintf(text, sizeof(text), "10.0.0.0,10.0.0.0,1,\"\"\"");
	for (int i = 0; i < 200; i++, len += 4)
		memcpy(text + len, "\xf0\x9f\x8c\x90", 4);
	text[len++] = '"';
	snprintf(expected, sizeof(expected),
	    "10.0.0.0-10.0.0.0 1\n1 - \"%.*s\n", 31 * 4, text + 23);
	assert_origin(*state, &origin_ip_location_db, text, len, expected);
}

static void
csv_bad_lines_are_counted(void **state)
{
	assert_origin(*state, &origin_ip_location_db,
	    TEXT("start,end,asn,name\n"
		 "10.0.0.0,10.0.0.255,1,Good\n"
		 "\n"
		 "10.0.1.0\n"
		 "10.0.1.0,10.0.1.255\n"
		 "10.0.1.0,10.0.1.255,1,\"open\n"
		 "10.0.1.0,10.0.1.255,1,\"a\"b\n"
		 "10.0.1.0/24,10.0.1.255,1,x\n"
		 "16777216,16777471,13335,x\n"
		 "10.0.1.255,10.0.1.0,1,x\n"
		 "10.0.1.0,::1,1,x\n"
		 "10.0.1.0,10.0.1.255,4294967296,x\n"
		 "10.0.1.0,10.0.1.255,99999999999999999999999,x\n"
		 "10.0.1.0,10.0.1.255,-1,x\n"
		 "10.0.1.0,10.0.1.255,,x\n"
		 "10.0.1.0,10.0.1.255,US,x\n"),
	    "10.0.0.0-10.0.0.255 1\n"
	    "1 - Good\n"
	    "4 not a line of this format: 10.0.1.0\n"
	    "5 not a line of this format: 10.0.1.0,10.0.1.255\n"
	    "6 not a line of this format: 10.0.1.0,10.0.1.255,1,\"open\n"
	    "1 not an address or prefix: start,end,asn,name\n"
	    "8 not an address or prefix: 10.0.1.0/24,10.0.1.255,1,x\n"
	    "9 not an address or prefix: 16777216,16777471,13335,x\n"
	    "10 not a range: 10.0.1.255,10.0.1.0,1,x\n"
	    "11 not a range: 10.0.1.0,::1,1,x\n"
	    "12 without a valid AS number: 10.0.1.0,10.0.1.255,4294967296,x\n"
	    "13 without a valid AS number: "
	    "10.0.1.0,10.0.1.255,99999999999999999999999,x\n"
	    "14 without a valid AS number: 10.0.1.0,10.0.1.255,-1,x\n");
}

/* ---- ip2asn ---- */

static void
tsv_ranges_are_taken(void **state)
{
	assert_origin(*state, &origin_ip2asn,
	    TEXT("1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET - Cloudflare\n"
		 "1.0.1.0\t1.0.3.255\t0\tNone\tNot routed\n"
		 "1.0.4.0\t1.0.7.255\t56203\tNone\tGTELECOM-AU\n"
		 "1.0.8.0\t1.0.8.0\t56204\tAU\n"
		 "1.0.9.0\t1.0.9.0\t56205\n"
		 "1.0.10.0\t1.0.10.0\t56206\tUSA\tNo country\n"
		 "2001:db8::\t2001:db8::1\t56207\tDE\t\"Quoted, as is\"\n"),
	    "1.0.0.0-1.0.0.255 13335\n"
	    "1.0.4.0-1.0.7.255 56203\n"
	    "1.0.8.0-1.0.8.0 56204\n"
	    "1.0.9.0-1.0.9.0 56205\n"
	    "1.0.10.0-1.0.10.0 56206\n"
	    "2001:db8::-2001:db8::1 56207\n"
	    "13335 US CLOUDFLARENET - Cloudflare\n"
	    "56203 - GTELECOM-AU\n"
	    "56204 AU \n"
	    "56206 - No country\n"
	    "56207 DE \"Quoted, as is\"\n");
}

static void
tsv_bad_lines_are_counted(void **state)
{
	assert_origin(*state, &origin_ip2asn,
	    TEXT("10.0.0.0\t10.0.0.255\t1\tDE\tx\n"
		 "10.0.0.0 10.0.0.255 1 DE x\n"
		 "10.0.0.0\t10.0.0.255\n"
		 "16777216\t16777471\t13335\tUS\tx\n"
		 "10.0.1.0\t10.0.0.255\t1\tDE\tx\n"
		 "10.0.0.0\t10.0.0.255\tAS1\tDE\tx\n"),
	    "10.0.0.0-10.0.0.255 1\n"
	    "1 DE x\n"
	    "2 not a line of this format: 10.0.0.0 10.0.0.255 1 DE x\n"
	    "3 not a line of this format: 10.0.0.0?10.0.0.255\n"
	    "4 not an address or prefix: 16777216?16777471?13335?US?x\n"
	    "5 not a range: 10.0.1.0?10.0.0.255?1?DE?x\n"
	    "6 without a valid AS number: 10.0.0.0?10.0.0.255?AS1?DE?x\n");
}

/* ---- pyasn ---- */

static void
pyasn_prefixes_are_taken(void **state)
{
	assert_origin(*state, &origin_pyasn,
	    TEXT("; IP-ASN32-DAT file\n"
		 "; Prefixes-v4   : 3\n"
		 ";\n"
		 "1.0.0.0/24\t15169\n"
		 "1.0.4.0/22\t56203\n"
		 "1.0.5.0/24\t56204\n"
		 "192.0.2.1\t7\n"
		 "0.0.0.0/32\t0\n"
		 "2001:db8::/127\t8\n"),
	    "1.0.0.0-1.0.0.255 15169\n"
	    "1.0.4.0-1.0.4.255 56203\n"
	    "1.0.5.0-1.0.5.255 56204\n"
	    "1.0.6.0-1.0.7.255 56203\n"
	    "192.0.2.1-192.0.2.1 7\n"
	    "2001:db8::-2001:db8::1 8\n");
}

static void
pyasn_default_routes_are_ranges(void **state)
{
	assert_origin(*state, &origin_pyasn, TEXT("0.0.0.0/0\t1\n::/0\t2"),
	    "0.0.0.0-255.255.255.255 1\n"
	    "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2\n");
}

static void
pyasn_first_of_several_origins_counts(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct origin_parse parse = {.progress = NULL};
	static const char text[] = "10.0.0.0/32\t{3,4}\n"
				   "10.0.0.2/32\t{5, 6, 7}\n"
				   "10.0.0.4/32\t{ 8 }\n"
				   "10.0.0.6/32\t{}\n"
				   "10.0.0.8/32\t{9\n"
				   "10.0.0.10/32\t{x,1}\n"
				   "10.0.0.12/32\t1,2\n"
				   "10.0.0.14/32\t{\n";

	write_origin(scratch->path, TEXT(text));
	assert_int_equal(
	    origin_read(scratch->path, &origin_pyasn, ranges, &parse), 0);
	assert_int_equal(parse.multi_origin, 2);
	assert_int_equal(parse.accepted, 3);
	assert_int_equal(parse.faults[ORIGIN_BAD_ASN].count, 5);
	assert_string_equal(show_parse(&parse),
	    "10.0.0.0-10.0.0.0 3\n"
	    "10.0.0.2-10.0.0.2 5\n"
	    "10.0.0.4-10.0.0.4 8\n"
	    "4 without a valid AS number: 10.0.0.6/32?{}\n"
	    "5 without a valid AS number: 10.0.0.8/32?{9\n"
	    "6 without a valid AS number: 10.0.0.10/32?{x,1}\n");
	pol_ranges_free(ranges);
}

static void
pyasn_bad_lines_are_counted(void **state)
{
	assert_origin(*state, &origin_pyasn,
	    TEXT("10.0.0.0/8\t1\n"
		 "10.0.0.1/8\t1\n"
		 "10.0.0.0/33\t1\n"
		 "10.0.0.0/8 1\n"
		 "x\t1\n"),
	    "10.0.0.0-10.255.255.255 1\n"
	    "4 not a line of this format: 10.0.0.0/8 1\n"
	    "2 not an address or prefix: 10.0.0.1/8?1\n"
	    "3 not an address or prefix: 10.0.0.0/33?1\n"
	    "5 not an address or prefix: x?1\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(formats_have_names),
	    folder_test(csv_ranges_are_taken),
	    folder_test(csv_quotes_are_undone),
	    folder_test(csv_holder_may_be_missing),
	    folder_test(csv_long_holder_is_cut),
	    folder_test(csv_bad_lines_are_counted),
	    folder_test(tsv_ranges_are_taken),
	    folder_test(tsv_bad_lines_are_counted),
	    folder_test(pyasn_prefixes_are_taken),
	    folder_test(pyasn_default_routes_are_ranges),
	    folder_test(pyasn_first_of_several_origins_counts),
	    folder_test(pyasn_bad_lines_are_counted),
	};

	return cmocka_run_group_tests_name("origin formats", tests, NULL, NULL);
}
