/*
 * entry.c - a line that is one word, and what may stand behind it.
 */
#include "tools/feed/entry.h"

#include <string.h>
#include <strings.h>

#include "tools/feed/hostname.h"

struct feed_text
feed_trim(struct feed_text text)
{
	while (text.len > 0 && feed_is_blank(text.text[0])) {
		text.text++;
		text.len--;
	}
	while (text.len > 0 && feed_is_blank(text.text[text.len - 1]))
		text.len--;
	return text;
}

bool
feed_is_word(struct feed_text text, const char *word)
{
	return text.len == strlen(word) &&
	       strncasecmp(text.text, word, text.len) == 0;
}

bool
feed_skip(struct feed_text *text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (text->len < len || memcmp(text->text, prefix, len) != 0)
		return false;
	text->text += len;
	text->len -= len;
	return true;
}

struct feed_text
feed_split(struct feed_text *text, char c)
{
	const char *end =
	    text->len > 0 ? memchr(text->text, c, text->len) : NULL;
	struct feed_text first = *text;

	if (end == NULL) {
		*text = (struct feed_text){text->text + text->len, 0};
		return first;
	}
	first.len = (size_t)(end - text->text);
	text->len -= first.len + 1;
	text->text = end + 1;
	return first;
}

struct feed_text
feed_next_word(struct feed_text *text)
{
	struct feed_text word;

	while (text->len > 0 && feed_is_blank(*text->text)) {
		text->text++;
		text->len--;
	}
	word = (struct feed_text){text->text, 0};
	while (text->len > 0 && !feed_is_blank(*text->text)) {
		text->text++;
		text->len--;
		word.len++;
	}
	return word;
}

struct feed_text
feed_before_comment(struct feed_text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.text[i] == '#' &&
		    (i == 0 || feed_is_blank(text.text[i - 1])))
			text.len = i;
	return text;
}

bool
feed_is_comment(char c)
{
	return c == '#' || c == ';' || c == '!';
}

bool
feed_entry_read(const struct feed_line *line, struct feed_entry *entry)
{
	struct feed_text all =
	    feed_trim((struct feed_text){line->text, line->len});
	size_t word = 0;
	size_t next;

	*entry = (struct feed_entry){.word = {all.text, 0}};
	if (all.len == 0 || feed_is_comment(*all.text))
		return true;
	while (word < all.len && !feed_is_blank(all.text[word]))
		word++;
	for (next = word; next < all.len && feed_is_blank(all.text[next]);
	     next++)
		;
	entry->word.len = all.len;
	if (next == all.len)
		return !line->cut;
	if (!feed_is_comment(all.text[next]))
		return false;
	entry->word.len = word;
	entry->comment = feed_trim(
	    (struct feed_text){all.text + next + 1, all.len - next - 1});
	return true;
}

static int
take_line(struct feed_parse *parse, const struct feed_line *line, void *arg)
{
	feed_take_word *const *take = arg;
	struct feed_entry entry;

	if (!feed_entry_read(line, &entry)) {
		feed_reject(parse, FEED_BAD_LINE, line->number, entry.word.text,
		    entry.word.len);
		return 0;
	}
	if (entry.word.len == 0)
		return 0;
	return (*take)(parse, entry.word, line->number);
}

int
feed_parse_words(struct feed_parse *parse, FILE *source, feed_take_word *take)
{
	return feed_parse_lines(parse, source, take_line, &take);
}
