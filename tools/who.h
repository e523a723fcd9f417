/*
 * who.h - who runs the command.
 */
#ifndef WHO_H
#define WHO_H

#include "policy/indicator.h"

/* The user's name: the one who called sudo, else the one who logged in, else
 * the process's own. Empty where there is none, or it is not plain text. WHO
 * has POL_BY_MAX + 1 octets; the name is cut where it is longer. */
void who_runs(char *who);

#endif
