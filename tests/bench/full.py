"""full.py - a full policy: what it costs a query that nothing blocks.

A million names, 50,000 prefixes, some 400 ASNs and the origin of all
addresses, against no policy:

  cached  names in Unbound's cache
  miss    each name for the first time: Unbound asks NSD, and the module looks
          at the name, the response and the answer. The answers have some
          50,000 addresses in as many networks

The systems are asked the same names in the same order. Each has two threads, as
resolvers have: system calls and malloc() are cheaper in a process with one, and
the module's own threads would be charged for that, with 5 % of a miss.
"""

import os

import generate
from compare import Comparison
from measure import Workload, exists, is_nxdomain
from networks import PREFIXES, Networks
from servers import Sinkbound, System

HOSTERS = 50000   # names below which every name exists, with an address each
MISSES = 8000     # queries in a turn
PORT = 5391
SYSTEMS = ("none", "again", "sinkbound")


class Full(Comparison):
    """The files of a full policy, its systems and what was measured."""

    def __init__(self, folder, args, programs, names, benign, hosters):
        super().__init__(folder, args, programs)
        self.names = names
        self.benign = benign
        self.networks = Networks(self.folder, args.origin)
        self.addresses = self.networks.addresses(len(hosters))
        generate.write_queries(self.warm, benign)
        generate.write_domains(self.path("domains.txt"), names)
        self.networks.write_prefixes(self.addresses, self.path("prefixes.txt"))
        for turn in range(args.turns):
            generate.write_queries(self.path(f"misses.{turn}"), generate.below(
                hosters, MISSES, f"t{turn}"))

    def lists(self):
        return f"""feeds:
  - name: names
    file: {self.path("domains.txt")}
    format: domains
    scope: subtree
    action: nxdomain
  - name: prefixes
    file: {self.path("prefixes.txt")}
    format: prefixes
    action: nxdomain
  - name: asns
    file: {self.networks.asndrop}
    format: spamhaus-asndrop
    action: nxdomain
origin:
""" + "".join(f"  - file: {path}\n    format: ip-location-db\n"
              for path in self.networks.origin)

    def system(self, name, port):
        place = (name, self.path(name), port)
        if name == "sinkbound":
            return Sinkbound(*place, (self.names[0], is_nxdomain),
                             self.lists(), self.programs)
        return System(*place, (self.benign[0], exists))

    def systems(self):
        chosen = [name for name in SYSTEMS if name in self.args.systems]
        made = [self.add(self.system(name, PORT + number))
                for number, name in enumerate(chosen)]
        for system in made:
            system.cache_mb = 256
            system.threads = 2
        return made

    def workloads(self):
        return [(Workload("cached", self.warm, "NOERROR", self.args.seconds),
                 SYSTEMS),
                (Workload("miss", self.path("misses"), "NOERROR", turns=True),
                 SYSTEMS)]


def run(full, args, say):
    """Returns {"data": what it was, "systems": {system: measured}}."""
    systems = full.systems()
    for number in range(args.rounds):
        say(f"full policy: round {number + 1} of {args.rounds}")
        full.round(systems, full.workloads())
    return {"names": len(full.names), "prefixes": PREFIXES,
            "asns": len(full.networks.asns),
            "real_asns": full.networks.real_asns,
            "real_origin": full.networks.real_origin,
            "systems": full.results}
