/*
 * fuzz_transfer.c - what a primary may send, as a sequence of messages.
 *
 * The first octet says what was asked: bit 0 an IXFR from serial 5, bit 1
 * whether with a key. Messages follow, each led by its length as over TCP.
 *
 * A zone that is complete must make a copy that is whole and has the serial
 * that the stream said, and a difference must lead to a newer serial. Nobody
 * knows the key, so a transfer with one must never be complete.
 */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "policy/error.h"
#include "tools/transfer/serial.h"
#include "tools/transfer/zone_copy.h"

#define ID 0x1234
#define SERIAL 5
#define NOW 1700000000
#define RECORDS_MAX 4096

static const struct pol_name zone = {13, "\3rpz\7example"};

/* What a transfer says. */
struct said {
	struct zone_writer writer;
	struct zone_difference difference;
	bool is_writing;
	bool has_difference;
	char path[64];
};

static int
take(struct stream *stream, const ldns_rr *rr, bool is_removed)
{
	struct said *said = stream->arg;
	int rc = 0;

	CHECK(ldns_rr_get_type(rr) != LDNS_RR_TYPE_SOA);
	CHECK(stream->soa_rr != NULL);
	if (stream->kind == STREAM_DIFFERENCE) {
		if (!said->has_difference)
			CHECK(
			    zone_difference_new(&said->difference, &zone) == 0);
		said->has_difference = true;
		rc = zone_difference_note(&said->difference, rr, is_removed);
		CHECK(rc == 0 || rc == POL_EINVAL);
		return rc;
	}
	CHECK(stream->kind == STREAM_FULL && !is_removed);
	if (!said->is_writing)
		CHECK(zone_writer_begin(&said->writer, said->path,
			  stream->soa_rr, &zone) == 0);
	said->is_writing = true;
	rc = zone_writer_add(&said->writer, rr);
	CHECK(rc == 0 || rc == POL_EINVAL);
	return rc;
}

/* A copy that was written must be one to apply a difference to. */
static void
check_copy(const char *path, const struct stream *stream)
{
	struct zone_difference nothing;
	char again[80];
	struct soa soa;

	snprintf(again, sizeof(again), "%s.again", path);
	CHECK(zone_copy_soa(path, &zone, &soa) == 0);
	CHECK(soa.serial == stream->soa.serial);
	CHECK(zone_difference_new(&nothing, &zone) == 0);
	CHECK(
	    zone_difference_apply(&nothing, path, again, stream->soa_rr) == 0);
	zone_difference_free(&nothing);
	unlink(again);
}

static void
finish(struct stream *stream, struct said *said, int rc)
{
	if (said->is_writing)
		CHECK(zone_writer_end(&said->writer, rc == STREAM_END) == 0);
	if (rc == STREAM_END && stream->kind == STREAM_SAME)
		CHECK(!serial_is_newer(stream->soa.serial, SERIAL));
	if (rc == STREAM_END && stream->kind == STREAM_DIFFERENCE)
		CHECK(serial_is_newer(stream->soa.serial, SERIAL));
	if (rc == STREAM_END && said->is_writing)
		check_copy(said->path, stream);
	if (said->has_difference)
		zone_difference_free(&said->difference);
	unlink(said->path);
}

static int
run(struct stream *stream, const uint8_t *data, size_t size)
{
	int rc = STREAM_MORE;

	while (rc == STREAM_MORE && size >= 2) {
		size_t len = (size_t)data[0] << 8 | data[1];
		uint8_t *wire;

		if (len > size - 2)
			len = size - 2;
		wire = malloc(len + 1);
		CHECK(wire != NULL);
		memcpy(wire, data + 2, len);
		rc = stream_take(stream, wire, len, NOW);
		free(wire);
		data += 2 + len;
		size -= 2 + len;
	}
	CHECK(rc == STREAM_MORE || rc == STREAM_END || rc == POL_EINVAL ||
	      rc == POL_ERANGE);
	CHECK((rc == STREAM_END) == (stream->state == STREAM_AT_END &&
					stream->problem[0] == '\0' && rc >= 0));
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct said said;
	struct stream stream = {.zone = &zone,
	    .id = ID,
	    .serial = SERIAL,
	    .octets_max = 1 << 20,
	    .records_max = RECORDS_MAX,
	    .take = take,
	    .arg = &said};
	struct tsig_key key = {.name = zone, .secret_len = 16};
	uint8_t query[MESSAGE_QUERY_MAX];
	size_t len;
	int rc;

	if (size < 1)
		return 0;
	memset(&said, 0, sizeof(said));
	snprintf(said.path, sizeof(said.path), "/tmp/fuzz-transfer-%d",
	    (int)getpid());
	stream.is_ixfr = (data[0] & 1) != 0;
	if ((data[0] & 2) != 0) {
		key.algorithm = tsig_algorithm_named("hmac-sha256");
		message_query(&zone, LDNS_RR_TYPE_AXFR, 0, ID, query, &len);
		CHECK(tsig_new(&key, &stream.tsig) == 0);
		CHECK(tsig_sign(stream.tsig, query, &len, NOW) == 0);
	}
	rc = run(&stream, data + 1, size - 1);
	CHECK(stream.tsig == NULL || rc != STREAM_END);
	finish(&stream, &said, rc);
	tsig_free(stream.tsig);
	stream_end(&stream);
	return 0;
}
