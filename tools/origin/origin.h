/*
 * origin.h - the formats that origin data can have: which addresses an
 * autonomous system announces, and who holds it.
 *
 * A parser reads one file and hands each entry of it to origin_accept() or
 * origin_reject(), so that read = accepted + rejected. An entry is a line that
 * is neither blank nor a comment, or a network of a MaxMind database. One bad
 * entry never fails the file.
 */
#ifndef ORIGIN_H
#define ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/origin.h"
#include "tools/faults.h"
#include "tools/text.h"

/* Why an entry was not taken. */
enum origin_fault {
	ORIGIN_OK,	    /* it was taken */
	ORIGIN_BAD_LINE,    /* fields missing, a quote without its end */
	ORIGIN_BAD_ADDRESS, /* no address, or no prefix where one is due */
	ORIGIN_BAD_RANGE,   /* two families, or the first behind the last */
	ORIGIN_BAD_ASN,	    /* no number of 32 bits, or none at all */
	ORIGIN_FAULTS	    /* their number */
};

/* "not an address"...: as in "3 not an address (line 88, 90, 91)". */
const char *origin_fault_text(enum origin_fault fault);

#define ORIGIN_PROBLEM_MAX 160

/* One parse of one file. */
struct origin_parse {
	const char *path;
	struct pol_ranges *ranges; /* where accepted entries go */
	uint64_t accepted;
	uint64_t
	    multi_origin; /* of which named several ASNs: the first counts */
	/* Networks of a MaxMind database count as lines. */
	struct fault_count faults[ORIGIN_FAULTS];
	/* After an error: what is wrong with the file, without its path. */
	char problem[ORIGIN_PROBLEM_MAX];
	/* May be NULL. Called now and then with the octets of the file (as it
	 * lies on disk, compressed or not) that are read. */
	void (*progress)(const struct origin_parse *parse, uint64_t octets);
};

struct origin_format {
	const char *name; /* as in the configuration */
	int (*parse)(struct origin_parse *parse);
};

extern const struct origin_format origin_ip_location_db;
extern const struct origin_format origin_ip2asn;
extern const struct origin_format origin_pyasn;
extern const struct origin_format origin_mmdb;

/* All formats, ended by NULL. */
extern const struct origin_format *const origin_formats[];

/*
 * Read PATH as FORMAT and add what it holds to RANGES. Text may be compressed
 * by gzip, whatever the file's name. parse->progress is the caller's; all else
 * of PARSE is set here.
 *
 * 0; POL_EINVAL where there is no usable entry in the file or it is not of
 * this format at all; POL_ENOENT, POL_EACCES, POL_EIO; POL_ENOMEM; POL_ERANGE
 * where there are more entries than RANGES may hold. parse->problem says what
 * it was, and RANGES, which may hold a part of the file, is good for freeing
 * only.
 */
int origin_read(const char *path, const struct origin_format *format,
    struct pol_ranges *ranges, struct origin_parse *parse);

/* Entries read: accepted + rejected. Entries rejected. */
uint64_t origin_parse_read(const struct origin_parse *parse);
uint64_t origin_parse_rejected(const struct origin_parse *parse);

/* ---- for the parsers ---- */

/* What an entry says. Name and country may be empty, or what the source has
 * in their place: pol_ranges_add_holder() judges them. */
struct origin_entry {
	struct pol_address first;
	struct pol_address last;
	uint32_t asn;
	bool multi_origin; /* other ASNs stand behind this one */
	char country[3];
	struct text name;
	/* For a name that does not stand in the source as it is: all that
	 * counts of it, and a whole character at its end. */
	char room[POL_HOLDER_MAX + 4];
};

/* Take an entry: 0, or an error that ends the parse. */
int origin_accept(struct origin_parse *parse, const struct origin_entry *entry);

/* Count an entry that is not taken, TEXT. */
void origin_reject(struct origin_parse *parse, enum origin_fault fault,
    unsigned long line, struct text text);

/* Say what is wrong with the file; returns ERROR. */
int origin_fail(struct origin_parse *parse, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same from errno. */
int origin_fail_errno(struct origin_parse *parse);

/* Lines or nodes between two reports of progress. */
#define ORIGIN_PROGRESS_STEP 65536

/*
 * Parse a text of one entry a line. TAKE is called for each line that is
 * neither blank nor a comment, which begins with '#' or ';'. It fills ENTRY,
 * all of whose optional fields are empty, or says what is wrong.
 */
typedef enum origin_fault origin_take(
    struct text line, struct origin_entry *entry);
int origin_parse_lines(struct origin_parse *parse, origin_take *take);

/* Take what lies before the first SEPARATOR off the text, without blanks at
 * its ends; all of it where there is none. False where the text is used up:
 * REST is {NULL, 0} then. */
bool origin_next_field(struct text *rest, char separator, struct text *field);

/* Both addresses of a range, or of a prefix. */
enum origin_fault origin_read_range(
    struct text first, struct text last, struct origin_entry *entry);
enum origin_fault origin_read_prefix(
    struct text text, struct origin_entry *entry);
void origin_set_prefix(
    struct origin_entry *entry, const struct pol_prefix *prefix);

/* An ASN in decimal digits. */
enum origin_fault origin_read_asn(struct text text, struct origin_entry *entry);

#endif
