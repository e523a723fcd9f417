/*
 * order.h - where this module stands among Unbound's.
 *
 * Some modules answer a client with what they asked in its place, or keep what
 * passed them in a cache of their own. What stands behind them never sees the
 * client's answer; this module must stand before them.
 */
#ifndef ORDER_H
#define ORDER_H

/* The name of the first such module that MODULES (Unbound's module-config) has
 * before the module with this index, or NULL. */
const char *order_fault(const char *modules, int index);

#endif
