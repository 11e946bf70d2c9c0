"""The power fails under the whole suite: all that was done to the spool and
to the mailboxes is recorded, and the disk is rebuilt as it may look after
any of the calls.  A suite that starts on it delivers each message that had
its 250, once."""

import os
import pwd
import random
import shutil
import sys
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import powerloss  # noqa: E402
import procs  # noqa: E402
import smtp  # noqa: E402
from crash_common import OPTIONS, Load, check, wait_empty  # noqa: E402
from suite import SLOW, Suite, rounds  # noqa: E402

TIMEOUT = 240
LONG_TIMEOUT = 14400
USER = "user@example.test"
SEED = int(os.environ.get("SELOR_SEED") or random.randrange(1 << 31))


class Timed(Load):
    """Notes when each 250 came, and goes slowly: what counts is not how
    much there is but what may be lost of it."""

    def __init__(self, *args, **kw):
        self.when = {}
        super().__init__(*args, big=4, **kw)

    def one(self, c):
        n = len(self.accepted)
        super().one(c)
        if len(self.accepted) > n:
            self.when[self.accepted[-1]] = time.time()
        time.sleep(0.02)


class PowerLoss(unittest.TestCase):
    def setUp(self):
        print(f"# SELOR_SEED={SEED}", flush=True)
        self.random = random.Random(f"{SEED} {self.id()}")

    def disk(self):
        """A suite whose spool and mailboxes lie on one disk."""
        s = Suite(users={})
        for name in ("disk", "disk/spool", "disk/mail"):
            s.mkdir(name)
        if os.getuid() == 0:
            queue = pwd.getpwnam("_selorqueue")
            for name in ("disk", "disk/spool"):
                os.chown(s.path(name), queue.pw_uid, queue.pw_gid)
        s.users = {USER: {"home": s.path("disk/mail/user")}}
        s.options = [*OPTIONS, f'Queue_path "{s.path("disk/spool")}"']
        s.write_tables()
        s.write_conf()
        return s

    def record(self, suite, options, seconds):
        """Load, all of it written down.  The recorder, and when each 250
        came.  The options are those of the load alone."""
        # The agent and the directories are there, the disk at rest.
        smtp.send_message(suite.port, "a@client.test", USER,
                          smtp.make_message("first"))
        wait_empty(suite)
        suite.maildir(USER).wait(1)
        before = suite.options
        given = {o.split()[0] for o in options}
        self.assertTrue(suite.reload(
            [o for o in before if o.split()[0] not in given] + options))
        time.sleep(0.5)
        rec = powerloss.Recorder(suite.pids(), suite.path("disk"))
        try:
            loads = [Timed(suite.port, f"p{i}") for i in range(4)]
            time.sleep(seconds * SLOW)
            for load in loads:
                load.stopping = True
            for load in loads:
                load.stop()
            rec.stop()
        except BaseException:
            rec.close()
            raise
        suite.options = before
        suite.write_conf()
        when = {"first": 0.0}
        for load in loads:
            when.update(load.when)
        return rec, when

    def lose(self, options, seconds, cuts):
        with self.disk() as s:
            rec, when = self.record(s, options, seconds)
            self.addCleanup(rec.close)
            s.stop()
            self.assertGreater(len(when), 5)
            kinds = {op.what for op in rec.ops}
            self.assertIn("sync", kinds | {"sync"} if "sync_all" in kinds
                          else kinds)
            points = [(k, way) for k in rec.cuts(cuts, SEED)
                      for way in (powerloss.WAYS if cuts is None else
                                  [self.random.choice(powerloss.WAYS)])]
            print(f"# {len(rec.ops)} calls, {len(when)} acknowledged, "
                  f"{len(points)} disks", flush=True)
            for k, way in points:
                self.one(s, rec, when, k, way)
            s.start()           # it ends as every suite does

    def one(self, suite, rec, when, k, way):
        seed = self.random.randrange(1 << 31)
        shutil.rmtree(suite.path("disk"))
        rec.rebuild(k, way, suite.path("disk"), seed)
        promised = [i for i, t in when.items() if t < rec.time(k)]
        try:
            suite.start()
            wait_empty(suite, 30)
            found = [i for i in suite.maildir(USER).ids()
                     if i is not None]
            check(promised, found, {})
        except AssertionError as e:
            raise AssertionError(f"power lost behind call {k}, {way}, seed "
                                 f"{seed}, {rec.ops[max(0, k - 3):k]}: {e}"
                                 ) from None
        finally:
            if suite.process is not None:
                suite.kill_all()

    def test_delivering(self):
        self.lose([], 1.0, rounds(9, None))

    def test_holding(self):
        """All stays in the queue: nothing but the spool keeps it."""
        self.lose(["Immed_delivery 0", "Qsleep_time 60"], 1.0,
                  rounds(4, None))


if __name__ == "__main__":
    unittest.main()
