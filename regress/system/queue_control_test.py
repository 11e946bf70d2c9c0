"""What an administrator sees of the queue and does to it."""

import os
import sys
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import procs  # noqa: E402
import smtp  # noqa: E402
from queue_common import Relay, submit  # noqa: E402
from queue_ctl import Client  # noqa: E402
from suite import SLOW  # noqa: E402

TIMEOUT = 180
USER = "user@example.test"


def deferred(ctl, n):
    """Wait until n messages have been tried and wait again."""
    procs.wait_for(
        lambda: len(ctl.list("queue", "state=deferred")[1]) == n,
        20 * SLOW, f"{n} deferred messages")


class Control(unittest.TestCase):
    def test_show(self):
        with Relay() as r, Client(r.suite) as ctl:
            a = submit(r.suite.port, USER,
                       ["later@remote.test", "good@remote.test"])
            b = submit(r.suite.port, "", ["later2@other.test"])
            deferred(ctl, 2)
            status, rows = ctl.list("queue")
            self.assertEqual([x["id"] for x in rows], [a, b])
            row = rows[0]
            self.assertEqual(row["sender"], USER)
            self.assertEqual(row["recipients"], "2")
            self.assertEqual(row["open"], "1")
            self.assertEqual(row["state"], "deferred")
            self.assertEqual(row["attempts"], "1")
            self.assertEqual(row["recipient"], "later@remote.test")
            self.assertIn("450", row["answer"])
            self.assertAlmostEqual(int(row["next"]), time.time() + 900,
                                   delta=60)
            for query, expect in (
                    (f"sender={USER}", [a]), ("sender=<>", [b]),
                    ("rcpt-domain=OTHER.test", [b]), ("older=3600", []),
                    ("older=0", [a, b]), ("state=held", []),
                    (f"id={b}", [b]), (f"after={a}", [b]),
                    ("sender=x@y.test", [])):
                status, rows = ctl.list("queue", query)
                self.assertEqual(([x["id"] for x in rows], status),
                                 (expect, "ok"), query)
            status, rows = ctl.list("queue", "limit=1")
            self.assertEqual(rows[0]["id"], a)
            self.assertEqual(rows[1], {"more": a})
            self.assertEqual(ctl.list("queue", "nonsense=1")[0], "bad query")
            status, rows = ctl.list("message", a)
            self.assertEqual(rows[0]["id"], a)
            self.assertEqual(rows[1]["client"], "127.0.0.1")
            self.assertEqual([x["state"] for x in rows[2:]],
                             ["deferred", "relayed"])
            self.assertEqual(ctl.list("message", "1700000000000_0001")[0],
                             "not found")
            stats = ctl.stats()
            self.assertEqual(stats["accepted"], 2)
            self.assertEqual(stats["delivered"], 1)
            self.assertEqual(stats["deferred"], 2)
            self.assertGreaterEqual(stats["syncs"], 1)

    def test_retry(self):
        with Relay() as r, Client(r.suite) as ctl:
            a = submit(r.suite.port, USER, ["later@remote.test"])
            b = submit(r.suite.port, USER, ["later@other.test"])
            deferred(ctl, 2)
            r.sink.replies = {}
            del r.sink.messages[:]
            self.assertEqual(ctl.act("retry", a)[:2], ("ok", 1))
            r.sink.wait(1)
            time.sleep(0.5)
            self.assertEqual([x["id"] for x in ctl.list("queue")[1]], [b])
            self.assertEqual(ctl.act("retry", "rcpt-domain=other.test")[:2],
                             ("ok", 1))
            r.sink.wait(2)
            self.assertEqual(ctl.act("retry", a)[0], "not found")

    def test_hold(self):
        with Relay() as r, Client(r.suite) as ctl:
            s = r.suite
            a = submit(s.port, USER, ["later@remote.test"])
            b = submit(s.port, "x@client.test", ["later@remote.test"])
            deferred(ctl, 2)
            self.assertEqual(ctl.act("hold", f"sender={USER}")[:2],
                             ("ok", 1))
            r.sink.replies = {}
            del r.sink.messages[:]
            ctl.act("retry")
            r.sink.wait(1)
            time.sleep(0.5)
            self.assertEqual(
                [(x["id"], x["state"]) for x in ctl.list("queue")[1]],
                [(a, "held")])
            # It outlives a crash.
            s.kill_all()
            s.start()
            s.wait_log("selor is up")
            time.sleep(1.5)
            with Client(s) as again:
                rows = again.list("queue", "state=held")[1]
                self.assertEqual([x["id"] for x in rows], [a])
                self.assertEqual(len(r.sink.messages), 1)
                self.assertEqual(again.act("release", a)[:2], ("ok", 1))
                r.sink.wait(2)
                procs.wait_for(lambda: again.list("queue")[1] == [],
                               10 * SLOW, "empty queue")
            self.assertNotEqual(b, a)

    def test_remove(self):
        with Relay() as r, Client(r.suite) as ctl:
            s = r.suite
            a = submit(s.port, USER, ["later@remote.test"])
            b = submit(s.port, USER, ["later@other.test"])
            big = submit(s.port, USER, ["later@remote.test"],
                         message=smtp.make_message("3", size=200000))
            deferred(ctl, 3)
            # Without a word it does nothing: a slip would empty the queue.
            self.assertEqual(ctl.act("remove", "")[0], "bad query")
            self.assertEqual(ctl.act("remove", "limit=1")[0], "bad query")
            self.assertEqual(
                ctl.act("remove", "rcpt-domain=remote.test")[:2], ("ok", 2))
            self.assertEqual([x["id"] for x in ctl.list("queue")[1]], [b])
            procs.wait_for(lambda: not any(big in n for n in s.spool()),
                           10 * SLOW, "its file to go")
            s.kill_all()
            s.start()
            s.wait_log("selor is up")
            with Client(s) as again:
                self.assertEqual(
                    [x["id"] for x in again.list("queue")[1]], [b])
                self.assertEqual(again.act("remove", "all")[:2], ("ok", 1))
            for ident in (a, b, big):
                s.wait_log(f"removed id={ident}", name="summary")
            # Nobody is told.
            self.assertEqual(s.maildir(USER).count(), 0)

    def test_pause(self):
        with Relay() as r, Client(r.suite) as ctl:
            s = r.suite
            self.assertEqual(ctl.act("pause", "out")[0], "ok")
            submit(s.port, USER, ["good@remote.test", USER])
            time.sleep(1.5)
            self.assertEqual(len(r.sink.messages), 0)
            self.assertEqual(s.maildir(USER).count(), 0)
            self.assertEqual(ctl.stats()["open"], 0)
            self.assertEqual(ctl.act("pause", "remote.test")[0], "ok")
            self.assertEqual(ctl.act("resume", "out")[0], "ok")
            s.maildir(USER).wait(1)
            submit(s.port, USER, ["good@other.test"])
            r.sink.wait(1)
            time.sleep(1)
            self.assertEqual(len(r.sink.messages), 1)
            self.assertEqual(ctl.act("resume", "remote.test")[0], "ok")
            r.sink.wait(2)
            self.assertEqual(ctl.act("resume", "never.test")[0], "not found")
            self.assertEqual(ctl.act("pause", "")[0], "bad query")

    def test_garbage(self):
        """A client that sends nonsense loses its connection, no more."""
        with Relay() as r, Client(r.suite) as good:
            pid = r.suite.pid("queued")
            for data in (b"\xff" * 64, b"\0" * 12, b"GET / HTTP/1.0\r\n\r\n",
                         b"\x10\0\0\0\x05\0\0\0\x01\0\0\0" + b"x" * 16):
                with Client(r.suite) as bad:
                    bad.sock.sendall(data)
                    bad.sock.settimeout(5)
                    try:
                        self.assertEqual(bad.sock.recv(100), b"", data)
                    except ConnectionError:
                        pass
            self.assertEqual(good.list("queue")[0], "ok")
            self.assertEqual(r.suite.pid("queued"), pid)

    def test_limit_of_tasks(self):
        """Max_qprocs bounds what is out at a time."""
        def slow(session, line):
            time.sleep(0.4)
            return b"250 2.1.5 ok\r\n"
        with Relay(options=["Max_qprocs 2"], replies={"RCPT": slow}) as r, \
                Client(r.suite) as ctl:
            for n in range(8):
                submit(r.suite.port, USER, [f"u{n}@remote.test"])
            most = 0
            while len(r.sink.messages) < 8:
                most = max(most, ctl.stats()["tasks_out"])
                time.sleep(0.02)
            self.assertLessEqual(most, 2)
            self.assertGreater(most, 0)


if __name__ == "__main__":
    unittest.main()
