"""One process at a time dies under load, again and again, and alone; clients
try again.  Nothing acknowledged is lost."""

import os
import random
import sys
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import procs  # noqa: E402
from crash_common import (  # noqa: E402
    OPTIONS, USER, check, start_load, stop_load, wait_empty)
from suite import SLOW, Suite, rounds  # noqa: E402

TIMEOUT = 240
LONG_TIMEOUT = 7200
SEED = int(os.environ.get("SELOR_SEED") or random.randrange(1 << 31))


class Single(unittest.TestCase):
    def killed(self, name, n=2):
        print(f"# SELOR_SEED={SEED}", flush=True)
        with Suite(options=OPTIONS) as s:
            before = {x: s.find(x) for x in ("smtpd", "queued", "deliverd",
                                             "lookupd")}
            loads = start_load(s.port, 8, name, retry=True)
            chance = random.Random(f"{SEED} {name}")
            for _ in range(rounds(n, 50)):
                procs.wait_for(lambda: s.find(name), 20 * SLOW, name)
                time.sleep(0.2 + 0.5 * chance.random())
                pids = s.find(name)
                if pids:
                    pid = chance.choice(pids)
                    procs.signal_pid(pid, 9)
                    procs.wait_gone([pid], 5)
            mark = [len(x.accepted) for x in loads]
            # Every client goes on after the last death.
            procs.wait_for(lambda: all(
                len(x.accepted) > m for x, m in zip(loads, mark)),
                40 * SLOW, "all clients to go on")
            accepted, tries = stop_load(loads)
            wait_empty(s)
            check(accepted, s.maildir(USER).ids(), tries)
            # It died alone.
            for other, pids in before.items():
                if other != name:
                    self.assertEqual(pids, s.find(other), other)

    def test_smtpd(self):
        self.killed("smtpd")

    def test_queued(self):
        self.killed("queued")

    def test_queued_sync(self):
        self.killed("queued-sync")

    def test_deliverd(self):
        self.killed("deliverd")

    def test_agent(self):
        self.killed("agent", 4)

    def test_lookupd(self):
        self.killed("lookupd")

    def test_lookupd_file(self):
        self.killed("lookupd-file")

    def test_ruled(self):
        self.killed("ruled")

    def test_keys(self):
        self.killed("keys")


if __name__ == "__main__":
    unittest.main()
