"""environment.py - where the tests find what they test.

make check sets the variables; without them the tests use the tree that they
are in, so that `pytest-3 tests/e2e` works by hand.

    TOP_BUILDDIR   the project's build tree
    UNBOUND_BUILD  the build tree of the Unbound that the module was built for
    SB_WRAPPER     a command to run Unbound and sinkbound under, for example
                   "valgrind -q --error-exitcode=99"; the options for leaks
                   belong in VALGRIND_OPTS, where a test can turn them off
    SB_PRELOAD     libraries to preload into Unbound: a module built with
                   AddressSanitizer needs its libasan.so there
    SB_PATIENCE    a factor for every time limit, for slow wrappers
"""

import os
import shlex
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP_SRCDIR = HERE.parent.parent
TOP_BUILDDIR = Path(os.environ.get("TOP_BUILDDIR") or TOP_SRCDIR).resolve()
UNBOUND_BUILD = Path(
    os.environ.get("UNBOUND_BUILD") or TOP_SRCDIR / ".deps/unbound-build"
).resolve()

MODULE = TOP_BUILDDIR / "module/.libs/sinkbound.so"
COMMAND = TOP_BUILDDIR / "tools/sinkbound"
HOLD_TARGET = "tests/e2e/hold.la"  # make check builds it
HOLD = TOP_BUILDDIR / "tests/e2e/.libs/hold.so"

WRAPPER = shlex.split(os.environ.get("SB_WRAPPER", ""))
PRELOAD = os.environ.get("SB_PRELOAD", "")
PATIENCE = float(os.environ.get("SB_PATIENCE", "1"))

# For a program that loses memory by design: every check but that for leaks.
LEAKS_ALLOWED = {
    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0",
    "VALGRIND_OPTS": os.environ.get("VALGRIND_OPTS", "") + " --leak-check=no",
}

# Feeds as their publishers made them; only some machines have them.
REAL_FEEDS = TOP_SRCDIR.parent / "shared/data"


def wait_until(check, what, seconds=10):
    """Poll until CHECK() is true and return what it returned.

    The limit is there to end a test that fails, never to measure one that
    passes.
    """
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        result = check()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds * PATIENCE:g} s")
        time.sleep(0.01)
