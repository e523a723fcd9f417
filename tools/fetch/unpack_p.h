/*
 * unpack_p.h - the kinds of compression.
 */
#ifndef UNPACK_P_H
#define UNPACK_P_H

#include <stddef.h>
#include <stdint.h>

/* What is left to be read, or room that is left to be written. */
struct unpack_input {
	const uint8_t *at;
	size_t len;
};
struct unpack_room {
	uint8_t *at;
	size_t len;
};

#define UNPACK_MAGIC_MAX 6

struct unpack_codec {
	const char *name;
	size_t magic_len;
	uint8_t magic[UNPACK_MAGIC_MAX]; /* zero: any octet */
	/* NULL without memory. NULL here: a kind that is not supported. */
	void *(*begin)(void);
	/* Decode, and move IN and OUT. 1 at the end of a member; 0 before it;
	 * POL_EINVAL, POL_ENOMEM. */
	int (*run)(
	    void *stream, struct unpack_input *in, struct unpack_room *out);
	/* Make ready for another member: 0 or an error. */
	int (*again)(void *stream);
	void (*end)(void *stream);
};

/* All kinds, ended by a NULL. */
extern const struct unpack_codec *const unpack_codecs[];

#endif
