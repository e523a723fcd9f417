"""names.py - lists of names: what they cost a cached and a blocked query.

Compares, with the same generated names:

  none      Unbound without a policy
  rpz       Unbound's own response policy zone (two rules: a name, all below)
  sinkbound the module and its database
  shadow    the same list in shadow mode, which looks at cached answers too

and, at the largest size, rpz and sinkbound once more with a log line for each
blocked query. A second process without a policy shows how exact all that is.
The action is nxdomain in these; rpz-sink and sinkbound-sink answer
with addresses.
"""

import generate
from compare import Comparison
from measure import Workload, exists, is_nxdomain, is_sinkhole
from servers import Rpz, Sinkbound, System, names_feed

QUERIES = 200000     # queries in the file for blocked names
LOGGED_RATE = 20000  # queries a second at which a log is measured
PORT = 5391          # of the first system; the others follow
SYSTEMS = ("none", "again", "rpz", "sinkbound", "shadow")
LOGGED = ("rpz-log", "sinkbound-log")
SINKHOLE = ("rpz-sink", "sinkbound-sink")


class Size(Comparison):
    """One number of names: its files, its systems and what was measured."""

    def __init__(self, folder, args, programs, names, benign):
        super().__init__(folder, args, programs)
        self.names = names
        self.benign = benign
        self.domains = self.path("domains.txt")
        self.zone = self.path("rpz.zone")
        self.blocked = self.path("blocked")
        generate.write_domains(self.domains, names)
        generate.write_rpz(self.zone, names)
        generate.write_queries(self.warm, benign)
        generate.write_queries(self.blocked, generate.sample(names, QUERIES))

    def workloads(self, edns):
        """Each workload with the systems that are asked it."""
        seconds = self.args.seconds
        cached, blocked = (self.warm, "NOERROR"), (self.blocked, "NXDOMAIN")
        plain = [
            (Workload("cached", *cached, seconds), SYSTEMS),
            (Workload("blocked", *blocked, seconds), ("rpz", "sinkbound"))]
        with_edns = [
            (Workload("cached-edns", *cached, seconds, edns=True),
             ("none", "rpz", "sinkbound")),
            (Workload("blocked-edns", *blocked, seconds, edns=True),
             ("rpz", "sinkbound"))]
        return plain + with_edns if edns else plain

    def logged_workloads(self):
        blocked = (self.blocked, "NXDOMAIN", self.args.seconds)
        return [(Workload("logged", *blocked, rate=LOGGED_RATE), LOGGED),
                (Workload("logged-full", *blocked), LOGGED)]

    def sinkhole_workloads(self):
        return [(Workload("sinkhole", self.blocked, "NOERROR",
                          self.args.seconds), SINKHOLE)]

    def rpz(self, place, is_ready, log, data):
        zone = self.zone
        if data != generate.NXDOMAIN:
            zone = self.path("rpz-sink.zone")
            generate.write_rpz(zone, self.names, data)
        return Rpz(*place, is_ready, zone, log=log)

    def system(self, name, port):
        """Make one, and bring the list in where it has a database."""
        place = (name, self.path(name), port)
        log, sink = name.endswith("-log"), name.endswith("sink")
        blocked = (self.names[0], is_sinkhole if sink else is_nxdomain)
        if name in ("none", "again"):
            return System(*place, (self.benign[0], exists))
        if name.startswith("rpz"):
            data = generate.SINKHOLE if sink else generate.NXDOMAIN
            return self.rpz(place, blocked, log, data)
        if name == "shadow":
            return Sinkbound(*place, (self.benign[0], exists), names_feed(
                self.domains, "nxdomain", "shadow"), self.programs)
        return Sinkbound(*place, blocked, names_feed(
            self.domains, "sinkhole" if sink else "nxdomain"),
            self.programs, log=log)

    def systems(self, names):
        chosen = [name for name in names
                  if name.partition("-")[0] in self.args.systems]
        return [self.add(self.system(name, PORT + number))
                for number, name in enumerate(chosen)]


def run(folder, args, programs, names, benign, say):
    """All sizes. Returns {size: {system: measured}}."""
    measured = {}
    for count in args.sizes:
        largest = count == max(args.sizes)
        size = Size(f"{folder}/{count}", args, programs, names[:count], benign)
        plans = [(size.systems(SYSTEMS), size.workloads(edns=largest))]
        if largest:
            plans.append((size.systems(LOGGED), size.logged_workloads()))
        plans.append((size.systems(SINKHOLE), size.sinkhole_workloads()))
        for number in range(args.rounds):
            say(f"{count:,} names: round {number + 1} of {args.rounds}")
            for systems, workloads in plans:
                size.round(systems, workloads)
        measured[str(count)] = size.results
    return measured
