/*
 * order.c - where this module stands among Unbound's.
 */
#include "module/order.h"

#include <stddef.h>
#include <string.h>

#define BLANKS " \t"

const char *
order_fault(const char *modules, int index)
{
	static const char *const behind[] = {
	    "dns64", "subnetcache", "cachedb", "iterator"};

	for (; index > 0; index--) {
		size_t len;

		modules += strspn(modules, BLANKS);
		len = strcspn(modules, BLANKS);
		for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++)
			if (strlen(behind[i]) == len &&
			    memcmp(behind[i], modules, len) == 0)
				return behind[i];
		modules += len;
	}
	return NULL;
}
