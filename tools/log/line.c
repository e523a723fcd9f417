/*
 * line.c - one line of a log of queries, whichever kind it is.
 */
#include "tools/log/record.h"

#include <jansson.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

const char *
log_fault_text(enum log_fault fault)
{
	static const char *const texts[LOG_FAULTS] = {
	    [LOG_OK] = "a query",
	    [LOG_NOTHING] = "a blank line or a comment",
	    [LOG_OTHER_MESSAGE] = "another message of the resolver",
	    [LOG_NO_QUESTION] = "a reply without a question",
	    [LOG_NOT_A_NAME] = "not a name",
	    [LOG_NOT_A_CLIENT] = "without a client's address",
	    [LOG_NOT_A_COUNT] = "neither a count nor a rank beside the name",
	    [LOG_NOT_AN_OBJECT] = "not a line of the query log (JSON)",
	    [LOG_NOT_A_LINE] = "not a line of a known kind",
	    [LOG_TOO_LONG] = "too long",
	};

	return fault < LOG_FAULTS ? texts[fault] : "unknown fault";
}

/* ---- words ---- */

bool
log_take_name(struct text text, struct log_record *record)
{
	return pol_name_from_text(text.text, text.len, &record->name) ==
	       POL_NAME_OK;
}

bool
log_take_client(struct text text, struct log_record *record)
{
	struct pol_prefix prefix;

	record->has_client =
	    memchr(text.text, '/', text.len) == NULL &&
	    pol_prefix_from_text(text.text, text.len, &prefix) == POL_PREFIX_OK;
	if (record->has_client)
		record->client = prefix.address;
	return record->has_client;
}

/* ---- lists of names ---- */

static bool
is_number(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.text[i] < '0' || text.text[i] > '9')
			return false;
	return text.len > 0;
}

static bool
take_count(struct text text, struct log_record *record)
{
	uint64_t count;

	if (!text_number(text, LOG_COUNT_MAX, &count) || count == 0)
		return false;
	record->count = count;
	return true;
}

/* A name and a number. IS_RANK: one that stands first is no count. */
static enum log_fault
read_pair(struct text first, struct text second, bool is_rank,
    struct log_record *record)
{
	bool number_first = is_number(first) && !is_number(second);

	if (!take_count(number_first ? first : second, record))
		return LOG_NOT_A_COUNT;
	if (number_first && is_rank)
		record->count = 1;
	return log_take_name(number_first ? second : first, record)
		   ? LOG_OK
		   : LOG_NOT_A_NAME;
}

static enum log_fault
read_list_line(struct text line, struct log_record *record)
{
	const char *comma = memchr(line.text, ',', line.len);
	struct text first, second;

	if (comma != NULL) {
		size_t len = (size_t)(comma - line.text);

		first = text_trim((struct text){line.text, len});
		second =
		    text_trim((struct text){comma + 1, line.len - len - 1});
		if (memchr(second.text, ',', second.len) != NULL)
			return LOG_NOT_A_LINE;
		return read_pair(first, second, true, record);
	}
	first = text_next_word(&line);
	second = text_next_word(&line);
	if (line.len > 0)
		return LOG_NOT_A_LINE;
	if (second.len > 0)
		return read_pair(first, second, false, record);
	return log_take_name(first, record) ? LOG_OK : LOG_NOT_A_NAME;
}

/* ---- our own query log ---- */

/* The same client, question and millisecond as in the line before? */
static bool
is_same_query(struct log_clock *clock, const char *const texts[4])
{
	uint64_t hash = 1, before = clock->query;

	for (int i = 0; i < 4; i++)
		hash = XXH3_64bits_withSeed(texts[i], strlen(texts[i]), hash);
	clock->query = hash;
	return hash == before && *texts[0] != '\0';
}

/* LOG_NOTHING also where it is of the same query as the line before: one was
 * enforced and one in shadow mode. */
static enum log_fault
read_json(struct log_clock *clock, struct text line, struct log_record *record)
{
	enum log_fault fault = LOG_OK;
	const char *qname = NULL, *client = NULL, *time = "", *qtype = "";
	json_t *object = json_loadb(line.text, line.len, 0, NULL);

	if (json_unpack(object, "{s:s, s:s, s?s, s?s}", "qname", &qname,
		"client", &client, "time", &time, "qtype", &qtype) != 0)
		fault = LOG_NOT_AN_OBJECT;
	else if (is_same_query(
		     clock, (const char *const[]){time, client, qname, qtype}))
		fault = LOG_NOTHING;
	else if (!log_take_name(text_of(qname), record))
		fault = LOG_NOT_A_NAME;
	else if (!log_take_client(text_of(client), record))
		fault = LOG_NOT_A_CLIENT;
	else
		record->time = log_read_time(clock, text_of(time));
	json_decref(object);
	return fault;
}

/* ---- all ---- */

enum log_fault
log_read_line(struct log_clock *clock, const char *text, size_t len,
    struct log_record *record)
{
	struct text line = text_trim((struct text){text, len});
	enum log_fault fault;

	if (line.len == 0 || line.text[0] == '#' || line.text[0] == ';')
		return LOG_NOTHING;
	record->kind = LOG_ASKED;
	record->count = 1;
	record->time = 0;
	record->has_client = false;
	if (line.text[0] == '{')
		return read_json(clock, line, record);
	fault = log_read_unbound(clock, line, record);
	return fault == LOG_NOT_A_LINE ? read_list_line(line, record) : fault;
}
