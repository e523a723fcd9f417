/*
 * entry.c - a line that is one word, and what may stand behind it.
 */
#include "tools/feed/entry.h"

struct text
feed_before_comment(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.text[i] == '#' &&
		    (i == 0 || text_is_blank(text.text[i - 1])))
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
	struct text all = text_trim(line->text);
	size_t word = 0;
	size_t next;

	*entry = (struct feed_entry){.word = {all.text, 0}};
	if (all.len == 0 || feed_is_comment(*all.text))
		return true;
	while (word < all.len && !text_is_blank(all.text[word]))
		word++;
	for (next = word; next < all.len && text_is_blank(all.text[next]);
	     next++)
		;
	entry->word.len = all.len;
	if (next == all.len)
		return !line->cut;
	if (!feed_is_comment(all.text[next]))
		return false;
	entry->word.len = word;
	entry->comment =
	    text_trim((struct text){all.text + next + 1, all.len - next - 1});
	return true;
}

static int
take_line(struct feed_parse *parse, const struct feed_line *line, void *arg)
{
	feed_take_word *const *take = arg;
	struct feed_entry entry;

	if (!feed_entry_read(line, &entry)) {
		feed_reject(parse, FEED_BAD_LINE, line->number, entry.word);
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
