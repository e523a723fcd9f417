/*
 * stream.h - the messages that answer an AXFR or IXFR query (RFC 5936, RFC
 * 1995), as records to add and to remove.
 *
 * An answer is one of
 *
 *	full	    SOA, records, the same SOA
 *	difference  SOA, (older SOA, records to remove, newer SOA, records to
 *		    add), ..., SOA; only to an IXFR
 *	same	    one SOA that is not newer than ours; only to an IXFR
 *
 * spread over messages as the primary likes. Nothing is believed of it: each
 * message must be an answer to the query, each record within the zone, each
 * difference go on where the last one ended, and all of it be signed where a
 * key is configured. Until stream_take() has said STREAM_END, what the records
 * say may be a lie: use them for nothing that cannot be undone.
 *
 * Pure: no socket, no clock, no file.
 */
#ifndef TRANSFER_STREAM_H
#define TRANSFER_STREAM_H

#include "tools/transfer/tsig.h"

#define STREAM_RECORDS_DEFAULT 50000000 /* of one transfer */
#define STREAM_PROBLEM_MAX 320

/* The numbers of a SOA record. Times are in seconds. */
struct soa {
	uint32_t serial;
	uint32_t refresh;
	uint32_t retry;
	uint32_t expire;
};

/* Read a SOA record of ZONE. POL_EINVAL where RR is none. */
int soa_read(const ldns_rr *rr, const struct pol_name *zone, struct soa *soa);

enum stream_kind {
	STREAM_UNKNOWN, /* not yet */
	STREAM_FULL,
	STREAM_DIFFERENCE,
	STREAM_SAME,
};

enum stream_state {
	STREAM_AT_START,  /* the first SOA is due */
	STREAM_AT_SECOND, /* the record that tells full from difference */
	STREAM_IN_FULL,
	STREAM_IN_REMOVALS,
	STREAM_IN_ADDITIONS,
	STREAM_AT_END,
};

struct stream;

/*
 * Take a record to remove (of a difference) or to add; SOA records are not
 * among them. stream->kind and stream->soa are known by then. 0, or an error
 * that ends the stream, for which it sets stream->problem itself.
 */
typedef int stream_record(
    struct stream *stream, const ldns_rr *rr, bool is_removed);

struct stream {
	/* The query: set before the first message, all else zero. */
	const struct pol_name *zone;
	uint16_t id;
	bool is_ixfr;
	uint32_t serial;   /* of an IXFR: ours */
	struct tsig *tsig; /* NULL: answers must not be signed */
	uint64_t octets_max;
	uint64_t records_max;
	stream_record *take;
	void *arg; /* of the caller's */

	/* The answer so far. */
	enum stream_state state;
	enum stream_kind kind;
	struct soa soa;	  /* the newest: what the zone will be */
	ldns_rr *soa_rr;  /* the same as a record */
	uint32_t reached; /* serial that the differences so far end at */
	uint64_t octets;
	uint64_t records;
	uint64_t messages;
	ldns_pkt_rcode rcode;  /* of an answer that is an error */
	enum tsig_fault fault; /* of an answer that is not to be trusted */
	/* After an error: what is wrong, as in "the primary ...". */
	char problem[STREAM_PROBLEM_MAX];
};

#define STREAM_MORE 0
#define STREAM_END 1

/*
 * Take the next message, LEN octets at WIRE. STREAM_MORE or STREAM_END;
 * POL_EINVAL for an answer that is wrong; POL_ERANGE for one that is too
 * large; POL_ENOMEM; what TAKE returned.
 */
int stream_take(
    struct stream *stream, const uint8_t *wire, size_t len, int64_t now);

/* Say what is wrong, unless that was said before. Returns ERROR. */
int stream_fail(struct stream *stream, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Check what every answer must be: to the query ID, for a TYPE at the zone,
 * signed as it must be, without error. 0 or POL_EINVAL with stream->problem
 * set. stream_take() does; for the answer to a query for the SOA.
 */
int stream_check(struct stream *stream, const struct message *message,
    ldns_rr_type type, int64_t now);

/* Free what the stream has itself. */
void stream_end(struct stream *stream);

#endif
