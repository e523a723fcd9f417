/*
 * serial.h - serial number arithmetic (RFC 1982), for the serials of zones.
 */
#ifndef TRANSFER_SERIAL_H
#define TRANSFER_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/* Is A newer than B? Of two that are 2^31 apart neither is: the RFC leaves
 * that undefined. */
static inline bool
serial_is_newer(uint32_t a, uint32_t b)
{
	return a != b && a - b < (uint32_t)1 << 31;
}

#endif
