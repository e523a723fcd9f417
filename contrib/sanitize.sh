#!/usr/bin/env bash
#
# sanitize.sh - run all tests under sanitizers, or under valgrind.
#
#	contrib/sanitize.sh address    AddressSanitizer with leaks, UBSan (default)
#	contrib/sanitize.sh thread     ThreadSanitizer
#	contrib/sanitize.sh valgrind   valgrind's memcheck with leaks
#
# Builds a copy of the tree in .deps/sanitize-address and so on, and leaves the
# tree's own build alone. Unbound is the one that is always used, with our module
# instrumented in it; for ThreadSanitizer it is built once more, since locks that
# are not seen to be taken would be missed (contrib/build-unbound-tsan.sh). Then
# tests/e2e/test_threads.py, which does everything at once, goes on for SB_ROUNDS
# changes of the policy (default there: 100). Takes 3, 10 and 15 minutes.
#
# Ends with a line of counts. Any report of any process is a failure, whatever
# the tests made of it, but for ThreadSanitizer's reports of data races that are
# Unbound's own: no frame of theirs is in our code. They are shown and counted.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

# A status that no program of ours ends with by itself.
readonly REPORTED=99

# Since 2023 kernels may place mappings where the libtsan of gcc 12 cannot have
# them: "unexpected memory mapping". Without randomization none lands there.
fix_addresses() {
	local personality=0
	read -r personality </proc/self/personality || true
	((16#$personality & 16#40000)) && return
	setarch -R true 2>/dev/null && exec setarch -R "$0" "$@"
	warn "cannot turn off address randomization (a container?): if" \
		"ThreadSanitizer says \"unexpected memory mapping\", set" \
		"vm.mmap_rnd_bits to 28 with sysctl"
}

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
	./configure CC=gcc CFLAGS='-O1 -g' "--with-unbound=$unbound" "${options[@]}"
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
		export SB_PATIENCE=6 SB_ROUNDS=${SB_ROUNDS-100}
		# Processes end as they would: Unbound's own races fail no test.
		TSAN_OPTIONS=exitcode=0:log_path=$reports/tsan:log_exe_name=1
		# The most accesses that it can remember, for whole reports.
		TSAN_OPTIONS+=:history_size=7:suppressions=$root/contrib/tsan.supp
		# It guesses the size of a loaded library's thread-local
		# storage from the octets before it; with the wrong ones it
		# ends Unbound after a reload ("failed to allocate").
		TSAN_OPTIONS+=:intercept_tls_get_addr=0
		export TSAN_OPTIONS
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

# Move ThreadSanitizer's reports that are Unbound's own out of the way, into
# $reports/unbound, one file for each kind. A report is what stands between two
# lines of equals signs.
set_unbounds_apart() {
	local file
	mkdir "$reports/unbound"
	for file in "$reports"/tsan.unbound.*; do
		[[ -e $file ]] || continue
		awk -v own="$reports/unbound/" -v ours="$file.ours" '
			/^=+$/ { text = ""; involved = 0; next }
			{ text = text $0 "\n" }
			/\(sinkbound\.so\+/ { involved = 1 }
			/^SUMMARY: / {
				kind = $0
				sub(/^SUMMARY: ThreadSanitizer: /, "", kind)
				if (kind !~ /^data race /)
					involved = 1
				gsub(/[^A-Za-z0-9_.:-]/, "-", kind)
				printf "%s", text >>(involved ? ours : own kind)
				text = ""
			}
			END { if (text ~ /[^\n]/) printf "%s", text >>ours }' "$file"
		rm "$file"
	done
	unbounds=$(find "$reports/unbound" -type f | wc -l)
	((unbounds > 0)) || rmdir "$reports/unbound"
}

show_unbounds() {
	say "data races of Unbound's own, each with its number of reports:"
	grep -Hc '^SUMMARY: ' "$reports"/unbound/* | sed 's|.*/unbound/|  |'
	say "they are in $reports/unbound"
}

mode=${1-address}
(($# <= 1)) || usage
unbound=$deps/unbound-build
unbounds=0
case $mode in
address) ;;
thread)
	fix_addresses "$@"
	unbound=$deps/unbound-tsan
	;;
valgrind)
	command -v valgrind >/dev/null ||
		die "valgrind is missing: as root, run apt-get install valgrind"
	;;
*) usage ;;
esac
tree=$deps/sanitize-$mode

"$root/contrib/setup.sh" --tests
[[ $mode != thread ]] || "$root/contrib/build-unbound-tsan.sh"
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
[[ $mode != thread ]] || set_unbounds_apart
((unbounds == 0)) || show_unbounds
count=$(find "$reports" -maxdepth 1 -type f | wc -l)
if ((status != 0)); then
	grep -E '^(FAIL|ERROR|XPASS): ' "$deps/log/check-$mode.log" >&2 || true
	warn "all of it is in $deps/log/check-$mode.log"
fi
if ((count > 0)); then
	status=1
	find "$reports" -maxdepth 1 -type f -print0 | xargs -0 head -q -n 20 | head -n 60 >&2
	warn "the reports are in $reports"
elif ((unbounds == 0)); then
	rmdir "$reports"
fi
say "$(test_counts), $count reports"
exit "$status"
