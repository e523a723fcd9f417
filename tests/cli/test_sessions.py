"""test_sessions.py - what the command prints, as recorded in cases/.

session.py says what a session is. After a change of the output that is meant,
run `pytest-3 tests/cli --regenerate` and read the difference.
"""

import pytest
import session
from conftest import HERE, WRAPPER

CASES = sorted((HERE / "cases").glob("*.txt"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_session(case, sandbox, request):
    recorded = case.read_text()
    if WRAPPER and ">&-" in recorded:
        pytest.skip("the wrapper opens files where the command has none")
    steps = session.parse(recorded)
    for step in steps:
        step.output = session.play(sandbox, step)
    played = "".join(step.text() for step in steps)
    if request.config.getoption("--regenerate"):
        case.write_text(played)
    else:
        assert played == recorded


def test_there_are_sessions():
    assert CASES
