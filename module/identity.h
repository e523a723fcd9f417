/*
 * identity.h - is this the Unbound that the module was built for?
 *
 * Unbound's structures move with its configure line, and a module compiled
 * against others would read and write at wrong places. What tells two builds
 * apart for certain is the build ID that the linker puts into the daemon.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Compare the running program with the build ID that configure found. On a
 * mismatch, say so in the SIZE octets at MESSAGE.
 */
bool identity_matches(char *message, size_t size);

#endif
