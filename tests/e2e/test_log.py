"""test_log.py - the query log: what is in a record, and a log that fails."""

import datetime
import json
import os
import re

import dns.name
import pytest

import replies
from authority import BAD, GOOD
from environment import wait_until
from process import has_ipv6
from resolver import question

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
FIELDS = ["time", "seq", "client", "qname", "qtype", "trigger", "matched", "scope"]
FIELDS += ["feed", "reference", "action", "mode"]


@pytest.fixture
def logging(policy, start_resolver):
    policy.feed(
        "rpz",
        [
            "nxdomain.bad.example CNAME .",
            "nodata.bad.example CNAME *.",
            "allow.bad.example CNAME rpz-passthru.",
            "drop.bad.example CNAME rpz-drop.",
            "truncate.bad.example CNAME rpz-tcp-only.",
            "cname.bad.example CNAME www.garden.example.",
            "*.below.bad.example CNAME .",
        ],
        "rpz",
    )
    policy.feed("refused", ["refused.bad.example"], action="refused")
    policy.feed("hosts", ["0.0.0.0 exact.bad.example"], "hosts")
    policy.apply()
    policy.block("sinkhole.bad.example", "--reason", "Endgame 2025-11-13")
    return start_resolver()


def test_a_record_says_everything(logging, policy):
    """unbound#891, pdns#9058: no list and no rule in the log."""
    before = datetime.datetime.now(datetime.timezone.utc)
    logging.ask("WWW.sinkhole.Bad.example", "AAAA", source="127.0.0.3")
    record = policy.log.wait(qname="WWW.sinkhole.Bad.example")
    assert TIME.fullmatch(record["time"])
    when = datetime.datetime.fromisoformat(record["time"].replace("Z", "+00:00"))
    assert abs(when - before) < datetime.timedelta(hours=1)
    assert list(record) == FIELDS
    assert isinstance(record.pop("seq"), int)
    del record["time"]
    assert record == {
        "client": "127.0.0.3",
        "qname": "WWW.sinkhole.Bad.example",
        "qtype": "AAAA",
        "trigger": "qname",
        "matched": "sinkhole.bad.example",
        "scope": "subtree",
        "feed": "operator",
        "reference": "Endgame 2025-11-13",
        "action": "sinkhole",
        "mode": "enforce",
    }


@pytest.mark.parametrize("action", ["sinkhole", "nxdomain", "nodata", "refused", "cname"])
def test_each_action_is_logged(logging, policy, action):
    logging.ask(f"{action}.bad.example")
    record = policy.log.wait(qname=f"{action}.bad.example")
    assert (record["action"], record["mode"]) == (action, "enforce")
    feeds = {"sinkhole": "operator", "refused": "refused"}
    assert record["feed"] == feeds.get(action, "rpz")


def test_a_dropped_query_is_logged(logging, policy):
    with logging.open_socket() as opened:
        opened.send(question("drop.bad.example", "TXT").to_wire())
        record = policy.log.wait(qname="drop.bad.example")
    assert (record["action"], record["qtype"]) == ("drop", "TXT")


def test_a_truncated_answer_is_logged(logging, policy):
    logging.ask("truncate.bad.example")
    assert policy.log.wait(qname="truncate.bad.example")["action"] == "truncate"


def test_a_question_that_no_feed_lists_is_not_logged(logging, policy):
    logging.ask("www.good.example")
    logging.ask("exact.bad.example")
    policy.log.wait(qname="exact.bad.example")
    assert len(policy.log.records()) == 1


@pytest.mark.parametrize(
    "name, scope, matched",
    [
        ("exact.bad.example", "exact", "exact.bad.example"),
        ("x.below.bad.example", "below", "below.bad.example"),
        ("a.refused.bad.example", "subtree", "refused.bad.example"),
    ],
)
def test_the_scope_that_matched(logging, policy, name, scope, matched):
    logging.ask(name)
    record = policy.log.wait(qname=name)
    assert (record["scope"], record["matched"]) == (scope, matched)


@pytest.mark.parametrize("qtype", ["HTTPS", "ANY", "DS", "TYPE65280"])
def test_types_by_name(logging, policy, qtype):
    logging.ask("exact.bad.example", qtype)
    assert policy.log.wait()["qtype"] == qtype


@pytest.mark.skipif(not has_ipv6(), reason="no ::1 here")
def test_a_client_over_ipv6(logging, policy):
    logging.ask("exact.bad.example", v6=True)
    assert policy.log.wait()["client"] == "::1"


@pytest.mark.parametrize("label", [r"\"", r"\\", r"\000", r"\010", r"\127", r"\255", "{"])
def test_any_octet_is_json(logging, policy, label):
    name = dns.name.from_text(f"{label}.refused.bad.example")
    logging.ask(name)
    record = policy.log.wait()
    assert dns.name.from_text(record["qname"]) == name


def test_a_reason_of_any_text(policy, start_resolver):
    policy.apply()
    reason = 'Straße "7" \\ – 日本'
    policy.block("bad.example", "--reason", reason)
    start_resolver().ask("bad.example")
    assert policy.log.wait()["reference"] == reason


def test_the_numbers_have_no_gap(logging, policy):
    for number in range(50):
        logging.ask(f"n{number}.refused.bad.example")
    records = policy.log.wait(count=50)
    numbers = [record["seq"] for record in records]
    assert numbers == list(range(numbers[0], numbers[0] + 50))
    assert not any("dropped" in record for record in records)
    times = [record["time"] for record in records]
    assert times == sorted(times)


# ---- the file ----


def test_logrotate(logging, policy):
    logging.ask("a.refused.bad.example")
    policy.log.wait(qname="a.refused.bad.example")
    old = policy.log.path.with_suffix(".1")
    os.rename(policy.log.path, old)
    ask_until_logged(logging, policy)
    assert json.loads(old.read_text().splitlines()[0])["qname"] == "a.refused.bad.example"
    # What came between the rename and the new file is in the old one.
    both = old.read_text().splitlines() + policy.log.lines()
    numbers = [json.loads(line)["seq"] for line in both]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_logrotate_that_makes_the_new_file(logging, policy):
    """Its option "create": at the path there is a file at every moment."""
    logging.ask("a.refused.bad.example")
    policy.log.wait(qname="a.refused.bad.example")
    new = policy.log.path.with_suffix(".new")
    new.touch()
    os.link(policy.log.path, policy.log.path.with_suffix(".1"))
    os.rename(new, policy.log.path)
    ask_until_logged(logging, policy)


def test_the_file_is_removed(logging, policy):
    logging.ask("a.refused.bad.example")
    policy.log.wait(qname="a.refused.bad.example")
    policy.log.path.unlink()
    ask_until_logged(logging, policy)


def ask_until_logged(resolver, policy):
    """Ask new names until one is in the file of the log's own path."""
    names = (f"again{number}.refused.bad.example" for number in range(10**6))

    def logged():
        resolver.ask(next(names))
        return policy.log.records(feed="refused")

    wait_until(logged, f"no record in {policy.log.path}", 20)


def test_it_is_not_for_everyone_to_read(logging, policy):
    logging.ask("refused.bad.example")
    policy.log.wait()
    assert policy.log.path.stat().st_mode & 0o7 == 0


def test_a_folder_that_is_missing_until_later(policy, start_resolver):
    policy.log.path = policy.folder / "logs/query.log"
    policy.settings["log"] = policy.log.path
    policy.feed("refused", ["refused.bad.example"], action="refused")
    policy.apply()
    resolver = start_resolver()
    replies.check_refused(resolver.ask("refused.bad.example"))
    resolver.wait_for_log(r"query\.log")
    policy.log.path.parent.mkdir()
    ask_until_logged(resolver, policy)


def test_a_path_that_cannot_be_written(policy, start_resolver):
    policy.settings["log"] = policy.folder
    policy.feed("refused", ["refused.bad.example"], action="refused")
    policy.apply()
    resolver = start_resolver()
    for number in range(20):
        replies.check_refused(resolver.ask(f"n{number}.refused.bad.example"))
    replies.check_real(resolver.ask("www.bad.example"), BAD)
    resolver.wait_for_log(re.escape(str(policy.folder)))


def test_a_full_disk(policy, start_resolver):
    """The answers go on; no record is lost without being counted."""
    policy.settings["log"] = "/dev/full"
    policy.feed("refused", ["refused.bad.example"], action="refused")
    policy.apply()
    resolver = start_resolver()
    long = ".".join(["x" * 60] * 3)
    for number in range(3000):  # more than the log's queues hold
        replies.check_refused(resolver.ask(f"{number}.{long}.refused.bad.example"))
    resolver.wait_for_log(r"/dev/full")
    policy.settings["log"] = policy.log.path
    policy.apply()
    ask_until_logged(resolver, policy)
    resolver.ask("last.refused.bad.example")
    last = policy.log.wait(qname="last.refused.bad.example")
    records = policy.log.records()
    lost = sum(record.get("dropped", 0) for record in records)
    assert lost > 0
    assert len(records) + lost == last["seq"]  # which counts those lost too


def test_no_log_is_configured(policy, start_resolver):
    del policy.settings["log"]
    policy.feed("refused", ["refused.bad.example"], action="refused")
    policy.apply()
    resolver = start_resolver()
    replies.check_refused(resolver.ask("refused.bad.example"))
    replies.check_real(resolver.ask("www.good.example"), GOOD)
    assert not policy.log.path.exists()


def test_what_is_queued_is_written_at_the_end(logging, policy):
    for number in range(30):
        logging.ask(f"n{number}.refused.bad.example")
    logging.stop()
    assert len(policy.log.records(feed="refused")) == 30
