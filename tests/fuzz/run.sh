#!/bin/sh
# run.sh - run each fuzz target over its corpus, as make check does: under
# the command SB_WRAPPER, if there is one.
set -eu
here=$(dirname "$0")
for target in $FUZZ_TARGETS; do
	name=${target##*/fuzz_}
	echo "$name"
	${SB_WRAPPER-} "$TOP_BUILDDIR/$target" "$here/corpus/$name"
done
