"""test_readme.py - README.md shows what the command prints.

Its console block is a session on the example configuration, and its verbs are
those of the command. `pytest-3 tests/cli --regenerate` writes what is printed
now, with the times of now.
"""

import re

import session
from conftest import TOP_SRCDIR

README = TOP_SRCDIR / "README.md"
EXAMPLE = TOP_SRCDIR / "contrib/example"
VOLATILE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC|generation \d+|\d\.\d\d s")


def block(kind):
    return re.search(rf"^```{kind}\n(.*?)^```$", README.read_text(), re.M | re.S)


def use_example(sandbox):
    for name in ("sinkbound.yaml", "blocklist.txt"):
        (sandbox.folder / name).write_text((EXAMPLE / name).read_text())
    with open(sandbox.folder / "sinkbound.yaml", "a") as configuration:
        configuration.write("database: policy.mdb\n")
    sandbox.write_script("sudo", 'exec "$@"')


def output_of(steps):
    return [VOLATILE.sub("...", line) for step in steps for line in step.output]


def test_the_session(sandbox, request):
    use_example(sandbox)
    found = block("console")
    steps = session.parse(found.group(1))
    recorded = output_of(steps)
    for step in steps:
        done = sandbox.shell(step.command[0])
        assert done.returncode == 0 and done.stderr == "", done.stderr
        step.output = done.stdout.splitlines()
    if request.config.getoption("--regenerate"):
        text = README.read_text()
        played = "".join(step.text() for step in steps)
        README.write_text(text[: found.start(1)] + played + text[found.end(1) :])
    else:
        assert output_of(steps) == recorded


def test_the_configuration(sandbox):
    (sandbox.folder / "sinkbound.yaml").write_text(block("yaml").group(1))
    assert sandbox.run("check").stdout == "sinkbound.yaml: ok, 4 feeds\n"


def test_the_verbs(sandbox):
    table = re.findall(r"^\| (`.*?) \|", README.read_text(), re.M)
    listed = {word for row in table for word in re.findall(r"`([a-z]+)\b", row)}
    printed = set(re.findall(r"^  ([a-z]+) ", sandbox.run("--help").stdout, re.M))
    assert printed <= listed
