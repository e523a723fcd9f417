/*
 * format.h - the list formats that a feed can have.
 *
 * A parser reads one source and hands each entry of it to feed_accept() or
 * feed_reject(), so that read = accepted + rejected. An entry is what the
 * source states: a name in a list, a name on a hosts line, a trigger in a
 * zone. Comments and blank lines are no entries. One bad entry never fails
 * the file.
 */
#ifndef FEED_FORMAT_H
#define FEED_FORMAT_H

#include <stdio.h>

#include "policy/import.h"
#include "tools/faults.h"

/* Why an entry was not taken. */
enum feed_fault {
	FEED_NOT_A_NAME,    /* no domain name: a bad label, an escape, a URL */
	FEED_ADDRESS,	    /* an IP address among names */
	FEED_SINGLE_LABEL,  /* "com", a header word */
	FEED_TOO_LONG,	    /* a label over 63 octets, a name over 255 */
	FEED_NOT_ASCII,	    /* an IDN in Unicode that is not convertible */
	FEED_LOCAL_NAME,    /* localhost, localhost.localdomain and the like */
	FEED_REDIRECT,	    /* hosts: maps to a real address, blocks nothing */
	FEED_BAD_LINE,	    /* not what a line of this format looks like */
	FEED_BAD_RECORD,    /* rpz: a record that does not parse */
	FEED_OTHER_TRIGGER, /* rpz: client-ip, or an unknown one */
	FEED_OTHER_DATA,    /* rpz: local data of a type other than A, AAAA,
			     * and addresses over POL_ADDRESSES_MAX */
	FEED_OUT_OF_ZONE,   /* rpz: an owner outside the zone */
	FEED_NOT_A_PREFIX,  /* no IP address or prefix; rpz: or not in its form
			     */
	FEED_HOST_BITS,	    /* bits set behind the length: 192.0.2.1/24 */
	FEED_ANY_ADDRESS,   /* the prefix 0.0.0.0/0 or ::/0 */
	FEED_NOT_AN_ASN,    /* no number from 1 to 4294967295 */
	FEED_NOT_A_RISK,    /* no number from 0 to 100 */
	FEED_HEADER,	    /* the names of columns */
	/* What guard/guard.h refuses. */
	FEED_INFRASTRUCTURE,  /* the root, arpa, localhost and the like */
	FEED_PUBLIC_SUFFIX,   /* com, co.uk, github.io */
	FEED_PROTECTED,	      /* what the operator protects */
	FEED_ABOVE_PROTECTED, /* would take a protected name with it */
	FEED_TOO_WIDE,	      /* a prefix that is too short */
	FEED_SPECIAL_RANGE,   /* private, loopback, multicast... */
	FEED_URL,	      /* a URL that is of a part of its host */
	FEED_NARROW,	      /* adblock: matches less than a name */
	FEED_CONTENT,	      /* adblock: of the content of pages */
	FEED_NO_BLOCK,	      /* dnsmasq, unbound: blocks nothing */
	FEED_OTHER_KIND,      /* of a kind that no query has: a hash, a file */
	FEED_NOT_FLAGGED,     /* misp: not meant for detection */
	FEED_REVOKED,	      /* withdrawn by who said it, or deleted */
	FEED_BENIGN,	      /* stix: said to be harmless */
	FEED_EXEMPTED,	      /* adblock: the list has an exception for it */
	FEED_DUPLICATE,	      /* the source said this before: the same name and
			       * scope, prefix or ASN */
	FEED_FAULTS	      /* their number */
};

/* "not a name", "an address"...: as in "3 not a name (line 88, 90, 91)". */
const char *feed_fault_text(enum feed_fault fault);

/* What a feed's configuration says about its entries. */
struct feed_options {
	bool has_scope; /* else each format's own */
	enum pol_scope scope;
	bool has_action; /* rpz: overrides what the records say, allow excepted
			  */
	bool all_attributes; /* misp: also what is not flagged to_ids */
};

#define FEED_PROBLEM_MAX 200
#define FEED_REASON_MAX 120

/* One parse of one source. */
struct feed_parse {
	const char *path; /* for messages */
	struct feed_options options;
	/* The format that it was read as, and where that was found out by
	 * feed_auto by what; empty otherwise. */
	const struct feed_format *format;
	char reason[FEED_REASON_MAX];
	struct pol_list *list; /* where accepted entries go */
	uint64_t accepted;     /* those in the list after sealing */
	struct fault_count faults[FEED_FAULTS];
	/* Of the accepted, those that guard/guard.h put in shadow mode. */
	struct fault_count popular;
	/* After an error: what is wrong with the source as a whole; empty where
	 * the error says it. */
	char problem[FEED_PROBLEM_MAX];
	/* May be NULL. Called now and then with the octets read so far. */
	void (*progress)(const struct feed_parse *parse, uint64_t octets);
};

struct feed_format {
	const char *name;     /* as in the configuration */
	enum pol_scope scope; /* of an entry that does not say itself */
	/* Those that a feed may say its entries serve, which are names or
	 * addresses (networks) or both; 0: the entries say it themselves. */
	unsigned triggers;
	/* Its exceptions go before its other entries, however exact those. */
	bool exempts;
	/* What it lists must never be blocked: good for exceptions only. */
	bool protects;
	/* 0 or POL_ENOMEM, POL_EIO; POL_EINVAL where the source as a whole is
	 * not of the format, see parse->problem. Lines count from 1. */
	int (*parse)(struct feed_parse *parse, FILE *source);
};

extern const struct feed_format feed_adblock;
extern const struct feed_format feed_asns;
extern const struct feed_format feed_auto;
extern const struct feed_format feed_dnsmasq;
extern const struct feed_format feed_domains;
extern const struct feed_format feed_feodo;
extern const struct feed_format feed_hosts;
extern const struct feed_format feed_misp;
extern const struct feed_format feed_misp_warninglist;
extern const struct feed_format feed_prefixes;
extern const struct feed_format feed_rpz;
extern const struct feed_format feed_spamhaus_asndrop;
extern const struct feed_format feed_spamhaus_drop;
extern const struct feed_format feed_stix;
extern const struct feed_format feed_threatfox;
extern const struct feed_format feed_unbound;
extern const struct feed_format feed_urlhaus;
extern const struct feed_format feed_wildcard;

/* All formats, ended by NULL; and the one of this name, or NULL. */
extern const struct feed_format *const feed_formats[];
const struct feed_format *feed_format_named(const char *name);

/*
 * Parse PATH as FORMAT into a new list, sealed; duplicates become faults.
 * parse->progress is the caller's; all else of PARSE is set here.
 * 0; POL_ENOMEM; POL_EIO or POL_ENOENT or POL_EACCES with errno set;
 * POL_EINVAL with parse->problem, as for a web page in place of a list.
 * Free parse->list with pol_list_free(), also after an error.
 */
int feed_read(const char *path, const struct feed_format *format,
    const struct feed_options *options, struct feed_parse *parse);

/* Why feed_read() returned ERROR, for a message. Call it before errno changes.
 */
const char *feed_problem(const struct feed_parse *parse, int error);

/* Entries read: accepted + rejected. Entries rejected. */
uint64_t feed_parse_read(const struct feed_parse *parse);
uint64_t feed_parse_rejected(const struct feed_parse *parse);

/* ---- for the parsers ---- */

/*
 * Take a name of a plain list, which says no more than the name. SCOPE is the
 * one that its notation states; the feed's own option goes before it.
 */
int feed_accept(struct feed_parse *parse, const struct pol_name *name,
    enum pol_scope scope, unsigned long line);

/* Say what is wrong with the source as a whole. Returns POL_EINVAL. */
int feed_fail(struct feed_parse *parse, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Count an entry that is not taken. */
void feed_reject(struct feed_parse *parse, enum feed_fault fault,
    unsigned long line, struct text text);

/* Report progress at every so many lines or records: COUNT is of those. */
void feed_progress(
    const struct feed_parse *parse, unsigned long count, uint64_t octets);

/* Call TAKE, with ARG, for each line of a format that has an entry or more on
 * each. Stops at the first TAKE that returns other than 0, and returns that. */
struct feed_line;
typedef int feed_take_line(
    struct feed_parse *parse, const struct feed_line *line, void *arg);
int feed_parse_lines(
    struct feed_parse *parse, FILE *source, feed_take_line *take, void *arg);

#endif
