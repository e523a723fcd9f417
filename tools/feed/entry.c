/*
 * entry.c - a line that is one word, and what may stand behind it.
 */
#include "tools/feed/entry.h"

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
