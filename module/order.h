/*
 * order.h - where this module stands among Unbound's.
 *
 * Some modules answer a client with what they asked in its place (dns64), keep
 * what passed them in a cache of their own, which no sweep reaches
 * (subnetcache, cachedb), or ask nobody behind them (iterator). What stands
 * behind them never sees the client's answer: this module must stand before
 * them, or its policy would seem to be in force and not be.
 */
#ifndef ORDER_H
#define ORDER_H

/* The name of the first such module that MODULES (Unbound's module-config) has
 * before the module with this index, or NULL. */
const char *order_fault(const char *modules, int index);

#endif
