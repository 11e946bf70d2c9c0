"""Everything is killed at a random instant under load and started again:
what got its 250 is there, once; what was relayed is there once, or twice
when the crash fell between the remote server's 250 and its record."""

import collections
import os
import random
import re
import sys
import tempfile
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import dns  # noqa: E402
from crash_common import (  # noqa: E402
    OPTIONS, USER, check, start_load, stop_load, wait_empty)
from sink import Sink  # noqa: E402
from suite import SLOW, Suite, rounds  # noqa: E402

TIMEOUT = 240
LONG_TIMEOUT = 7200
SESSIONS = 24
SEED = int(os.environ.get("SELOR_SEED") or random.randrange(1 << 31))
# Seconds from a remote server's 250 to its record: a sync, and the queue
# before it.
INSTANT = 2.0 * SLOW
IDENT = re.compile(rb"^X-Regress-Id: (\S+)", re.M)


def idents(sink):
    return [IDENT.search(m.data).group(1).decode()
            for m in list(sink.messages)]


class Crash(unittest.TestCase):
    def setUp(self):
        print(f"# SELOR_SEED={SEED}", flush=True)
        self.random = random.Random(f"{SEED} {self.id()}")

    def rounds(self, suite, n, found, copies, **load):
        """n crashes; found() says what has come out.  Returns the times of
        the crashes."""
        crashes = []
        accepted, tries = [], collections.Counter()
        for turn in range(n):
            loads = start_load(suite.port, SESSIONS, f"r{turn}", **load)
            # Some rounds fall into the first messages, some into a flood.
            time.sleep(self.random.choice((0.15, 0.6, 1.5))
                       * (0.5 + self.random.random()) * SLOW)
            crashes.append(time.monotonic())
            suite.kill_all()
            got, tried = stop_load(loads)
            accepted += got
            tries.update(tried)
            suite.start()
            if self.random.random() < 0.3:
                # Death in the middle of the replay, or just behind it.
                time.sleep(self.random.random() * 0.3)
                crashes.append(time.monotonic())
                suite.kill_all()
                suite.start()
        wait_empty(suite, 60)
        self.assertGreater(len(accepted), n * 5)
        twice = check(accepted, found(), tries, copies)
        print(f"# {len(accepted)} acknowledged, {len(tries)} sent, "
              f"{twice} twice, {len(crashes)} crashes", flush=True)
        return crashes

    def test_local(self):
        """A repeated delivery finds its own file: never a second copy."""
        with Suite(options=OPTIONS) as s:
            self.rounds(s, rounds(6, 200), lambda: s.maildir(USER).ids(), 1)
            self.assertEqual([], self.stale(s))

    def stale(self, suite):
        """What has no place in a spool whose queue is empty."""
        return [n for n in suite.spool() if not n.startswith("qlimit/")]

    def test_relay(self):
        """Twice only what was between the 250 and its record."""
        with tempfile.TemporaryDirectory() as folder, \
                dns.Dns(folder) as server, Sink() as sink:
            os.chmod(folder, 0o755)
            server.set("far.test MX 10 mx.far.test.",
                       "mx.far.test A 127.0.0.1")
            with Suite(dns=server, options=[
                    *OPTIONS, f"Mx_port {sink.port}",
                    'Relay_from "127.0.0.0/8"']) as s:
                crashes = self.rounds(
                    s, rounds(4, 200), lambda: idents(sink), 2,
                    rcpts=("user@far.test",))
            first, seen = {}, set()
            for ident, message in zip(idents(sink), list(sink.messages)):
                if ident not in seen:
                    seen.add(ident)
                    first[ident] = message.time
                    continue
                since = min((c - first[ident] for c in crashes
                             if c > first[ident] - 0.5), default=99)
                self.assertLess(since, INSTANT, f"{ident} again, without a "
                                "crash behind its first copy")


if __name__ == "__main__":
    unittest.main()
