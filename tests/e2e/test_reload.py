"""test_reload.py - unbound-control reload, and more than one thread."""

import os
import threading

import dns.exception
import dns.query
import pytest

import replies
from authority import BAD, GOOD
from resolver import question

RELOADS = 5


@pytest.fixture
def blocking(policy):
    policy.feed("seized", ["bad.example"])
    policy.apply()
    return policy


@pytest.mark.parametrize("threads", [1, 2])
def test_reload_and_reload_again(blocking, start_resolver, threads):
    resolver = start_resolver(threads=threads)
    for number in range(RELOADS):
        resolver.reload()
        replies.check_sinkhole(resolver.ask("bad.example"), "bad.example")
        replies.check_real(resolver.ask("www.good.example"), GOOD)
        blocking.log.wait(count=number + 1, qname="bad.example")


def test_reload_leaves_nothing_behind(blocking, start_resolver):
    resolver = start_resolver(threads=2)
    resolver.reload()
    before = held(resolver)
    for _ in range(RELOADS):
        resolver.ask("bad.example")
        resolver.reload()
    resolver.ask("bad.example")
    assert held(resolver) == before


def held(resolver):
    """Threads, and what is open and mapped of ours, of the process."""
    resolver.ask("warm.bad.example")
    process = f"/proc/{resolver.pid}"
    folder = str(resolver.folder)
    links = [os.readlink(entry.path) for entry in os.scandir(f"{process}/fd")]
    with open(f"{process}/maps", encoding="utf-8") as maps:
        mapped = [line.split(maxsplit=5)[-1].strip() for line in maps]
    return {
        "threads": len(os.listdir(f"{process}/task")),
        "open": sorted(link for link in links if folder in link),
        "mapped": sorted(path for path in mapped if folder in path),
    }


def test_reload_while_queries_go_on(blocking, start_resolver):
    """Some may be lost, none may get the real answer of a blocked name."""
    resolver = start_resolver(threads=2)
    done = threading.Event()
    answers = []

    def client(number):
        count = 0
        while not done.is_set():
            count += 1
            query = question(f"c{number}-{count}.bad.example")
            try:
                reply = dns.query.udp(query, "127.0.0.1", 1, resolver.port)
                answers.append((reply.rcode(), *replies.addresses(reply)))
            except (dns.exception.Timeout, OSError):
                pass

    threads = [threading.Thread(target=client, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(RELOADS):
            resolver.reload()
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert set(answers) == {(0, "0.0.0.0")}


def test_reload_takes_up_a_changed_policy(blocking, start_resolver):
    resolver = start_resolver()
    replies.check_sinkhole(resolver.ask("bad.example"), "bad.example")
    blocking.write_feed("seized", ["www.good.example"])
    blocking.apply()
    resolver.reload()
    replies.check_real(resolver.ask("bad.example"), BAD)
    replies.check_sinkhole(resolver.ask("www.good.example"), "www.good.example")


def test_a_reload_without_a_database(policy, start_resolver):
    resolver = start_resolver()
    for _ in range(3):
        resolver.reload()
        replies.check_real(resolver.ask("www.bad.example"), BAD)


def test_two_threads_answer_alike(blocking, start_resolver):
    """Each thread has a snapshot of its own; many sockets reach both."""
    resolver = start_resolver(threads=2)
    for number in range(60):
        # A socket each: the kernel spreads clients over the threads by port.
        name = f"n{number}.bad.example"
        replies.check_sinkhole(resolver.ask(name, tcp=number % 3 == 0), name)
    for thread in (0, 1):
        assert resolver.counter(f"thread{thread}.num.queries") > 0
    records = blocking.log.wait(count=60, feed="seized")
    assert len({record["qname"] for record in records}) == 60
    assert len({record["seq"] for record in records}) == 60


def test_a_change_reaches_every_thread(blocking, start_resolver):
    resolver = start_resolver(threads=2)
    for round_ in range(3):
        name = f"r{round_}.good.example"
        blocking.block(name)
        for number in range(20):
            replies.check_sinkhole(resolver.ask(f"{number}.{name}"), f"{number}.{name}")
        blocking.remove(name)
        for number in range(20):
            replies.check_real(resolver.ask(f"{number}.{name}"), GOOD)


@pytest.mark.parametrize(
    "modules",
    ["dynlib iterator", "respip dynlib validator iterator"],
)
def test_other_places_in_the_module_stack(blocking, start_resolver, modules):
    resolver = start_resolver(modules=modules)
    replies.check_sinkhole(resolver.ask("bad.example"), "bad.example")
    replies.check_real(resolver.ask("www.good.example"), GOOD)


def test_the_cache_is_dumped_without_a_blocked_name(blocking, start_resolver):
    """Nothing that policy makes is ever in Unbound's cache."""
    resolver = start_resolver()
    for qtype in ("A", "AAAA", "ANY", "TXT"):
        resolver.ask("www.bad.example", qtype)
    resolver.ask("www.good.example")
    cache = resolver.control("dump_cache")
    assert "www.good.example" in cache
    assert "bad.example" not in cache
