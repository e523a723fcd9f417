/*
 * yaml_file.c - open a file as one YAML document.
 *
 * libfyaml 0.7 takes an octet that is not UTF-8 for the end of the file and
 * leaves control characters out, both without a word; a configuration would
 * silently lose what it says. So the text is looked through before.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "policy/utf8.h"
#include "tools/yaml_p.h"

/* ---- the file ---- */

static int
file_error(const struct yaml *yaml)
{
	int number = errno;

	fprintf(stderr, "%s: error: %s\n", yaml->path, strerror(number));
	switch (number) {
	case ENOENT:
		return POL_ENOENT;
	case EACCES:
		return POL_EACCES;
	case ENOMEM:
		return POL_ENOMEM;
	default:
		return POL_EIO;
	}
}

static int
read_file(struct yaml *yaml)
{
	FILE *file = fopen(yaml->path, "re");
	int rc = 0;

	if (file == NULL)
		return file_error(yaml);
	yaml->text = malloc(YAML_FILE_MAX + 1);
	if (yaml->text != NULL)
		yaml->text_len = fread(yaml->text, 1, YAML_FILE_MAX + 1, file);
	if (yaml->text == NULL || ferror(file)) {
		rc = file_error(yaml);
	} else if (yaml->text_len > YAML_FILE_MAX) {
		yaml_error_at(yaml, 1, 1, "the file is larger than 4 MiB");
		rc = POL_EINVAL;
	}
	fclose(file);
	return rc;
}

/* ---- its characters ---- */

static bool
is_control(uint8_t c)
{
	return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

/* Report the first octet that YAML does not allow. */
static int
check_characters(struct yaml *yaml)
{
	const char *text = yaml->text;
	unsigned line = 1;
	unsigned column = 1;
	size_t at = 0;

	while (at < yaml->text_len) {
		size_t len = pol_utf8_length(text + at, yaml->text_len - at);

		if (len == 0 || is_control((uint8_t)text[at])) {
			yaml_error_at(yaml, line, column,
			    len == 0 ? "not UTF-8" : "a control character");
			return POL_EINVAL;
		}
		column++;
		if (text[at] == '\n') {
			line++;
			column = 1;
		}
		at += len;
	}
	return 0;
}

/* ---- the document ---- */

/* Report what libfyaml found wrong. */
static void
report_syntax(struct yaml *yaml)
{
	struct fy_diag_error *error;
	void *next = NULL;

	while ((error = fy_diag_errors_iterate(yaml->diag, &next)) != NULL)
		if (error->type >= FYET_ERROR)
			yaml_error_at(yaml, (unsigned)error->line,
			    (unsigned)error->column, error->msg);
}

static int
make_parser(struct yaml *yaml)
{
	struct fy_parse_cfg config = {
	    .search_path = "",
	    .flags = FYPCF_ALLOW_DUPLICATE_KEYS, /* reported with the rest */
	};
	struct fy_diag_cfg diag;

	fy_diag_cfg_default(&diag);
	diag.fp = NULL; /* errors are collected, not printed */
	yaml->diag = fy_diag_create(&diag);
	if (yaml->diag == NULL)
		return POL_ENOMEM;
	fy_diag_set_collect_errors(yaml->diag, true);
	config.diag = yaml->diag;
	yaml->parser = fy_parser_create(&config);
	if (yaml->parser == NULL ||
	    fy_parser_set_string(yaml->parser, yaml->text, yaml->text_len) != 0)
		return POL_ENOMEM;
	return 0;
}

static int
load_document(struct yaml *yaml)
{
	struct fy_document *more;
	int rc = make_parser(yaml);

	if (rc != 0) {
		fprintf(
		    stderr, "%s: error: %s\n", yaml->path, pol_strerror(rc));
		return rc;
	}
	yaml->document = fy_parse_load_document(yaml->parser);
	if (yaml->document != NULL) {
		more = fy_parse_load_document(yaml->parser);
		if (more != NULL)
			yaml_error(yaml, fy_document_root(more),
			    "more than one document");
		fy_parse_document_destroy(yaml->parser, more);
	}
	report_syntax(yaml);
	if (yaml->error_count == 0 && fy_parser_get_stream_error(yaml->parser))
		yaml_error_at(yaml, 1, 1, "not a YAML document");
	return yaml->error_count > 0 ? POL_EINVAL : 0;
}

int
yaml_open(const char *path, struct yaml **yaml)
{
	struct yaml *new = calloc(1, sizeof(*new));
	int rc;

	if (new == NULL)
		return POL_ENOMEM;
	new->path = path;
	rc = read_file(new);
	if (rc == 0)
		rc = check_characters(new);
	if (rc == 0)
		rc = load_document(new);
	if (rc != 0) {
		yaml_close(new);
		return rc;
	}
	*yaml = new;
	return 0;
}

/*
 * libfyaml 0.7 may free a key twice when a parser is destroyed that stopped at
 * an error, so such a one is kept, where a leak checker can see that it is. A
 * command ends at its first file that is not YAML.
 */
static struct yaml *kept;

void
yaml_close(struct yaml *yaml)
{
	if (yaml == NULL)
		return;
	if (yaml->parser != NULL && fy_parser_get_stream_error(yaml->parser)) {
		yaml->next = kept;
		kept = yaml;
		return;
	}
	fy_parse_document_destroy(yaml->parser, yaml->document);
	fy_parser_destroy(yaml->parser);
	fy_diag_destroy(yaml->diag);
	free(yaml->text);
	free(yaml);
}

struct fy_node *
yaml_root(const struct yaml *yaml)
{
	return yaml->document != NULL ? fy_document_root(yaml->document) : NULL;
}
