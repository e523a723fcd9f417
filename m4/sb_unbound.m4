# SB_UNBOUND: --with-unbound=DIR, the build tree of the Unbound that will load
# the module. Structure layouts follow its configure line, so the module is
# compiled against that tree's own config.h and is tied to its daemon by the
# daemon's build ID, which module/identity.c compares when it is loaded.
AC_DEFUN([SB_UNBOUND], [
  AC_ARG_WITH([unbound],
    [AS_HELP_STRING([--with-unbound=DIR],
      [build tree of the Unbound that will load the module (default: .deps/unbound-build)])],
    [], [with_unbound='$(abs_top_srcdir)/.deps/unbound-build'
         sb_unbound_default="$srcdir/.deps/unbound-build"])
  sb_unbound=${sb_unbound_default-$with_unbound}
  AC_MSG_CHECKING([for the build tree of Unbound])
  AS_IF([! test -f "$sb_unbound/config.h" || ! test -f "$sb_unbound/Makefile"],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([no config.h in $sb_unbound: give --with-unbound=DIR, the build tree of a configured and compiled Unbound, or run contrib/setup.sh])])
  UNBOUND_BUILD=`cd "$sb_unbound" && pwd`
  sb_srcdir=`$SED -n 's/^srcdir *= *//p' "$UNBOUND_BUILD/Makefile" | head -n 1`
  UNBOUND_SRC=`cd "$UNBOUND_BUILD" && cd "${sb_srcdir:-.}" && pwd`
  AS_IF([! test -f "$UNBOUND_SRC/util/module.h"],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([no util/module.h in $UNBOUND_SRC, the source of $UNBOUND_BUILD])])
  AC_MSG_RESULT([$UNBOUND_BUILD])

  AC_MSG_CHECKING([whether that Unbound can load modules])
  AS_IF([$GREP -q '^#define WITH_DYNLIBMODULE 1' "$UNBOUND_BUILD/config.h"],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([$UNBOUND_BUILD was configured without --with-dynlibmodule: configure and build it again with that option])])
  AS_IF([! $GREP -q '^#define HAVE_PTHREAD 1' "$UNBOUND_BUILD/config.h"],
    [AC_MSG_ERROR([$UNBOUND_BUILD was configured without threads: it forks, and LMDB must not be carried over a fork])])

  AC_CHECK_PROGS([READELF], [readelf])
  AC_MSG_CHECKING([for the build ID of the unbound daemon])
  UNBOUND_BUILD_ID=`$READELF -n "$UNBOUND_BUILD/unbound" 2>/dev/null | $SED -n 's/^ *Build ID: *//p' | head -n 1`
  AS_IF([test -z "$UNBOUND_BUILD_ID"],
    [AC_MSG_RESULT([none])
     AC_MSG_ERROR([$UNBOUND_BUILD/unbound is missing or has no build ID: build it with LDFLAGS=-Wl,--build-id])])
  AC_MSG_RESULT([$UNBOUND_BUILD_ID])
  AC_MSG_CHECKING([for the version of Unbound])
  UNBOUND_VERSION=`$SED -n 's/^#define PACKAGE_VERSION "\(.*\)"/\1/p' "$UNBOUND_BUILD/config.h"`
  AC_MSG_RESULT([$UNBOUND_VERSION])

  AC_DEFINE_UNQUOTED([SB_UNBOUND_BUILD_ID], ["$UNBOUND_BUILD_ID"], [build ID of the Unbound daemon that the module fits])
  AC_DEFINE_UNQUOTED([SB_UNBOUND_VERSION], ["$UNBOUND_VERSION"], [its version])
  # System headers: their warnings are not ours.
  UNBOUND_CPPFLAGS="-isystem $UNBOUND_BUILD -isystem $UNBOUND_SRC"
  AC_SUBST([UNBOUND_BUILD])
  AC_SUBST([UNBOUND_CPPFLAGS])
])
