/*
 * test_tsig.c - signed transfers, signed here by libldns, and key files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/error.h"
#include "tests/unit/transfer_support.h"

#define KEY "transfer.key"
#define SECRET "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IDEyMzQ="
#define OTHER_SECRET "b3RoZXIgIHNlY3JldCBzZWNyZXQgc2VjcmV0IDEyMzQ="
#define SOA "@ SOA . . 7 3600 600 86400 60\n"

static int
ignore(struct stream *stream, const ldns_rr *rr, bool is_removed)
{
	(void)stream;
	(void)rr;
	(void)is_removed;
	return 0;
}

/* A key file with TEXT; the path is static. */
static const char *
write_key(const char *text)
{
	static char path[] = "/tmp/sinkbound-key-XXXXXX";
	int fd;

	strcpy(path + sizeof(path) - 7, "XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

static int
read_key(const char *text, struct tsig_key *key, char *problem)
{
	const char *path = write_key(text);
	bool is_exposed = true;
	int rc;

	key->name = test_name(KEY);
	key->algorithm = tsig_algorithm_named("hmac-sha256");
	rc = tsig_key_read(path, key, &is_exposed, problem);
	assert_false(is_exposed);
	unlink(path);
	return rc;
}

/* A transfer whose messages a primary signs. */
struct signed_stream {
	struct tsig_key key;
	struct pol_name zone;
	struct stream stream;
	struct test_message message;
	ldns_rdf *mac; /* the last one */
	int64_t now;
};

static void
begin(struct signed_stream *test, const char *algorithm)
{
	char problem[TSIG_PROBLEM_MAX];
	uint8_t query[MESSAGE_QUERY_MAX];
	ldns_pkt *packet;
	size_t len;

	*test = (struct signed_stream){.now = (int64_t)time(NULL)};
	assert_int_equal(read_key(SECRET "\n", &test->key, problem), 0);
	test->key.algorithm = tsig_algorithm_named(algorithm);
	test->zone = test_name(TEST_ZONE);
	test->stream = (struct stream){.zone = &test->zone,
	    .id = TEST_ID,
	    .octets_max = 10000000,
	    .records_max = 10000,
	    .take = ignore};
	assert_int_equal(tsig_new(&test->key, &test->stream.tsig), 0);
	message_query(&test->zone, LDNS_RR_TYPE_AXFR, 0, TEST_ID, query, &len);
	assert_int_equal(
	    tsig_sign(test->stream.tsig, query, &len, test->now), 0);
	assert_int_equal(ldns_wire2pkt(&packet, query, len), LDNS_STATUS_OK);
	test->mac = ldns_rdf_clone(ldns_rr_rdf(ldns_pkt_tsig(packet), 3));
	ldns_pkt_free(packet);
}

static int
take(struct signed_stream *test)
{
	return stream_take(
	    &test->stream, test->message.wire, test->message.len, test->now);
}

static int
send_signed(struct signed_stream *test, const char *records, const char *key,
    const char *secret, const char *algorithm)
{
	make_signed_answer(&test->message, LDNS_RR_TYPE_AXFR, records, key,
	    secret, algorithm, &test->mac, test->stream.messages == 0);
	return take(test);
}

static int
send_right(struct signed_stream *test, const char *records)
{
	return send_signed(test, records, KEY, SECRET, "hmac-sha256.");
}

static int
send_unsigned(struct signed_stream *test, const char *records)
{
	make_answer(&test->message, LDNS_RR_TYPE_AXFR, records);
	return take(test);
}

static void
end(struct signed_stream *test)
{
	ldns_rdf_deep_free(test->mac);
	tsig_free(test->stream.tsig);
	stream_end(&test->stream);
}

/* libldns knows the query's signature as right as well. */
static void
a_query_is_signed_as_libldns_has_it(void **state)
{
	static const char *const algorithms[] = {
	    "hmac-sha1", "hmac-sha256", "hmac-sha512"};
	uint8_t query[MESSAGE_QUERY_MAX];
	char problem[TSIG_PROBLEM_MAX];
	struct pol_name zone = test_name(TEST_ZONE);
	struct tsig_key key;

	(void)state;
	assert_int_equal(read_key(SECRET, &key, problem), 0);
	for (size_t i = 0; i < 3; i++) {
		struct tsig *tsig;
		ldns_pkt *packet;
		size_t len;

		key.algorithm = tsig_algorithm_named(algorithms[i]);
		assert_int_equal(tsig_new(&key, &tsig), 0);
		message_query(
		    &zone, LDNS_RR_TYPE_IXFR, 5, TEST_ID, query, &len);
		assert_int_equal(tsig_sign(tsig, query, &len, 1700000000), 0);
		assert_int_equal(
		    ldns_wire2pkt(&packet, query, len), LDNS_STATUS_OK);
		assert_true(ldns_pkt_tsig_verify(
		    packet, query, len, KEY, SECRET, NULL));
		assert_int_equal(ldns_pkt_nscount(packet), 1);
		ldns_pkt_free(packet);
		tsig_free(tsig);
	}
}

static void
a_signed_transfer_is_verified(void **state)
{
	static const char *const algorithms[] = {
	    "hmac-sha1", "hmac-sha256", "hmac-sha512"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct signed_stream test;
		char absolute[16];

		snprintf(absolute, sizeof(absolute), "%s.", algorithms[i]);
		begin(&test, algorithms[i]);
		assert_int_equal(send_signed(&test, SOA "a CNAME .\n", KEY,
				     SECRET, absolute),
		    STREAM_MORE);
		assert_int_equal(
		    send_signed(&test, "b CNAME .\n", KEY, SECRET, absolute),
		    STREAM_MORE);
		assert_int_equal(
		    send_signed(&test, SOA, KEY, SECRET, absolute), STREAM_END);
		end(&test);
	}
}

static void
assert_refused(struct signed_stream *test, int rc, enum tsig_fault fault)
{
	assert_int_equal(rc, POL_EINVAL);
	assert_int_equal(test->stream.fault, fault);
	assert_string_not_equal(test->stream.problem, "");
	end(test);
}

static void
a_wrong_signature_is_refused(void **state)
{
	struct signed_stream test;

	(void)state;
	begin(&test, "hmac-sha256");
	assert_refused(&test,
	    send_signed(&test, SOA SOA, KEY, OTHER_SECRET, "hmac-sha256."),
	    TSIG_BAD_MAC);
	begin(&test, "hmac-sha256");
	assert_refused(&test,
	    send_signed(&test, SOA SOA, "other.key", SECRET, "hmac-sha256."),
	    TSIG_OTHER_KEY);
	begin(&test, "hmac-sha256");
	assert_refused(&test,
	    send_signed(&test, SOA SOA, KEY, SECRET, "hmac-sha512."),
	    TSIG_OTHER_ALGORITHM);
	begin(&test, "hmac-sha256");
	test.now += TSIG_FUDGE + 5;
	assert_refused(&test, send_right(&test, SOA SOA), TSIG_BAD_TIME);
	begin(&test, "hmac-sha256");
	test.now -= TSIG_FUDGE + 5;
	assert_refused(&test, send_right(&test, SOA SOA), TSIG_BAD_TIME);
}

static void
a_message_that_must_be_signed_and_is_not_is_refused(void **state)
{
	struct signed_stream test;

	(void)state;
	begin(&test, "hmac-sha256");
	assert_refused(&test, send_unsigned(&test, SOA SOA), TSIG_MISSING);
	begin(&test, "hmac-sha256");
	assert_int_equal(send_right(&test, SOA), STREAM_MORE);
	assert_refused(&test, send_unsigned(&test, SOA), TSIG_MISSING);
	assert_string_equal(test.stream.problem,
	    "the last message of the transfer is not signed");
	begin(&test, "hmac-sha256");
	assert_int_equal(send_right(&test, SOA), STREAM_MORE);
	for (int i = 0; i < TSIG_UNSIGNED_MAX; i++)
		assert_int_equal(
		    send_unsigned(&test, "a CNAME .\n"), STREAM_MORE);
	assert_refused(
	    &test, send_unsigned(&test, "a CNAME .\n"), TSIG_MISSING);
}

/* What is slipped in between two signed messages is covered by the second's
 * signature, and was not there when that was made. */
static void
a_message_slipped_in_is_refused(void **state)
{
	struct signed_stream test;

	(void)state;
	begin(&test, "hmac-sha256");
	assert_int_equal(send_right(&test, SOA), STREAM_MORE);
	assert_int_equal(send_unsigned(&test, "evil CNAME .\n"), STREAM_MORE);
	assert_refused(&test, send_right(&test, SOA), TSIG_BAD_MAC);
}

static void
each_octet_is_covered(void **state)
{
	struct signed_stream test;

	(void)state;
	begin(&test, "hmac-sha256");
	make_signed_answer(&test.message, LDNS_RR_TYPE_AXFR, SOA SOA, KEY,
	    SECRET, "hmac-sha256.", &test.mac, true);
	for (size_t i = 0; i < test.message.len; i++) {
		struct signed_stream other;

		/* The ID may differ from the one that was signed. */
		begin(&other, "hmac-sha256");
		other.message = test.message;
		other.message.wire[i] ^= 0x01;
		if (take(&other) == STREAM_END)
			fail_msg("octet %zu is not covered", i);
		end(&other);
	}
	end(&test);
}

static void
an_answer_signed_unasked_is_refused(void **state)
{
	struct signed_stream test;

	(void)state;
	begin(&test, "hmac-sha256");
	tsig_free(test.stream.tsig);
	test.stream.tsig = NULL;
	assert_int_equal(send_right(&test, SOA SOA), POL_EINVAL);
	assert_string_equal(test.stream.problem,
	    "the answer is signed, but no tsig is configured");
	end(&test);
}

/* ---- key files ---- */

static void
assert_key(const char *text)
{
	char problem[TSIG_PROBLEM_MAX] = "";
	struct tsig_key key;

	assert_int_equal(read_key(text, &key, problem), 0);
	assert_int_equal(key.secret_len, 32);
	assert_memory_equal(key.secret, "secret secret secret secret 1234", 32);
}

static void
assert_no_key(const char *text, const char *expected)
{
	char problem[TSIG_PROBLEM_MAX] = "";
	struct tsig_key key;

	assert_int_equal(read_key(text, &key, problem), POL_EINVAL);
	assert_string_equal(problem, expected);
}

static void
a_key_file_is_a_secret_or_a_clause(void **state)
{
	(void)state;
	assert_key(SECRET);
	assert_key("# a comment\n\n  " SECRET "  \n");
	assert_key(
	    "key \"" KEY "\" {\n\talgorithm hmac-sha256;\n\tsecret \"" SECRET
	    "\";\n};\n");
	assert_key("key Transfer.KEY. { // BIND's\n secret " SECRET
		   "; /* no\nalgorithm */ };");
}

static void
a_bad_key_file_is_refused(void **state)
{
	static const char syntax[] =
	    "expected a secret in base64, or key \"NAME\" { algorithm ...; "
	    "secret \"...\"; };";

	(void)state;
	assert_no_key("", syntax);
	assert_no_key(SECRET " " SECRET, syntax);
	assert_no_key("key " KEY " { secret " SECRET " };", syntax);
	assert_no_key("key " KEY " { secret " SECRET ";", syntax);
	assert_no_key("key " KEY " { };", "the key clause has no secret");
	assert_no_key("not base64!", syntax);
	assert_no_key("base64!", "the secret is not base64 of 1 to 512 octets");
	assert_no_key("key other { secret " SECRET "; };",
	    "the key in there is \"other\", not the one configured");
	assert_no_key("key " KEY " { algorithm hmac-md5; secret " SECRET "; };",
	    "the algorithm in there is \"hmac-md5\", configured is "
	    "\"hmac-sha256\"");
}

static void
a_key_file_that_others_can_read_is_told(void **state)
{
	const char *path = write_key(SECRET);
	char problem[TSIG_PROBLEM_MAX];
	bool is_exposed = false;
	struct tsig_key key = {.name = test_name(KEY),
	    .algorithm = tsig_algorithm_named("hmac-sha256")};

	(void)state;
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(tsig_key_read(path, &key, &is_exposed, problem), 0);
	assert_true(is_exposed);
	unlink(path);
	assert_int_equal(
	    tsig_key_read(path, &key, &is_exposed, problem), POL_EIO);
	assert_string_equal(problem, "No such file or directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_query_is_signed_as_libldns_has_it),
	    cmocka_unit_test(a_signed_transfer_is_verified),
	    cmocka_unit_test(a_wrong_signature_is_refused),
	    cmocka_unit_test(
		a_message_that_must_be_signed_and_is_not_is_refused),
	    cmocka_unit_test(a_message_slipped_in_is_refused),
	    cmocka_unit_test(each_octet_is_covered),
	    cmocka_unit_test(an_answer_signed_unasked_is_refused),
	    cmocka_unit_test(a_key_file_is_a_secret_or_a_clause),
	    cmocka_unit_test(a_bad_key_file_is_refused),
	    cmocka_unit_test(a_key_file_that_others_can_read_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
