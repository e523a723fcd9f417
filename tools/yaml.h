/*
 * yaml.h - read a YAML file by what is expected in it, and report everything
 * that is not as expected, with its place.
 *
 * Errors go to stderr as "PATH:LINE:COLUMN: error: MESSAGE". They do not stop
 * the reading: ask yaml_error_count() at the end.
 */
#ifndef YAML_H
#define YAML_H

#include <libfyaml.h>

#include <stdbool.h>
#include <stddef.h>

#define YAML_FILE_MAX ((size_t)4 << 20) /* octets of a file */
#define YAML_ERRORS_MAX 50		/* errors printed; the others count */
#define YAML_KEYS_MAX 32		/* keys of one mapping that are known */

struct yaml;

/*
 * Read the file at PATH, which must stay valid. 0; POL_EINVAL where it is not
 * one YAML document; POL_ENOENT, POL_EACCES, POL_EIO, POL_ENOMEM: each with
 * a message on stderr. Close with yaml_close().
 */
int yaml_open(const char *path, struct yaml **yaml);
void yaml_close(struct yaml *yaml);

/* The document's root; NULL for an empty file. */
struct fy_node *yaml_root(const struct yaml *yaml);

/* The line of a node, from 1. */
unsigned yaml_line(const struct yaml *yaml, struct fy_node *node);

/* Report an error at NODE. */
void yaml_error(struct yaml *yaml, struct fy_node *node, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
size_t yaml_error_count(const struct yaml *yaml);

/* Is nothing given, as in "key:"? */
bool yaml_is_null(struct fy_node *node);

/* The key whose value is being taken. */
struct fy_node *yaml_key_node(const struct yaml *yaml);

/* Is NODE a text of digits? */
bool yaml_is_number(struct fy_node *node);

/* Is NODE this very text? */
bool yaml_is_word(struct fy_node *node, const char *word);

/* A key of a mapping, and who takes its value. */
struct yaml_key {
	const char *name;
	bool required;
	void (*take)(struct yaml *yaml, struct fy_node *value, void *arg);
};

/* Have each of the COUNT known keys in NODE taken, in the file's order. False
 * where NODE is no mapping; keys unknown, missing and given twice are errors.
 */
bool yaml_take_mapping(struct yaml *yaml, struct fy_node *node,
    const struct yaml_key *keys, size_t count, void *arg);

/* Is NODE a sequence? An error where not. */
bool yaml_expect_sequence(struct yaml *yaml, struct fy_node *node);

/* Read a text of 1 to SIZE - 1 octets without control characters. WHAT is
 * expected, for the error: "a path". */
bool yaml_take_text(struct yaml *yaml, struct fy_node *node, const char *what,
    char *text, size_t size);

/* Read a whole number from MIN to MAX. */
bool yaml_take_number(struct yaml *yaml, struct fy_node *node,
    unsigned long min, unsigned long max, unsigned long *number);

/* Read one of COUNT words; WHAT they are: "action". */
struct yaml_word {
	const char *word;
	int value;
};
bool yaml_take_word(struct yaml *yaml, struct fy_node *node, const char *what,
    const struct yaml_word *words, size_t count, int *value);

#endif
