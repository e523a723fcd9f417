/*
 * octets_p.h - numbers and counted octets, as database values have them.
 *
 * Values are little-endian. Keys are big-endian, so that their order is that
 * of the numbers.
 *
 * A read that fails leaves the input at its end and sets `failed`, so that a
 * value is checked once, when all of it has been read.
 */
#ifndef POL_OCTETS_P_H
#define POL_OCTETS_P_H

#include <endian.h>
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- keys ---- */

static inline void
put_big_endian(uint8_t *out, uint64_t number, unsigned len)
{
	while (len-- > 0) {
		out[len] = (uint8_t)number;
		number >>= 8;
	}
}

static inline uint64_t
get_big_endian(const uint8_t *octets, unsigned len)
{
	uint64_t number = 0;
	uint32_t half;

	/* As most are: one instruction instead of a loop. */
	if (len == sizeof(number)) {
		memcpy(&number, octets, sizeof(number));
		return be64toh(number);
	}
	if (len == sizeof(half)) {
		memcpy(&half, octets, sizeof(half));
		return be32toh(half);
	}
	for (unsigned i = 0; i < len; i++)
		number = number << 8 | octets[i];
	return number;
}

/* ---- writing values ---- */

/* Counts the octets while OUT is NULL, writes them else. */
struct output {
	uint8_t *out;
	size_t len;
};

static inline void
put_octets(struct output *output, const void *octets, size_t len)
{
	if (output->out != NULL && len > 0)
		memcpy(output->out + output->len, octets, len);
	output->len += len;
}

static inline void
put_number(struct output *output, uint64_t number, unsigned len)
{
	uint64_t octets = htole64(number);

	put_octets(output, &octets, len);
}

/* Led by their number in LENGTH_OCTETS. */
static inline void
put_counted(struct output *output, unsigned length_octets, const void *octets,
    size_t len)
{
	put_number(output, len, length_octets);
	put_octets(output, octets, len);
}

static inline void
put_text(struct output *output, unsigned length_octets, const char *text)
{
	put_counted(output, length_octets, text, strlen(text));
}

/* ---- reading values ---- */

struct input {
	const uint8_t *next;
	const uint8_t *end;
	bool failed;
};

static inline struct input
input_of(const void *octets, size_t len)
{
	const uint8_t *next = octets;

	return (struct input){.next = next, .end = next + len};
}

static inline const uint8_t *
get_octets(struct input *input, size_t len)
{
	const uint8_t *octets = input->next;

	if ((size_t)(input->end - input->next) < len) {
		input->failed = true;
		input->next = input->end;
		return NULL;
	}
	input->next += len;
	return octets;
}

static inline uint64_t
get_number(struct input *input, unsigned len)
{
	const uint8_t *octets = get_octets(input, len);
	uint64_t number = 0;

	if (octets != NULL)
		memcpy(&number, octets, len);
	return le64toh(number);
}

/* A text of up to SIZE - 1 octets, without a NUL among them. */
static inline void
get_text(struct input *input, unsigned length_octets, char *text, size_t size)
{
	size_t len = get_number(input, length_octets);
	const uint8_t *octets = get_octets(input, len);

	if (octets == NULL || len >= size || memchr(octets, 0, len) != NULL) {
		input->failed = true;
		return;
	}
	memcpy(text, octets, len);
	text[len] = '\0';
}

/* Is all of it read, without a failure? */
static inline bool
input_is_done(const struct input *input)
{
	return !input->failed && input->next == input->end;
}

#endif
