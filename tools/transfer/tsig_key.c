/*
 * tsig_key.c - the file that holds the secret of a TSIG key.
 */
#include <openssl/crypto.h>

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/error.h"
#include "tools/transfer/tsig.h"

#define FILE_MAX ((size_t)16384) /* octets */
#define WORD_MAX 1024

/* What a file says; an empty text where it does not. */
struct clause {
	char name[WORD_MAX];
	char algorithm[WORD_MAX];
	char secret[WORD_MAX];
};

__attribute__((format(printf, 2, 3))) static int
fail(char *problem, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(problem, TSIG_PROBLEM_MAX, format, arguments);
	va_end(arguments);
	return POL_EINVAL;
}

/* ---- words ---- */

static const char *
skip_line(const char *text)
{
	return text + strcspn(text, "\n");
}

/* Skip blanks and comments as BIND has them. */
static const char *
skip_blanks(const char *text)
{
	for (;;) {
		text += strspn(text, " \t\r\n");
		if (*text == '#' || strncmp(text, "//", 2) == 0) {
			text = skip_line(text);
		} else if (strncmp(text, "/*", 2) == 0) {
			const char *end = strstr(text + 2, "*/");

			text = end == NULL ? strchr(text, '\0') : end + 2;
		} else {
			return text;
		}
	}
}

/* Take a word, which may be quoted, or one of "{};". False at the end, or
 * where it is too long. */
static bool
take_word(const char **text, char word[WORD_MAX])
{
	const char *start = skip_blanks(*text);
	size_t len, skipped = 0;

	if (*start == '"') {
		len = strcspn(++start, "\"\n");
		skipped = start[len] == '"';
	} else if (*start != '\0' && strchr("{};", *start) != NULL) {
		len = 1;
	} else {
		len = strcspn(start, " \t\r\n{};\"");
	}
	if (len == 0 || len >= WORD_MAX)
		return false;
	memcpy(word, start, len);
	word[len] = '\0';
	*text = start + len + skipped;
	return true;
}

/* ---- the file ---- */

/* Read "algorithm X; secret Y; };". */
static bool
read_statements(const char **text, struct clause *clause)
{
	char word[WORD_MAX], value[WORD_MAX], end[WORD_MAX];

	while (take_word(text, word)) {
		if (strcmp(word, "}") == 0)
			return true;
		if (!take_word(text, value) || !take_word(text, end) ||
		    strcmp(end, ";") != 0)
			return false;
		if (strcasecmp(word, "algorithm") == 0)
			strcpy(clause->algorithm, value);
		else if (strcasecmp(word, "secret") == 0)
			strcpy(clause->secret, value);
		else
			return false;
	}
	return false;
}

/* Read a key{} clause, or a secret alone. */
static bool
read_clause(const char *text, struct clause *clause)
{
	char word[WORD_MAX];

	if (!take_word(&text, word))
		return false;
	if (strcasecmp(word, "key") != 0) {
		strcpy(clause->secret, word);
		return *skip_blanks(text) == '\0';
	}
	if (!take_word(&text, clause->name) || !take_word(&text, word) ||
	    strcmp(word, "{") != 0 || !read_statements(&text, clause))
		return false;
	return take_word(&text, word) && strcmp(word, ";") == 0 &&
	       *skip_blanks(text) == '\0';
}

static bool
is_name(const char *text, const struct pol_name *name)
{
	struct pol_name other;

	return pol_name_from_text(text, strlen(text), &other) == POL_NAME_OK &&
	       other.len == name->len &&
	       memcmp(other.wire, name->wire, name->len) == 0;
}

static int
take_secret(const char *text, struct tsig_key *key, char *problem)
{
	ldns_rdf *secret;
	size_t len = 0;

	if (ldns_str2rdf_b64(&secret, text) == LDNS_STATUS_OK) {
		len = ldns_rdf_size(secret);
		if (len <= TSIG_SECRET_MAX)
			memcpy(key->secret, ldns_rdf_data(secret), len);
		OPENSSL_cleanse(ldns_rdf_data(secret), len);
		ldns_rdf_deep_free(secret);
	}
	if (len == 0 || len > TSIG_SECRET_MAX)
		return fail(problem,
		    "the secret is not base64 of 1 to %d octets",
		    TSIG_SECRET_MAX);
	key->secret_len = len;
	return 0;
}

static int
take_clause(const struct clause *clause, struct tsig_key *key, char *problem)
{
	if (clause->secret[0] == '\0')
		return fail(problem, "the key clause has no secret");
	if (clause->name[0] != '\0' && !is_name(clause->name, &key->name))
		return fail(problem,
		    "the key in there is \"%.60s\", not the one configured",
		    clause->name);
	if (clause->algorithm[0] != '\0' &&
	    tsig_algorithm_named(clause->algorithm) != key->algorithm)
		return fail(problem,
		    "the algorithm in there is \"%.40s\", configured is \"%s\"",
		    clause->algorithm, key->algorithm->name);
	return take_secret(clause->secret, key, problem);
}

/* Read the file whole into TEXT, of FILE_MAX octets. */
static int
read_text(const char *path, char *text, bool *is_exposed, char *problem)
{
	FILE *file = fopen(path, "re");
	struct stat st;
	size_t len;

	if (file == NULL || fstat(fileno(file), &st) != 0) {
		fail(problem, "%s", strerror(errno));
		if (file != NULL)
			fclose(file);
		return POL_EIO;
	}
	*is_exposed = (st.st_mode & (S_IROTH | S_IWOTH)) != 0;
	len = fread(text, 1, FILE_MAX - 1, file);
	text[len] = '\0';
	if (ferror(file)) {
		fail(problem, "%s", strerror(errno));
		fclose(file);
		return POL_EIO;
	}
	fclose(file);
	if (len == FILE_MAX - 1 || strlen(text) != len)
		return fail(problem, "it is not a key file");
	return 0;
}

int
tsig_key_read(const char *path, struct tsig_key *key, bool *is_exposed,
    char problem[TSIG_PROBLEM_MAX])
{
	struct clause clause = {.name = ""};
	char text[FILE_MAX];
	int rc = read_text(path, text, is_exposed, problem);

	if (rc == 0)
		rc = read_clause(text, &clause)
			 ? take_clause(&clause, key, problem)
			 : fail(problem, "expected a secret in base64, or key "
					 "\"NAME\" { algorithm ...; secret "
					 "\"...\"; };");
	OPENSSL_cleanse(text, sizeof(text));
	OPENSSL_cleanse(&clause, sizeof(clause));
	return rc;
}
