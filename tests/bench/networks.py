"""networks.py - prefixes, ASNs and origin data, and addresses that none blocks.

Real data is used where it is there: the CSV files of the npm package
@ip-location-db/asn in the folder ORIGIN, and Spamhaus's asndrop.json beside
the checkout. Otherwise data of the same size is made up.
"""

import bisect
import csv
import ipaddress
import json
import os
import random

PREFIXES = 50000
ASNS = 439
RANGES4, RANGES6 = 411961, 103197  # of @ip-location-db/asn
HOLDERS = 90000
ASNDROP = os.path.join(os.path.dirname(__file__),
                       "../../../shared/data/spamhaus/asndrop.json")
FILES = ("asn-ipv4.csv", "asn-ipv6.csv")


def text4(number):
    return str(ipaddress.IPv4Address(number))


def write_origin(folder):
    """Ranges of the same number as the real ones, and of like sizes."""
    chosen = random.Random("origin")
    paths = [os.path.join(folder, name) for name in FILES]
    with open(paths[0], "w", encoding="ascii") as out:
        first = 1 << 24
        for _ in range(RANGES4):
            last = first + (256 << chosen.choice((0, 0, 0, 0, 1, 2, 4))) - 1
            asn = chosen.randrange(1, HOLDERS)
            out.write(f"{text4(first)},{text4(last)},{asn},Holder {asn}\n")
            first = last + 1 + 256 * chosen.choice((0, 0, 0, 4))
    with open(paths[1], "w", encoding="ascii") as out:
        for number in range(RANGES6):
            block = f"{0x2001 + number // 65536:x}:{number % 65536:x}"
            asn = chosen.randrange(1, HOLDERS)
            out.write(f"{block}::,{block}:ffff:ffff:ffff:ffff:ffff:ffff,"
                      f"{asn},Holder {asn}\n")
    return paths


def read_ranges(path):
    """IPv4 ranges as (first, last, asn), in order."""
    with open(path, encoding="utf-8", newline="") as source:
        return sorted((int(ipaddress.IPv4Address(row[0])),
                       int(ipaddress.IPv4Address(row[1])), int(row[2]))
                      for row in csv.reader(source))


class Networks:
    """What a full policy says of addresses, in files below FOLDER."""

    def __init__(self, folder, origin=None):
        self.folder = folder
        self.real_origin = origin is not None
        self.origin = [os.path.join(origin, name) for name in FILES] \
            if origin else write_origin(folder)
        self.ranges = read_ranges(self.origin[0])
        self.asndrop = os.path.abspath(ASNDROP)
        self.real_asns = os.path.exists(self.asndrop)
        if not self.real_asns:
            self.write_asndrop()
        with open(self.asndrop, encoding="utf-8") as source:
            lines = [json.loads(line) for line in source]
        self.asns = {line["asn"] for line in lines if "asn" in line}

    def write_asndrop(self):
        self.asndrop = os.path.join(self.folder, "asndrop.json")
        asns = random.Random("asns").sample(
            sorted({asn for _, _, asn in self.ranges}), ASNS)
        with open(self.asndrop, "w", encoding="ascii") as out:
            out.writelines(json.dumps({"asn": asn, "asname": f"AS{asn}"}) + "\n"
                           for asn in asns)

    def addresses(self, count):
        """IPv4 addresses of COUNT random ranges whose ASN is not listed, each
        in a /24 of its own."""
        chosen = random.Random("addresses")
        found = {}
        while len(found) < count:
            first, last, asn = chosen.choice(self.ranges)
            if asn not in self.asns:
                address = chosen.randint(first, last)
                found.setdefault(address >> 8, address)
        return list(found.values())

    def write_prefixes(self, addresses, path):
        """PREFIXES that cover none of the addresses."""
        chosen = random.Random("prefixes")
        spared = sorted(addresses)
        made = set()
        while len(made) < PREFIXES:
            length = chosen.choice((20, 22, 24, 24, 24, 24, 27, 32, 32))
            size = 1 << (32 - length)
            first = chosen.randrange(1 << 24, 224 << 24) & -size
            place = bisect.bisect_left(spared, first)
            if place == len(spared) or spared[place] >= first + size:
                made.add(f"{text4(first)}/{length}\n")
        with open(path, "w", encoding="ascii") as out:
            out.writelines(sorted(made))
