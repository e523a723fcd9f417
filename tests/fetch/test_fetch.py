"""test_fetch.py - each way in which a download can go, or go wrong.

In every case of the latter: the message, the exit status, and the last good
list in force.
"""

import bz2
import gzip
import shutil
import subprocess
import threading
import time

import pytest
from server import (cut, cut_chunks, endless, in_turn, redirect, stalled,
                    status, text, validated)

GOOD = "good1.example\ngood2.example\n"
NEXT = "good2.example\ngood3.example\n"
NAMES = {"good1.example", "good2.example"}
NEXT_NAMES = {"good2.example", "good3.example"}


@pytest.fixture
def fed(site, server):
    """A site whose one feed was fetched once; it is served at /list."""
    site.configure({"name": "feed", "url": server.url("/list"),
                    "timeout": "2s", "max-size": "2MB"})
    server.routes["/list"] = text(GOOD)
    assert site.update()["feed"]["outcome"] == "imported"
    assert site.listed() == NAMES
    server.asked.clear()
    return site


def refuse(site, message, *arguments):
    """An update fails so, and leaves everything as it was."""
    before = site.digest()
    feed = site.update("feed", *arguments, status=1)["feed"]
    assert feed["outcome"] == "failed"
    assert message in feed["stderr"]
    assert site.digest() == before
    assert site.listed() == NAMES
    assert (site.spool / "feed.list").read_text() == GOOD
    assert not (site.spool / "feed.new").exists()
    assert site.state("feed")["failures"] == 1
    return feed


def accept(site, names=frozenset(NEXT_NAMES)):
    feed = site.update("feed")["feed"]
    assert feed["outcome"] == "imported"
    assert site.listed() == set(names)
    return feed


# ---- what is unchanged ----


@pytest.mark.parametrize("validator", [
    {"ETag": '"v1"'}, {"ETag": 'W/"v1"'},
    {"Last_Modified": "Thu, 13 Nov 2025 09:12:00 GMT"}])
def test_unchanged_by_the_servers_word(fed, server, validator):
    server.routes["/list"] = validated(NEXT, **validator)
    accept(fed)
    before = fed.digest()
    feed = fed.update("feed")["feed"]
    assert feed["outcome"] == "unchanged"
    assert feed["received"] == 0
    assert fed.digest() == before
    assert fed.state("feed")["failures"] == 0


def test_unchanged_by_its_content(fed):
    before = fed.digest()
    assert fed.update("feed")["feed"]["outcome"] == "unchanged"
    assert fed.digest() == before


def test_unchanged_is_not_parsed(fed, server):
    server.routes["/list"] = validated(GOOD, ETag='"v1"')
    fed.update("feed")
    feed = fed.update("feed")["feed"]
    assert (feed["outcome"], feed["read"]) == ("unchanged", 0)


def test_force_asks_for_all_of_it(fed, server):
    server.routes["/list"] = validated(GOOD, ETag='"v1"')
    fed.update("feed")
    assert fed.update("feed", "--force")["feed"]["outcome"] == "imported"
    assert "If-None-Match" not in server.asked[-1][1]


def test_unchanged_but_not_in_the_database(fed, server):
    """A database that was lost gets everything back."""
    server.routes["/list"] = validated(GOOD, ETag='"v1"')
    fed.update("feed")
    fed.database.unlink()
    assert fed.update("feed")["feed"]["outcome"] == "imported"
    assert fed.listed() == NAMES


@pytest.mark.parametrize("damage", [
    lambda spool: (spool / "feed.list").write_text("cut"),
    lambda spool: (spool / "feed.list").unlink(),
    lambda spool: (spool / "feed.json").write_text("{"),
    lambda spool: (spool / "feed.json").write_text('{"etag": 1, "due": "x"}'),
    lambda spool: (spool / "feed.json").write_bytes(b"\0" * 100000),
    lambda spool: (spool / "feed.json").unlink()])
def test_a_damaged_spool_is_fetched_anew(fed, server, damage):
    server.routes["/list"] = validated(GOOD, ETag='"v1"')
    fed.update("feed")
    damage(fed.spool)
    assert fed.update("feed")["feed"]["outcome"] == "imported"
    assert "If-None-Match" not in server.asked[-1][1]
    assert (fed.spool / "feed.list").read_text() == GOOD
    assert fed.listed() == NAMES


def test_another_url_has_nothing_to_do_with_the_old(fed, server):
    server.routes["/list"] = validated(GOOD, ETag='"v1"')
    server.routes["/other"] = validated(NEXT, ETag='"v1"')
    fed.update("feed")
    fed.configure({"name": "feed", "url": server.url("/other")})
    accept(fed)


# ---- what the server answers ----


def test_404(fed, server):
    server.routes["/list"] = status(404)
    refuse(fed, "the server answered with status 404")
    assert len(server.asked) == 1


def test_500_then_200(fed, server):
    server.routes["/list"] = in_turn(status(500), text(NEXT))
    accept(fed)
    assert len(server.asked) == 2


def test_500_for_ever(fed, server):
    server.routes["/list"] = status(500)
    refuse(fed, "the server answered with status 500")
    assert len(server.asked) == 3


def test_429_is_given_the_time_it_wants(fed, server):
    server.routes["/list"] = status(429, Retry_After="7200")
    now = int(time.time())
    refuse(fed, "the server answered with status 429")
    assert len(server.asked) == 1
    assert fed.state("feed")["due"] >= now + 7200


def test_retry_after_is_not_believed_for_ever(fed, server):
    server.routes["/list"] = status(503, Retry_After="99999999")
    now = int(time.time())
    refuse(fed, "the server answered with status 503")
    assert fed.state("feed")["due"] <= now + 86500


@pytest.mark.parametrize("code", [204, 206])
def test_what_is_no_list(fed, server, code):
    server.routes["/list"] = status(code)
    refuse(fed, f"the server answered with status {code}")


def test_304_that_nobody_asked_for(fed, server):
    server.routes["/list"] = status(304)
    fed.configure({"name": "new", "url": server.url("/list")})
    feed = fed.update("new", status=1)["new"]
    assert "the server answered with status 304" in feed["stderr"]


def test_no_server(fed, server):
    server.shutdown()
    server.server_close()
    refuse(fed, "connect")


def test_redirect(fed, server):
    server.routes["/list"] = redirect("/a")
    server.routes["/a"] = redirect(server.url("/b"), 301)
    server.routes["/b"] = text(NEXT)
    accept(fed)
    assert server.paths() == ["/list", "/a", "/b"]


def test_redirect_loop(fed, server):
    server.routes["/list"] = redirect("/list")
    refuse(fed, "redirects")
    assert len(server.asked) == 6


def test_redirect_to_a_file(fed, server, tmp_path):
    (tmp_path / "secret").write_text(NEXT)
    server.routes["/list"] = redirect(f"file://{tmp_path}/secret")
    refuse(fed, "not supported")


# ---- bodies ----


def test_slow_body(fed, server):
    end = threading.Event()
    server.routes["/list"] = stalled(NEXT, end)
    refuse(fed, "timed out")
    end.set()
    assert len(server.asked) == 1


def test_half_a_body(fed, server):
    server.routes["/list"] = cut(NEXT, 2 * len(NEXT))
    refuse(fed, "bytes remaining")


def test_half_a_body_then_all_of_it(fed, server):
    server.routes["/list"] = in_turn(cut(NEXT, 2 * len(NEXT)), text(NEXT))
    accept(fed)
    assert (fed.spool / "feed.list").read_text() == NEXT


def test_chunks_without_the_last(fed, server):
    server.routes["/list"] = cut_chunks(NEXT)
    refuse(fed, "")


def test_too_short_a_length(fed, server):
    """Only what was announced counts, as with every client."""
    server.routes["/list"] = cut("good2.example\ngood3.example\n" + "x" * 100,
                                 len(NEXT))
    accept(fed)


def test_html(fed, server):
    server.routes["/list"] = text(
        "<!DOCTYPE html>\n<html><body>Not found</body></html>\n",
        Content_Type="text/html")
    refuse(fed, "feed feed: ")


def test_empty_body(fed, server):
    server.routes["/list"] = text("")
    refuse(fed, "no entries")
    assert "--accept=feed" in fed.run("update", "feed", status=1).stderr


def test_empty_body_that_is_meant(fed, server):
    server.routes["/list"] = text("")
    fed.update("feed", "--accept=feed")
    assert fed.listed() == set()


@pytest.mark.parametrize("announced", [True, False])
def test_10_gb(fed, server, announced):
    server.routes["/list"] = endless(10_000_000_000, announced)
    refuse(fed, "max-size" if not announced else "size")
    assert sum(f.stat().st_size for f in fed.spool.iterdir()) < 10000


def test_body_of_just_the_size(fed, server):
    server.routes["/list"] = text("#" * 1_999_984 + "\ngood3.example\n")
    accept(fed, {"good3.example"})


# ---- compression ----


def zstd(octets):
    if shutil.which("zstd") is None:
        pytest.skip("no zstd")
    return subprocess.run(["zstd", "-q", "-c"], input=octets, check=True,
                          capture_output=True).stdout


PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "zstd": zstd}


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("declared", [True, False])
def test_compressed(fed, server, kind, declared):
    headers = {"Content_Encoding": kind} if declared else {}
    server.routes["/list"] = text(PACKERS[kind](NEXT.encode()), **headers)
    accept(fed)
    assert (fed.spool / "feed.list").read_text() == NEXT


@pytest.mark.parametrize("kind", PACKERS)
def test_members_in_a_row(fed, server, kind):
    pack = PACKERS[kind]
    server.routes["/list"] = text(pack(b"good2.example\ngo") +
                                  pack(b"od3.example\n"))
    accept(fed)


def test_compressed_file_compressed_on_the_way(fed, server):
    server.routes["/list"] = text(gzip.compress(bz2.compress(NEXT.encode())),
                                  Content_Encoding="gzip")
    accept(fed)


@pytest.mark.parametrize("kind", PACKERS)
def test_truncated_compression(fed, server, kind):
    packed = PACKERS[kind](NEXT.encode() * 1000)
    server.routes["/list"] = text(packed[:-5])
    refuse(fed, f"the end of its {kind} compression is missing")
    assert len(server.asked) == 1


@pytest.mark.parametrize("kind", PACKERS)
def test_damaged_compression(fed, server, kind):
    packed = bytearray(PACKERS[kind](NEXT.encode() * 1000))
    packed[len(packed) // 2] ^= 0xff
    server.routes["/list"] = text(bytes(packed))
    refuse(fed, f"its {kind} compression is ")


def test_octets_behind_the_compression(fed, server):
    server.routes["/list"] = text(gzip.compress(NEXT.encode()) + b"garbage")
    refuse(fed, "its gzip compression is damaged")


@pytest.mark.parametrize("kind", PACKERS)
def test_bomb(fed, server, kind):
    server.routes["/list"] = text(PACKERS[kind](b"\n" * 5_000_000))
    refuse(fed, "densely")


def test_bomb_in_a_bomb(fed, server):
    bomb = gzip.compress(gzip.compress(b"\n" * 50_000_000))
    server.routes["/list"] = text(bomb)
    refuse(fed, "densely")


def test_more_than_max_size_unpacked(fed, server):
    names = "".join(f"{n * 7919 % 1000003}.example\n" for n in range(150_000))
    server.routes["/list"] = text(gzip.compress(names.encode()))
    refuse(fed, "it is larger than 2000000 octets (max-size)")


@pytest.mark.parametrize("kind, head", [
    ("zip", b"PK\3\4"), ("xz", b"\xfd7zXZ\0"), ("7z", b"7z\xbc\xaf\x27\x1c")])
def test_other_archives(fed, server, kind, head):
    server.routes["/list"] = text(head + NEXT.encode())
    refuse(fed, f"it is packed by {kind}: only gzip, zstd and bzip2 are known")


def test_other_content_encoding(fed, server):
    server.routes["/list"] = text(NEXT, Content_Encoding="br")
    refuse(fed, 'the server packed it by "br" without being asked to')


# ---- files ----


def test_file(site):
    path = site.folder / "a b.txt"
    path.write_bytes(gzip.compress(NEXT.encode()))
    site.configure({"name": "feed",
                    "url": f"file://{site.folder}/a%20b.txt"})
    accept(site)
    assert site.update("feed")["feed"]["outcome"] == "unchanged"
    path.write_text("good4.example\ngood5.example\n")
    accept(site, {"good4.example", "good5.example"})


def test_no_file(site):
    site.configure({"name": "feed", "url": f"file://{site.folder}/none"})
    feed = site.update("feed", status=1)["feed"]
    assert "open file" in feed["stderr"].lower()
