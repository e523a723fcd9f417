"""querylog.py - what the module wrote to the query log."""

import json

from environment import wait_until


class QueryLog:
    def __init__(self, path):
        self.path = path

    def lines(self):
        """The lines that are whole: the last may be half written."""
        if not self.path.exists():
            return []
        text = self.path.read_text(encoding="utf-8")
        return text[: text.rfind("\n") + 1].splitlines()

    def records(self, **fields):
        """The records, all of which are JSON, that have these FIELDS."""
        records = [json.loads(line) for line in self.lines()]
        return [
            record
            for record in records
            if all(record.get(key) == value for key, value in fields.items())
        ]

    def wait(self, count=1, **fields):
        """The first COUNT records that match; the only one where it is 1."""
        found = wait_until(
            lambda: len(self.records(**fields)) >= count and self.records(**fields),
            f"no {count} records with {fields} in {self.path}",
        )
        return found[0] if count == 1 else found[:count]
