/*
 * querylog_p.h - the parts of the query log: record, queue, line, file.
 *
 *	querylog_put() -> queue (one per worker) -> line -> file
 *	       worker's thread           |  the writer's thread
 *
 * A record leaves its queue only when its line has room in the file's text,
 * and a line leaves the text only when it is written. So what cannot be
 * written waits, in order, and records are dropped in one place alone: before
 * a full queue.
 */
#ifndef QUERYLOG_P_H
#define QUERYLOG_P_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "module/querylog.h"

/* ---- record: one match, copied ---- */

/*
 * As long as its names need: only SIZE octets of it are copied. DATA holds, one
 * after the other: the qname; what is listed (a name in wire format, the octets
 * of a prefix, nothing for an ASN); what it was met in (an alias in wire
 * format, the octets of an address, nothing for the query name); the feed's
 * name; the reference; the ASN's holder; the name of the client's group.
 */
struct querylog_record {
	uint16_t size;	 /* octets in use, from the start of the record */
	uint16_t ms;	 /* milliseconds of the second */
	uint32_t target; /* number of the path that it was put for */
	int64_t second;	 /* since the epoch, UTC */
	uint16_t qtype;
	uint8_t family;	    /* AF_INET or AF_INET6 */
	uint8_t client[16]; /* network order; 4 octets for AF_INET */
	uint8_t trigger;
	uint8_t scope;
	uint8_t action;
	uint8_t mode;
	uint8_t kind;	       /* of what is listed */
	uint8_t prefix_length; /* bits */
	uint8_t risk;
	bool has_origin;
	uint32_t asn; /* the address's origin */
	uint8_t qname_len;
	uint8_t listed_len;
	uint8_t item_len;
	uint8_t feed_len;
	uint8_t reference_len;
	uint8_t holder_len;
	uint8_t group_len;
	uint8_t data[3 * POL_NAME_MAX + POL_FEED_NAME_MAX + POL_REFERENCE_MAX +
	    POL_HOLDER_MAX + POL_GROUP_NAME_MAX];
};

void querylog_record_set(struct querylog_record *record,
    const struct querylog_query *query, const struct pol_match *match);

/* ---- queue: a ring of octets for one producer and one consumer ---- */

/*
 * HEAD and TAIL count the octets ever put and taken; they are apart so that
 * producer and consumer do not write to the same cache line.
 */
struct querylog_queue {
	_Alignas(64) atomic_size_t head; /* the producer's */
	_Atomic uint64_t dropped;	 /* records that found it full */
	_Alignas(64) atomic_size_t tail; /* the consumer's */
	_Alignas(64) uint8_t *data;	 /* the rest does not change */
	size_t size;			 /* of data, a power of two */
};

/* Zeroes the queue and allocates room for RECORDS usual records. */
int querylog_queue_init(struct querylog_queue *queue, size_t records);
void querylog_queue_free(struct querylog_queue *queue);

/*
 * Put a record, or count it as dropped where it does not fit. True: this
 * record made the queue half full, so the consumer is to be woken.
 */
bool querylog_queue_put(
    struct querylog_queue *queue, const struct querylog_record *record);

/* Copy the oldest record; false where there is none. */
bool querylog_queue_peek(
    const struct querylog_queue *queue, struct querylog_record *record);

/* Take the record away that peek has copied. */
void querylog_queue_take(
    struct querylog_queue *queue, const struct querylog_record *record);

bool querylog_queue_half_full(const struct querylog_queue *queue);

/* ---- line: a record as text ---- */

/* Octets of the longest line. An octet of a name takes five at most ("\\DDD"),
 * one of other text six ("\u00XX"); the rest is keys, numbers and words. */
#define QUERYLOG_LINE_MAX \
	(3 * 5 * POL_NAME_MAX + \
	    6 * (POL_FEED_NAME_MAX + POL_REFERENCE_MAX + POL_HOLDER_MAX + \
		POL_GROUP_NAME_MAX) + \
	    768)

/* The text of the second that was last formatted; start with zeroes. */
struct querylog_clock {
	int64_t second;
	size_t len;
	char text[32];
};

/*
 * Write the record as one line, with its line feed, to the QUERYLOG_LINE_MAX
 * octets at TEXT. DROPPED is left out where it is 0. Returns the length.
 */
size_t querylog_line(struct querylog_clock *clock,
    const struct querylog_record *record, uint64_t seq, uint64_t dropped,
    char *text);

/* ---- file: where lines go ---- */

#define QUERYLOG_TEXT_MAX 65536 /* octets of one write */

struct querylog_file {
	querylog_complain *complain;
	int fd;	      /* -1: not open */
	dev_t device; /* of the open file */
	ino_t inode;
	int64_t checked; /* when the path was last looked at, ms, monotonic */
	bool complained; /* of this path */
	bool failing;	 /* complained, and nothing was written since */
	size_t done;	 /* octets of text that are written */
	size_t len;	 /* octets of text */
	char path[POL_PATH_MAX + 1]; /* empty: none */
	char text[QUERYLOG_TEXT_MAX];
};

void querylog_file_init(
    struct querylog_file *file, querylog_complain *complain);

/* Go to another path, with the text that is not yet written. */
void querylog_file_set_path(struct querylog_file *file, const char *path);

/* Once a second: open the file where it is not, or is another one now. */
void querylog_file_follow(struct querylog_file *file);

/* Write the text. True where nothing is left of it. */
bool querylog_file_flush(struct querylog_file *file);

/* The same when the queues are empty: now it may be said that it works again,
 * and will not be untrue at once. */
void querylog_file_finish(struct querylog_file *file);

/* Forget the text. Returns the lines of it that are not wholly written. */
size_t querylog_file_forget(struct querylog_file *file);

#endif
