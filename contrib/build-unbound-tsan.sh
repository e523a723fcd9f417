#!/usr/bin/env bash
#
# build-unbound-tsan.sh - build .deps/unbound-build once more, for ThreadSanitizer.
#
#	contrib/build-unbound-tsan.sh [DIR]    default: .deps/unbound-tsan
#
# The same source and config.h, so the same structures; every access to memory
# is watched, also those of Unbound, so that a lock which it takes is seen to
# protect what the module reads. Takes a minute; what is there is used again
# while the Unbound that it was copied from stays the same.
#
# contrib/sanitize.sh thread runs it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

# A sum of what goes into the build.
origin() {
	{
		declare -f build
		cat "$deps/unbound-build/config.h" "$deps/unbound-build/unbound"
	} | sha256sum
}

# shellcheck disable=SC2317 # called by way of logged
build() {
	local includes
	rm -rf "$tree"
	cp -a "$deps/unbound-build" "$tree"
	cd "$tree"
	make clean
	includes=$(sed -n 's/^CPPFLAGS=//p; s/^CFLAGS=//p' Makefile |
		grep -o -e '-I[^ ]*' | tr '\n' ' ')
	make "-j$(nproc)" unbound unbound-control CPPFLAGS="$includes" \
		CFLAGS='-DSRCDIR=. -O1 -g -fno-omit-frame-pointer -fsanitize=thread' \
		LDFLAGS='-fsanitize=thread -Wl,--build-id'
	origin >built-from
}

tree=$(realpath -m "${1-$deps/unbound-tsan}")
[[ -e $deps/unbound-build/unbound ]] ||
	die "no $deps/unbound-build: run contrib/setup.sh first"
if [[ -e $tree/built-from && $(<"$tree/built-from") == "$(origin)" ]]; then
	exit 0
fi
say "building Unbound for ThreadSanitizer in $tree (a minute)"
logged build-unbound-tsan build
