# functions.sh - what the scripts in this folder share. Source it.
# shellcheck shell=bash

# The tree that the scripts stand in, whatever the working directory is.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
deps=$root/.deps

# Debian leaves these two out of an ordinary user's PATH.
PATH=$PATH:/usr/sbin:/sbin

say() {
	printf '%s\n' "$*"
}

warn() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	warn "$*"
	exit 1
}

# logged NAME COMMAND...: run it with its output in .deps/log/NAME.log; where
# it fails, show the end of that and give up.
logged() {
	local name=$1 log=$deps/log/$1.log status
	shift
	mkdir -p "$deps/log"
	# A subshell of its own, not a condition: bash ignores `set -e` within
	# the functions that a condition calls.
	set +e
	(
		set -e
		"$@"
	) >"$log" 2>&1 9>&-
	status=$?
	set -e
	if ((status != 0)); then
		tail -n 25 "$log" | sed 's/^/  | /' >&2
		die "$name failed with status $status; all of it is in $log"
	fi
}

# as_root COMMAND...: through sudo where we are not root.
as_root() {
	if ((EUID == 0)); then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "not root and without sudo; as root, run: $*"
	fi
}

# count_tests RESULT...: the tests in ./test-suite.log that ended so, by automake's
# summary.
count_tests() {
	local result sum=0
	for result; do
		((sum += $(sed -n "s/^# $result: *//p" test-suite.log) + 0)) || true
	done
	say "$sum"
}

# test_counts: the line of counts of ./test-suite.log.
test_counts() {
	say "$(count_tests PASS XFAIL) passed," \
		"$(count_tests FAIL XPASS ERROR) failed, $(count_tests SKIP) skipped"
}
