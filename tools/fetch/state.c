/*
 * state.c - what is known of a fetched feed, as JSON.
 */
#include "tools/fetch/state.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define STATE_SIZE_MAX 16384 /* octets; a state has some 500 */
#define STATE_MODE 0640
#define READ_SIZE 65536

#define FAILED_WAIT \
	300 /* seconds before a failed feed is tried again; then \
	     * twice as long each time, up to its `every` */
#define FAILED_DOUBLINGS 8

/* ---- hashes ---- */

static void
write_hash(XXH128_hash_t hash, char *text)
{
	snprintf(text, FETCH_HASH_TEXT, "%016llx%016llx",
	    (unsigned long long)hash.high64, (unsigned long long)hash.low64);
}

void
fetch_hash_source(const struct fetch_source *source, char *hash)
{
	char text[POL_FEED_SOURCE_MAX + 1];
	const char *whole = source->url;

	if (source->kind == FETCH_AXFR) {
		fetch_source_text(source, text);
		whole = text;
	}
	write_hash(XXH3_128bits(whole, strlen(whole)), hash);
}

int
fetch_hash_file(const char *path, char *hash)
{
	XXH3_state_t *state = XXH3_createState();
	FILE *file = fopen(path, "re");
	uint8_t octets[READ_SIZE];
	size_t len;
	int error = file == NULL ? errno : state == NULL ? ENOMEM : 0;

	if (error == 0) {
		XXH3_128bits_reset(state);
		while ((len = fread(octets, 1, sizeof(octets), file)) > 0)
			XXH3_128bits_update(state, octets, len);
		if (ferror(file))
			error = errno;
		else
			write_hash(XXH3_128bits_digest(state), hash);
	}
	if (file != NULL)
		fclose(file);
	XXH3_freeState(state);
	return error;
}

/* ---- reading ---- */

static void
get_text(const json_t *object, const char *key, char *text, size_t size)
{
	const json_t *value = json_object_get(object, key);

	if (json_string_length(value) < size && json_is_string(value))
		strcpy(text, json_string_value(value));
}

/* A time that is not before the epoch. */
static int64_t
get_time(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value > 0 ? value : 0;
}

static void
get_serial(const json_t *object, struct fetch_validators *validators)
{
	const json_t *value = json_object_get(object, "serial");
	json_int_t serial = json_integer_value(value);

	if (!json_is_integer(value) || serial < 0 || serial > UINT32_MAX)
		return;
	validators->has_serial = true;
	validators->serial = (uint32_t)serial;
}

static void
get_state(const json_t *object, struct fetch_state *state)
{
	struct fetch_validators *validators = &state->validators;

	get_text(object, "source", state->source, sizeof(state->source));
	get_text(object, "content", state->content, sizeof(state->content));
	get_text(object, "etag", validators->etag, sizeof(validators->etag));
	get_text(object, "last_modified", validators->last_modified,
	    sizeof(validators->last_modified));
	get_serial(object, validators);
	state->imported = json_is_true(json_object_get(object, "imported"));
	state->changed = get_time(object, "changed");
	state->checked = get_time(object, "checked");
	state->accepted = get_time(object, "accepted");
	state->due = get_time(object, "due");
	state->failures = (unsigned)get_time(object, "failures");
	get_text(object, "error", state->error, sizeof(state->error));
}

void
fetch_state_read(const char *path, struct fetch_state *state)
{
	char text[STATE_SIZE_MAX];
	FILE *file = fopen(path, "re");
	json_t *object;
	size_t len;

	*state = (struct fetch_state){0};
	if (file == NULL)
		return;
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	object = json_loadb(text, len, 0, NULL);
	if (object != NULL)
		get_state(object, state);
	json_decref(object);
}

/* ---- writing ---- */

static json_t *
make_object(const struct fetch_state *state)
{
	const struct fetch_validators *validators = &state->validators;
	json_t *object = json_pack(
	    "{s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:i, s:s}", "source",
	    state->source, "content", state->content, "etag", validators->etag,
	    "last_modified", validators->last_modified, "imported",
	    (int)state->imported, "changed", (json_int_t)state->changed,
	    "checked", (json_int_t)state->checked, "accepted",
	    (json_int_t)state->accepted, "due", (json_int_t)state->due,
	    "failures", (int)state->failures, "error", state->error);

	if (validators->has_serial)
		json_object_set_new(
		    object, "serial", json_integer(validators->serial));
	return object;
}

/* Write OBJECT to a new file at PATH, down to the disk. */
static int
write_object(const char *path, const json_t *object)
{
	int fd =
	    open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, STATE_MODE);
	int error = 0;

	if (fd < 0)
		return errno;
	if (json_dumpfd(object, fd, JSON_INDENT(1)) != 0 ||
	    write(fd, "\n", 1) != 1 || fsync(fd) != 0)
		error = errno != 0 ? errno : EIO;
	if (close(fd) != 0 && error == 0)
		error = errno;
	return error;
}

int
fetch_state_write(const char *path, const struct fetch_state *state)
{
	char temporary[POL_PATH_MAX + 1];
	json_t *object = make_object(state);
	int error;

	if (object == NULL)
		return ENOMEM;
	snprintf(temporary, sizeof(temporary), "%s-new", path);
	errno = 0;
	error = write_object(temporary, object);
	json_decref(object);
	if (error == 0 && rename(temporary, path) != 0)
		error = errno;
	return error;
}

/* ---- checks ---- */

int64_t
fetch_every(const struct fetch_source *source)
{
	return source->every != 0 ? source->every : FETCH_EVERY_DEFAULT;
}

void
fetch_state_succeed(struct fetch_state *state,
    const struct fetch_source *source, int64_t now, int64_t refresh)
{
	state->checked = now;
	state->accepted = now;
	state->failures = 0;
	state->error[0] = '\0';
	/* What the operator says goes before what the source does. */
	state->due =
	    now +
	    (source->every == 0 && refresh > 0 ? refresh : fetch_every(source));
}

void
fetch_state_fail(struct fetch_state *state, const struct fetch_source *source,
    int64_t now, int64_t refresh, const char *message)
{
	int64_t wait;

	if (state->failures <= FAILED_DOUBLINGS)
		wait = (int64_t)FAILED_WAIT << state->failures;
	else
		wait = FETCH_EVERY_MAX;
	if (wait > fetch_every(source))
		wait = fetch_every(source);
	state->checked = now;
	if (state->failures < INT32_MAX)
		state->failures++;
	state->due = now + (wait > refresh ? wait : refresh);
	snprintf(state->error, sizeof(state->error), "%.*s",
	    FETCH_MESSAGE_MAX, message);
}
