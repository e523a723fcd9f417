/*
 * unpack.h - take the compression off what comes in, while it comes in.
 *
 * gzip, zstd and bzip2 are known by the octets that they begin with, whatever
 * the source calls them, so that it makes no difference whether a file was
 * compressed by its maker or by the server on the way, or by both: up to two
 * layers are taken off. Other octets pass as they are.
 *
 * What comes out is bounded in octets, and in proportion to what went in, so
 * that a few kilobytes cannot fill a disk.
 */
#ifndef UNPACK_H
#define UNPACK_H

#include <stddef.h>
#include <stdint.h>

/* A layer may give this many octets for each that it takes, after the first
 * UNPACK_FREE: lists compress by 3 to 10, at the very most by some 50. */
#define UNPACK_RATIO_MAX 250
#define UNPACK_FREE ((uint64_t)1 << 20)

struct unpack;

/* Takes what comes out: 0, or an error that ends it. */
typedef int unpack_sink(const void *octets, size_t len, void *arg);

/* At most MAX_SIZE octets will come out. Free with unpack_free(). */
int unpack_new(
    uint64_t max_size, unpack_sink *sink, void *arg, struct unpack **unpack);
void unpack_free(struct unpack *unpack);

/* Put octets in. 0; POL_EINVAL where they are damaged or of no known kind of
 * archive; POL_ERANGE where more comes out than may; POL_ENOMEM; or SINK's
 * error. Nothing more may be put in after an error. */
int unpack_write(struct unpack *unpack, const void *octets, size_t len);

/* That was all: 0, an error as above, or POL_EINVAL where the end is missing.
 */
int unpack_end(struct unpack *unpack);

/* What was wrong, a text without the final period; "" where SINK said so. */
const char *unpack_problem(const struct unpack *unpack);

#endif
