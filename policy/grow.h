/*
 * grow.h - arrays that grow as they are filled.
 */
#ifndef POL_GROW_H
#define POL_GROW_H

#include <stdlib.h>

/*
 * Make room for COUNT (not 0) entries of ENTRY octets in ARRAY, which was made
 * here (or is NULL) and has room for *SIZE: the array, which may have moved,
 * with room for FIRST at least and for twice as many as are asked for, so that
 * filling it takes time in proportion. NULL without memory: ARRAY and *SIZE
 * stay. To be freed with free().
 */
static inline void *
pol_grow(void *array, size_t *size, size_t count, size_t entry, size_t first)
{
	size_t wider = count <= first / 2 ? first : 2 * count;
	void *grown;

	if (count <= *size)
		return array;
	grown = realloc(array, wider * entry);
	if (grown != NULL)
		*size = wider;
	return grown;
}

#endif
