/*
 * yaml.c - read a YAML file by what is expected in it.
 */
#include "tools/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/yaml_p.h"

#define MESSAGE_MAX 1024
#define SHOWN_MAX 64   /* octets of the file's own words in a message */
#define CLOSE_ENOUGH 2 /* slips of the finger in a word that is meant */
#define WORD_MAX 32    /* octets of a word that is compared */

/* ---- errors ---- */

/* Where a node begins: a collection begins where its first scalar does. NULL
 * for one that holds nothing. */
static const struct fy_mark *
find_mark(struct fy_node *node)
{
	struct fy_token *token;

	while (node != NULL && !fy_node_is_scalar(node)) {
		if (fy_node_is_sequence(node))
			node = fy_node_sequence_get_by_index(node, 0);
		else
			node = fy_node_pair_key(
			    fy_node_mapping_get_by_index(node, 0));
	}
	token = node != NULL ? fy_node_get_scalar_token(node) : NULL;
	return token != NULL ? fy_token_start_mark(token) : NULL;
}

/* The same, or else where the key is whose value it is. */
static struct fy_mark
find_place(const struct yaml *yaml, struct fy_node *node)
{
	const struct fy_mark *mark = find_mark(node);

	if (mark == NULL)
		mark = find_mark(yaml->key);
	return mark != NULL ? *mark : (struct fy_mark){.line = 0};
}

unsigned
yaml_line(const struct yaml *yaml, struct fy_node *node)
{
	return (unsigned)find_place(yaml, node).line + 1;
}

void
yaml_error_at(
    struct yaml *yaml, unsigned line, unsigned column, const char *message)
{
	yaml->error_count++;
	if (yaml->error_count <= YAML_ERRORS_MAX)
		fprintf(stderr, "%s:%u:%u: error: %s\n", yaml->path, line,
		    column, message);
	else if (yaml->error_count == YAML_ERRORS_MAX + 1)
		fprintf(stderr, "%s: error: and more errors, not shown\n",
		    yaml->path);
}

void
yaml_error(struct yaml *yaml, struct fy_node *node, const char *format, ...)
{
	struct fy_mark place = find_place(yaml, node);
	char message[MESSAGE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	yaml_error_at(yaml, (unsigned)place.line + 1,
	    (unsigned)place.column + 1, message);
}

size_t
yaml_error_count(const struct yaml *yaml)
{
	return yaml->error_count;
}

/* ---- words that are meant ---- */

struct shown {
	char text[SHOWN_MAX + 1];
};

/* The text of a scalar for a message: what a terminal might obey is gone. */
static struct shown
show(struct fy_node *node)
{
	struct shown shown;
	size_t len = 0;
	const char *text = fy_node_get_scalar(node, &len);
	size_t i;

	for (i = 0; text != NULL && i < len && i < SHOWN_MAX; i++)
		shown.text[i] =
		    text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
	shown.text[i] = '\0';
	return shown;
}

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Insertions, deletions and replacements that make A of B. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[WORD_MAX + 1];
	size_t a_len = strlen(a);
	size_t b_len = strlen(b);
	size_t i, j;

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= b_len; j++)
		row[j] = (unsigned)j;
	for (i = 1; i <= a_len; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i;
		for (j = 1; j <= b_len; j++) {
			unsigned above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1,
			    corner + (a[i - 1] != b[j - 1]));
			corner = above;
		}
	}
	return row[b_len];
}

/* The word that was meant, or NULL. */
static const char *
find_close(const char *text, const char *const *words, size_t count)
{
	const char *close = NULL;
	unsigned best = CLOSE_ENOUGH + 1;
	size_t i;

	for (i = 0; i < count; i++) {
		unsigned slips = distance(text, words[i]);

		if (slips < best && 2 * slips < strlen(words[i])) {
			best = slips;
			close = words[i];
		}
	}
	return close;
}

/* Report a word that is none of WORDS. */
static void
report_unknown(struct yaml *yaml, struct fy_node *node, const char *what,
    const char *const *words, size_t count)
{
	struct shown shown = show(node);
	const char *close = find_close(shown.text, words, count);
	char list[MESSAGE_MAX / 2] = "";
	size_t used = 0;
	size_t i;

	for (i = 0; i < count && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used,
		    "%s%s", i > 0 ? ", " : "", words[i]);
	if (close != NULL)
		yaml_error(yaml, node,
		    "unknown %s \"%s\", expected one of %s; did you mean "
		    "\"%s\"?",
		    what, shown.text, list, close);
	else
		yaml_error(yaml, node, "unknown %s \"%s\", expected one of %s",
		    what, shown.text, list);
}

/* ---- collections ---- */

bool
yaml_is_null(struct fy_node *node)
{
	return node == NULL || fy_node_is_null(node);
}

/* Report that NODE is not WHAT. */
static void
report_type(struct yaml *yaml, struct fy_node *node, const char *what)
{
	const char *found = "a text";

	if (yaml_is_null(node))
		found = "nothing";
	else if (fy_node_is_alias(node))
		found = "an alias, which is not supported";
	else if (fy_node_is_mapping(node))
		found = "a mapping";
	else if (fy_node_is_sequence(node))
		found = "a sequence";
	yaml_error(yaml, node, "expected %s, found %s", what, found);
}

static bool
is_text(struct fy_node *node)
{
	return !yaml_is_null(node) && fy_node_is_scalar(node) &&
	       !fy_node_is_alias(node);
}

bool
yaml_is_word(struct fy_node *node, const char *word)
{
	size_t len = 0;
	const char *text =
	    is_text(node) ? fy_node_get_scalar(node, &len) : NULL;

	return text != NULL && len == strlen(word) &&
	       memcmp(text, word, len) == 0;
}

struct fy_node *
yaml_key_node(const struct yaml *yaml)
{
	return yaml->key;
}

bool
yaml_is_number(struct fy_node *node)
{
	size_t len = 0;
	const char *text =
	    is_text(node) ? fy_node_get_scalar(node, &len) : NULL;

	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return len > 0;
}

/* The index of the key in KEYS, or COUNT. */
static size_t
find_key(struct fy_node *key, const struct yaml_key *keys, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (yaml_is_word(key, keys[i].name))
			break;
	return i;
}

static void
report_unknown_key(struct yaml *yaml, struct fy_node *key,
    const struct yaml_key *keys, size_t count)
{
	const char *names[YAML_KEYS_MAX];
	size_t i;

	for (i = 0; i < count; i++)
		names[i] = keys[i].name;
	if (is_text(key))
		report_unknown(yaml, key, "key", names, count);
	else
		report_type(yaml, key, "a key");
}

/* Have the value of one key taken. */
static void
take_pair(struct yaml *yaml, struct fy_node_pair *pair,
    const struct yaml_key *keys, size_t count, struct fy_node **seen, void *arg)
{
	struct fy_node *key = fy_node_pair_key(pair);
	struct fy_node *outer = yaml->key;
	size_t i = find_key(key, keys, count);

	if (i == count) {
		report_unknown_key(yaml, key, keys, count);
		return;
	}
	if (seen[i] != NULL) {
		yaml_error(yaml, key,
		    "key \"%s\" is given twice, first on line %u", keys[i].name,
		    yaml_line(yaml, seen[i]));
		return;
	}
	seen[i] = key;
	yaml->key = key;
	keys[i].take(yaml, fy_node_pair_value(pair), arg);
	yaml->key = outer;
}

bool
yaml_take_mapping(struct yaml *yaml, struct fy_node *node,
    const struct yaml_key *keys, size_t count, void *arg)
{
	struct fy_node *seen[YAML_KEYS_MAX] = {NULL};
	struct fy_node_pair *pair;
	void *next = NULL;
	size_t i;

	if (yaml_is_null(node) || !fy_node_is_mapping(node)) {
		report_type(yaml, node, "a mapping");
		return false;
	}
	while ((pair = fy_node_mapping_iterate(node, &next)) != NULL)
		take_pair(yaml, pair, keys, count, seen, arg);
	for (i = 0; i < count; i++)
		if (keys[i].required && seen[i] == NULL)
			yaml_error(yaml, node, "required key \"%s\" is missing",
			    keys[i].name);
	return true;
}

bool
yaml_expect_sequence(struct yaml *yaml, struct fy_node *node)
{
	bool is = !yaml_is_null(node) && fy_node_is_sequence(node);

	if (!is)
		report_type(yaml, node, "a sequence");
	return is;
}

/* ---- scalars ---- */

bool
yaml_take_text(struct yaml *yaml, struct fy_node *node, const char *what,
    char *text, size_t size)
{
	const char *found;
	size_t len = 0;
	size_t i;

	if (!is_text(node)) {
		report_type(yaml, node, what);
		return false;
	}
	found = fy_node_get_scalar(node, &len);
	if (found == NULL || len == 0) {
		yaml_error(
		    yaml, node, "expected %s, found an empty text", what);
		return false;
	}
	if (len >= size) {
		yaml_error(yaml, node, "expected %s of at most %zu octets",
		    what, size - 1);
		return false;
	}
	for (i = 0; i < len; i++)
		if ((unsigned char)found[i] < 0x20 || found[i] == 0x7f) {
			yaml_error(yaml, node,
			    "expected %s, found a control character in it",
			    what);
			return false;
		}
	memcpy(text, found, len);
	text[len] = '\0';
	return true;
}

bool
yaml_take_number(struct yaml *yaml, struct fy_node *node, unsigned long min,
    unsigned long max, unsigned long *number)
{
	unsigned long value = 0;
	char text[WORD_MAX];
	const char *p;

	if (!yaml_take_text(yaml, node, "a number", text, sizeof(text)))
		return false;
	for (p = text; *p >= '0' && *p <= '9' && value <= max; p++)
		value = 10 * value + (unsigned long)(*p - '0');
	if (*p != '\0' || value < min || value > max) {
		yaml_error(yaml, node,
		    "expected a whole number from %lu to %lu, found \"%s\"",
		    min, max, text);
		return false;
	}
	*number = value;
	return true;
}

bool
yaml_take_word(struct yaml *yaml, struct fy_node *node, const char *what,
    const struct yaml_word *words, size_t count, int *value)
{
	const char *names[YAML_KEYS_MAX];
	size_t i;

	if (!is_text(node)) {
		report_type(yaml, node, "a word");
		return false;
	}
	for (i = 0; i < count; i++) {
		names[i] = words[i].word;
		if (yaml_is_word(node, names[i])) {
			*value = words[i].value;
			return true;
		}
	}
	report_unknown(yaml, node, what, names, count);
	return false;
}
