/*
 * test_origin_files.c - files of origin data, whatever they may hold: odd
 * lines, compression, nothing of use, too much.
 */
#include "origin_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

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
	    "10.0.0.0,10.0.0.0,1\n\x1b[31m\xff\n%0*d\n%0*d\n", FAULT_TEXT - 1,
	    7, FAULT_TEXT, 7);

	snprintf(expected, sizeof(expected),
	    "10.0.0.0-10.0.0.0 1\n"
	    "2 not a line of this format: ?[31m?\n"
	    "3 not a line of this format: %0*d\n"
	    "4 not a line of this format: %0*d...\n",
	    FAULT_TEXT - 1, 7, FAULT_TEXT - 4, 0);
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
	write_origin(scratch->path, text, len);
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

	write_origin(scratch->path, TEXT("10.0.0.0/8\t1\n10.1.0.0/16\t2\n"));
	assert_int_equal(
	    origin_read(scratch->path, &origin_pyasn, ranges, &parse), 0);
	write_origin(scratch->path,
	    TEXT("10.1.1.0,10.1.1.255,3,Three\n10.0.0.0,10.255.255.255,4,F\n"
		 "10.3.0.0,10.3.0.0,2,Two\n"));
	assert_int_equal(
	    origin_read(scratch->path, &origin_ip_location_db, ranges, &parse),
	    0);
	assert_int_equal(parse.accepted, 3);
	write_origin(scratch->path, TEXT("10.2.0.0\t10.2.0.0\t2\tNL\tZwei\n"));
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
		write_origin(scratch->path, "", 0);
		assert_refused(scratch->path, origin_formats[i], POL_EINVAL,
		    "the file is empty");
	}
	for (size_t i = 0; origin_formats[i] != &origin_mmdb; i++) {
		write_origin(scratch->path, TEXT("# nothing\n\n"));
		assert_refused(scratch->path, origin_formats[i], POL_EINVAL,
		    "no entry in it");
		write_origin(scratch->path, TEXT(page));
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
	write_origin(
	    scratch->path, TEXT("::/0\t0\n::/0\t1\n::/0\t0\n::/0\t1\n"));
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

	return cmocka_run_group_tests_name("origin files", tests, NULL, NULL);
}
