/*
 * utf8.h - is it UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing
 * over U+10FFFF)?
 */
#ifndef POL_UTF8_H
#define POL_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Octets of the character at the beginning of the LEN octets at TEXT, one at
 * least; 0 where there is none. */
size_t pol_utf8_length(const char *text, size_t len);

bool pol_is_utf8(const char *text, size_t len);

#endif
