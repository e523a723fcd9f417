/*
 * test_zone_copy.c - copies of transferred zones, and differences to them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/error.h"
#include "tests/unit/transfer_support.h"
#include "tools/transfer/zone_copy.h"

static char folder[] = "/tmp/sinkbound-copy-XXXXXX";
static char old_path[64], new_path[64];
static struct pol_name zone;

static int
make_folder(void **state)
{
	(void)state;
	zone = test_name(TEST_ZONE);
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(old_path, sizeof(old_path), "%s/old", folder);
	snprintf(new_path, sizeof(new_path), "%s/new", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(old_path);
	unlink(new_path);
	return rmdir(folder);
}

static ldns_rr *
record(const char *text)
{
	ldns_rdf *origin = ldns_dname_new_frm_str(TEST_ZONE);
	ldns_rr *rr;

	assert_int_equal(
	    ldns_rr_new_frm_str(&rr, text, 3600, origin, NULL), LDNS_STATUS_OK);
	ldns_rdf_deep_free(origin);
	return rr;
}

static void
write_copy(const char *const *records, size_t count)
{
	ldns_rr *soa = record("@ SOA ns root 5 3600 600 86400 60");
	struct zone_writer writer;

	assert_int_equal(zone_writer_begin(&writer, old_path, soa, &zone), 0);
	for (size_t i = 0; i < count; i++) {
		ldns_rr *rr = record(records[i]);

		assert_int_equal(zone_writer_add(&writer, rr), 0);
		ldns_rr_free(rr);
	}
	assert_int_equal(zone_writer_end(&writer, true), 0);
	ldns_rr_free(soa);
}

static void
assert_file(const char *path, const char *expected)
{
	char text[4096];
	FILE *file = fopen(path, "re");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	assert_string_equal(text, expected);
}

static void
note(struct zone_difference *difference, const char *change)
{
	ldns_rr *rr = record(change + 1);

	assert_int_equal(
	    zone_difference_note(difference, rr, change[0] == '-'), 0);
	ldns_rr_free(rr);
}

/* Apply the changes, each "-record" or "+record", to the old copy. */
static int
apply(const char *const *changes, size_t count)
{
	ldns_rr *soa = record("@ SOA ns root 7 3600 600 86400 60");
	struct zone_difference difference;
	int rc;

	assert_int_equal(zone_difference_new(&difference, &zone), 0);
	for (size_t i = 0; i < count; i++)
		note(&difference, changes[i]);
	rc = zone_difference_apply(&difference, old_path, new_path, soa);
	zone_difference_free(&difference);
	ldns_rr_free(soa);
	return rc;
}
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define HEAD \
	"; rpz.example: copied from its primary, without times to live\n" \
	"$TTL 60\n" \
	"rpz.example. IN SOA ns.rpz.example. root.rpz.example. "

static const char *const records[] = {
    "@ NS ns",
    "@ TXT \"left out\"",
    "a A 192.0.2.1",
    "a A 192.0.2.2",
    "*.B.example CNAME Garden.Example.",
    "\\@\\;x 7200 TXT \"say \\\"a; b\\\"\"",
    "a RRSIG A 13 3 60 20300101000000 20200101000000 1 . AAAA",
};

static void
a_copy_has_each_record_on_a_line(void **state)
{
	struct soa soa;

	(void)state;
	write_copy(records, COUNT(records));
	assert_file(old_path, HEAD "5 3600 600 86400 60\n"
				   "rpz.example. IN NS ns.rpz.example.\n"
				   "a.rpz.example. IN A 192.0.2.1\n"
				   "a.rpz.example. IN A 192.0.2.2\n"
				   "*.b.example.rpz.example. IN CNAME "
				   "garden.example.\n"
				   "\\@\\;x.rpz.example. IN TXT \"say "
				   "\\\"a; b\\\"\"\n"
				   "; 6 records\n");
	assert_int_equal(zone_copy_soa(old_path, &zone, &soa), 0);
	assert_int_equal(soa.serial, 5);
	assert_int_equal(soa.refresh, 3600);
	assert_int_equal(soa.retry, 600);
	assert_int_equal(soa.expire, 86400);
}

static void
a_difference_changes_what_it_says(void **state)
{
	static const char *const changes[] = {
	    "-a A 192.0.2.2",
	    "+a A 192.0.2.3",
	    "-*.b.EXAMPLE 1 CNAME garden.example.",
	    "+c CNAME .",
	    "-c CNAME .",
	    "-a A 192.0.2.1",
	    "+a A 192.0.2.1",
	    "-a RRSIG A 13 3 60 20300101000000 20200101000000 1 . AAAA",
	};
	struct soa soa;

	(void)state;
	write_copy(records, COUNT(records));
	assert_int_equal(apply(changes, COUNT(changes)), 0);
	assert_file(new_path, HEAD "7 3600 600 86400 60\n"
				   "rpz.example. IN NS ns.rpz.example.\n"
				   "a.rpz.example. IN A 192.0.2.1\n"
				   "\\@\\;x.rpz.example. IN TXT \"say "
				   "\\\"a; b\\\"\"\n"
				   "a.rpz.example. IN A 192.0.2.3\n"
				   "; 5 records\n");
	assert_int_equal(zone_copy_soa(new_path, &zone, &soa), 0);
	assert_int_equal(soa.serial, 7);
}

static void
a_difference_that_does_not_fit_is_refused(void **state)
{
	static const char *const missing[] = {"-c CNAME ."};
	static const char *const present[] = {"+a A 192.0.2.1"};

	(void)state;
	write_copy(records, COUNT(records));
	assert_int_equal(apply(missing, 1), POL_EINVAL);
	assert_int_equal(apply(present, 1), POL_EINVAL);
	assert_int_equal(apply(NULL, 0), 0);
	unlink(old_path);
	assert_int_equal(apply(NULL, 0), POL_EIO);
}

/* A copy that lost its end, or has more behind it, is no copy to change. */
static void
a_copy_that_is_not_whole_is_refused(void **state)
{
	FILE *file;
	long size;

	(void)state;
	write_copy(records, COUNT(records));
	file = fopen(old_path, "ae");
	assert_non_null(file);
	size = ftell(file);
	fputs("x.rpz.example. IN CNAME .\n", file);
	fclose(file);
	assert_int_equal(apply(NULL, 0), POL_EINVAL);
	for (long len = size - 1; len > 0; len--) {
		assert_int_equal(truncate(old_path, len), 0);
		assert_int_equal(apply(NULL, 0), POL_EINVAL);
	}
}

static void
a_copy_of_another_zone_is_none(void **state)
{
	struct pol_name other = test_name("other.example");
	struct soa soa;

	(void)state;
	write_copy(records, COUNT(records));
	assert_int_equal(zone_copy_soa(old_path, &other, &soa), POL_EINVAL);
	assert_int_equal(zone_copy_soa("/nonexistent", &zone, &soa), POL_EIO);
}

#define test(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test(a_copy_has_each_record_on_a_line),
	    test(a_difference_changes_what_it_says),
	    test(a_difference_that_does_not_fit_is_refused),
	    test(a_copy_that_is_not_whole_is_refused),
	    test(a_copy_of_another_zone_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
