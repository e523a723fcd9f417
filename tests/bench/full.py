"""full.py - a full policy: what it costs a query that nothing blocks.

A million names, 50,000 prefixes, some 400 ASNs and the origin of all
addresses, against no policy:

  cached  names in Unbound's cache
  known   names that Unbound must ask for: the module looks at the name, the
          response and the answer (misses.py says what is asked, and how it is
          compared)
"""

import os

import generate
from measure import Workload, exists, is_nxdomain
from misses import Misses, MissQueries, domains
from networks import PREFIXES, Networks
from servers import Sinkbound, System

HOSTERS = 50000   # names below which every name exists, with an address each
CACHED_SECONDS = 0.5  # of a turn, at most
PORT = 5391
SYSTEMS = ("none", "again", "sinkbound")


def hosters_wanted(args):
    return max(HOSTERS, domains(args.miss_turns))


class Full(Misses):
    """The files of a full policy, its systems and what was measured."""

    def __init__(self, folder, args, programs, names, benign, hosters):
        os.makedirs(folder, exist_ok=True)
        super().__init__(folder, args, programs, MissQueries(
            folder, hosters, args.miss_turns))
        self.names = names
        self.benign = benign
        self.networks = Networks(self.folder, args.origin)
        self.addresses = self.networks.addresses(len(hosters))
        generate.write_queries(self.warm, benign)
        generate.write_domains(self.path("domains.txt"), names)
        self.networks.write_prefixes(self.addresses, self.path("prefixes.txt"))

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
        return [self.add(self.system(name, PORT + number))
                for number, name in enumerate(chosen)]

    def fill(self, systems, processes):
        for system in systems:
            self.fill_cache(system, processes[system.name])

    def workloads(self):
        return [Workload("cached", self.warm, "NOERROR",
                         min(self.args.seconds, CACHED_SECONDS)),
                self.queries.workload("known")]


def run(full, say):
    """Returns {"data": what it was, "systems": {system: measured}}."""
    full.compare(full.systems(), full.workloads(), "full policy", say)
    return {"names": len(full.names), "prefixes": PREFIXES,
            "asns": len(full.networks.asns),
            "real_asns": full.networks.real_asns,
            "real_origin": full.networks.real_origin,
            "systems": full.results}
