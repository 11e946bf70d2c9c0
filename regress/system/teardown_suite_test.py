"""For every point where something waits, who waits goes away just there, or
the process that was asked does.  Nothing crashes, leaks, is lost or stuck,
and other sessions go on."""

import os
import signal
import sys
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import procs  # noqa: E402
import smtp  # noqa: E402
from crash_common import (  # noqa: E402
    BROKEN, OPTIONS, USER, wait_empty)
from queue_common import Relay, submit  # noqa: E402
from suite import SLOW  # noqa: E402

TIMEOUT = 240
EACH = 6        # clients that go at the same point
TEXT = smtp.dot_stuff(smtp.make_message("gone"))
ENVELOPE = [b"EHLO client.test\r\n", b"MAIL FROM:<a@remote.test>\r\n",
            b"RCPT TO:<" + USER.encode() + b">\r\n", b"DATA\r\n"]


class Teardown(unittest.TestCase):
    def client(self, port, steps):
        """Says all but the last step with their replies, then the last one
        and does not listen."""
        c = smtp.Client(port, timeout=20 * SLOW, banner=bool(steps))
        for text in steps[:-1]:
            c.send(text)
            reply = c.reply()
            assert reply.code < 400, (text, reply)
        c.send(steps[-1] if steps else b"")
        return c

    def gone(self, suite, steps, hold, let_go):
        """Clients that wait there go; one by a reset, one by a close."""
        before = suite.fd_counts()
        pids = set(suite.pids())
        if len(steps) > 1:
            clients = [self.client(suite.port, steps[:-1])
                       for _ in range(EACH)]
            for c in clients:
                c.reply()
            hold()
            for c in clients:
                c.send(steps[-1])
        else:
            hold()
            clients = [self.client(suite.port, steps) for _ in range(EACH)]
        time.sleep(0.3)
        for i, c in enumerate(clients):
            if i % 2:
                c.abort()
            else:
                c.close()
        time.sleep(0.2)
        let_go()
        reply = smtp.send_message(suite.port, "b@remote.test", USER,
                                  smtp.make_message("after"), timeout=30)
        self.assertEqual(250, reply.code)
        suite.assert_no_fd_leak(before, 1, 15)
        self.assertLessEqual(pids, set(suite.pids()))

    def test_lookups(self):
        """PTR at the start, MAIL's domain, RCPT's answer."""
        with Relay(options=[*OPTIONS, "Resolve_all 1",
                            "From_level_check 1"]) as r:
            s, pid = r.suite, r.suite.pid("lookupd")
            smtp.send_message(s.port, "b@remote.test", USER,
                              smtp.make_message("first"))
            s.maildir(USER).wait(1)
            self.gone(s, [], r.dns.mute, r.dns.unmute)
            for n, mail in ((2, b"MAIL FROM:<a@cold.test>\r\n"),
                            (3, ENVELOPE[1])):
                steps = [ENVELOPE[0], mail, ENVELOPE[2]][:n]
                with self.subTest(n):
                    self.gone(s, steps,
                              lambda: os.kill(pid, signal.SIGSTOP),
                              lambda: os.kill(pid, signal.SIGCONT))

    def test_queue(self):
        """QUEUE_OPEN, the data, the commit."""
        with Relay(options=OPTIONS) as r:
            s, pid = r.suite, r.suite.pid("queued")
            smtp.send_message(s.port, "b@remote.test", USER,
                              smtp.make_message("first"))
            s.maildir(USER).wait(1)
            for steps in (ENVELOPE, [*ENVELOPE, TEXT[:100]],
                          [*ENVELOPE, TEXT]):
                with self.subTest(len(steps)):
                    if steps[-1] == TEXT[:100]:
                        # Half a message: then nothing more to wait for.
                        for _ in range(EACH):
                            c = self.client(s.port, ENVELOPE)
                            c.reply()
                            c.send(TEXT[:100])
                            c.abort()
                        continue
                    self.gone(s, steps,
                              lambda: os.kill(pid, signal.SIGSTOP),
                              lambda: os.kill(pid, signal.SIGCONT))
            wait_empty(s)
            # Who went before the 250 may have it delivered once at most.
            ids = s.maildir(USER).ids()
            self.assertLessEqual(ids.count("gone"), EACH)
            self.assertEqual(2, ids.count("after"))

    def test_no_mailbox_delay(self):
        with Relay(options=[*OPTIONS, "No_mailbox_delay 2"]) as r:
            self.gone(r.suite, [*ENVELOPE[:2],
                                b"RCPT TO:<none@example.test>\r\n"],
                      lambda: None, lambda: None)
            time.sleep(2.2)
            self.assertEqual(250, smtp.send_message(
                r.suite.port, "b@remote.test", USER,
                smtp.make_message("later")).code)

    def asked(self, name, steps):
        """The process that was asked dies while clients wait."""
        with Relay(options=OPTIONS) as r:
            s = r.suite
            pid = s.pid(name)
            clients = [self.client(s.port, steps[:-1]) for _ in range(EACH)]
            for c in clients:
                c.reply()
            os.kill(pid, signal.SIGSTOP)
            for c in clients:
                c.send(steps[-1])
            time.sleep(0.3)
            os.kill(pid, signal.SIGKILL)
            taken = 0
            for c in clients:
                reply = c.reply()
                # A temporary no, or it was in time: never a permanent one.
                self.assertLess(reply.code, 500, reply)
                taken += reply.code == 250 and steps[-1] == TEXT
                c.close()
            s.wait_restarted(name, pid)

            def works():
                try:
                    return smtp.send_message(
                        s.port, "b@remote.test", USER,
                        smtp.make_message("after")).code == 250
                except BROKEN:
                    return False
            procs.wait_for(works, 20 * SLOW, "mail again")
            wait_empty(s)
            ids = s.maildir(USER).ids()
            self.assertGreaterEqual(ids.count("gone"), taken)
            self.assertLessEqual(ids.count("gone"), EACH)

    def test_lookupd_dies(self):
        self.asked("lookupd", ENVELOPE[:3])

    def test_queued_dies_at_open(self):
        self.asked("queued", ENVELOPE)

    def test_queued_dies_at_commit(self):
        self.asked("queued", [*ENVELOPE, TEXT])

    def test_sync_dies(self):
        self.asked("queued-sync", [*ENVELOPE, TEXT])

    def test_delivery(self):
        """deliverd dies with a server that holds it at each point; then
        the server goes there."""
        for verb in ("BANNER", "EHLO", "MAIL", "RCPT", "DATA", "EOM"):
            for how in ("die", "close"):
                with self.subTest(verb=verb, how=how), Relay(
                        options=["Queue_time 0"]) as r:
                    s = r.suite
                    r.sink.replies = {verb: b"" if how == "die" else None}
                    submit(s.port, USER, ["one@remote.test"],
                           smtp.make_message("one"))
                    submit(s.port, USER, [USER], smtp.make_message("near"))
                    s.maildir(USER).wait(1)
                    procs.wait_for(lambda: r.sink.sessions, 20 * SLOW,
                                   "a connection")
                    time.sleep(0.2)
                    pid = s.pid("deliverd")
                    r.sink.replies = {}
                    if how == "die":
                        os.kill(pid, signal.SIGKILL)
                    r.sink.wait(1, 30 * SLOW)
                    wait_empty(s)
                    self.assertEqual(1, len(r.sink.messages))
                    if how == "close":
                        self.assertEqual(pid, s.pid("deliverd"))


if __name__ == "__main__":
    unittest.main()
