/*
 * indicator.h - what feeds say: indicators, feeds and settings.
 *
 * An indicator is one feed's statement about one subject: a name, a prefix or
 * an ASN. Its identity is the subject, the feed, the scope and the triggers: a
 * feed says one thing about one scope of a name and one place where it is met.
 * What an indicator does not say itself (action, mode) its feed says.
 */
#ifndef POL_INDICATOR_H
#define POL_INDICATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/subject.h"

/* Which names an indicator for x covers; POL_EXACT for prefixes and ASNs. */
enum pol_scope {
	POL_EXACT = 0,   /* x */
	POL_SUBTREE = 1, /* x and every name below it */
	POL_BELOW = 2,   /* every name below x, not x: RPZ's "*.x" */
};

enum pol_action {
	POL_ACTION_OF_FEED = 0, /* in an indicator: as its feed says */
	POL_SINKHOLE = 1, /* A and AAAA to the sinkhole, NODATA for other types */
	POL_NXDOMAIN = 2,
	POL_NODATA = 3,
	POL_REFUSED = 4,
	POL_DROP = 5,     /* no answer at all */
	POL_TRUNCATE = 6, /* TC over UDP, the real answer over TCP */
	POL_CNAME = 7,    /* a CNAME to the walled garden, and what it holds */
	POL_ALLOW = 8,    /* the real answer; ends the evaluation */
};

enum pol_mode {
	POL_ENFORCE = 0,
	POL_SHADOW = 1, /* log what would have happened, change nothing */
};

/* Where an indicator was met, in the order in which they are looked at. */
enum pol_trigger {
	POL_ON_QNAME = 0,
	POL_ON_CNAME = 1,   /* a name that the query name is an alias of: by
			       CNAME, DNAME, or a SVCB or HTTPS target */
	POL_ON_IP = 2,      /* an address of the answer, by its prefix */
	POL_ON_ASN = 3,     /* an address of the answer, by its origin ASN */
	POL_ON_NSDNAME = 4, /* a name server's name */
	POL_ON_NSIP = 5,    /* a name server's address, by prefix or ASN */
	POL_ON_RULE = 6,    /* what a rule asks a feed about; decides nothing */
};
#define POL_TRIGGERS 7

/* Which triggers an indicator serves: a set of these. */
enum pol_triggers {
	POL_SERVES_QNAME = 0x01,
	POL_SERVES_CNAME = 0x02,
	POL_SERVES_IP = 0x04, /* by prefix and by ASN */
	POL_SERVES_NSDNAME = 0x08,
	POL_SERVES_NSIP = 0x10,
	POL_SERVES_RULES = 0x20, /* and nothing else: a list for rules to ask */
};
#define POL_SERVES_NAMESERVERS (POL_SERVES_NSDNAME | POL_SERVES_NSIP)
#define POL_SERVES_NAMES \
	(POL_SERVES_QNAME | POL_SERVES_CNAME | POL_SERVES_NSDNAME)
#define POL_SERVES_ADDRESSES (POL_SERVES_IP | POL_SERVES_NSIP)
#define POL_SERVES_ALL \
	(POL_SERVES_NAMES | POL_SERVES_ADDRESSES | POL_SERVES_RULES)

/* What an indicator must serve to be met on TRIGGER. (Rules may ask about any:
 * POL_SERVES_RULES is of those that nothing but rules asks about.) */
unsigned pol_trigger_serves(enum pol_trigger trigger);

/* What an indicator of this kind serves where neither it nor its feed says. */
unsigned pol_triggers_default(enum pol_kind kind);

/* The names of the values above as configuration and logs write them. */
const char *pol_scope_text(enum pol_scope scope);
const char *pol_action_text(enum pol_action action);
const char *pol_mode_text(enum pol_mode mode);
const char *pol_trigger_text(enum pol_trigger trigger);

/* 0, or POL_EINVAL for a word that is no action. */
int pol_action_parse(const char *word, enum pol_action *action);

#define POL_REFERENCE_MAX 255 /* octets of a reference text, no NUL */
#define POL_CATEGORY_MAX 63   /* octets of a category, no NUL */
#define POL_BY_MAX 63         /* octets of who said it, no NUL */
#define POL_RISK_MAX 100
#define POL_ADDRESSES_MAX 15  /* sinkhole addresses of one family */

struct pol_indicator {
	uint16_t feed; /* pol_feed.id */
	enum pol_scope scope;
	enum pol_action action; /* or POL_ACTION_OF_FEED */
	bool shadow;            /* shadow mode whatever the feed's mode is */
	bool unlisted;          /* its feed lists it no more; `until` says how
				   long it stays all the same */
	uint8_t triggers;       /* a set; 0: as the feed says */
	uint8_t risk;           /* 0 (not said) to 100 */
	int64_t since;          /* seconds since the epoch, UTC; 0: unknown */
	int64_t until;          /* first second not in force; 0: no end */

	/* The pointers below belong to whoever made the indicator: for one that
	 * was read from a snapshot they end with the snapshot. */

	/* UTF-8, not NUL-terminated; NULL: none. The category is a word or
	 * two such as "bulletproof hosting". */
	const char *reference;
	size_t reference_len;
	const char *category;
	size_t category_len;
	const char *by; /* who said it, as the operator's statements have it */
	size_t by_len;

	/* POL_CNAME: the target in wire format. A first label "*" stands for
	 * the query name, as in RPZ. */
	const uint8_t *target;
	size_t target_len;

	/* POL_SINKHOLE: addresses of its own instead of the settings'.
	 * Network order, 4 and 16 octets each. With only one family given,
	 * the other is answered with NODATA. */
	const uint8_t *ipv4;
	size_t ipv4_count;
	const uint8_t *ipv6;
	size_t ipv6_count;
};

/* Do both say the same of one subject, whoever says it and since when? */
bool pol_indicator_same(
    const struct pol_indicator *a, const struct pol_indicator *b);

/*
 * The target of a POL_CNAME for a query of QNAME (wire format; NULL: none, and
 * the target as it is). False where that is too long for a name: the answer is
 * NODATA then.
 */
bool pol_garden_target(const struct pol_indicator *indicator,
    const uint8_t *qname, size_t qname_len, struct pol_name *target);

#define POL_FEED_NAME_MAX 63
#define POL_FEEDS_MAX 1024
#define POL_FEED_FORMAT_MAX 31
#define POL_FEED_SOURCE_MAX 1023

/* The operator's own statements (block, allow) are feed 0, always first. */
#define POL_OPERATOR 0
#define POL_OPERATOR_NAME "operator"

/* Extended DNS errors (RFC 8914) that a policy gives. */
enum pol_ede {
	POL_EDE_NONE = 0,      /* send none */
	POL_EDE_BLOCKED = 15,  /* by the operator's own choice */
	POL_EDE_CENSORED = 16, /* by an outside demand */
	POL_EDE_FILTERED = 17, /* as the client asked */
};

struct pol_feed {
	uint16_t id;    /* stable while the feed is configured */
	uint16_t order; /* 0 is the operator; lower wins */
	enum pol_action action;
	enum pol_mode mode;
	enum pol_ede ede;
	uint8_t triggers; /* a set; 0: each kind's default */
	uint8_t risk;     /* an indicator of less than this does not match */
	uint32_t expires; /* seconds that an indicator stays in force after the
			     feed last listed it; 0: while the feed lists it */
	int64_t checked; /* when its source last stated what is imported; kept
			    where `expires` needs it, else 0 */
	int64_t changed; /* when an import last changed something, 0: never */
	uint64_t count;    /* indicators in the database */
	uint64_t unlisted; /* of which the feed lists no more */
	uint64_t shadowed; /* of which in shadow mode by themselves */
	uint64_t short_names; /* of which for names of one label, or none */
	uint64_t nameservers; /* of which say that they serve nsdname or nsip */
	uint64_t allowing; /* of which say that they allow */
	uint64_t addresses; /* of which for prefixes and ASNs */
	char name[POL_FEED_NAME_MAX + 1];
	/* As in the configuration; empty for the operator. */
	char format[POL_FEED_FORMAT_MAX + 1];
	char source[POL_FEED_SOURCE_MAX + 1]; /* path or URL */
};

/* What an indicator of FEED about a subject of this kind serves: a set. */
unsigned pol_triggers_of(const struct pol_indicator *indicator,
    const struct pol_feed *feed, enum pol_kind kind);

/*
 * The first second in which an indicator of FEED is not in force any more; 0:
 * there is none. What its feed lists lasts until `expires` after the feed was
 * last checked, which needs no writing of each indicator.
 */
int64_t pol_indicator_end(const struct pol_indicator *indicator,
    const struct pol_feed *feed);

/* Is it in force at NOW (seconds since the epoch)? */
bool pol_indicator_in_force(const struct pol_indicator *indicator,
    const struct pol_feed *feed, int64_t now);

/* What to answer while no usable database is there. */
enum pol_on_error {
	POL_ON_ERROR_PASS = 0,
	POL_ON_ERROR_SERVFAIL = 1,
};

#define POL_SINKHOLE_TTL_MIN 1
#define POL_SINKHOLE_TTL_DEFAULT 30
#define POL_SINKHOLE_TTL_MAX 86400
#define POL_PATH_MAX 4095

struct pol_settings {
	bool has_ipv4; /* else A is answered with NODATA */
	bool has_ipv6;
	uint8_t ipv4[4]; /* network order */
	uint8_t ipv6[16];
	uint32_t ttl; /* seconds, of every reply that the policy makes */
	enum pol_on_error on_error;
	char log[POL_PATH_MAX + 1]; /* the query log's file; empty: no log */
};

/* Sinkhole 0.0.0.0 and ::, TTL 30, pass on error, no log. */
void pol_settings_default(struct pol_settings *settings);

#endif
