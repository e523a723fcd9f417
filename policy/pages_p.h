/*
 * pages_p.h - memory for tables of megabytes that are looked at anywhere.
 */
#ifndef POL_PAGES_P_H
#define POL_PAGES_P_H

#include <stddef.h>

/*
 * Octets that are zero, beginning a page; NULL without memory. They are large
 * pages where the system has such: a look takes no walk to find its page then.
 * They go back to the system when they are let go, as malloc() would not give
 * them.
 */
void *pages_map(size_t octets);
void pages_unmap(void *mapped, size_t octets); /* NULL is left alone */

#endif
