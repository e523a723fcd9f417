/*
 * unpack_codec.c - gzip, zstd and bzip2, each as its library reads it.
 */
#define ZLIB_CONST
#include <bzlib.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "policy/error.h"
#include "tools/fetch/unpack_p.h"

static unsigned
as_unsigned(size_t len)
{
	return len > UINT_MAX ? UINT_MAX : (unsigned)len;
}

/* ---- gzip ---- */

#define GZIP_WINDOW (16 + 15) /* a gzip header, the largest window */

static void *
begin_gzip(void)
{
	z_stream *stream = calloc(1, sizeof(*stream));

	if (stream != NULL && inflateInit2(stream, GZIP_WINDOW) == Z_OK)
		return stream;
	free(stream);
	return NULL;
}

static int
run_gzip(void *stream, struct unpack_input *in, struct unpack_room *out)
{
	z_stream *z = stream;
	int code;

	z->next_in = in->at;
	z->avail_in = as_unsigned(in->len);
	z->next_out = out->at;
	z->avail_out = as_unsigned(out->len);
	code = inflate(z, Z_NO_FLUSH);
	in->len -= (size_t)(z->next_in - in->at);
	in->at = z->next_in;
	out->len -= (size_t)(z->next_out - out->at);
	out->at = z->next_out;
	switch (code) {
	case Z_STREAM_END:
		return 1;
	case Z_OK:
	case Z_BUF_ERROR: /* wants more to read, or more room */
		return 0;
	case Z_MEM_ERROR:
		return POL_ENOMEM;
	default:
		return POL_EINVAL;
	}
}

static int
again_gzip(void *stream)
{
	return inflateReset(stream) == Z_OK ? 0 : POL_EINVAL;
}

static void
end_gzip(void *stream)
{
	inflateEnd(stream);
	free(stream);
}

static const struct unpack_codec gzip = {
    "gzip", 2, {0x1f, 0x8b}, begin_gzip, run_gzip, again_gzip, end_gzip};

/* ---- zstd ---- */

#define ZSTD_WINDOW_LOG_MAX 27 /* 128 MB: what the zstd command takes too */

static void *
begin_zstd(void)
{
	ZSTD_DStream *stream = ZSTD_createDStream();

	if (stream == NULL)
		return NULL;
	ZSTD_DCtx_setParameter(
	    stream, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
	return stream;
}

static int
run_zstd(void *stream, struct unpack_input *in, struct unpack_room *out)
{
	ZSTD_inBuffer from = {in->at, in->len, 0};
	ZSTD_outBuffer to = {out->at, out->len, 0};
	size_t code = ZSTD_decompressStream(stream, &to, &from);

	in->at += from.pos;
	in->len -= from.pos;
	out->at += to.pos;
	out->len -= to.pos;
	if (ZSTD_isError(code))
		return POL_EINVAL;
	return code == 0;
}

static int
again_zstd(void *stream)
{
	return ZSTD_isError(ZSTD_DCtx_reset(stream, ZSTD_reset_session_only))
		   ? POL_EINVAL
		   : 0;
}

static void
end_zstd(void *stream)
{
	ZSTD_freeDStream(stream);
}

static const struct unpack_codec zstd = {"zstd", 4, {0x28, 0xb5, 0x2f, 0xfd},
    begin_zstd, run_zstd, again_zstd, end_zstd};

/* ---- bzip2 ---- */

static void *
begin_bzip2(void)
{
	bz_stream *stream = calloc(1, sizeof(*stream));

	if (stream != NULL && BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK)
		return stream;
	free(stream);
	return NULL;
}

static int
run_bzip2(void *stream, struct unpack_input *in, struct unpack_room *out)
{
	bz_stream *bz = stream;
	int code;

	/* The library reads only, whatever its types say. */
	bz->next_in = (char *)(uintptr_t)in->at;
	bz->avail_in = as_unsigned(in->len);
	bz->next_out = (char *)out->at;
	bz->avail_out = as_unsigned(out->len);
	code = BZ2_bzDecompress(bz);
	in->len -= (size_t)((const uint8_t *)bz->next_in - in->at);
	in->at = (const uint8_t *)bz->next_in;
	out->len -= (size_t)((uint8_t *)bz->next_out - out->at);
	out->at = (uint8_t *)bz->next_out;
	switch (code) {
	case BZ_STREAM_END:
		return 1;
	case BZ_OK:
		return 0;
	case BZ_MEM_ERROR:
		return POL_ENOMEM;
	default:
		return POL_EINVAL;
	}
}

static int
again_bzip2(void *stream)
{
	bz_stream *bz = stream;

	BZ2_bzDecompressEnd(bz);
	*bz = (bz_stream){0};
	return BZ2_bzDecompressInit(bz, 0, 0) == BZ_OK ? 0 : POL_ENOMEM;
}

static void
end_bzip2(void *stream)
{
	BZ2_bzDecompressEnd(stream);
	free(stream);
}

static const struct unpack_codec bzip2 = {"bzip2", 6,
    {'B', 'Z', 'h', 0, 0x31, 0x41}, begin_bzip2, run_bzip2, again_bzip2,
    end_bzip2};

/* ---- what people compress with as well ---- */

static const struct unpack_codec zip = {
    .name = "zip", .magic_len = 4, .magic = {'P', 'K', 3, 4}};
static const struct unpack_codec xz = {
    .name = "xz", .magic_len = 6, .magic = {0xfd, '7', 'z', 'X', 'Z', 0}};
static const struct unpack_codec seven_zip = {
    .name = "7z", .magic_len = 6, .magic = {'7', 'z', 0xbc, 0xaf, 0x27, 0x1c}};

const struct unpack_codec *const unpack_codecs[] = {
    &gzip, &zstd, &bzip2, &zip, &xz, &seven_zip, NULL};
