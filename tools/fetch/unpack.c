/*
 * unpack.c - take the compression off what comes in, while it comes in.
 *
 * Layers in a row: each looks at the first octets that it is given, decodes if
 * it knows them, and gives what comes out to the next. The last looks at
 * nothing and hands all to the sink.
 */
#include "tools/fetch/unpack.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/error.h"
#include "tools/fetch/unpack_p.h"

#define LAYERS 2
#define CHUNK 65536

struct layer {
	bool looked; /* has seen what its octets begin with */
	size_t head_len;
	uint8_t head[UNPACK_MAGIC_MAX];	  /* held back until it has */
	const struct unpack_codec *codec; /* NULL: octets pass as they are */
	void *stream;
	bool at_end; /* of a member: what follows is another */
	uint64_t in, out;
	uint8_t chunk[CHUNK];
};

struct unpack {
	struct layer layers[LAYERS];
	unpack_sink *sink;
	void *arg;
	uint64_t max_size;
	uint64_t size; /* that came out */
	char problem[120];
};

static int put(
    struct unpack *unpack, size_t number, const uint8_t *octets, size_t len);

int
unpack_new(
    uint64_t max_size, unpack_sink *sink, void *arg, struct unpack **unpack)
{
	struct unpack *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return POL_ENOMEM;
	made->max_size = max_size;
	made->sink = sink;
	made->arg = arg;
	*unpack = made;
	return 0;
}

void
unpack_free(struct unpack *unpack)
{
	if (unpack == NULL)
		return;
	for (size_t i = 0; i < LAYERS; i++)
		if (unpack->layers[i].stream != NULL)
			unpack->layers[i].codec->end(unpack->layers[i].stream);
	free(unpack);
}

const char *
unpack_problem(const struct unpack *unpack)
{
	return unpack->problem;
}

static int __attribute__((format(printf, 3, 4)))
fail(struct unpack *unpack, int error, const char *format, ...)
{
	va_list arguments;

	if (unpack->problem[0] != '\0')
		return error;
	va_start(arguments, format);
	vsnprintf(unpack->problem, sizeof(unpack->problem), format, arguments);
	va_end(arguments);
	return error;
}

/* ---- limits ---- */

static int
count_out(struct unpack *unpack, struct layer *layer, size_t len)
{
	layer->out += len;
	if (layer->out > UNPACK_FREE &&
	    (layer->out - UNPACK_FREE) / UNPACK_RATIO_MAX > layer->in)
		return fail(unpack, POL_ERANGE,
		    "it is packed by %s so densely that no list can be in it",
		    layer->codec->name);
	return 0;
}

static int
put_out(struct unpack *unpack, const uint8_t *octets, size_t len)
{
	if (len > unpack->max_size - unpack->size)
		return fail(unpack, POL_ERANGE,
		    "it is larger than %" PRIu64 " octets (max-size)",
		    unpack->max_size);
	unpack->size += len;
	return unpack->sink(octets, len, unpack->arg);
}

/* ---- a layer ---- */

static int
run_failed(struct unpack *unpack, const struct layer *layer, int error)
{
	if (error != POL_EINVAL)
		return error;
	return fail(
	    unpack, error, "its %s compression is damaged", layer->codec->name);
}

/* Decode what fits into one chunk. */
static int
decode_chunk(
    struct unpack *unpack, size_t number, struct unpack_input *in, bool *full)
{
	struct layer *layer = &unpack->layers[number];
	struct unpack_room out = {layer->chunk, CHUNK};
	const size_t before = in->len;
	int rc = 0;

	if (layer->at_end && in->len > 0) {
		rc = layer->codec->again(layer->stream);
		layer->at_end = false;
	}
	if (rc == 0)
		rc = layer->codec->run(layer->stream, in, &out);
	if (rc < 0)
		return run_failed(unpack, layer, rc);
	layer->at_end = rc == 1;
	layer->in += before - in->len;
	*full = out.len == 0;
	/* A decoder that neither reads nor writes would go on for ever. */
	if (in->len == before && out.len == CHUNK && in->len > 0 && rc == 0)
		return run_failed(unpack, layer, POL_EINVAL);
	rc = count_out(unpack, layer, CHUNK - out.len);
	return rc != 0 ? rc
		       : put(unpack, number + 1, layer->chunk, CHUNK - out.len);
}

static int
decode(struct unpack *unpack, size_t number, const uint8_t *octets, size_t len)
{
	struct unpack_input in = {octets, len};
	bool full = false;
	int rc = 0;

	while (
	    rc == 0 && (in.len > 0 || (full && !unpack->layers[number].at_end)))
		rc = decode_chunk(unpack, number, &in, &full);
	return rc;
}

static int
pass(struct unpack *unpack, size_t number, const uint8_t *octets, size_t len)
{
	if (unpack->layers[number].codec != NULL)
		return decode(unpack, number, octets, len);
	return put(unpack, number + 1, octets, len);
}

/* A zero octet of a magic stands for any. */
static bool
begins_with(const struct layer *layer, const struct unpack_codec *codec)
{
	if (layer->head_len < codec->magic_len)
		return false;
	for (size_t i = 0; i < codec->magic_len; i++)
		if (codec->magic[i] != 0 && layer->head[i] != codec->magic[i])
			return false;
	return true;
}

/* Which kind do the first octets speak of? */
static int
look(struct unpack *unpack, struct layer *layer)
{
	layer->looked = true;
	for (size_t i = 0; unpack_codecs[i] != NULL; i++) {
		const struct unpack_codec *codec = unpack_codecs[i];

		if (!begins_with(layer, codec))
			continue;
		if (codec->begin == NULL)
			return fail(unpack, POL_EINVAL,
			    "it is packed by %s: only gzip, zstd and bzip2 are "
			    "known",
			    codec->name);
		layer->stream = codec->begin();
		if (layer->stream == NULL)
			return POL_ENOMEM;
		layer->codec = codec;
		break;
	}
	return pass(unpack, (size_t)(layer - unpack->layers), layer->head,
	    layer->head_len);
}

static int
put(struct unpack *unpack, size_t number, const uint8_t *octets, size_t len)
{
	struct layer *layer = &unpack->layers[number];
	int rc;

	if (len == 0)
		return 0;
	if (number == LAYERS)
		return put_out(unpack, octets, len);
	while (!layer->looked && len > 0) {
		layer->head[layer->head_len++] = *octets++;
		len--;
		if (layer->head_len < UNPACK_MAGIC_MAX)
			continue;
		rc = look(unpack, layer);
		if (rc != 0)
			return rc;
	}
	return len == 0 ? 0 : pass(unpack, number, octets, len);
}

int
unpack_write(struct unpack *unpack, const void *octets, size_t len)
{
	return put(unpack, 0, octets, len);
}

int
unpack_end(struct unpack *unpack)
{
	for (size_t i = 0; i < LAYERS; i++) {
		struct layer *layer = &unpack->layers[i];
		int rc = layer->looked ? 0 : look(unpack, layer);

		if (rc != 0)
			return rc;
		if (layer->codec != NULL && !layer->at_end)
			return fail(unpack, POL_EINVAL,
			    "it is cut short: the end of its %s compression is "
			    "missing",
			    layer->codec->name);
	}
	return 0;
}
