# SB_SANITIZERS: --enable-sanitizers[=LIST], "address,undefined" by default;
# the flags go to SANITIZER_CFLAGS.
AC_DEFUN([SB_SANITIZERS], [
  AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
      [build with these sanitizers (default: address,undefined)])],
    [], [enable_sanitizers=no])
  SANITIZER_CFLAGS=
  AS_CASE([$enable_sanitizers],
    [no], [],
    [yes], [SANITIZER_CFLAGS="-fsanitize=address,undefined"],
    [SANITIZER_CFLAGS="-fsanitize=$enable_sanitizers"])
  AS_IF([test -n "$SANITIZER_CFLAGS"], [
    SANITIZER_CFLAGS="$SANITIZER_CFLAGS -fno-omit-frame-pointer -fno-sanitize-recover=undefined"
  ])
  AM_CONDITIONAL([SANITIZERS], [test -n "$SANITIZER_CFLAGS"])
  AC_SUBST([SANITIZER_CFLAGS])
])
