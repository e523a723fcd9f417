"""generate.py - the names, lists, zones and query files of the benchmark.

Everything here follows from a fixed seed: the same size gives the same names
and the same queries in the same order on every machine.

The listed names have the shape of a real blocklist (measured on one of 190,000
names): a third are registrable names, half have three labels, some more; 57 %
are in .com; about 21 octets long; hosts cluster below the same domain, many of
which are listed themselves.
"""

import random

BENIGN = 20000
TTL = 86400

TLDS = {
    "com": 57, "net": 8, "xyz": 4, "de": 4, "top": 4, "pl": 3, "cn": 3,
    "ru": 2, "site": 2, "org": 2, "info": 2, "io": 2, "co": 1, "eu": 1,
    "app": 1, "fr": 1, "club": 1, "nl": 1, "biz": 1,
}
HOSTS = ("www", "cdn", "ads", "api", "track", "img", "login", "static", "go",
         "m", "mail", "pixel", "events", "secure", "app", "news")
LETTERS = "etaoinsrhldcumfpgwybvkxjqz"
WEIGHTS = (12, 9, 8, 8, 7, 7, 6, 6, 6, 4, 4, 3, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1,
           1, 1, 1, 1)


class Namer:
    """Makes registrable names, none of them twice."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.tlds = [t for t, n in TLDS.items() for _ in range(n)]
        self.letters = "".join(c * n for c, n in zip(LETTERS, WEIGHTS))
        self.made = set()

    def registrable(self):
        while True:
            length = int(min(max(self.random.gauss(12, 4.5), 4), 32))
            word = "".join(self.random.choices(self.letters, k=length))
            name = word + "." + self.random.choice(self.tlds)
            if name not in self.made:
                self.made.add(name)
                return name

    def host(self):
        if self.random.random() < 0.6:
            return self.random.choice(HOSTS)
        return "%x" % self.random.getrandbits(32)


def listed(size):
    """SIZE different names, in random order."""
    namer = Namer("listed")
    names = {}
    parents = []
    while len(names) < size:
        dice = namer.random.random()
        if not parents or dice < 0.45:
            parents.append(namer.registrable())
            if dice < 0.30:
                names[parents[-1]] = None
            continue
        name = namer.host() + "." + namer.random.choice(parents)
        if dice > 0.85:
            name = namer.host() + "." + name
        names[name] = None
    names = list(names)
    namer.random.shuffle(names)
    return names


def registrable(names):
    return {".".join(n.split(".")[-2:]) for n in names}


def benign(listed_names, count=BENIGN):
    """COUNT names at or below registrable names that nothing listed is in."""
    taken = registrable(listed_names)
    namer = Namer("benign")
    names = []
    while len(names) < count:
        domain = namer.registrable()
        if domain not in taken:
            www = namer.random.random() < 0.6
            names.append(namer.host() + "." + domain if www else domain)
    return names


def hosters(listed_names, count):
    """COUNT registrable names that nothing listed is in: every name below them
    exists, see write_root_zone()."""
    taken = registrable(listed_names)
    namer = Namer("hosters")
    names = []
    while len(names) < count:
        name = namer.registrable()
        if name not in taken:
            names.append(name)
    return names


def below(parents, count, seed):
    """COUNT different names below PARENTS, spread over them at random."""
    chosen = random.Random(seed)
    return [f"{seed}-{number:x}.{chosen.choice(parents)}"
            for number in range(count)]


def sample(names, count, seed="sample"):
    """COUNT random queries: half for listed names, half for names below."""
    namer = Namer(seed)
    queries = []
    for name in namer.random.choices(names, k=count):
        if namer.random.random() < 0.5:
            name = namer.host() + "." + name
        queries.append(name)
    return queries


def shuffled(names, count):
    """COUNT of the names at most, in random order."""
    return random.Random("shuffled").sample(names, min(count, len(names)))


def write_domains(path, names):
    """A plain list: one domain a line, in the order of the alphabet as most
    large lists are (which is not the order of a database's keys)."""
    with open(path, "w", encoding="ascii") as out:
        out.writelines(n + "\n" for n in sorted(names))


NXDOMAIN = ("CNAME .",)
SINKHOLE = ("A 0.0.0.0", "AAAA ::")


def write_rpz(path, names, data=NXDOMAIN):
    """The same policy as an RPZ: each name and everything below it."""
    with open(path, "w", encoding="ascii") as out:
        out.write("$TTL 30\n@ SOA localhost. root.localhost. 1 3600 3600 604800 30\n"
                  "@ NS localhost.\n")
        out.writelines(f"{owner} {record}\n" for n in sorted(names)
                       for owner in (n, "*." + n) for record in data)


def write_root_zone(path, benign_names, hosts=(), others=()):
    """A root zone that answers every name: what is blocked can be told by
    its other answer. HOSTS are (name, address): all below has that address.
    OTHERS are further records."""
    with open(path, "w", encoding="ascii") as out:
        out.write(f"$ORIGIN .\n$TTL {TTL}\n"
                  ". SOA ns.bench. root.bench. 1 3600 3600 3600 3600\n"
                  ". NS ns.bench.\nns.bench. A 127.0.0.1\n")
        out.writelines(f"*.{t}. A 198.51.100.1\n" for t in TLDS)
        out.writelines(f"{n}. A 198.51.100.{i % 250 + 2}\n"
                       for i, n in enumerate(benign_names))
        out.writelines(f"*.{n}. A {address}\n" for n, address in hosts)
        out.writelines(f"{record}\n" for record in others)


def write_queries(path, names, qtype="A"):
    """dnsperf's format."""
    with open(path, "w", encoding="ascii") as out:
        out.writelines(f"{n} {qtype}\n" for n in names)
