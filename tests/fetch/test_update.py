"""test_update.py - which feeds an update takes, and what stands beside it."""

import fcntl
import json
import os
import subprocess
import threading
import time

import pytest
from server import Server, send, stalled, status, text, validated

A, B = {"a1.example", "a2.example"}, {"b1.example", "b2.example"}
LIST_A, LIST_B = "a1.example\na2.example\n", "b1.example\nb2.example\n"


@pytest.fixture
def two(site, server):
    """A site with two feeds, /a and /b, not fetched yet."""
    server.routes.update({"/a": text(LIST_A), "/b": text(LIST_B)})
    site.configure({"name": "a", "url": server.url("/a")},
                   {"name": "b", "url": server.url("/b"), "every": "1d"})
    return site


# ---- which feeds ----


def test_all_that_are_due(two, server):
    assert {*two.update()} == {"a", "b"}
    assert two.listed() == A | B
    assert two.update() == {}
    assert len(server.asked) == 2


def test_who_was_waited_for(two):
    done = json.loads(two.run("update", "--json", "--wait").stdout)
    assert done["resolvers"] == []
    assert done["generation"] > 0 and done["waited"] >= 0
    done = json.loads(two.run("update", "--json", "--wait").stdout)
    assert done["generation"] is None and "resolvers" not in done


def test_those_that_are_named(two, server):
    assert {*two.update("b")} == {"b"}
    assert two.listed() == B
    assert {*two.update("b", "b")} == {"b"}
    assert {*two.update()} == {"a"}


def test_each_in_its_time(two):
    two.update()
    now = time.time()
    assert now + 3590 <= two.state("a")["due"] <= now + 3601
    assert now + 86390 <= two.state("b")["due"] <= now + 86401
    assert "nothing is due; the next is a, at " in two.run("update").stdout


def test_every(two, server):
    two.configure({"name": "a", "url": server.url("/a"), "every": "1s"},
                  {"name": "b", "url": server.url("/b")})
    two.update()
    time.sleep(1.1)
    assert {*two.update()} == {"a"}


def test_force_takes_all(two):
    two.update()
    assert {*two.update("--force")} == {"a", "b"}


def test_a_clock_that_was_set_back(two):
    two.update()
    path = two.spool / "a.json"
    state = json.loads(path.read_text())
    state.update(checked=state["checked"] + 90000, due=state["due"] + 90000)
    path.write_text(json.dumps(state))
    assert {*two.update()} == {"a"}


@pytest.mark.parametrize("arguments, message", [
    (["nobody"], "has no feed called nobody"),
    (["file"], "feed file is a file: `sinkbound apply` reads it"),
    (["--accept=nobody"], "no feed of this name"),
    (["--colour"], "not an option")])
def test_usage(site, server, arguments, message):
    (site.folder / "list.txt").write_text(LIST_A)
    site.configure({"name": "a", "url": server.url("/a")},
                   {"name": "file", "file": "list.txt"})
    assert message in site.run("update", *arguments, status=2).stderr
    assert server.asked == []


def test_nothing_to_fetch(site):
    site.configure()
    assert "has no feed that is fetched" in site.run("update").stdout


# ---- failures ----


def test_one_failure_stops_no_other(two, server):
    server.routes["/a"] = status(404)
    feeds = two.update(status=1)
    assert feeds["a"]["outcome"] == "failed"
    assert feeds["b"]["outcome"] == "imported"
    assert two.listed() == B


def test_failures_are_tried_again_later_and_later(two, server):
    server.routes["/b"] = status(404)
    waits = []
    for _ in range(4):
        now = int(time.time())
        two.update("b", status=1)
        waits.append(round((two.state("b")["due"] - now) / 300))
    assert waits == [1, 2, 4, 8]
    server.routes["/b"] = text(LIST_B)
    two.update("b")
    assert two.state("b")["failures"] == 0
    assert two.state("b")["error"] == ""


def test_a_failed_feed_waits_no_longer_than_a_good_one(two, server):
    two.configure({"name": "a", "url": server.url("/a"), "every": "5s"})
    server.routes["/a"] = status(404)
    two.update(status=1)
    assert two.state("a")["due"] <= time.time() + 5


def test_passwords_are_not_shown(site, server):
    url = server.url("/a?key=hidden1#hidden2").replace(
        "://", "://user:hidden3@")
    site.configure({"name": "a", "url": url})
    shown = [site.run("update", status=1)]
    server.routes["/a"] = text(LIST_A)
    shown += [site.run("update", "a"), site.run("status"),
              site.run("status", "--json"), site.run("update", "--json", "a")]
    assert server.asked[0][1]["Authorization"].startswith("Basic ")
    assert server.asked[0][0] == "/a?key=hidden1"
    text_of_all = "".join(done.stdout + done.stderr for done in shown)
    assert "hidden" not in text_of_all
    for path in (*site.spool.iterdir(), site.database):
        assert b"hidden" not in path.read_bytes(), path


def test_a_feed_that_grows_too_much(two, server):
    lines = [f"n{n}.example\n" for n in range(4000)]
    server.routes["/a"] = text("".join(lines[:2000]))
    two.update("a")
    server.routes["/a"] = text("".join(lines))
    feed = two.update("a", status=1)["a"]
    assert "--accept=a" in feed["stderr"]
    assert len(two.listed("a")) == 2000
    assert two.update("a", "--accept=a")["a"]["outcome"] == "imported"
    assert len(two.listed("a")) == 4000


def test_spool_that_cannot_be_made(two, server):
    (two.folder / "file").write_text("")
    two.configure({"name": "a", "url": server.url("/a")}, spool="file/spool")
    assert "Not a directory" in two.run("update", status=1).stderr
    assert server.asked == []


# ---- with apply ----


def test_apply_reads_the_copy(two, server):
    two.update()
    server.asked.clear()
    two.configure({"name": "a", "url": server.url("/a"), "mode": "shadow"},
                  {"name": "b", "url": server.url("/b"), "scope": "exact"})
    two.run("apply")
    dump = two.run("dump").stdout
    assert "a1.example\tsubtree\tsinkhole\tshadow" in dump
    assert "b1.example\texact\tsinkhole\tenforce" in dump
    assert server.asked == []


def test_apply_before_an_update(two):
    done = two.run("apply")
    assert "feed a was never fetched: run `sinkbound update`" in done.stderr
    assert two.listed() == set()
    two.update()
    assert two.listed() == A | B


def test_apply_without_a_copy_takes_nothing_away(two):
    two.update()
    (two.spool / "a.list").unlink()
    two.run("apply")
    assert two.listed() == A | B


def test_apply_removes_what_is_not_configured_any_more(two, server):
    two.update()
    two.configure({"name": "b", "url": server.url("/b")})
    two.run("apply")
    assert two.listed() == B
    assert {path.name.partition(".")[0] for path in two.spool.iterdir()} == \
        {"b", "update", "import"}


def test_update_brings_the_feeds_settings(two, server):
    """Also without anything new at the source."""
    server.routes["/a"] = validated(LIST_A, ETag='"v1"')
    two.update()
    two.configure({"name": "b", "url": server.url("/b")},
                  {"name": "a", "url": server.url("/a"), "mode": "shadow"})
    assert two.update("a")["a"]["outcome"] == "imported"
    feeds = json.loads(two.run("status", "--json").stdout)["feeds"]
    assert [(f["name"], f["mode"]) for f in feeds] == [
        ("operator", "enforce"), ("b", "enforce"), ("a", "shadow")]


# ---- two at once ----


def test_the_second_waits(two, server):
    end = threading.Event()
    server.routes["/a"] = stalled(LIST_A, end)
    first = subprocess.Popen(two.command("update", "a"), cwd=two.folder,
                             env=two.environment, stderr=subprocess.PIPE)
    until(lambda: server.asked)
    server.routes["/a"] = text(LIST_A)
    second = subprocess.Popen(two.command("update"), cwd=two.folder,
                              env=two.environment, stderr=subprocess.PIPE,
                              text=True)
    assert "waiting for its end" in second.stderr.readline()
    assert two.run("apply").returncode == 0  # waits for no download
    first.kill()
    first.communicate()
    end.set()
    second.communicate(timeout=60)
    assert second.returncode == 0
    assert two.listed() == A | B


def test_apply_waits_for_an_import(two):
    two.update()
    with open(two.spool / "import.lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        apply = subprocess.Popen(two.command("apply"), cwd=two.folder,
                                 env=two.environment, stdout=subprocess.PIPE)
        with pytest.raises(subprocess.TimeoutExpired):
            apply.wait(0.3)
    apply.communicate(timeout=60)
    assert apply.returncode == 0


def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


# ---- what stands between ----


def test_proxy(two, server):
    """A proxy is asked for the whole URL."""
    server.routes["http://feeds.example/list"] = text(LIST_A)
    two.configure({"name": "a", "url": "http://feeds.example/list"})
    two.update(http_proxy=server.url(""))
    assert two.listed() == A
    assert server.paths() == ["http://feeds.example/list"]


def test_user_agent(two, server):
    two.update("a")
    assert server.asked[0][1]["User-Agent"].startswith("sinkbound/")


@pytest.fixture
def tls(tmp_path):
    """A server with a certificate that nobody but itself has signed."""
    pem = tmp_path / "server.pem"
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(pem), "-out", str(tmp_path / "ca.pem")],
        capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("no openssl")
    pem.write_bytes(pem.read_bytes() + (tmp_path / "ca.pem").read_bytes())
    made = Server(certificate=pem)
    made.routes["/a"] = text(LIST_A)
    yield made
    made.shutdown()
    made.server_close()


def test_tls_by_an_own_authority(site, tls):
    site.configure({"name": "a", "url": tls.url("/a"), "ca-file": "ca.pem"})
    site.update()
    assert site.listed() == A


def test_tls_that_is_not_to_be_trusted(site, tls):
    site.configure({"name": "a", "url": tls.url("/a")})
    feed = site.update(status=1)["a"]
    assert "certificate" in feed["error"]
    assert tls.asked == []


def test_from_tls_to_none(site, tls, server):
    server.routes["/a"] = text(LIST_A)
    tls.routes["/a"] = lambda handler: send(handler, 302,
                                            Location=server.url("/a"))
    site.configure({"name": "a", "url": tls.url("/a"), "ca-file": "ca.pem"})
    assert "not supported" in site.update(status=1)["a"]["error"]
    assert server.asked == []


def test_modes(two):
    os.umask(0o022)
    two.update()
    assert two.spool.stat().st_mode & 0o777 == 0o750


def test_a_feed_with_expires_is_noted_as_checked(two, server):
    """Seldom: each commit makes the resolver look through its cache."""
    two.configure({"name": "a", "url": server.url("/a"), "expires": "60s"})
    two.update("a")
    before = two.digest()
    two.update("a")
    assert two.digest() == before
    time.sleep(3.1)
    assert two.update("a")["a"]["outcome"] == "unchanged"
    assert two.digest() != before


# ---- status ----


def fetched(site):
    """Of `status`: each feed's state, and what a person is shown of it."""
    feeds = json.loads(site.run("status", "--json").stdout)["fetched"]
    shown = site.run("status").stdout.partition("fetched feed")[2]
    return {feed["name"]: feed for feed in feeds}, shown


def age(site, feed, seconds):
    """As if all that is known of a feed were so much older."""
    path = site.spool / f"{feed}.json"
    state = json.loads(path.read_text())
    for key in ("checked", "accepted", "due"):
        state[key] = max(state[key] - seconds, 1)
    path.write_text(json.dumps(state))


def test_status_of_what_goes_well(two):
    two.update("a")
    feeds, shown = fetched(two)
    assert (feeds["a"]["state"], feeds["a"]["failures"]) == ("ok", 0)
    assert feeds["a"]["due"] > feeds["a"]["accepted"]
    assert feeds["b"]["state"] == "never-fetched"
    assert "run `sinkbound update`" in shown


def test_status_of_what_goes_wrong(two, server):
    two.update()
    server.routes["/a"] = status(404)
    two.update("a", status=1)
    feeds, shown = fetched(two)
    assert feeds["a"]["state"] == "retry"
    assert "failed 1 time: the server answered with status 404" in shown
    age(two, "a", 90000)
    feeds, shown = fetched(two)
    assert feeds["a"]["state"] == "failing"
    assert "FAILING" in shown


def test_status_of_what_nobody_fetches(two):
    two.update("a")
    age(two, "a", 200000)
    assert fetched(two)[0]["a"]["state"] == "overdue"


def test_status_of_what_has_expired(two, server):
    two.configure({"name": "a", "url": server.url("/a"), "expires": "1h"})
    two.update("a")
    assert fetched(two)[0]["a"]["state"] == "ok"
    age(two, "a", 3600)
    assert fetched(two)[0]["a"]["state"] == "expired"
