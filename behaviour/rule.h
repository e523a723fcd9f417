/*
 * rule.h - rules: combinations of signals that no list holds.
 *
 * A rule has conditions, all of which must hold of one answer; of several rules
 * the first that holds acts. What is said of an address (asn-risk-min, asn-in,
 * prefix-in, asn-first-seen-within, country) must hold of one and the same
 * address. A signal that is not known meets no condition: a name whose first
 * answer was not seen is not "first seen within" anything.
 *
 * A rule with client-group holds of answers like any other; what it blocks, it
 * blocks for the clients of those groups.
 *
 * Rules are compiled from the configuration into one value of the policy
 * database (rules_record.c) and decoded once for each generation.
 */
#ifndef BEHAVIOUR_RULE_H
#define BEHAVIOUR_RULE_H

#include <stddef.h>
#include <stdint.h>

#include "behaviour/score.h"
#include "policy/indicator.h"
#include "policy/store.h"

#define BEH_RULES_MAX 64
#define BEH_RULE_NAME_MAX 63
#define BEH_ITEMS_MAX 1024 /* of one condition */

/* How long a name stays blocked after its rule last held, in seconds. */
#define BEH_HOLD_MIN 1
#define BEH_HOLD_DEFAULT 86400
#define BEH_HOLD_MAX 2592000

/* The numbers are those of the database. */
enum beh_condition_kind {
	BEH_TTL_MAX = 0,
	BEH_NAME_UNDER = 1, /* the name is one of these or below it */
	BEH_NAME_IN = 2,    /* a feed covers the name */
	BEH_FIRST_SEEN_WITHIN = 3,
	BEH_ASN_RISK_MIN = 4,
	BEH_ASN_IN = 5,
	BEH_PREFIX_IN = 6,
	BEH_ASN_FIRST_SEEN_WITHIN = 7,
	BEH_COUNTRY = 8,
	BEH_ADDRESSES_MIN = 9,
	BEH_ASNS_MIN = 10,
	BEH_NETWORKS_MIN = 11,
	BEH_FLUX_SCORE_MIN = 12,
	BEH_ANSWERS_MIN = 13,
	BEH_QTYPE = 14,
	BEH_CLIENT_GROUP = 15,
};
#define BEH_CONDITIONS 16

/* What a condition asks for. */
enum beh_operand {
	BEH_NUMBER,   /* of answers, addresses, ...; or a score, a risk */
	BEH_DURATION, /* seconds */
	BEH_LIST,     /* items of the condition's type, or feeds */
};

enum beh_item_type {
	BEH_ITEM_NAME = 0,    /* wire format, lower case */
	BEH_ITEM_FEED = 1,    /* a feed's name */
	BEH_ITEM_ASN = 2,     /* 4 octets, network order */
	BEH_ITEM_PREFIX = 3,  /* a prefix's key: address.h */
	BEH_ITEM_COUNTRY = 4, /* ISO 3166, two capital letters */
	BEH_ITEM_QTYPE = 5,   /* 2 octets, network order */
	BEH_ITEM_GROUP = 6,   /* the name of a group of clients */
};
#define BEH_ITEM_TYPES 7

/* The kinds of conditions: the one table of them. */
struct beh_condition_type {
	const char *name; /* in the configuration and in logs */
	enum beh_operand operand;
	enum beh_item_type item; /* of a list */
	bool takes_feeds;	 /* a list may name feeds instead */
	uint32_t min, max;	 /* of a number or duration */
};
extern const struct beh_condition_type beh_condition_types[BEH_CONDITIONS];

struct beh_item {
	enum beh_item_type type;
	uint8_t len;
	const uint8_t *octets;
};

struct beh_condition {
	enum beh_condition_kind kind;
	uint32_t number;
	struct beh_item *items;
	size_t item_count;
};

struct beh_rule {
	char name[BEH_RULE_NAME_MAX + 1];
	enum pol_action action; /* not POL_CNAME, not POL_ALLOW */
	enum pol_mode mode;
	uint32_t hold;					 /* seconds */
	struct beh_condition conditions[BEH_CONDITIONS]; /* one of a kind */
	size_t condition_count;
};

#define BEH_LEARNING_DEFAULT 604800 /* seconds: 7 days */
#define BEH_LEARNING_MAX 31536000

/* How the module observes; taken when it starts. */
struct beh_options {
	uint64_t tracker_memory; /* octets: see tracker.h */
	uint64_t seen_memory;	 /* octets: see seen.h */
	uint32_t learning;	 /* seconds: see observer.h */
};

/* 16 MiB each, and 7 days. */
void beh_options_default(struct beh_options *options);

/* Options and rules; what decoded ones point to is theirs. */
struct beh_rules {
	struct beh_options options;
	struct beh_rule *rules;
	size_t count;
	void *memory;
};

/*
 * The database's value, in memory that the caller frees. POL_EINVAL where
 * something is out of its limits, POL_ENOMEM.
 */
int beh_rules_encode(
    const struct beh_rules *rules, uint8_t **octets, size_t *len);

/* The reverse. POL_ECORRUPT, POL_ENOMEM. Free with beh_rules_free(). */
int beh_rules_decode(
    const uint8_t *octets, size_t len, struct beh_rules **rules);
void beh_rules_free(struct beh_rules *rules);

/* ---- deciding ---- */

/* What is known of one address of an answer. */
struct beh_signal_address {
	struct pol_address address;
	uint32_t asn;	 /* 0: not known */
	uint8_t risk;	 /* the highest that a list gives it or its ASN */
	char country[3]; /* of the ASN; "": the snapshot is asked */
	int64_t asn_first_seen;	   /* here, in seconds; 0: not known */
	int64_t prefix_first_seen; /* the /24, or /48 of IPv6, likewise */
};

/* All that a rule can ask about. */
struct beh_signals {
	int64_t now;	     /* seconds since the epoch */
	const uint8_t *name; /* the addresses' owner, wire format */
	size_t name_len;
	uint16_t qtype;
	uint32_t ttl; /* seconds, as the authority sent it, see beh_summary */
	int64_t first_seen; /* the registrable domain, here; 0: not known */
	const struct beh_signal_address *addresses;
	size_t address_count;
	/* Of the owner name and of its registrable domain. The counts that are
	 * asked about are those of either. */
	struct beh_summary owner, domain;
};

#define BEH_EVIDENCE_TEXT_MAX 96

/* A condition, and the value that met it, as text: "60 s", "AS64500 risk 90".
 */
struct beh_evidence {
	enum beh_condition_kind kind;
	char met[BEH_EVIDENCE_TEXT_MAX];
};

/* A rule that holds. */
struct beh_finding {
	const struct beh_rule *rule;
	struct beh_evidence evidence[BEH_CONDITIONS];
	size_t evidence_count;
};

/*
 * Decide: call VISIT for the rules that hold, in their order, of each mode up
 * to the first that is for all clients. Those before it are for some groups,
 * and which client asks is not known yet. Stops where VISIT returns other than
 * 0, and returns that. SNAPSHOT is asked for the feeds that rules name. Does
 * not allocate. An error is the snapshot's.
 */
typedef int beh_finding_visit(const struct beh_finding *finding, void *arg);
int beh_rules_evaluate(const struct beh_rules *rules,
    const struct beh_signals *signals, struct pol_snapshot *snapshot,
    beh_finding_visit *visit, void *arg);

/* The rule of that name; NULL: there is none. */
const struct beh_rule *beh_rules_find(
    const struct beh_rules *rules, const char *name);

/* Is RULE for clients of GROUP (NULL: those in none)? */
bool beh_rule_is_for(const struct beh_rule *rule, const char *group);

/* Does RULE hold? 1 with EVIDENCE's BEH_CONDITIONS filled, 0, or an error. */
int beh_rule_holds(const struct beh_rule *rule,
    const struct beh_signals *signals, struct pol_snapshot *snapshot,
    struct beh_finding *finding);

#endif
