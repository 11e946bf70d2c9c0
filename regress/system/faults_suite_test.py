"""Disks that are full or broken and processes without descriptors: the reply
is a temporary one, what got its 250 is delivered, the others work on, and
all is well again when the cause has gone."""

import errno
import os
import sys
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import procs  # noqa: E402
import smtp  # noqa: E402
from crash_common import (  # noqa: E402
    BROKEN, OPTIONS, USER, check, start_load, stop_load, wait_empty)
from faults import (  # noqa: E402
    Faults, fd_limits, limit_fds, set_fds, small_disk)
from queue_common import Relay  # noqa: E402
from suite import SLOW, Suite  # noqa: E402

TIMEOUT = 240
MIB = 1 << 20


def fill(folder, leave):
    """A file that takes all room of a file system but so many bytes."""
    path = os.path.join(folder, "filler")
    with open(path, "ab") as f:
        for _ in range(1000):
            st = os.statvfs(folder)
            left = st.f_bavail * st.f_frsize - leave
            if left <= 0:
                break
            try:
                os.posix_fallocate(f.fileno(), os.path.getsize(path), left)
            except OSError:
                pass        # others take some of it meanwhile
    return path


def final(port, message, rcpt=USER, sender="a@client.test"):
    """The first reply that is no success, or the last one."""
    with smtp.Client(port, timeout=20 * SLOW) as c:
        c.ehlo()
        for text in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{rcpt}>", "DATA"):
            reply = c.cmd(text)
            if reply.code >= 400:
                return reply
        c.send(smtp.dot_stuff(message))
        return c.reply()


class Faulty(unittest.TestCase):
    def sent(self, suite, name, size=0, **kw):
        reply = final(suite.port, smtp.make_message(name, size=size), **kw)
        self.assertEqual(250, reply.code, reply)
        return name

    def recovers(self, suite, name, size=0):
        """Within seconds mail is taken again."""
        message = smtp.make_message(name, size=size)

        def test():
            try:
                return final(suite.port, message).code == 250
            except BROKEN:
                return False
        procs.wait_for(test, 20 * SLOW, "recovery", every=0.2)


class Disk(Faulty):
    def test_spool_full(self):
        s = Suite(options=OPTIONS)
        with small_disk(s.path("spool"), 256 * 1024):
            with s:
                names = [self.sent(s, "before")]
                # Files in the spool's directory that are none of its own.
                filler = fill(s.path("spool"), 2 * MIB)
                time.sleep(1.1)         # it looks once in a second
                for size in (0, 200000):
                    reply = final(s.port, smtp.make_message("n", size=size))
                    self.assertEqual(452, reply.code, reply)
                    self.assertTrue(reply.enhanced().startswith("4.3."),
                                    reply)
                os.unlink(filler)
                self.recovers(s, "after")
                names.append("after")
                # It becomes full in the middle of a message.
                with smtp.Client(s.port, timeout=20 * SLOW) as c:
                    c.ehlo()
                    c.expect(250, "MAIL FROM:<a@client.test>")
                    c.expect(250, f"RCPT TO:<{USER}>")
                    c.expect(354, "DATA")
                    text = smtp.dot_stuff(smtp.make_message("cut")
                                          + b"x\r\n" * (2 * MIB))
                    c.send(text[:MIB])
                    time.sleep(0.3)
                    filler = fill(s.path("spool"), 0)
                    c.send(text[MIB:])
                    self.assertEqual(452, c.reply().code)
                    os.unlink(filler)
                    time.sleep(1.1)
                    c.expect(250, "MAIL FROM:<a@client.test>")
                self.recovers(s, "last", 200000)
                names.append("last")
                wait_empty(s)
                self.assertEqual(sorted(names),
                                 sorted(s.maildir(USER).ids()))

    def broken(self, rules, codes):
        """Calls fail under load; then everything crashes."""
        with Faults() as faults, Suite(env=faults.env, options=OPTIONS) as s:
            loads = start_load(s.port, 6, "f", big=5)
            procs.wait_for(lambda: all(x.accepted for x in loads),
                           20 * SLOW, "load")
            numbers = [faults.set(*r) for r in rules]
            procs.wait_for(lambda: any(faults.hits(n) for n in numbers),
                           20 * SLOW, f"a hit of {rules}")
            time.sleep(1.0 * SLOW)
            # The disk is broken still: what it took is on it all the same.
            accepted, tries = stop_load(loads)
            seen = set().union(*(x.codes for x in loads))
            self.assertLessEqual(seen, {250} | codes)
            faults.clear()
            self.recovers(s, "again")
            s.kill_all()
            s.start()
            wait_empty(s)
            check(accepted + ["again"], s.maildir(USER).ids(), tries)

    def test_sync_fails_once(self):
        self.broken([("queued-sync", "fdatasync", errno.EIO, 0, 3),
                     ("queued-sync", "fsync", errno.EIO, 0, 3)], {451})

    def test_sync_fails(self):
        self.broken([("queued-sync", "fdatasync", errno.EIO),
                     ("queued-sync", "fsync", errno.EIO)], {451, 421})

    def test_write_fails(self):
        self.broken([("queued", "pwrite", errno.EIO)], {451, 421})

    def test_content_write_fails(self):
        self.broken([("smtpd", "write", errno.EIO, 0, 3)], {451})

    def deferred(self, breaks, mends):
        with Faults() as faults:
            s = Suite(env=faults.env, options=OPTIONS)
            # Room for what comes later, not for the message.
            with small_disk(s.home(USER), 4096), s:
                self.sent(s, "before")
                s.maildir(USER).wait(1)
                breaks(s, faults)
                self.sent(s, "one", sender=USER)
                self.sent(s, "big", size=200000, sender=USER)
                s.wait_log(r"deferred id=.*recipient=" + USER, 20, "summary")
                mends(s, faults)
                wait_empty(s)
                self.assertEqual(["before", "big", "one"],
                                 sorted(s.maildir(USER).ids()))
                self.assertEqual([], s.maildir(USER).leftovers())
                self.assertNotIn("failed id=", "\n".join(s.log("summary")))

    def test_mailbox_full(self):
        self.deferred(lambda s, _: fill(s.home(USER), 0),
                      lambda s, _: os.unlink(
                          os.path.join(s.home(USER), "filler")))

    def test_mailbox_over_quota(self):
        self.deferred(
            lambda _, f: f.set("agent", "write", errno.EDQUOT),
            lambda _, f: f.clear())

    def test_mailbox_sync_fails(self):
        self.deferred(lambda _, f: [f.set("agent", c, errno.EIO)
                                    for c in ("fsync", "syncfs")],
                      lambda _, f: f.clear())


class Descriptors(Faulty):
    def test_smtpd(self):
        """Who is in stays and works; who comes waits or is told; then all
        goes on."""
        with Suite(options=[*OPTIONS, "Smtpd_procs 1"]) as s:
            pid = s.pid("smtpd")
            with smtp.Client(s.port) as old:
                old.ehlo()
                limits = limit_fds(pid, 3)
                more = []
                for _ in range(12):
                    try:
                        more.append(smtp.Client(s.port, banner=False))
                    except OSError:
                        pass
                for size in (0, 200000):
                    old.expect(250, "MAIL FROM:<a@client.test>")
                    old.expect(250, f"RCPT TO:<{USER}>")
                    reply = old.cmd("DATA")
                    if reply.code == 354:
                        old.send(smtp.dot_stuff(smtp.make_message(
                            f"old-{size}", size=size)))
                        reply = old.reply()
                    # The second wants a descriptor of the content.
                    self.assertIn(reply.code,
                                  (250,) if not size else (250, 451, 452))
                    old.expect(250, "RSET")
                for c in more:
                    c.close()
                set_fds(pid, limits)
                self.recovers(s, "after", 200000)
                old.expect(250, "NOOP")
            self.assertEqual(pid, s.pid("smtpd"))
            wait_empty(s)
            self.assertLessEqual({"old-0", "after"},
                                 set(s.maildir(USER).ids()))

    def test_queued(self):
        """What goes without a file is taken as ever."""
        with Suite(options=OPTIONS) as s:
            self.sent(s, "first")
            wait_empty(s)
            pid = s.pid("queued")
            # Not one more; what is closed may be opened again.
            limits, _ = fd_limits(pid)
            set_fds(pid, 1 + max(map(int, os.listdir(f"/proc/{pid}/fd"))))
            names = [self.sent(s, f"small{i}") for i in range(5)]
            reply = final(s.port, smtp.make_message("big", size=200000))
            self.assertIn(reply.code, (250, 451, 452), reply)
            s.maildir(USER).wait(1 + len(names))
            set_fds(pid, limits)
            self.recovers(s, "later", 200000)
            wait_empty(s)
            self.assertEqual(pid, s.pid("queued"))
            self.assertLessEqual({"first", "later", *names},
                                 set(s.maildir(USER).ids()))

    def test_deliverd(self):
        """Local mail flows; what wants a connection is tried later."""
        with Relay(options=["Queue_time 0"]) as r:
            s = r.suite
            self.sent(s, "first")
            s.maildir(USER).wait(1)
            pid = s.pid("deliverd")
            limits = limit_fds(pid, 0)
            self.sent(s, "far", rcpt="good@remote.test")
            self.sent(s, "near")
            s.maildir(USER).wait(2)
            # Want of our own descriptors is neither the host's fault nor an
            # attempt: it waits.
            time.sleep(2)
            self.assertNotRegex("\n".join(s.log("summary")),
                                r"(failed|bounced) .*good@remote")
            self.assertEqual([], r.sink.messages)
            set_fds(pid, limits)
            r.sink.wait(1)
            wait_empty(s)
            self.assertEqual(pid, s.pid("deliverd"))
            self.assertEqual(1, len(r.sink.messages))


if __name__ == "__main__":
    unittest.main()
