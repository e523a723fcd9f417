/*
 * json.c - the items of a JSON document, one by one.
 */
#include "tools/feed/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"

#define BUFFER_SIZE 65536

struct level {
	char end;     /* ']' or '}' */
	bool is_list; /* its elements are items */
};

struct reader {
	struct feed_parse *parse;
	struct feed_json_frame *frame;
	feed_take_item *take;
	void *arg;
	int rc; /* other than 0: stop */

	unsigned long line;
	unsigned depth;
	struct level levels[FEED_JSON_DEPTH_MAX];
	bool in_string;
	bool is_escaped;  /* the octet behind a backslash */
	bool in_word;	  /* a number, true, false, null */
	bool is_complete; /* the document's value has ended */

	/* The last text of the frame, and whether it is the key of the value
	 * that comes next. Cut where it is longer. */
	char text[FEED_JSON_FIELD_MAX];
	size_t text_len;
	char key[FEED_JSON_FIELD_MAX];
	bool has_key;

	/* What is kept: an item, or the document while it may be one itself. */
	bool in_item;
	unsigned item_depth; /* of the array that it is in */
	bool has_list;
	bool is_too_long;
	unsigned long item_line;
	uint64_t items;
	char *kept;
	size_t kept_len;
	size_t kept_size;
};

static void
fail(struct reader *reader, const char *what)
{
	if (reader->rc == 0)
		reader->rc = feed_fail(
		    reader->parse, "no JSON: line %lu: %s", reader->line, what);
}

static bool
is_keeping(const struct reader *reader)
{
	return reader->in_item || (!reader->has_list && !reader->is_complete);
}

static void
keep(struct reader *reader, char c)
{
	if (reader->is_too_long)
		return;
	if (reader->kept_len == reader->kept_size) {
		size_t size =
		    reader->kept_size > 0 ? 2 * reader->kept_size : 4096;
		char *kept = reader->kept_len < FEED_JSON_ITEM_MAX
				 ? realloc(reader->kept, size)
				 : NULL;

		if (kept == NULL) {
			reader->is_too_long = true;
			if (reader->kept_len < FEED_JSON_ITEM_MAX)
				reader->rc = POL_ENOMEM;
			return;
		}
		reader->kept = kept;
		reader->kept_size = size;
	}
	reader->kept[reader->kept_len++] = c;
}

static void
begin_keeping(struct reader *reader)
{
	reader->kept_len = 0;
	reader->is_too_long = false;
	reader->item_line = reader->line;
}

/* Hand on what is kept. */
static void
give_item(struct reader *reader)
{
	struct feed_json_item item = {
	    .text = {reader->kept, reader->kept_len},
	    .line = reader->item_line,
	};
	json_t *value = NULL;

	if (!reader->is_too_long)
		value = json_loadb(
		    reader->kept, reader->kept_len, JSON_DECODE_ANY, NULL);
	if (value == NULL) {
		feed_reject(reader->parse,
		    reader->is_too_long ? FEED_TOO_LONG : FEED_BAD_RECORD,
		    item.line, item.text);
	} else {
		item.value = value;
		reader->rc = reader->take(reader->parse, &item, reader->arg);
		json_decref(value);
	}
}

/* ---- values ---- */

static void
begin_value(struct reader *reader)
{
	if (reader->is_complete)
		fail(reader, "something behind the end");
	if (reader->in_item)
		return;
	if (reader->depth > 0 && reader->levels[reader->depth - 1].is_list) {
		reader->in_item = true;
		reader->item_depth = reader->depth;
		begin_keeping(reader);
	} else if (reader->depth == 0 && !reader->has_list) {
		begin_keeping(reader);
	}
}

/* After its last octet was kept. */
static void
end_value(struct reader *reader)
{
	reader->has_key = false;
	if (reader->depth == 0)
		reader->is_complete = true;
	if (reader->in_item && reader->depth == reader->item_depth) {
		reader->in_item = false;
		reader->items++;
		give_item(reader);
	}
}

/* The text that ended may be a key, or the value of one. */
static void
end_text(struct reader *reader)
{
	struct feed_json_frame *frame = reader->frame;

	reader->text[reader->text_len] = '\0';
	if (!reader->in_item && reader->has_key && frame->field != NULL &&
	    strcmp(reader->key, frame->field) == 0)
		memcpy(frame->value, reader->text, reader->text_len + 1);
	end_value(reader);
}

static void
take_text(struct reader *reader, char c)
{
	if (reader->is_escaped) {
		reader->is_escaped = false;
	} else if (c == '\\') {
		reader->is_escaped = true;
	} else if (c == '"') {
		reader->in_string = false;
		end_text(reader);
		return;
	}
	if (reader->text_len < sizeof(reader->text) - 1)
		reader->text[reader->text_len++] = c;
}

static bool
is_list(const struct reader *reader)
{
	const char *list = reader->frame->list;

	return list == NULL ||
	       (reader->has_key && strcmp(reader->key, list) == 0);
}

static void
open_level(struct reader *reader, char end)
{
	struct level *level = &reader->levels[reader->depth];

	if (reader->depth == FEED_JSON_DEPTH_MAX) {
		fail(reader, "nested too deep");
		return;
	}
	level->end = end;
	level->is_list = end == ']' && !reader->in_item && is_list(reader);
	if (level->is_list)
		reader->has_list = true;
	reader->has_key = false;
	reader->depth++;
}

static void
close_level(struct reader *reader, char end)
{
	if (reader->depth == 0 ||
	    reader->levels[reader->depth - 1].end != end) {
		fail(reader, "brackets that do not match");
		return;
	}
	reader->depth--;
	end_value(reader);
}

/* ---- octets ---- */

static void
end_word(struct reader *reader)
{
	if (!reader->in_word)
		return;
	reader->in_word = false;
	end_value(reader);
}

static void
take_key(struct reader *reader)
{
	memcpy(reader->key, reader->text, sizeof(reader->key));
	reader->has_key = true;
}

static void
begin_text(struct reader *reader)
{
	begin_value(reader);
	reader->in_string = true;
	reader->is_escaped = false;
	reader->text_len = 0;
}

/* What an octet outside a text begins. */
static void
take_begin(struct reader *reader, char c)
{
	switch (c) {
	case '"':
		begin_text(reader);
		break;
	case '{':
	case '[':
		begin_value(reader);
		open_level(reader, c == '{' ? '}' : ']');
		break;
	default:
		if (!reader->in_word)
			begin_value(reader);
		reader->in_word = true;
	}
}

static void
take_octet(struct reader *reader, char c)
{
	bool was_keeping;

	if (c == '\n')
		reader->line++;
	if (!reader->in_string && strchr(" \t\r\n,:]}[{\"", c) != NULL)
		end_word(reader);
	was_keeping = is_keeping(reader);
	if (reader->in_string || c == '}' || c == ']') {
		if (was_keeping)
			keep(reader, c);
		if (reader->in_string)
			take_text(reader, c);
		else
			close_level(reader, c);
		return;
	}
	if (c == ':' && !reader->in_item)
		take_key(reader);
	if (strchr(" \t\r\n,:", c) == NULL || c == '\0')
		take_begin(reader, c);
	if (is_keeping(reader))
		keep(reader, c);
}

static void
take_octets(struct reader *reader, const char *octets, size_t len)
{
	for (size_t i = 0; i < len && reader->rc == 0; i++)
		take_octet(reader, octets[i]);
}

/* ---- the document ---- */

static void
read_source(struct reader *reader, FILE *source)
{
	char buffer[BUFFER_SIZE];
	unsigned long pieces = 0;
	uint64_t octets = 0;
	const char *start = buffer;
	size_t got;

	errno = 0;
	while (reader->rc == 0 &&
	       (got = fread(buffer, 1, sizeof(buffer), source)) > 0) {
		if (octets == 0 && got >= 3 &&
		    memcmp(buffer, "\xef\xbb\xbf", 3) == 0)
			start += 3;
		take_octets(reader, start, got - (size_t)(start - buffer));
		start = buffer;
		octets += got;
		feed_progress(reader->parse, pieces++ * 4096, octets);
		errno = 0;
	}
	if (reader->rc == 0 && ferror(source)) {
		errno = errno != 0 ? errno : EIO;
		reader->rc = POL_EIO;
	}
}

static void
end_document(struct reader *reader)
{
	end_word(reader);
	if (reader->in_string || reader->depth > 0)
		fail(reader, "it ends in its middle");
	if (reader->rc == 0 && reader->is_complete && !reader->has_list)
		give_item(reader);
}

int
feed_parse_json(struct feed_parse *parse, FILE *source,
    struct feed_json_frame *frame, feed_take_item *take, void *arg)
{
	struct reader reader = {
	    .parse = parse,
	    .frame = frame,
	    .take = take,
	    .arg = arg,
	    .line = 1,
	};

	frame->value[0] = '\0';
	read_source(&reader, source);
	if (reader.rc == 0)
		end_document(&reader);
	free(reader.kept);
	return reader.rc;
}

struct text
feed_json_text(const json_t *object, const char *key)
{
	const json_t *field = json_object_get(object, key);

	if (!json_is_string(field))
		return (struct text){"", 0};
	return (struct text){
	    json_string_value(field), json_string_length(field)};
}
