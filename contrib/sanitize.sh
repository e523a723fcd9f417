#!/usr/bin/env bash
#
# sanitize.sh - run all tests under sanitizers, or under valgrind.
#
#	contrib/sanitize.sh address    AddressSanitizer with leaks, UBSan (default)
#	contrib/sanitize.sh thread     ThreadSanitizer
#	contrib/sanitize.sh valgrind   valgrind's memcheck with leaks
#
# Builds a copy of the tree in .deps/sanitize-address and so on, and leaves the
# tree's own build alone. Unbound is the one that is always used; our module in
# it is instrumented. Takes 3, 8 and 15 minutes. Ends with a line of counts;
# any report of any process is a failure, whatever the tests made of it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

# A status that no program of ours ends with by itself.
readonly REPORTED=99

usage() {
	say "usage: contrib/sanitize.sh [address|thread|valgrind]" >&2
	exit 2
}

# shellcheck disable=SC2317 # called by way of logged
copy_tree() {
	rm -rf "$tree"
	make -C "$root" distdir distdir="$tree"
}

# shellcheck disable=SC2317
build() {
	local options=()
	case $mode in
	address) options=(--enable-sanitizers) ;;
	thread) options=(--enable-sanitizers=thread) ;;
	esac
	cd "$tree"
	./configure CC=gcc CFLAGS='-O1 -g' \
		"--with-unbound=$deps/unbound-build" "${options[@]}"
	make "-j$(nproc)"
	make "-j$(nproc)" check TESTS=
}

# What tests/e2e/environment.py and the tools themselves read.
prepare() {
	case $mode in
	address)
		export SB_PATIENCE=4
		SB_PRELOAD=$(gcc -print-file-name=libasan.so)
		export SB_PRELOAD
		export ASAN_OPTIONS=detect_leaks=1:exitcode=$REPORTED:log_path=$reports/asan
		export UBSAN_OPTIONS=print_stacktrace=1:exitcode=$REPORTED:log_path=$reports/ubsan
		;;
	thread)
		export SB_PATIENCE=6
		SB_PRELOAD=$(gcc -print-file-name=libtsan.so)
		export SB_PRELOAD
		export TSAN_OPTIONS=exitcode=$REPORTED:log_path=$reports/tsan
		;;
	valgrind)
		export SB_PATIENCE=20
		export SB_WRAPPER="valgrind -q --error-exitcode=$REPORTED"
		VALGRIND_OPTS="--vgdb=no --keep-debuginfo=yes --leak-check=full"
		VALGRIND_OPTS+=" --show-leak-kinds=definite,indirect,possible"
		VALGRIND_OPTS+=" --errors-for-leak-kinds=definite,indirect,possible"
		VALGRIND_OPTS+=" --log-file=$reports/valgrind.%p"
		export VALGRIND_OPTS
		;;
	esac
}

run_tests() {
	cd "$tree"
	rm -f test-suite.log
	# The unit tests are the ones that automake runs with LOG_COMPILER.
	make -k "-j$(nproc)" check VERBOSE=1 "LOG_COMPILER=${SB_WRAPPER-}" \
		>"$deps/log/check-$mode.log" 2>&1
}

mode=${1-address}
(($# <= 1)) || usage
case $mode in
address | thread) ;;
valgrind)
	command -v valgrind >/dev/null ||
		die "valgrind is missing: as root, run apt-get install valgrind"
	;;
*) usage ;;
esac
tree=$deps/sanitize-$mode

"$root/contrib/setup.sh" --tests
say "building for $mode in $tree"
logged "copy-$mode" copy_tree
logged "build-$mode" build

# Resolvers of the tests that have dropped their privileges write there too.
reports=$(mktemp -d "${TMPDIR:-/tmp}/sinkbound-reports.XXXXXX")
chmod 1777 "$reports"
prepare
say "running the tests"
status=0
run_tests || status=$?
cd "$tree"
[[ -e test-suite.log ]] ||
	die "make check came to no test; see $deps/log/check-$mode.log"

# Valgrind leaves a file of each process that it watched.
find "$reports" -type f -empty -delete
count=$(find "$reports" -type f | wc -l)
if ((status != 0)); then
	grep -E '^(FAIL|ERROR|XPASS): ' "$deps/log/check-$mode.log" >&2 || true
	warn "all of it is in $deps/log/check-$mode.log"
fi
if ((count > 0)); then
	status=1
	find "$reports" -type f -print0 | xargs -0 head -q -n 20 | head -n 60 >&2
	warn "the reports are in $reports"
else
	rmdir "$reports"
fi
say "$(test_counts), $count reports"
exit "$status"
