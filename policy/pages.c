/*
 * pages.c - memory for tables of megabytes that are looked at anywhere.
 */
#include "policy/pages_p.h"

#include <sys/mman.h>

void *
pages_map(size_t octets)
{
	void *mapped = mmap(NULL, octets, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mapped == MAP_FAILED)
		return NULL;
	(void)madvise(mapped, octets, MADV_HUGEPAGE);
	return mapped;
}

void
pages_unmap(void *mapped, size_t octets)
{
	if (mapped != NULL)
		munmap(mapped, octets);
}
