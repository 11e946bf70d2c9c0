"""A message that makes a process crash is set aside after the second time,
with a line in Warning_log, and the others keep flowing."""

import os
import signal
import sys
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import procs  # noqa: E402
import smtp  # noqa: E402
from crash_common import OPTIONS, USER, rows, wait_empty  # noqa: E402
from faults import CRASH, Faults  # noqa: E402
from queue_common import Relay, submit  # noqa: E402
from suite import SLOW, Suite  # noqa: E402

TIMEOUT = 180


def letter(name, poison=False):
    text = smtp.make_message(name)
    return text + b"the POISON of it\r\n" if poison else text

# Warnings to the Postmaster lie in a mailbox of their own.
USERS = {USER: {}, "postmaster@example.test": {}}


class Poison(unittest.TestCase):
    def set_aside(self, suite, ident, process):
        """It is held, said so, and the process runs."""
        suite.wait_log(f'{process} has ended 2 times working on '
                       rf'.*{ident}', 30, "warning")
        procs.wait_for(lambda: [r["state"] for r in rows(suite)
                                if r["id"] == ident] == ["held"],
                       20 * SLOW, "a held message", every=0.2)

    def test_agent(self):
        with Faults() as faults, Suite(env=faults.env, options=OPTIONS, users=USERS) as s:
            rule = faults.set("agent", "write", CRASH, text="POISON")
            submit(s.port, "a@client.test", [USER], letter("one"))
            bad = submit(s.port, "a@client.test", [USER],
                         letter("bad", True))
            for i in range(5):
                submit(s.port, "a@client.test", [USER], letter(f"n{i}"))
            self.set_aside(s, bad, "agent")
            submit(s.port, "a@client.test", [USER], letter("last"))
            s.maildir(USER).wait(7)
            self.assertEqual(2, faults.hits(rule))
            self.assertEqual(sorted(["one", "last"] + [
                f"n{i}" for i in range(5)]), sorted(
                    # Beside them a warning to the Postmaster may lie there.
                    x for x in s.maildir(USER).ids() if x))
            # A message is in its mailbox before that is recorded.
            procs.wait_for(lambda: [bad] == [r["id"] for r in rows(s)],
                           20 * SLOW, "one message in the queue", every=0.2)
            # What was wrong has been mended: an administrator lets it go.
            faults.clear()
            s.restart()
            self.assertEqual(["held"], [r["state"] for r in rows(s)])

    def test_deliverd(self):
        with Faults() as faults, Relay(
                env=faults.env, options=["Queue_time 0"]) as r:
            s = r.suite
            for call in ("write", "send"):
                faults.set("deliverd", call, CRASH, text="POISON")
            submit(s.port, USER, ["one@remote.test"], letter("one"))
            r.sink.wait(1)
            bad = submit(s.port, USER, ["two@remote.test"],
                         letter("bad", True))
            self.set_aside(s, bad, "deliverd")
            for i in range(5):
                submit(s.port, USER, ["three@remote.test"], letter(f"n{i}"))
            r.sink.wait(6)
            self.assertNotIn(b"POISON", b"".join(
                m.data for m in r.sink.messages))

    def test_killed_is_no_crash(self):
        """SIGKILL comes from an administrator: no message is to blame."""
        with Relay(options=["Queue_time 0"], replies={
                "EOM": [b""] * 3 + [b"250 2.0.0 ok\r\n"] * 9}) as r:
            s = r.suite
            submit(s.port, USER, ["one@remote.test"], letter("one"))
            for _ in range(3):
                procs.wait_for(lambda: any(
                    b"DATA" in x.commands for x in r.sink.sessions[-1:]),
                    20 * SLOW, "a delivery")
                time.sleep(0.1)
                seen = len(r.sink.sessions)
                os.kill(s.pid("deliverd"), signal.SIGKILL)
                procs.wait_for(lambda: len(r.sink.sessions) > seen,
                               30 * SLOW, "the next try")
            r.sink.wait(1, 30 * SLOW)
            wait_empty(s)
            self.assertNotIn("working on", "\n".join(s.log("warning")))


if __name__ == "__main__":
    unittest.main()
