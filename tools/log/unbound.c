/*
 * unbound.c - a line of Unbound's log.
 *
 * Unbound writes "[PID:THREAD] KIND: MESSAGE" and in front of that the time and
 * its identity, or leaves that to syslog, which has words of its own there. Of
 * the kinds, queries and replies have "info", or "query" and "reply" with
 * log-tag-queryreply. Their messages are
 *
 *	CLIENT NAME TYPE CLASS
 *	CLIENT NAME TYPE CLASS RCODE DURATION CACHED SIZE
 *
 * where the reply to what could not be read has "-" for the name.
 */
#include "tools/log/record.h"

#include <string.h>

#define WORDS_OF_QUERY 4
#define WORDS_OF_REPLY 8

struct line {
	struct text head; /* before "[PID:THREAD]" */
	struct text kind;
	struct text message;
};

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Does "[PID:THREAD" end before AT? Then where its '[' is, else NULL. */
static const char *
before_thread(const char *line, const char *at)
{
	const char *thread = at;

	while (at > line && is_hex(at[-1]))
		at--;
	if (at == line || at == thread || at[-1] != ':')
		return NULL;
	thread = --at;
	while (at > line && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return at == line || at == thread || at[-1] != '[' ? NULL : at - 1;
}

static bool
has_letters(struct text word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.text[i] < 'a' || word.text[i] > 'z')
			return false;
	return word.len > 0;
}

/* Cut the line into its parts; false where it is none of Unbound's. */
static bool
cut_line(struct text text, struct line *line)
{
	const char *end = text.text + text.len;
	const char *at = text.text;

	while ((at = memchr(at, ']', (size_t)(end - at))) != NULL) {
		const char *head = before_thread(text.text, at);
		const char *colon;

		at++;
		if (head == NULL || at == end || *at != ' ')
			continue;
		at++;
		colon = memchr(at, ':', (size_t)(end - at));
		if (colon == NULL)
			return false;
		line->head =
		    (struct text){text.text, (size_t)(head - text.text)};
		line->kind = (struct text){at, (size_t)(colon - at)};
		line->message =
		    (struct text){colon + 1, (size_t)(end - colon - 1)};
		return has_letters(line->kind);
	}
	return false;
}

static bool
is_word(struct text text, const char *word)
{
	return text.len == strlen(word) &&
	       memcmp(text.text, word, text.len) == 0;
}

enum log_fault
log_read_unbound(
    struct log_clock *clock, struct text text, struct log_record *record)
{
	struct text words[WORDS_OF_REPLY];
	struct line line;
	size_t count = 0;
	bool is_tagged;

	if (!cut_line(text, &line))
		return LOG_NOT_A_LINE;
	is_tagged = is_word(line.kind, "query") || is_word(line.kind, "reply");
	if (!is_tagged && !is_word(line.kind, "info"))
		return LOG_OTHER_MESSAGE;
	while (count < WORDS_OF_REPLY &&
	       (words[count] = text_next_word(&line.message)).len > 0)
		count++;
	if (count == 0 || !log_take_client(words[0], record))
		return is_tagged ? LOG_NOT_A_CLIENT : LOG_OTHER_MESSAGE;
	if (count > 1 && is_word(words[1], "-"))
		return LOG_NO_QUESTION;
	if (line.message.len > 0 ||
	    (count != WORDS_OF_QUERY && count != WORDS_OF_REPLY))
		return is_tagged ? LOG_NOT_A_LINE : LOG_OTHER_MESSAGE;
	if (!log_take_name(words[1], record))
		return LOG_NOT_A_NAME;
	record->kind = count == WORDS_OF_REPLY ? LOG_ANSWERED : LOG_ASKED;
	record->time = log_read_time(clock, line.head);
	return LOG_OK;
}
