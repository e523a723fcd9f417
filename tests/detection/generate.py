#!/usr/bin/python3
"""Generate answers whose kind is known, to measure detection with.

    generate.py FOLDER [NAMES] [SEED]

writes into FOLDER, for NAMES names of each class in each of two halves:

    sequence      time qname type ttl aa address...   in order of time
    labels        qname class half
    origin.csv    first,last,asn,"holder"              (ip-location-db)
    asns.csv      asn,risk,category                    of the bad networks

How the classes are made is said at each of them. All numbers are assumptions
about how such names behave, written down so that they can be argued with: the
result supports the mechanics and the comparison of scores, not an accuracy in
the field.
"""
import ipaddress
import random
import sys
from pathlib import Path

DAY = 86400
LEARNING = 7 * DAY         # when the resolver gets to know old names
START = LEARNING + 33 * DAY  # the hours that are looked at begin here
HOURS = 12
EPOCH = 1_700_000_000
DEMAND = 600  # a client asks again after this many seconds, on average


class Networks:
    """An Internet: ASNs of several kinds, each with networks of its own."""

    def __init__(self, rng):
        self.rng = rng
        self.next = int(ipaddress.ip_address("11.0.0.0"))
        self.ranges = []
        self.asn = 0
        self.residential = [self.make(rng.randint(1, 6), 17) for _ in range(400)]
        self.hosting = [self.make(rng.randint(1, 4), 19) for _ in range(80)]
        self.cloud = [self.make(12, 16) for _ in range(4)]
        self.cdn = [self.make(6, 18) for _ in range(8)]
        self.bad = [self.make(rng.randint(1, 4), 22) for _ in range(12)]

    def make(self, count, length):
        """A new ASN with COUNT networks of about this prefix length."""
        self.asn += 1
        mine = []
        for _ in range(count):
            size = 1 << (32 - length)
            # Networks of one ASN lie apart, as most do.
            first = self.next + self.rng.randint(0, 3) * 65536
            first = (first + size - 1) // size * size
            self.next = first + size
            mine.append((first, size))
            self.ranges.append((first, first + size - 1, self.asn))
        return self.asn, mine

    def address(self, network, rng):
        first, size = rng.choice(network[1])
        return str(ipaddress.ip_address(first + rng.randrange(size)))

    def pool(self, networks, count, rng):
        return [self.address(rng.choice(networks), rng) for _ in range(count)]


def times(rng, ttl):
    """When upstream is asked in the hours that are looked at: a cache expires,
    and then a client comes."""
    now = START + rng.uniform(0, 3600)
    while now < START + HOURS * 3600:
        yield int(now)
        now += ttl + rng.expovariate(1 / DEMAND)


class Name:
    """One name: its answers, and when it was first seen before."""

    def __init__(self, qname, fresh, rng):
        self.qname = qname
        self.lines = []
        if not fresh:
            # Met while the resolver learned, with one address.
            self.past = int(rng.uniform(0, LEARNING))
        else:
            self.past = None

    def answer(self, time, ttl, addresses, kind="A"):
        self.lines.append((time, f"{self.qname} {kind} {ttl} 1 "
                           + " ".join(addresses)))


# ---- malicious classes ----

def classic_flux(net, qname, rng):
    """Bots of many access networks, 3 to 10 an answer, of 200 to 2,000 that
    come and go; TTL 60 to 300 s. 19 of 20 names are new."""
    name = Name(qname, rng.random() < 0.95, rng)
    pool = net.pool(net.residential, rng.randint(200, 2000), rng)
    ttl, width = rng.choice([60, 120, 180, 300]), rng.randint(3, 10)
    for time in times(rng, ttl):
        pool[rng.randrange(len(pool))] = net.address(
            rng.choice(net.residential), rng)
        name.answer(time, ttl, rng.sample(pool, width))
    return name


def slow_flux(net, qname, rng):
    """The same bots, 1 to 3 an answer, for hours; TTL 30 minutes to 4 hours."""
    name = Name(qname, rng.random() < 0.95, rng)
    ttl, width = rng.choice([1800, 3600, 7200, 14400]), rng.randint(1, 3)
    for time in times(rng, ttl):
        name.answer(time, ttl, net.pool(net.residential, width, rng))
    return name


def bad_rotation(net, qname, rng):
    """10 to 60 servers in 2 to 4 bulletproof ASNs, 1 or 2 an answer, changed
    every half hour to six hours; TTL 60 to 600 s. 9 of 10 names are new."""
    name = Name(qname, rng.random() < 0.9, rng)
    networks = rng.sample(net.bad, rng.randint(2, 4))
    pool = net.pool(networks, rng.randint(10, 60), rng)
    ttl, width = rng.choice([60, 120, 300, 600]), rng.randint(1, 2)
    period, until = rng.uniform(1800, 21600), 0
    for time in times(rng, ttl):
        if time >= until:
            now, until = rng.sample(pool, width), time + period
        name.answer(time, ttl, now)
    return name


def double_flux(net, qname, rng):
    """As classic flux, and the name servers are bots too, 2 to 4 at a time."""
    name = classic_flux(net, qname, rng)
    for time, _ in list(name.lines):
        name.answer(time - 1, 300,
                    net.pool(net.residential, rng.randint(2, 4), rng), "NS")
    return name


# ---- benign classes: 1 of 20 names is new ----

def single_cdn(net, qname, rng):
    """8 to 200 addresses of one CDN's AS, 1 to 8 an answer; TTL 20 to 300 s."""
    name = Name(qname, rng.random() < 0.05, rng)
    pool = net.pool([rng.choice(net.cdn)], rng.randint(8, 200), rng)
    ttl, width = rng.choice([20, 60, 300]), rng.randint(1, 8)
    for time in times(rng, ttl):
        name.answer(time, ttl, rng.sample(pool, width))
    return name


def multi_cdn(net, qname, rng):
    """2 to 4 CDNs in turn, 4 to 50 addresses of each, 1 to 4 an answer."""
    name = Name(qname, rng.random() < 0.05, rng)
    pools = [net.pool([cdn], rng.randint(4, 50), rng)
             for cdn in rng.sample(net.cdn + net.cloud, rng.randint(2, 4))]
    ttl, width = rng.choice([30, 60, 300]), rng.randint(1, 4)
    for time in times(rng, ttl):
        name.answer(time, ttl, rng.sample(rng.choice(pools), width))
    return name


def wide_cdn(net, qname, rng):
    """A CDN with caches in 5 to 25 ASes; from one place 1 to 4 addresses of
    each are in use, 1 to 4 an answer, the near ones far more often."""
    name = Name(qname, rng.random() < 0.05, rng)
    networks = rng.sample(net.residential + net.hosting, rng.randint(5, 25))
    pool = [address for network in networks
            for address in net.pool([network], rng.randint(1, 4), rng)]
    weights = [1 / (1 + i) for i in range(len(pool))]
    ttl, width = rng.choice([20, 60, 120]), rng.randint(1, 4)
    for time in times(rng, ttl):
        name.answer(time, ttl, sorted(set(rng.choices(pool, weights, k=width))))
    return name


def ntp_pool(net, qname, rng):
    """4 of 300 to 3,000 volunteers' servers in hundreds of ASNs; TTL 130 to
    150 s. All zones are below one domain that the resolver knows for long."""
    name = Name(qname, False, rng)
    pool = net.pool(net.residential + net.hosting, rng.randint(300, 3000), rng)
    ttl = rng.randint(130, 150)
    for time in times(rng, ttl):
        name.answer(time, ttl, rng.sample(pool, 4))
    return name


def cloud_balancer(net, qname, rng):
    """2 to 8 addresses of one cloud, one of them replaced now and then, 1 to 8
    an answer; TTL 60 s."""
    name = Name(qname, rng.random() < 0.05, rng)
    cloud = rng.choice(net.cloud)
    pool = net.pool([cloud], rng.randint(2, 8), rng)
    for time in times(rng, 60):
        if rng.random() < 0.02:
            pool[rng.randrange(len(pool))] = net.address(cloud, rng)
        name.answer(time, 60, pool)
    return name


def dynamic_dns(net, qname, rng):
    """One address of one access network, a new one on each reconnection; TTL
    30 to 60 s."""
    name = Name(qname, rng.random() < 0.05, rng)
    network = rng.choice(net.residential)
    address = net.address(network, rng)
    ttl = rng.choice([30, 60])
    for time in times(rng, ttl):
        if rng.random() < 0.01:
            address = net.address(network, rng)
        name.answer(time, ttl, [address])
    return name


MALICIOUS = [classic_flux, slow_flux, bad_rotation, double_flux]
BENIGN = [single_cdn, multi_cdn, wide_cdn, ntp_pool, cloud_balancer, dynamic_dns]
HALVES = ["train", "held-back"]


def qname_of(make, half, number):
    label = make.__name__.replace("_", "-")
    if make is ntp_pool:
        return f"{number}.{half}.ntp-pool.example"
    return f"www.{label}-{half}-{number}.example"


def write(folder, net, names):
    lines = []
    for name in names:
        if name.past is not None:
            lines.append((name.past, f"{name.qname} A 3600 1 192.0.2.1"))
        lines += name.lines
    # Whatever the order of names is, learning begins with the first line.
    lines.append((0, "begin.example A 3600 1 192.0.2.1"))
    lines.sort()
    with open(folder / "sequence", "w") as out:
        for time, text in lines:
            print(EPOCH + time, text, file=out)
    with open(folder / "origin.csv", "w") as out:
        for first, last, asn in sorted(net.ranges):
            print(f"{ipaddress.ip_address(first)},{ipaddress.ip_address(last)},"
                  f"{asn},\"Network {asn}\"", file=out)
    with open(folder / "asns.csv", "w") as out:
        for i, (asn, _) in enumerate(net.bad):
            print(f"{asn},{70 + i % 4 * 10},bulletproof hosting", file=out)


def main():
    folder = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    net = Networks(rng)
    names = []
    with open(folder / "labels", "w") as labels:
        for half in HALVES:
            for make in MALICIOUS + BENIGN:
                for number in range(count):
                    qname = qname_of(make, half, number)
                    names.append(make(net, qname, rng))
                    print(qname, make.__name__.replace("_", "-"), half,
                          "malicious" if make in MALICIOUS else "benign",
                          file=labels)
    write(folder, net, names)


if __name__ == "__main__":
    main()
