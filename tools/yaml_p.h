/*
 * yaml_p.h - what the files of the YAML reader share.
 */
#ifndef YAML_P_H
#define YAML_P_H

#include "tools/yaml.h"

struct yaml {
	const char *path;
	size_t error_count;
	struct fy_node *key; /* whose value is being taken, or NULL */

	char *text; /* the file, which the document's nodes lead into */
	size_t text_len;
	struct fy_diag *diag;
	struct fy_parser *parser;
	struct fy_document *document; /* NULL: an empty file */
	struct yaml *next; /* of those that are kept: yaml_file.c */
};

/* Count an error and print it; line and column count from 1. */
void yaml_error_at(
    struct yaml *yaml, unsigned line, unsigned column, const char *message);

#endif
