/*
 * stream.c - the messages that answer an AXFR or IXFR query, as records to add
 * and to remove.
 */
#include "tools/transfer/stream.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/error.h"
#include "tools/transfer/serial.h"

int
stream_fail(struct stream *stream, int error, const char *format, ...)
{
	va_list arguments;

	if (stream->problem[0] != '\0')
		return error;
	va_start(arguments, format);
	vsnprintf(stream->problem, sizeof(stream->problem), format, arguments);
	va_end(arguments);
	return error;
}

/* ---- names and SOA records ---- */

static bool
is_zone(const ldns_rdf *rdf, const struct pol_name *zone)
{
	struct pol_name name;

	return message_name(rdf, &name) == 0 && name.len == zone->len &&
	       memcmp(name.wire, zone->wire, zone->len) == 0;
}

/* Is the name the zone's or below it? */
static bool
is_in_zone(const ldns_rdf *rdf, const struct pol_name *zone)
{
	struct pol_name name;
	size_t at = 0;

	if (message_name(rdf, &name) != 0)
		return false;
	while ((size_t)(name.len - at) > zone->len)
		at += (size_t)1 + name.wire[at];
	return name.len - at == zone->len &&
	       memcmp(name.wire + at, zone->wire, zone->len) == 0;
}

static bool
is_soa(const ldns_rr *rr)
{
	return ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA;
}

int
soa_read(const ldns_rr *rr, const struct pol_name *zone, struct soa *soa)
{
	uint32_t numbers[5];

	if (!is_soa(rr) || ldns_rr_rd_count(rr) != 7 ||
	    !is_zone(ldns_rr_owner(rr), zone))
		return POL_EINVAL;
	for (size_t i = 0; i < 5; i++) {
		const ldns_rdf *rdf = ldns_rr_rdf(rr, i + 2);

		if (rdf == NULL || ldns_rdf_size(rdf) != 4)
			return POL_EINVAL;
		numbers[i] = ldns_read_uint32(ldns_rdf_data(rdf));
	}
	*soa = (struct soa){.serial = numbers[0],
	    .refresh = numbers[1],
	    .retry = numbers[2],
	    .expire = numbers[3]};
	return 0;
}

/* ---- the records of a transfer ---- */

static int
take_soa(struct stream *stream, const ldns_rr *rr, struct soa *soa)
{
	if (soa_read(rr, stream->zone, soa) == 0)
		return 0;
	return stream_fail(stream, POL_EINVAL,
	    "the primary sends a SOA record of another zone");
}

/* The first record: what the zone will be. */
static int
take_first(struct stream *stream, const ldns_rr *rr)
{
	if (!is_soa(rr))
		return stream_fail(stream, POL_EINVAL,
		    "the transfer does not begin with a SOA record");
	if (take_soa(stream, rr, &stream->soa) != 0)
		return POL_EINVAL;
	stream->soa_rr = ldns_rr_clone(rr);
	if (stream->soa_rr == NULL)
		return POL_ENOMEM;
	stream->state = STREAM_AT_SECOND;
	return 0;
}

static int
give(struct stream *stream, const ldns_rr *rr, bool is_removed)
{
	if (!is_in_zone(ldns_rr_owner(rr), stream->zone))
		return stream_fail(stream, POL_EINVAL,
		    "the primary sends a record that is not in the zone");
	return stream->take(stream, rr, is_removed);
}

/* The SOA that a transfer ends with, which is the one that it began with. */
static int
take_last(struct stream *stream, const struct soa *soa)
{
	if (soa->serial != stream->soa.serial)
		return stream_fail(stream, POL_EINVAL,
		    "the transfer begins with serial %" PRIu32
		    " and ends with %" PRIu32,
		    stream->soa.serial, soa->serial);
	stream->state = STREAM_AT_END;
	return 0;
}

static int
take_full(struct stream *stream, const ldns_rr *rr)
{
	struct soa soa;

	if (!is_soa(rr))
		return give(stream, rr, false);
	if (take_soa(stream, rr, &soa) != 0)
		return POL_EINVAL;
	return take_last(stream, &soa);
}

/* The SOA that a difference begins with: what it removes is of that serial. */
static int
begin_difference(struct stream *stream, const struct soa *from)
{
	if (from->serial != stream->reached)
		return stream_fail(stream, POL_EINVAL,
		    "the transfer has a difference from serial %" PRIu32
		    " where %" PRIu32 " was reached",
		    from->serial, stream->reached);
	stream->state = STREAM_IN_REMOVALS;
	return 0;
}

/* The record that tells full from difference. */
static int
take_second(struct stream *stream, const ldns_rr *rr)
{
	struct soa soa;

	stream->kind = STREAM_FULL;
	stream->state = STREAM_IN_FULL;
	if (!is_soa(rr) || !stream->is_ixfr)
		return take_full(stream, rr);
	if (take_soa(stream, rr, &soa) != 0)
		return POL_EINVAL;
	if (soa.serial == stream->soa.serial)
		return take_full(stream, rr); /* a zone without records */
	stream->kind = STREAM_DIFFERENCE;
	stream->reached = stream->serial;
	return begin_difference(stream, &soa);
}

static int
take_removal(struct stream *stream, const ldns_rr *rr)
{
	struct soa to;

	if (!is_soa(rr))
		return give(stream, rr, true);
	if (take_soa(stream, rr, &to) != 0)
		return POL_EINVAL;
	if (!serial_is_newer(to.serial, stream->reached) ||
	    serial_is_newer(to.serial, stream->soa.serial))
		return stream_fail(stream, POL_EINVAL,
		    "the transfer has a difference from serial %" PRIu32
		    " to %" PRIu32 " on the way to %" PRIu32,
		    stream->reached, to.serial, stream->soa.serial);
	stream->reached = to.serial;
	stream->state = STREAM_IN_ADDITIONS;
	return 0;
}

static int
take_addition(struct stream *stream, const ldns_rr *rr)
{
	struct soa soa;

	if (!is_soa(rr))
		return give(stream, rr, false);
	if (take_soa(stream, rr, &soa) != 0)
		return POL_EINVAL;
	if (stream->reached != stream->soa.serial)
		return begin_difference(stream, &soa);
	return take_last(stream, &soa);
}

static int
take_record(struct stream *stream, const ldns_rr *rr)
{
	if (ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN)
		return stream_fail(stream, POL_EINVAL,
		    "the primary sends a record that is not of class IN");
	if (++stream->records > stream->records_max)
		return stream_fail(stream, POL_ERANGE,
		    "the transfer has more than %" PRIu64 " records",
		    stream->records_max);
	switch (stream->state) {
	case STREAM_AT_START:
		return take_first(stream, rr);
	case STREAM_AT_SECOND:
		return take_second(stream, rr);
	case STREAM_IN_FULL:
		return take_full(stream, rr);
	case STREAM_IN_REMOVALS:
		return take_removal(stream, rr);
	case STREAM_IN_ADDITIONS:
		return take_addition(stream, rr);
	case STREAM_AT_END:
		break;
	}
	return stream_fail(stream, POL_EINVAL,
	    "the transfer goes on behind its last SOA record");
}

/* ---- messages ---- */

static int
check_rcode(struct stream *stream, const struct message *message)
{
	char *text;

	if (message->rcode == LDNS_RCODE_NOERROR)
		return 0;
	stream->rcode = message->rcode;
	text = ldns_pkt_rcode2str(message->rcode);
	stream_fail(stream, POL_EINVAL, "the primary answers %s",
	    text != NULL ? text : "an error");
	LDNS_FREE(text);
	return POL_EINVAL;
}

static int
check_signature(
    struct stream *stream, const struct message *message, int64_t now)
{
	if (stream->tsig == NULL) {
		if (message->tsig == NULL)
			return 0;
		return stream_fail(stream, POL_EINVAL,
		    "the answer is signed, but no tsig is configured");
	}
	stream->fault = tsig_verify(stream->tsig, message, now);
	if (stream->fault == TSIG_OK)
		return 0;
	/* A server that refuses may not sign that: say what it said. */
	if (stream->fault == TSIG_MISSING && check_rcode(stream, message) != 0)
		return POL_EINVAL;
	return stream_fail(
	    stream, POL_EINVAL, "%s", tsig_fault_text(stream->fault));
}

static int
check_question(
    struct stream *stream, const struct message *message, ldns_rr_type type)
{
	const ldns_rr *question = message->question;

	/* Only the first message of an answer must repeat it. */
	if (question == NULL && stream->messages > 1)
		return 0;
	/* An answer that is an error need not either. */
	if (question == NULL && message->rcode != LDNS_RCODE_NOERROR)
		return 0;
	if (question != NULL && ldns_rr_get_type(question) == type &&
	    ldns_rr_get_class(question) == LDNS_RR_CLASS_IN &&
	    is_zone(ldns_rr_owner(question), stream->zone))
		return 0;
	return stream_fail(stream, POL_EINVAL,
	    "the primary answers another question than the one asked");
}

int
stream_check(struct stream *stream, const struct message *message,
    ldns_rr_type type, int64_t now)
{
	if (!message->is_response || message->id != stream->id ||
	    message->opcode != LDNS_PACKET_QUERY)
		return stream_fail(stream, POL_EINVAL,
		    "the primary sends something that is no answer to the "
		    "query");
	if (check_signature(stream, message, now) != 0 ||
	    check_question(stream, message, type) != 0)
		return POL_EINVAL;
	return check_rcode(stream, message);
}

static int
take_answer(struct stream *stream, const struct message *message, int64_t now)
{
	int rc = stream_check(stream, message,
	    stream->is_ixfr ? LDNS_RR_TYPE_IXFR : LDNS_RR_TYPE_AXFR, now);

	if (rc == 0 && message->is_truncated)
		rc = stream_fail(stream, POL_EINVAL,
		    "the primary sends a truncated message over TCP");
	if (rc == 0 && ldns_rr_list_rr_count(message->answer) == 0)
		rc = stream_fail(stream, POL_EINVAL,
		    "the primary sends a message without records");
	for (size_t i = 0;
	     rc == 0 && i < ldns_rr_list_rr_count(message->answer); i++)
		rc = take_record(stream, ldns_rr_list_rr(message->answer, i));
	return rc;
}

/* Is the answer complete? To an IXFR, one SOA that is not newer than ours is
 * all there is. */
static bool
is_complete(struct stream *stream)
{
	if (stream->state == STREAM_AT_SECOND && stream->is_ixfr &&
	    !serial_is_newer(stream->soa.serial, stream->serial)) {
		stream->kind = STREAM_SAME;
		stream->state = STREAM_AT_END;
	}
	return stream->state == STREAM_AT_END;
}

int
stream_take(struct stream *stream, const uint8_t *wire, size_t len, int64_t now)
{
	struct message message;
	int rc;

	stream->octets += len;
	stream->messages++;
	if (stream->octets > stream->octets_max)
		return stream_fail(stream, POL_ERANGE,
		    "the transfer is larger than %" PRIu64 " octets",
		    stream->octets_max);
	rc = message_read(wire, len, &message);
	if (rc != 0)
		return rc == POL_EINVAL ? stream_fail(stream, rc,
					      "the primary sends a "
					      "malformed message")
					: rc;
	rc = take_answer(stream, &message, now);
	message_free(&message);
	if (rc != 0)
		return rc;
	if (!is_complete(stream))
		return STREAM_MORE;
	if (stream->tsig != NULL && !tsig_is_settled(stream->tsig)) {
		stream->fault = TSIG_MISSING;
		return stream_fail(stream, POL_EINVAL,
		    "the last message of the transfer is not signed");
	}
	return STREAM_END;
}

void
stream_end(struct stream *stream)
{
	ldns_rr_free(stream->soa_rr);
	stream->soa_rr = NULL;
}
