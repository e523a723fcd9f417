#!/usr/bin/env bash
#
# fuzz.sh - run fuzz targets with libFuzzer, under ASan and UBSan.
#
#	contrib/fuzz.sh [-t SECONDS] [TARGET...]    600 seconds; all targets
#
# TARGET is "feed" for tests/fuzz/fuzz_feed. Builds a copy of the tree with
# clang in .deps/fuzz, and runs one target after the other. What it found to be
# of interest it keeps in .deps/fuzz/found/TARGET and begins with the next time;
# what fails is in .deps/fuzz/failed, and the status is then 1. A fix belongs
# together with a small input in tests/fuzz/corpus.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

usage() {
	say "usage: contrib/fuzz.sh [-t SECONDS] [TARGET...]" >&2
	exit 2
}

# shellcheck disable=SC2317 # called by way of logged
copy_tree() {
	rm -rf "$tree"
	make -C "$root" distdir distdir="$tree"
}

# shellcheck disable=SC2317
build() {
	local programs=("${targets[@]/#/tests/fuzz/fuzz_}")
	cd "$tree"
	./configure CC=clang CFLAGS='-O1 -g' "--with-unbound=$deps/unbound-build" \
		--enable-sanitizers=fuzzer-no-link,address,undefined
	make "-j$(nproc)" "${programs[@]}"
	# libFuzzer brings the main() that standalone.c has otherwise.
	clang -c -x c /dev/null -o tests/fuzz/standalone.o
	rm "${programs[@]}"
	make "${programs[@]}" LDFLAGS=-fsanitize=fuzzer
}

# run TARGET: its last line tells how far it came.
run() {
	local found=$deps/fuzz/found/$1 log=$deps/log/fuzz-$1.log options=()
	mkdir -p "$found"
	# It keeps what it must not free (tools/yaml_file.c), and a look for
	# leaks after each of these would take most of the time.
	[[ $1 != config ]] || options=(-detect_leaks=0 -rss_limit_mb=0)
	if ! "$tree/tests/fuzz/fuzz_$1" "-max_total_time=$seconds" -timeout=20 \
		"${options[@]}" "-artifact_prefix=$deps/fuzz/failed/$1-" \
		"$found" "$root/tests/fuzz/corpus/$1" >"$log" 2>&1; then
		warn "$1 failed; see $log and $deps/fuzz/failed"
		status=1
	fi
	say "$1: $(grep -E '^#[0-9]+' "$log" | tail -n 1)"
}

seconds=600
while getopts t: option; do
	[[ $option == t && $OPTARG =~ ^[0-9]+$ ]] || usage
	seconds=$OPTARG
done
shift $((OPTIND - 1))
targets=("$@")
if ((${#targets[@]} == 0)); then
	for source in "$root"/tests/fuzz/fuzz_*.c; do
		source=${source##*/fuzz_}
		targets+=("${source%.c}")
	done
fi
for target in "${targets[@]}"; do
	[[ -e $root/tests/fuzz/fuzz_$target.c ]] || die "no target $target"
done
command -v clang >/dev/null || die "clang is missing: as root, run apt-get install clang"
tree=$deps/fuzz/tree
export LSAN_OPTIONS=suppressions=$root/contrib/lsan.supp:print_suppressions=0
mkdir -p "$deps/fuzz/failed"
say "building in $tree"
logged copy-fuzz copy_tree
logged build-fuzz build
status=0
for target in "${targets[@]}"; do
	run "$target"
done
exit "$status"
