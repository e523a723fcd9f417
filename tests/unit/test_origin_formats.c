/*
 * test_origin_formats.c - the text formats of origin data: what is taken from
 * each, what is not and where it stood; compressed files, and files that are
 * of no use. MaxMind databases are in test_origin_mmdb.c.
 */
#include "origin_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "tools/origin/origin.h"

#define TEXT(literal) (literal), sizeof(literal) - 1

static void
write_file(const char *path, const void *octets, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(octets, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* Show what came of a parse: the sealed ranges and holders, then the faults,
 * one line of three each, as LINE FAULT: TEXT. */
static const char *
show(struct origin_parse *parse)
{
	static char shown[1 << 17];
	struct pol_ranges_count count = seal(parse->ranges);
	size_t used;
	uint64_t rejected = 0;

	assert_true(parse->accepted == count.added);
	used = (size_t)snprintf(
	    shown, sizeof(shown), "%s", show_ranges(parse->ranges));
	for (int fault = 0; fault < ORIGIN_FAULTS; fault++) {
		const struct origin_fault_count *faults = &parse->faults[fault];

		rejected += faults->count;
		for (size_t i = 0; i < ORIGIN_FAULT_LINES && i < faults->count;
		     i++)
			used +=
			    (size_t)snprintf(shown + used, sizeof(shown) - used,
				"%lu %s: %s\n", faults->lines[i],
				origin_fault_text((enum origin_fault)fault),
				faults->texts[i]);
	}
	assert_true(used < sizeof(shown));
	assert_true(origin_parse_rejected(parse) == rejected);
	assert_true(origin_parse_read(parse) == parse->accepted + rejected);
	return shown;
}

static void
assert_origin(struct scratch *scratch, const struct origin_format *format,
    const char *text, size_t len, const char *expected)
{
	struct pol_ranges *ranges = new_ranges();
	struct origin_parse parse = {.progress = NULL};
	int error;

	write_file(scratch->path, text, len);
	error = origin_read(scratch->path, format, ranges, &parse);
	assert_string_equal(parse.problem, "");
	assert_int_equal(error, 0);
	assert_string_equal(show(&parse), expected);
	pol_ranges_free(ranges);
}

/* Read what is there already. */
static void
assert_refused(const char *path, const struct origin_format *format, int error,
    const char *problem)
{
	struct pol_ranges *ranges = new_ranges();
	struct origin_parse parse = {.progress = NULL};

	assert_int_equal(origin_read(path, format, ranges, &parse), error);
	assert_string_equal(parse.problem, problem);
	pol_ranges_free(ranges);
}

/* ---- formats by name ---- */

static void
formats_have_names(void **state)
{
	static const char *const names[] = {
	    "ip-location-db", "ip2asn", "pyasn", "mmdb"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_ptr_equal(
		    origin_format_named(names[i]), origin_formats[i]);
		assert_string_equal(origin_formats[i]->name, names[i]);
	}
	assert_null(origin_formats[4]);
	assert_null(origin_format_named("rpz"));
	assert_null(origin_format_named(""));
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
		 "1.0.10.0\t1.0.10.0\t56206\t\tNo country\n"
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

	write_file(scratch->path, TEXT(text));
	assert_int_equal(
	    origin_read(scratch->path, &origin_pyasn, ranges, &parse), 0);
	assert_int_equal(parse.multi_origin, 2);
	assert_int_equal(parse.accepted, 3);
	assert_int_equal(parse.faults[ORIGIN_BAD_ASN].count, 5);
	assert_string_equal(show(&parse),
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

/* ---- any text ---- */

static void
lines_are_as_files_have_them(void **state)
{
	assert_origin(*state, &origin_ip_location_db,
	    TEXT("\xef\xbb\xbf# a comment\r\n"
		 "10.0.0.0,10.0.0.0,1,One\r\n"
		 "   \r\n"
		 "; another\n"
		 "  # and one\n"
		 "10.0.0.2,10.0.0.2,2,Tw\0o\n"
		 "10.0.0.4,10.0.0.4,3,\x1b[2J"),
	    "10.0.0.0-10.0.0.0 1\n"
	    "10.0.0.2-10.0.0.2 2\n"
	    "10.0.0.4-10.0.0.4 3\n"
	    "1 - One\n"
	    "2 - Tw?o\n"
	    "3 - ?[2J\n");
}

/* What a report shows harms no terminal and is cut. */
static void
rejected_texts_are_printable_and_short(void **state)
{
	char expected[512], text[512];
	int len = snprintf(text, sizeof(text),
	    "10.0.0.0,10.0.0.0,1\n\x1b[31m\xff\n%0*d\n%0*d\n",
	    ORIGIN_FAULT_TEXT - 1, 7, ORIGIN_FAULT_TEXT, 7);

	snprintf(expected, sizeof(expected),
	    "10.0.0.0-10.0.0.0 1\n"
	    "2 not a line of this format: ?[31m?\n"
	    "3 not a line of this format: %0*d\n"
	    "4 not a line of this format: %0*d...\n",
	    ORIGIN_FAULT_TEXT - 1, 7, ORIGIN_FAULT_TEXT - 4, 0);
	assert_origin(
	    *state, &origin_ip_location_db, text, (size_t)len, expected);
}

/* A line that is cut might say something else where it ends. */
static void
overlong_line_is_rejected(void **state)
{
	struct scratch *scratch = *state;
	size_t len = 200000;
	char *text = malloc(len);
	struct pol_ranges *ranges = new_ranges();
	struct origin_parse parse = {.progress = NULL};

	assert_non_null(text);
	memset(text, 'x', len);
	memcpy(text, TEXT("10.0.0.0,10.0.0.0,1,"));
	memcpy(text + len - 22, TEXT("\n10.0.0.2,10.0.0.2,2,y"));
	write_file(scratch->path, text, len);
	free(text);
	assert_int_equal(
	    origin_read(scratch->path, &origin_ip_location_db, ranges, &parse),
	    0);
	assert_int_equal(parse.faults[ORIGIN_BAD_LINE].count, 1);
	assert_int_equal(parse.faults[ORIGIN_BAD_LINE].lines[0], 1);
	seal(ranges);
	assert_string_equal(
	    show_ranges(ranges), "10.0.0.2-10.0.0.2 2\n2 - y\n");
	pol_ranges_free(ranges);
}

/* What is said first of an ASN stays, over all files; ranges add up. */
static void
several_files_go_into_one(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct origin_parse parse = {.progress = NULL};

	write_file(scratch->path, TEXT("10.0.0.0/8\t1\n10.1.0.0/16\t2\n"));
	assert_int_equal(
	    origin_read(scratch->path, &origin_pyasn, ranges, &parse), 0);
	write_file(scratch->path,
	    TEXT("10.1.1.0,10.1.1.255,3,Three\n10.0.0.0,10.255.255.255,4,F\n"
		 "10.3.0.0,10.3.0.0,2,Two\n"));
	assert_int_equal(
	    origin_read(scratch->path, &origin_ip_location_db, ranges, &parse),
	    0);
	assert_int_equal(parse.accepted, 3);
	write_file(scratch->path, TEXT("10.2.0.0\t10.2.0.0\t2\tNL\tZwei\n"));
	assert_int_equal(
	    origin_read(scratch->path, &origin_ip2asn, ranges, &parse), 0);
	assert_int_equal(parse.accepted, 1);
	assert_int_equal(seal(ranges).added, 6);
	assert_string_equal(show_ranges(ranges), "10.0.0.0-10.0.255.255 1\n"
						 "10.1.0.0-10.1.0.255 2\n"
						 "10.1.1.0-10.1.1.255 3\n"
						 "10.1.2.0-10.2.0.0 2\n"
						 "10.2.0.1-10.2.255.255 1\n"
						 "10.3.0.0-10.3.0.0 2\n"
						 "10.3.0.1-10.255.255.255 1\n"
						 "2 NL Two\n"
						 "3 - Three\n"
						 "4 - F\n");
	pol_ranges_free(ranges);
}

/* ---- progress ---- */

static uint64_t reported;

static void
note_progress(const struct origin_parse *parse, uint64_t octets)
{
	assert_non_null(parse->path);
	assert_true(octets > reported);
	reported = octets;
}

static void
progress_goes_forward(void **state)
{
	enum { LINES = 3 * ORIGIN_PROGRESS_STEP + 9 };
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct origin_parse parse = {.progress = note_progress};
	FILE *file = fopen(scratch->path, "w");
	long size;

	assert_non_null(file);
	for (unsigned i = 0; i < LINES; i++)
		fprintf(file, "10.%u.%u.%u\t%u\n", i >> 16, i >> 8 & 255,
		    i & 255, i % 7 + 1);
	size = ftell(file);
	fclose(file);
	reported = 0;
	assert_int_equal(
	    origin_read(scratch->path, &origin_pyasn, ranges, &parse), 0);
	assert_in_range(reported, size / 2, size);
	pol_ranges_free(ranges);
}

/* ---- compressed ---- */

static const char plain[] = "10.0.0.0/8\t1\n10.1.0.0/16\t2\n11.0.0.0/8\t3\n";

static size_t
write_gzip(const char *path, const char *text, const char *mode)
{
	gzFile file = gzopen(path, mode);
	FILE *written;
	long size;

	assert_non_null(file);
	assert_int_equal(
	    gzwrite(file, text, (unsigned)strlen(text)), strlen(text));
	assert_int_equal(gzclose(file), Z_OK);
	written = fopen(path, "r");
	assert_non_null(written);
	assert_int_equal(fseek(written, 0, SEEK_END), 0);
	size = ftell(written);
	fclose(written);
	return (size_t)size;
}

static int
count_accepted(const char *path, uint64_t *accepted)
{
	struct pol_ranges *ranges = new_ranges();
	struct origin_parse parse = {.progress = NULL};
	int error = origin_read(path, &origin_pyasn, ranges, &parse);

	assert_int_equal(error == 0, parse.problem[0] == '\0');
	*accepted = parse.accepted;
	pol_ranges_free(ranges);
	return error;
}

/* Two members in one file are one text, as for gzip. */
static void
compressed_text_is_read(void **state)
{
	struct scratch *scratch = *state;
	uint64_t accepted;

	write_gzip(scratch->path, plain, "w");
	assert_int_equal(count_accepted(scratch->path, &accepted), 0);
	assert_int_equal(accepted, 3);
	write_gzip(scratch->path, "12.0.0.0/8\t4\n", "a");
	assert_int_equal(count_accepted(scratch->path, &accepted), 0);
	assert_int_equal(accepted, 4);
}

/* Half a table must not pass for a whole one, wherever it ends. */
static void
truncated_compression_is_an_error(void **state)
{
	struct scratch *scratch = *state;
	size_t size = write_gzip(scratch->path, plain, "w");
	uint64_t accepted;

	while (--size > 0) {
		assert_int_equal(truncate(scratch->path, (off_t)size), 0);
		assert_true(count_accepted(scratch->path, &accepted) < 0);
	}
	write_gzip(scratch->path, plain, "w");
	assert_int_equal(truncate(scratch->path, 40), 0);
	assert_refused(scratch->path, &origin_pyasn, POL_EIO,
	    "its gzip data is damaged or incomplete");
}

/* Its check sum tells. */
static void
damaged_compression_is_an_error(void **state)
{
	struct scratch *scratch = *state;
	size_t size = write_gzip(scratch->path, plain, "w");
	FILE *file = fopen(scratch->path, "r+");
	uint64_t accepted;

	assert_non_null(file);
	assert_int_equal(fseek(file, (long)size - 8, SEEK_SET), 0);
	fputc('x', file);
	fputc('y', file);
	fclose(file);
	assert_int_equal(count_accepted(scratch->path, &accepted), POL_EIO);
}

/* ---- files of no use ---- */

static void
file_without_entries_is_refused(void **state)
{
	static const char page[] = "<!DOCTYPE html>\n<html>\n<p>404, sorry";
	struct scratch *scratch = *state;

	for (size_t i = 0; origin_formats[i] != NULL; i++) {
		write_file(scratch->path, "", 0);
		assert_refused(scratch->path, origin_formats[i], POL_EINVAL,
		    "the file is empty");
	}
	for (size_t i = 0; origin_formats[i] != &origin_mmdb; i++) {
		write_file(scratch->path, TEXT("# nothing\n\n"));
		assert_refused(scratch->path, origin_formats[i], POL_EINVAL,
		    "no entry in it");
		write_file(scratch->path, TEXT(page));
		assert_refused(scratch->path, origin_formats[i], POL_EINVAL,
		    "no usable entry in it (line 1: not a line of this "
		    "format)");
	}
	/* Empty once it is uncompressed. */
	write_gzip(scratch->path, "", "w");
	assert_refused(
	    scratch->path, &origin_ip2asn, POL_EINVAL, "no entry in it");
}

static void
file_that_cannot_be_read_is_refused(void **state)
{
	struct scratch *scratch = *state;

	for (size_t i = 0; origin_formats[i] != NULL; i++) {
		assert_refused(scratch->path, origin_formats[i], POL_ENOENT,
		    "No such file or directory");
		assert_refused(scratch->folder, origin_formats[i], POL_EIO,
		    "Is a directory");
	}
}

static void
too_many_ranges_are_refused(void **state)
{
	struct scratch *scratch = *state;
	struct pol_ranges *ranges = new_ranges();
	struct pol_address address = address_of("10.0.0.0");
	struct origin_parse parse = {.progress = NULL};

	for (size_t i = 1; i < POL_RANGES_MAX; i++)
		if (pol_ranges_add(ranges, &address, &address, 1) != 0)
			fail_msg("range %zu was not taken", i);
	write_file(scratch->path, TEXT("::/0\t0\n::/0\t1\n::/0\t0\n::/0\t1\n"));
	assert_int_equal(
	    origin_read(scratch->path, &origin_pyasn, ranges, &parse),
	    POL_ERANGE);
	assert_string_equal(parse.problem,
	    "with it there are more than 4194304 ranges or 1048576 AS numbers");
	assert_int_equal(parse.accepted, 3);
	pol_ranges_free(ranges);
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
	    folder_test(lines_are_as_files_have_them),
	    folder_test(rejected_texts_are_printable_and_short),
	    folder_test(overlong_line_is_rejected),
	    folder_test(several_files_go_into_one),
	    folder_test(progress_goes_forward),
	    folder_test(compressed_text_is_read),
	    folder_test(truncated_compression_is_an_error),
	    folder_test(damaged_compression_is_an_error),
	    folder_test(file_without_entries_is_refused),
	    folder_test(file_that_cannot_be_read_is_refused),
	    folder_test(too_many_ranges_are_refused),
	};

	return cmocka_run_group_tests_name("origin formats", tests, NULL, NULL);
}
