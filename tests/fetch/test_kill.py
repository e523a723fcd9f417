"""test_kill.py - an update that is killed at any moment.

Afterwards the database opens, holds of each feed what it held before or what it
was to hold, whole, and the next update brings everything. SB_KILLS is how often
(200 by hand).
"""

import os
import random
import subprocess
import time

from server import text

KILLS = int(os.environ.get("SB_KILLS", "10"))
SIZE = 20000
FEEDS = ("a", "b")


def names(feed, version):
    """A third of the names differs from one version to the next."""
    return {f"n{n}.{feed}.example" if n % 3 else f"n{n}.v{version}.{feed}.example"
            for n in range(SIZE)}


def serve(server, version):
    for feed in FEEDS:
        server.routes[f"/{feed}"] = text(
            "".join(f"{name}\n" for name in sorted(names(feed, version))))


def start(site):
    return subprocess.Popen(site.command("update", *FEEDS), cwd=site.folder,
                            env=site.environment, stdout=subprocess.DEVNULL)


def listed(site):
    """The names of each feed, from one dump."""
    found = {feed: set() for feed in FEEDS}
    for line in site.run("dump").stdout.splitlines():
        name, *_, feed = line.split("\t")[:5]
        found[feed].add(name)
    return found


def check_whole(site, old, new):
    """How many feeds are as they are to be."""
    found = listed(site)
    assert all(found[feed] in (names(feed, old), names(feed, new))
               for feed in FEEDS)
    return sum(found[feed] == names(feed, new) for feed in FEEDS)


def test_killed_at_any_moment(site, server):
    site.configure(*({"name": feed, "url": server.url(f"/{feed}")}
                     for feed in FEEDS))
    serve(server, 0)
    assert start(site).wait() == 0
    begun = time.monotonic()
    serve(server, 1)
    assert start(site).wait() == 0
    length = time.monotonic() - begun
    moments = random.Random("kill")
    done = []
    for version in range(2, KILLS + 2):
        serve(server, version)
        update = start(site)
        time.sleep(moments.uniform(0, length))
        update.kill()
        update.wait()
        done.append(check_whole(site, version - 1, version))
        assert start(site).wait() == 0
        assert check_whole(site, version, version) == len(FEEDS)
    print("feeds done when killed:", *(done.count(n) for n in range(3)))
