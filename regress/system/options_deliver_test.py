"""Options of delivery, through the whole suite: what other servers, programs
and reports show of them."""

import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import dns
import procs
import smtp
from sink import Sink
from suite import SLOW, Suite

TIMEOUT = 240
USER = "user@example.test"
RELAY = 'Relay_from "127.0.0.0/8"'


class Case(unittest.TestCase):
    def scratch(self):
        path = tempfile.mkdtemp(prefix="options.")
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        os.chmod(path, 0o755)
        return path

    def names(self, *records):
        server = dns.Dns(self.scratch())
        server.set(*records)
        server.__enter__()
        self.addCleanup(server.stop)
        return server

    def suite(self, server, *options, **kw):
        s = Suite(dns=server, options=[RELAY, "Qsleep_time 1", *options],
                  **kw)
        s.__enter__()
        self.addCleanup(s.__exit__, None, None, None)
        return s

    def sink(self, **kw):
        sink = Sink(**kw)
        self.addCleanup(sink.stop)
        return sink

    def send(self, s, to, ident="1", sender=USER):
        self.assertEqual(smtp.send_message(s.port, sender, to,
                                           smtp.make_message(ident)), 250)


def hosts(*addresses):
    """far.test with these servers, the first one first."""
    rows = []
    for n, address in enumerate(addresses):
        rows += [f"far.test MX {10 * (n + 1)} mx{n}.far.test.",
                 f"mx{n}.far.test A {address}"]
    return rows


class Full:
    """A listener that takes no more: who connects waits."""

    def __init__(self, address, port):
        self.sock = socket.socket()
        self.sock.bind((address, port))
        self.sock.listen(0)
        self.waiting = []
        for _ in range(4):
            c = socket.socket()
            c.setblocking(False)
            c.connect_ex((address, port))
            self.waiting.append(c)

    def stop(self):
        for c in self.waiting + [self.sock]:
            c.close()


class Waits(Case):
    def delivered_after(self, options):
        """Seconds until the second host has what the first did not take."""
        server = self.names(*hosts("127.0.0.5", "127.0.0.6"))
        s = self.suite(server, f"Mx_port {self.good.port}", *options)
        start = time.monotonic()
        self.send(s, "x@far.test")
        self.good.wait(1, 30 * SLOW)
        return time.monotonic() - start

    def setUp(self):
        self.good = self.sink(address="127.0.0.6")

    def test_connect_timeout(self):
        full = Full("127.0.0.5", self.good.port)
        self.addCleanup(full.stop)
        took = self.delivered_after(["Connect_timeout 2", "Timeout 60"])
        self.assertGreaterEqual(took, 1.9)
        self.assertLess(took, 12 * SLOW)

    def test_timeout(self):
        self.sink(address="127.0.0.5", port=self.good.port,
                  replies={"BANNER": b""})
        took = self.delivered_after(["Connect_timeout 60", "Timeout 2"])
        self.assertGreaterEqual(took, 1.9)
        self.assertLess(took, 12 * SLOW)


class Pace(Case):
    def most(self, limit, messages=14):
        """How many sessions were in the middle of a message at once."""
        lock, now, most = threading.Lock(), [0], [0]

        def slow(session, line):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.3)
            with lock:
                now[0] -= 1
            return b"250 2.0.0 taken\r\n"

        sink = self.sink(address="127.0.0.5", replies={"EOM": slow})
        s = self.suite(self.server, f"Mx_port {sink.port}",
                       f"Dest_max_cnx {limit}")
        for i in range(messages):
            self.send(s, "x@far.test", str(i))
        sink.wait(messages, 60 * SLOW)
        return most[0]

    def test_connections_to_one_destination(self):
        self.server = self.names(*hosts("127.0.0.5"))
        self.assertEqual(self.most(2), 2)
        self.assertGreater(self.most(20), 2)

    def test_tarpit(self):
        sink = self.sink(address="127.0.0.5")
        s = self.suite(self.names(*hosts("127.0.0.5")),
                       f"Mx_port {sink.port}", "Tarpit_limit 2",
                       "Tarpit_sleep 2")
        self.send(s, [f"x{i}@far.test" for i in range(5)])
        sink.wait(3, 30 * SLOW)
        self.assertEqual(sorted(len(m.rcpts) for m in sink.messages),
                         [1, 2, 2])
        self.assertEqual(len({m.session.number for m in sink.messages}), 3)
        times = sorted(m.time for m in sink.messages)
        for one, next in zip(times, times[1:]):
            self.assertGreaterEqual(next - one, 1.9)


class Routes(Case):
    def test_mx_alias_ip(self):
        sink = self.sink(address="127.0.0.5")
        server = self.names("far.test MX 10 alias.far.test.",
                            "alias.far.test CNAME real.far.test.",
                            "real.far.test A 127.0.0.5")
        s = self.suite(server, f"Mx_port {sink.port}", "Max_attempts 1")
        self.send(s, "x@far.test")
        s.maildir().wait(1)
        self.assertEqual(sink.messages, [])
        s.reload(s.options + ["Mx_alias_ip 1"])
        self.send(s, "y@far.test")
        sink.wait(1)

    def test_reasons_in_reports(self):
        server = self.names(*hosts("127.0.0.5"))
        with Sink(address="127.0.0.5") as sink:
            port = sink.port
        s = self.suite(server, f"Mx_port {port}", "Max_attempts 1",
                       'Msg_cannot_connect "t-connect"',
                       'Msg_cannot_resolve "t-resolve"')
        for to, text, status in (("x@far.test", b"t-connect", b"4.4.7"),
                                 ("x@gone.test", b"t-resolve", b"5.1.2")):
            before = s.maildir().count()
            self.send(s, to)
            raw = [r for r in s.maildir().wait(before + 1)
                   if to.encode() in r][0]
            self.assertIn(text, raw)
            self.assertIn(b"\nStatus: " + status, raw)


class Programs(Case):
    SCRIPT = ("#!/bin/sh\necho + >>{log}\ncat >/dev/null\nsleep {sleep}\n"
              "echo - >>{log}\n")

    def programs(self, sleep, *options, users=6):
        """A suite whose Dlocal says when it begins and when it ends."""
        folder = self.scratch()
        self.log = os.path.join(folder, "log")
        script = os.path.join(folder, "deliver")
        with open(script, "w") as f:
            f.write(self.SCRIPT.format(log=self.log, sleep=sleep))
        os.chmod(script, 0o755)
        open(self.log, "w").close()
        os.chmod(self.log, 0o666)
        return self.suite(None, f'Dlocal "{script}"', "Dlocal_type 0",
                          *options, delivery="",
                          users={f"u{i}@example.test": {}
                                 for i in range(users)})

    def marks(self):
        with open(self.log) as f:
            return f.read().split()

    def most(self, limit):
        s = self.programs(0.4, f"Dlocal_max_procs {limit}")
        self.send(s, list(s.users), sender="a@client.test")
        procs.wait_for(lambda: self.marks().count("-") == 6, 30 * SLOW,
                       "all programs")
        now = most = 0
        for mark in self.marks():
            now += 1 if mark == "+" else -1
            most = max(most, now)
        return most

    def test_at_a_time(self):
        self.assertEqual(self.most(2), 2)
        self.assertGreater(self.most(0), 2)

    def test_time_limit(self):
        s = self.programs(60, "Dlocal_timeout 1", users=1)
        start = time.monotonic()
        self.send(s, list(s.users), sender="a@client.test")
        line = s.wait_log(" deferred ", 20 * SLOW, name="summary")[0]
        self.assertGreaterEqual(time.monotonic() - start, 0.9)
        self.assertRegex(line, r"code=4\d\d")
        self.assertEqual(self.marks(), ["+"])
        # The shell's own child has gone with it.
        self.assertEqual([p for p in s.pids()
                          if "sleep 60" in procs.command(p)], [])

    def test_least_uid(self):
        """Neither the agent nor a program is run below Min_uid."""
        uid = 6000
        users = {USER: {"uid": uid}}
        s = self.suite(None, f"Min_uid {uid + 1}", users=users)
        self.send(s, USER, sender="a@client.test")
        s.wait_log(r" (deferred|failed) ", name="summary")
        self.assertEqual(s.maildir().count(), 0)
        self.assertEqual(s.show("stats")["deliverd"]["agents"], 0)
        s.reload([*s.options, f"Min_uid {uid}"])
        self.send(s, USER, "2", sender="a@client.test")
        s.maildir().wait(1)
        self.assertEqual(os.stat(s.maildir().files()[0]).st_uid, uid)

    def test_own_program(self):
        """A mailbox's dlocal runs only if Adlocal_allowed names it."""
        folder = self.scratch()
        os.chmod(folder, 0o777)
        script, out = (os.path.join(folder, n) for n in ("own", "out"))
        with open(script, "w") as f:
            f.write(f"#!/bin/sh\ncat >{out}\n")
        os.chmod(script, 0o755)
        users = {USER: {"dlocal": f'"{script}"'}}
        s = self.suite(None, users=users)
        self.send(s, USER, sender="a@client.test")
        s.wait_log(r" (delivered|deferred|failed) ", name="summary")
        self.assertFalse(os.path.exists(out))
        s.reload([*s.options, f'Adlocal_allowed "{script}"'])
        self.send(s, USER, "2", sender="a@client.test")
        procs.wait_for(lambda: os.path.exists(out) and os.path.getsize(out),
                       10 * SLOW, "the mailbox's own program")


class SyncTime(Case):
    HOLD = 10  # seconds; the most that the option takes

    def held(self):
        """A message on disk that is not yet in new/, behind one that is."""
        s = self.suite(None, f"Delivery_sync_time {1000 * self.HOLD}",
                       users={USER: {}})
        box = s.maildir()
        self.start = time.monotonic()
        self.send(s, USER, "first", sender="a@client.test")
        # A quiet server makes nobody wait.
        box.wait(1)
        self.assertLess(time.monotonic() - self.start, self.HOLD)
        self.send(s, USER, "second", sender="a@client.test")
        procs.wait_for(lambda: len(box.leftovers()) == 1, self.HOLD,
                       "the second message")
        self.assertEqual(box.ids(), ["first"])
        return s, box

    def check_two(self, s, box):
        self.assertEqual(sorted(box.ids()), ["first", "second"])
        self.assertEqual(box.leftovers(), [])
        procs.wait_for(lambda: sum(" delivered " in line for line
                                   in s.log("summary")) == 2, 10 * SLOW,
                       "two lines of the log")

    def test_waits(self):
        s, box = self.held()
        box.wait(2, (self.HOLD + 20) * SLOW)
        self.assertGreaterEqual(time.monotonic() - self.start, self.HOLD)
        self.check_two(s, box)

    def test_reload(self):
        s, box = self.held()
        s.reload([*s.options, "Delivery_sync_time 0"])
        box.wait(2)
        self.assertLess(time.monotonic() - self.start, self.HOLD)
        self.check_two(s, box)

    def test_stop(self):
        """What is held is no reason to wait, and its result is kept."""
        s, box = self.held()
        s.stop()
        self.assertLess(time.monotonic() - self.start, self.HOLD)
        self.check_two(s, box)

    def test_agent_ends(self):
        """What an agent held when it ended goes once more, with another, and
        that is no attempt that Queue_time would follow."""
        s, box = self.held()
        os.kill(s.pid("agent"), signal.SIGKILL)
        box.wait(2, (self.HOLD + 20) * SLOW)
        # The first agent's file in tmp/ is for whoever sweeps Maildirs.
        self.assertEqual(sorted(box.ids()), ["first", "second"])
        procs.wait_for(lambda: sum(" delivered " in line for line
                                   in s.log("summary")) == 2, 10 * SLOW,
                       "two lines of the log")
        self.assertEqual([line for line in s.log("summary")
                          if " deferred " in line], [])


if __name__ == "__main__":
    unittest.main()
