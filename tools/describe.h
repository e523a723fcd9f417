/*
 * describe.h - indicators and answers in words, and as JSON.
 *
 * What is said of an answer is what module/reply.c and module/garden.c do.
 */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include <jansson.h>
#include <stdio.h>

#include "policy/evaluate.h"

/* "BLOCKED"-worthy or not: does MATCH change the answer to QUERY? Not where it
 * allows, nor a CNAME that points at the very name that is asked for. */
bool describe_is_block(
    const struct pol_match *match, const struct pol_query *query);

/* What a client is answered where MATCH decides: "sinkhole 0.0.0.0 / ::,
 * TTL 30, EDE 15 (Blocked) "urlhaus"". */
void describe_answer(FILE *out, const struct pol_match *match,
    const struct pol_query *query, const struct pol_settings *settings);
json_t *describe_answer_json(const struct pol_match *match,
    const struct pol_query *query, const struct pol_settings *settings);

/* The configured sinkhole: "192.0.2.1 / ::"; a family without an address is
 * "no A" or "no AAAA". As JSON with the TTL. */
void describe_sinkhole(FILE *out, const struct pol_settings *settings);
json_t *describe_sinkhole_json(const struct pol_settings *settings);

/* What the match's indicator is about. */
struct pol_subject describe_subject(const struct pol_match *match);

/* "x alone", "x and everything below it" or "everything below x"; a prefix or
 * an ASN as it is. */
void describe_cover(
    FILE *out, const struct pol_subject *subject, enum pol_scope scope);

/* The same shorter, as "subtree x", "prefix 192.0.2.0/24" or "AS64500". */
void describe_listed(FILE *out, const struct pol_match *match);

/* Is the prefix a single address? */
bool describe_is_address(const struct pol_prefix *prefix);

/* An action with what belongs to it, without a blank: "nxdomain",
 * "sinkhole=192.0.2.1,2001:db8::1", "cname=garden.example". */
void describe_own_action(
    FILE *out, enum pol_action action, const struct pol_indicator *indicator);

/* A statement of the operator: "block x and everything below it, since ...,
 * until ...: reference". */
void describe_statement(FILE *out, const struct pol_subject *subject,
    const struct pol_indicator *indicator);

/* A set of triggers as "qname,cname". */
#define DESCRIBE_TRIGGERS_MAX 40
void describe_triggers(unsigned triggers, char *text);

/* "since TIME, until TIME"; empty where the indicator has neither. FEED is its
 * feed, NULL the operator. */
#define DESCRIBE_PERIOD_MAX 112
void describe_period(const struct pol_indicator *indicator,
    const struct pol_feed *feed, char *text);

#endif
