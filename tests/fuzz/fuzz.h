/*
 * fuzz.h - what every fuzz target has: its entry, and what it holds true.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The target: any SIZE octets. Called by libFuzzer, or by standalone.c. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert(), and also where that is compiled out. */
#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not: %s\n", __FILE__, \
			    __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#endif
