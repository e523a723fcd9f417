/*
 * transfer.c - a feed that is a response policy zone of a primary: being its
 * secondary.
 *
 * The primary is asked for the zone's SOA, over UDP and where that brings no
 * answer over TCP. If its serial is newer than the copy's (RFC 1982), the
 * difference is asked for by IXFR, and the zone by AXFR where there is no copy
 * or no difference to be had. The new copy is written beside the old one and
 * counts only once the whole transfer was there and, with a key, verified.
 */
#include <openssl/crypto.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "policy/error.h"
#include "tools/fetch/fetch.h"
#include "tools/transfer/connection.h"
#include "tools/transfer/serial.h"
#include "tools/transfer/zone_copy.h"

#define UDP_TRIES 3

/* The seconds between two checks, whatever the zone's SOA says. */
#define REFRESH_MIN 60
#define REFRESH_MAX 86400

/* The fetch of one zone. */
struct transfer {
	const struct fetch_job *job;
	struct fetch_result *result;
	const struct transfer_source *source;
	struct sockaddr_storage primary;
	struct tsig_key key; /* where the source has an algorithm */
	int64_t deadline;
	bool has_copy;
	struct soa copy; /* of the accepted copy */
	uint8_t *wire;	 /* MESSAGE_MAX octets: the message at hand */
};

/* ---- queries ---- */

/* One query, and what comes back. */
struct exchange {
	struct transfer *transfer;
	struct connection connection;
	struct stream stream;
	struct zone_writer writer; /* of a full zone */
	bool is_writing;
	struct zone_difference difference;
	bool has_difference;
};

/* Send a query of TYPE over a new connection. */
static int
begin_exchange(struct exchange *exchange, ldns_rr_type type, bool is_tcp)
{
	struct transfer *transfer = exchange->transfer;
	struct stream *stream = &exchange->stream;
	uint8_t wire[MESSAGE_QUERY_MAX];
	size_t len;
	int rc = 0;

	if (getrandom(&stream->id, sizeof(stream->id), 0) != sizeof(stream->id))
		return POL_EIO;
	message_query(&transfer->source->zone, type, stream->serial, stream->id,
	    wire, &len);
	if (transfer->source->algorithm != NULL) {
		rc = tsig_new(&transfer->key, &stream->tsig);
		if (rc == 0)
			rc = tsig_sign(stream->tsig, wire, &len, time(NULL));
	}
	if (rc == 0)
		rc = connection_open(&transfer->primary, is_tcp,
		    transfer->deadline, &exchange->connection);
	if (rc == 0)
		rc = connection_send(&exchange->connection, wire, len);
	return rc;
}

static int
receive(struct exchange *exchange, size_t *len)
{
	struct transfer *transfer = exchange->transfer;
	int rc = connection_receive(&exchange->connection, transfer->wire, len);

	if (rc == 0)
		transfer->result->received += *len;
	return rc;
}

static void
end_exchange(struct exchange *exchange)
{
	if (exchange->connection.socket >= 0)
		connection_close(&exchange->connection);
	tsig_free(exchange->stream.tsig);
	stream_end(&exchange->stream);
	if (exchange->has_difference)
		zone_difference_free(&exchange->difference);
}

static struct exchange
new_exchange(struct transfer *transfer)
{
	return (struct exchange){.transfer = transfer,
	    .connection = {.socket = -1},
	    .stream = {.zone = &transfer->source->zone,
		.octets_max = transfer->job->source->max_size,
		.records_max = STREAM_RECORDS_DEFAULT}};
}

/* Say why an exchange failed. Returns ERROR. */
static int
failed(struct exchange *exchange, int error, const char *what)
{
	struct transfer *transfer = exchange->transfer;
	const char *why = exchange->stream.problem;
	int code = errno;

	if (*why == '\0' && error == POL_EIO && code == ETIMEDOUT)
		why = "no answer in time";
	else if (*why == '\0' && error == POL_EIO && code == EPIPE)
		why = exchange->stream.messages == 0
			  ? "the primary ends the connection without an answer"
			  : "the primary ends the connection in the middle of "
			    "the transfer";
	else if (*why == '\0')
		why = error == POL_EIO ? strerror(code) : pol_strerror(error);
	fetch_fail(transfer->result, "%s of %s port %u: %s", what,
	    transfer->source->primary, transfer->source->port, why);
	return error;
}

/* ---- the SOA ---- */

/* Read the SOA from the answer to a query for it. POL_ERANGE: it came
 * truncated. */
static int
read_soa(struct exchange *exchange, size_t len, struct soa *soa)
{
	struct stream *stream = &exchange->stream;
	const ldns_rr_list *answer;
	struct message message;
	int rc = message_read(exchange->transfer->wire, len, &message);

	if (rc != 0)
		return stream_fail(
		    stream, rc, "the primary sends a malformed message");
	stream->messages++;
	answer = message.answer;
	rc = stream_check(stream, &message, LDNS_RR_TYPE_SOA, time(NULL));
	if (rc == 0 && message.is_truncated)
		rc = POL_ERANGE;
	if (rc == 0 &&
	    (ldns_rr_list_rr_count(answer) != 1 ||
		soa_read(ldns_rr_list_rr(answer, 0), stream->zone, soa) != 0))
		rc = stream_fail(stream, POL_EINVAL,
		    "the primary has no SOA record of the zone");
	message_free(&message);
	return rc;
}

/* Is the datagram an answer to something else, as a late one is? */
static bool
is_stray(const struct exchange *exchange, size_t len)
{
	const uint8_t *wire = exchange->transfer->wire;

	return len < MESSAGE_HEADER ||
	       LDNS_ID_WIRE(wire) != exchange->stream.id;
}

static int
ask_soa(struct exchange *exchange, bool is_tcp, struct soa *soa)
{
	size_t len = 0;
	int rc = begin_exchange(exchange, LDNS_RR_TYPE_SOA, is_tcp);

	do {
		if (rc == 0)
			rc = receive(exchange, &len);
	} while (rc == 0 && !is_tcp && is_stray(exchange, len));
	return rc == 0 ? read_soa(exchange, len, soa) : rc;
}

/* Ask for the SOA, over UDP unless that is of no use. */
static int
find_soa(struct transfer *transfer, struct soa *soa)
{
	int rc = POL_EIO;

	for (unsigned tries = 0; tries <= UDP_TRIES && rc != 0; tries++) {
		struct exchange exchange = new_exchange(transfer);
		bool is_tcp = tries == UDP_TRIES;

		rc = ask_soa(&exchange, is_tcp, soa);
		if (rc == POL_EINVAL || (rc != 0 && is_tcp)) {
			failed(&exchange, rc, "SOA");
			tries = UDP_TRIES;
		} else if (rc != 0 && (rc != POL_EIO || errno != ETIMEDOUT)) {
			tries = UDP_TRIES - 1; /* truncated, or unreachable */
		}
		end_exchange(&exchange);
	}
	return rc;
}

/* ---- the zone ---- */

/* Take a record of a full zone. */
static int
take_full(struct exchange *exchange, const ldns_rr *rr)
{
	struct stream *stream = &exchange->stream;
	const char *path = exchange->transfer->job->candidate;
	uint64_t max_size = exchange->transfer->job->source->max_size;
	int rc = 0;

	if (!exchange->is_writing) {
		exchange->is_writing = true;
		rc = zone_writer_begin(
		    &exchange->writer, path, stream->soa_rr, stream->zone);
	}
	if (rc == 0)
		rc = zone_writer_add(&exchange->writer, rr);
	if (rc == 0 && (uint64_t)ftell(exchange->writer.file) > max_size)
		return stream_fail(stream, POL_ERANGE,
		    "the zone is larger than %" PRIu64 " octets", max_size);
	return rc == POL_EIO ? stream_fail(stream, rc, "cannot write %s: %s",
				   path, strerror(errno))
			     : rc;
}

/* Take a record of a difference. */
static int
take_difference(struct exchange *exchange, const ldns_rr *rr, bool is_removed)
{
	struct zone_difference *difference = &exchange->difference;
	int rc = 0;

	if (!exchange->has_difference) {
		rc = zone_difference_new(difference, exchange->stream.zone);
		exchange->has_difference = rc == 0;
	}
	if (rc == 0)
		rc = zone_difference_note(difference, rr, is_removed);
	return rc;
}

static int
take(struct stream *stream, const ldns_rr *rr, bool is_removed)
{
	struct exchange *exchange = stream->arg;

	return stream->kind == STREAM_DIFFERENCE
		   ? take_difference(exchange, rr, is_removed)
		   : take_full(exchange, rr);
}

/* Receive the messages of a transfer up to its end. */
static int
receive_all(struct exchange *exchange)
{
	const struct fetch_job *job = exchange->transfer->job;
	int rc = STREAM_MORE;

	while (rc == STREAM_MORE) {
		size_t len = 0;

		rc = receive(exchange, &len);
		if (rc == 0)
			rc = stream_take(&exchange->stream,
			    exchange->transfer->wire, len, time(NULL));
		if (job->progress != NULL)
			job->progress(exchange->transfer->result->received, 0,
			    job->progress_arg);
	}
	return rc == STREAM_END ? 0 : rc;
}

/* Would taking the zone as it is now take back what was taken before? */
static bool
goes_backwards(struct transfer *transfer, uint32_t serial)
{
	const struct fetch_validators *known = transfer->job->known;

	if (known == NULL || !known->has_serial || serial == known->serial ||
	    serial_is_newer(serial, known->serial))
		return false;
	fetch_fail(transfer->result,
	    "the serial of %s port %u went backwards, from %" PRIu32
	    " to %" PRIu32 ": if that is meant, use --force",
	    transfer->source->primary, transfer->source->port, known->serial,
	    serial);
	return true;
}

/* Complete the candidate. RC: what became of the transfer. */
static int
finish_zone(struct exchange *exchange, int rc)
{
	struct stream *stream = &exchange->stream;
	const struct fetch_job *job = exchange->transfer->job;
	int end;

	/* A zone without records, or a difference of nothing but serials. */
	if (rc == 0 && stream->kind == STREAM_FULL && !exchange->is_writing) {
		exchange->is_writing = true;
		rc = zone_writer_begin(&exchange->writer, job->candidate,
		    stream->soa_rr, stream->zone);
	}
	if (rc == 0 && stream->kind == STREAM_DIFFERENCE &&
	    !exchange->has_difference) {
		rc = zone_difference_new(&exchange->difference, stream->zone);
		exchange->has_difference = rc == 0;
	}
	if (exchange->is_writing) {
		end = zone_writer_end(&exchange->writer, rc == 0);
		rc = rc != 0 ? rc : end;
	}
	if (rc == 0 && stream->kind == STREAM_DIFFERENCE)
		rc = zone_difference_apply(&exchange->difference, job->accepted,
		    job->candidate, stream->soa_rr);
	return rc;
}

/* The seconds that a SOA says, as we take them. */
static int64_t
bounded(uint32_t seconds)
{
	return seconds < REFRESH_MIN   ? REFRESH_MIN
	       : seconds > REFRESH_MAX ? REFRESH_MAX
				       : seconds;
}

static void
set_found(struct transfer *transfer, enum fetch_outcome outcome,
    const struct soa *soa)
{
	struct fetch_result *result = transfer->result;

	result->outcome = outcome;
	result->validators.has_serial = true;
	result->validators.serial = soa->serial;
	result->refresh = bounded(soa->refresh);
}

/* Is there still a point in asking for the whole zone? Not where the primary
 * cannot be reached, or is not whom it should be. */
static bool
may_try_axfr(const struct exchange *exchange, int error)
{
	return exchange->stream.fault == TSIG_OK &&
	       !(error == POL_EIO && errno != EPIPE && errno != ECONNRESET) &&
	       error != POL_ENOMEM;
}

/* Transfer the zone. AGAIN: an AXFR may still bring what this IXFR did not. */
static int
transfer_zone(struct transfer *transfer, bool is_ixfr, bool *again)
{
	struct exchange exchange = new_exchange(transfer);
	struct stream *stream = &exchange.stream;
	int rc;

	stream->take = take;
	stream->arg = &exchange;
	stream->is_ixfr = is_ixfr;
	stream->serial = transfer->copy.serial;
	rc = begin_exchange(
	    &exchange, is_ixfr ? LDNS_RR_TYPE_IXFR : LDNS_RR_TYPE_AXFR, true);
	if (rc == 0)
		rc = receive_all(&exchange);
	rc = finish_zone(&exchange, rc);
	if (rc != 0) {
		*again = is_ixfr && may_try_axfr(&exchange, rc);
		failed(&exchange, rc, is_ixfr ? "IXFR" : "AXFR");
	} else if (!goes_backwards(transfer, stream->soa.serial)) {
		set_found(transfer,
		    is_ixfr && stream->soa.serial == transfer->copy.serial
			? FETCH_UNCHANGED
			: FETCH_NEW,
		    &stream->soa);
	}
	end_exchange(&exchange);
	return rc;
}

/* ---- the fetch ---- */

static void
set_primary(struct transfer *transfer)
{
	const struct transfer_source *source = transfer->source;
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)&transfer->primary;
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&transfer->primary;

	if (inet_pton(AF_INET, source->primary, &ipv4->sin_addr) == 1) {
		ipv4->sin_family = AF_INET;
		ipv4->sin_port = htons(source->port);
		return;
	}
	inet_pton(AF_INET6, source->primary, &ipv6->sin6_addr);
	ipv6->sin6_family = AF_INET6;
	ipv6->sin6_port = htons(source->port);
}

static int
read_key(struct transfer *transfer)
{
	const struct transfer_source *source = transfer->source;
	char problem[TSIG_PROBLEM_MAX];
	bool is_exposed = false;

	if (source->algorithm == NULL)
		return 0;
	transfer->key.name = source->key;
	transfer->key.algorithm = source->algorithm;
	if (tsig_key_read(
		source->key_file, &transfer->key, &is_exposed, problem) != 0) {
		fetch_fail(transfer->result, "the key file %s: %s",
		    source->key_file, problem);
		return POL_EINVAL;
	}
	if (is_exposed)
		fprintf(stderr,
		    "sinkbound: warning: every user can read the key file "
		    "%s: chmod o= it\n",
		    source->key_file);
	return 0;
}

/* Is the accepted copy one to take a difference to: of this zone, and from this
 * primary? A copy from elsewhere may have the same serial and say other things.
 */
static bool
find_copy(struct transfer *transfer)
{
	const struct fetch_job *job = transfer->job;

	return job->known != NULL && job->accepted != NULL &&
	       job->known->has_serial &&
	       zone_copy_soa(job->accepted, &transfer->source->zone,
		   &transfer->copy) == 0 &&
	       transfer->copy.serial == job->known->serial;
}

static void
fetch_zone(struct transfer *transfer)
{
	bool again = false;
	struct soa soa;

	if (find_soa(transfer, &soa) != 0 ||
	    goes_backwards(transfer, soa.serial))
		return;
	if (transfer->has_copy && soa.serial == transfer->copy.serial) {
		set_found(transfer, FETCH_UNCHANGED, &soa);
		return;
	}
	if (!transfer->has_copy || transfer_zone(transfer, true, &again) != 0)
		if (!transfer->has_copy || again)
			transfer_zone(transfer, false, &again);
}

int64_t
transfer_expire(const struct transfer_source *source, const char *path)
{
	struct soa soa;

	return zone_copy_soa(path, &source->zone, &soa) == 0 ? soa.expire : 0;
}

void
fetch_axfr(const struct fetch_job *job, struct fetch_result *result)
{
	struct transfer transfer = {.job = job,
	    .result = result,
	    .source = &job->source->axfr,
	    .deadline = connection_clock() + job->source->timeout * 1000,
	    .wire = malloc(MESSAGE_MAX)};

	if (transfer.wire == NULL) {
		fetch_fail(result, "%s", pol_strerror(POL_ENOMEM));
		return;
	}
	set_primary(&transfer);
	transfer.has_copy = find_copy(&transfer);
	if (read_key(&transfer) == 0)
		fetch_zone(&transfer);
	if (result->outcome == FETCH_FAILED && transfer.has_copy)
		result->refresh = bounded(transfer.copy.retry);
	OPENSSL_cleanse(&transfer.key, sizeof(transfer.key));
	free(transfer.wire);
}
