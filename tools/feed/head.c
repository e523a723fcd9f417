/*
 * head.c - a look at the beginning of a source, which need not be a file that
 * can be read twice.
 */
#include "tools/feed/head.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/error.h"

#define MARK "\xef\xbb\xbf" /* UTF-8's, which some editors put in front */

struct feed_head {
	FILE *source;
	FILE *whole;
	size_t len;
	size_t given; /* octets of the text that WHOLE has given */
	char text[FEED_HEAD_MAX];
};

/* What read() would do for WHOLE: the head first, then the source. */
static ssize_t
read_whole(void *cookie, char *buffer, size_t size)
{
	struct feed_head *head = cookie;
	size_t left = head->len - head->given;

	if (left > 0) {
		size = size < left ? size : left;
		memcpy(buffer, head->text + head->given, size);
		head->given += size;
		return (ssize_t)size;
	}
	errno = 0;
	size = fread(buffer, 1, size, head->source);
	if (size == 0 && ferror(head->source)) {
		errno = errno != 0 ? errno : EIO;
		return -1;
	}
	return (ssize_t)size;
}

int
feed_head_new(FILE *source, struct feed_head **head)
{
	static const cookie_io_functions_t functions = {.read = read_whole};
	struct feed_head *new = malloc(sizeof(*new));
	int saved;

	if (new == NULL)
		return POL_ENOMEM;
	new->source = source;
	new->given = 0;
	errno = 0;
	new->len = fread(new->text, 1, sizeof(new->text), source);
	if (ferror(source)) {
		saved = errno != 0 ? errno : EIO;
		free(new);
		errno = saved;
		return POL_EIO;
	}
	new->whole = fopencookie(new, "r", functions);
	if (new->whole == NULL) {
		free(new);
		return POL_ENOMEM;
	}
	*head = new;
	return 0;
}

void
feed_head_free(struct feed_head *head)
{
	int saved = errno;

	fclose(head->whole);
	free(head);
	errno = saved;
}

const char *
feed_head_text(const struct feed_head *head, size_t *len)
{
	size_t mark = strlen(MARK);

	*len = head->len;
	if (head->len < mark || memcmp(head->text, MARK, mark) != 0)
		return head->text;
	*len -= mark;
	return head->text + mark;
}

bool
feed_head_is_all(const struct feed_head *head)
{
	return head->len < FEED_HEAD_MAX;
}

FILE *
feed_head_whole(struct feed_head *head)
{
	return head->whole;
}

static const char *
skip_space(const char *text, size_t *len)
{
	while (
	    *len > 0 && strchr(" \t\r\n\v\f", *text) != NULL && *text != '\0') {
		text++;
		(*len)--;
	}
	return text;
}

/* The first thing in it, but for comments of XML. */
static const char *
skip_xml_comments(const char *text, size_t *len)
{
	for (;;) {
		const char *end;

		text = skip_space(text, len);
		if (*len < 4 || memcmp(text, "<!--", 4) != 0)
			return text;
		end = memmem(text, *len, "-->", 3);
		if (end == NULL)
			return text;
		*len -= (size_t)(end + 3 - text);
		text = end + 3;
	}
}

bool
feed_head_is_html(const struct feed_head *head)
{
	static const char *const starts[] = {
	    "<!doctype html", "<html", "<head", "<body", "<?xml"};
	size_t len;
	const char *text = feed_head_text(head, &len);

	text = skip_xml_comments(text, &len);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (len >= strlen(starts[i]) &&
		    strncasecmp(text, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

bool
feed_head_is_json(const struct feed_head *head)
{
	size_t len;
	const char *text = feed_head_text(head, &len);

	text = skip_space(text, &len);
	if (len == 0 || *text != '[')
		return len > 0 && *text == '{';
	len--;
	text = skip_space(text + 1, &len);
	/* "[Adblock Plus 2.0]" is none. */
	return len == 0 || memchr("{[\"]", *text, 4) != NULL;
}
