/*
 * status_rules.h - what sinkbound status says of rules and of what was learned.
 */
#ifndef TOOLS_STATUS_RULES_H
#define TOOLS_STATUS_RULES_H

#include <jansson.h>

#include "tools/behaviour.h"

/* Nothing where there are no rules. */
void status_rules_print(const struct behaviour *behaviour, int64_t now);

/* Add "rules" and "observed" to OBJECT. */
void status_rules_json(
    json_t *object, const struct behaviour *behaviour, int64_t now);

#endif
