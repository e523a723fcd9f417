#!/usr/bin/env bash
#
# test.sh - set up all that the tests need, then run them: make check.
#
# A failing test's log is shown. Ends with a line of counts.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

"$root/contrib/setup.sh" --tests
cd "$root"
status=0
rm -f test-suite.log
make "-j$(nproc)" check VERBOSE=1 || status=$?

[[ -e test-suite.log ]] || die "make check came to no test"
test_counts
exit "$status"
