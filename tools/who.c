/*
 * who.c - who runs the command.
 */
#include "tools/who.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/output.h"

static bool
take(const char *name, char *who)
{
	if (name == NULL || *name == '\0' ||
	    !output_is_text(name, strlen(name)))
		return false;
	snprintf(who, POL_BY_MAX + 1, "%s", name);
	return output_is_text(who, strlen(who));
}

void
who_runs(char *who)
{
	const struct passwd *user;
	char login[POL_BY_MAX + 1];

	if (take(getenv("SUDO_USER"), who))
		return;
	if (getlogin_r(login, sizeof(login)) == 0 && take(login, who))
		return;
	user = getpwuid(getuid());
	if (user == NULL || !take(user->pw_name, who))
		*who = '\0';
}
