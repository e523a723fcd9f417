# SB_COMPILER_WARNINGS: the warnings that the code is kept free of, in
# WARN_CFLAGS, as far as the compiler knows them.
AC_DEFUN([SB_COMPILER_WARNINGS], [
  WARN_CFLAGS=
  for flag in -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
      -Wold-style-definition -Wpointer-arith -Wwrite-strings -Wcast-qual \
      -Wundef -Wformat=2 -Wvla -Wnull-dereference -Wimplicit-fallthrough; do
    sb_save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $flag"
    AC_MSG_CHECKING([whether $CC knows $flag])
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
      [AC_MSG_RESULT([yes]); WARN_CFLAGS="$WARN_CFLAGS $flag"],
      [AC_MSG_RESULT([no])])
    CFLAGS=$sb_save_CFLAGS
  done
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [make every warning an error])],
    [], [enable_werror=no])
  AS_IF([test "$enable_werror" = yes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
  AC_SUBST([WARN_CFLAGS])
])
