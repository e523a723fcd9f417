"""test_symbols.py - the borders: what the module exports, who includes whom."""

import re
import subprocess

import pytest

from environment import MODULE, TOP_SRCDIR

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def symbols(*options):
    """The names that nm prints for the module."""
    done = subprocess.run(
        ["nm", "-D", *options, MODULE], capture_output=True, text=True, check=True
    )
    return {line.split()[-1].split("@")[0] for line in done.stdout.splitlines()}


def test_the_module_exports_its_six_symbols():
    """RTLD_GLOBAL: any other could be bound in the place of Unbound's own."""
    expected = {"init", "deinit", "operate", "inform_super", "clear", "get_mem"}
    assert symbols("--defined-only") == expected


def test_the_module_binds_its_symbols_when_it_is_loaded():
    done = subprocess.run(
        ["readelf", "-d", MODULE], capture_output=True, text=True, check=True
    )
    assert re.search(r"BIND_NOW|\bNOW\b", done.stdout)


@pytest.mark.parametrize("folder", ["policy", "tools"])
def test_no_unbound_header(folder):
    """module -> policy <- tools: neither of the two knows the resolver."""
    own = ("policy/",) if folder == "policy" else ("policy/", "tools/")
    sources = sorted((TOP_SRCDIR / folder).rglob("*.[ch]"))
    assert sources
    for source in sources:
        for kind, header in INCLUDE.findall(source.read_text()):
            where = f"{source.relative_to(TOP_SRCDIR)} includes {header}"
            if kind == '"':
                ours = header.startswith(own) or header == "sinkbound_config.h"
                assert ours and not header.endswith("/config.h") or (
                    TOP_SRCDIR / header
                ).exists(), where
            else:
                assert "unbound" not in header and "sldns" not in header, where
