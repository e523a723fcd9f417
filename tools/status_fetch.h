/*
 * status_fetch.h - how the fetched feeds fare.
 */
#ifndef STATUS_FETCH_H
#define STATUS_FETCH_H

#include <jansson.h>

#include "tools/config.h"

/* Print a table of the configured feeds that are fetched; nothing where there
 * are none. False where memory was short. */
bool status_fetch_print(const struct config *config, int64_t now);

/* The same as an array. */
json_t *status_fetch_json(const struct config *config, int64_t now);

#endif
