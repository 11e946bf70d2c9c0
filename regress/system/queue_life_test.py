"""The queue lives through the death of anything: what got a 250 is there,
once.  And: when it is tried first, Sid, damage in the spool."""

import glob
import os
import socket
import sys
import threading
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import procs  # noqa: E402
import smtp  # noqa: E402
from queue_common import Relay, submit, write_message  # noqa: E402
from suite import SLOW, Suite, rounds  # noqa: E402

TIMEOUT = 240
USER = "user@example.test"


class Load(threading.Thread):
    """Sends messages one after the other until stopped; remembers which
    got their 250."""

    def __init__(self, port, name, rcpt=USER):
        super().__init__(daemon=True)
        self.port, self.prefix, self.rcpt = port, name, rcpt
        self.accepted, self.stopping = [], False
        self.start()

    def run(self):
        n = 0
        while not self.stopping:
            try:
                with smtp.Client(self.port, timeout=8 * SLOW) as c:
                    c.ehlo()
                    while not self.stopping:
                        n += 1
                        ident = f"{self.prefix}-{n}"
                        c.expect(250, "MAIL FROM:<a@client.test>")
                        c.expect(250, f"RCPT TO:<{self.rcpt}>")
                        c.expect(354, "DATA")
                        c.send(smtp.dot_stuff(smtp.make_message(
                            ident, size=100000 if n % 20 == 0 else 0)))
                        if c.reply() == 250:
                            self.accepted.append(ident)
            except (OSError, ValueError, AssertionError, smtp.Closed):
                time.sleep(0.05)

    def stop(self):
        self.stopping = True
        self.join(20 * SLOW)


class Life(unittest.TestCase):
    def check_all(self, suite, accepted, box=None, twice=0):
        """Each accepted message is there, at most "twice" of them two
        times."""
        box = box or suite.maildir(USER)
        want = set(accepted)

        def test():
            return want <= {i for i in box.ids()}
        try:
            procs.wait_for(test, 40 * SLOW, "all accepted messages",
                           every=0.3)
        except TimeoutError:
            missing = sorted(want - set(box.ids()))
            self.fail(f"{len(missing)} of {len(want)} lost: {missing[:5]}")
        ids = [i for i in box.ids() if i in want]
        self.assertLessEqual(len(ids) - len(set(ids)), twice)

    def killed(self, name, n):
        with Suite(options=["Lavg_queue 0", "Lavg_negative 0",
                            "Qsleep_time 1", "Max_msgs_per_cnx 100000"]) as s:
            s.wait_log("selor is up")
            loads = [Load(s.port, f"{name}{i}") for i in range(4)]
            for _ in range(n):
                time.sleep(0.8)
                old = s.kill9(name)
                s.wait_restarted(name, old, 30)
            time.sleep(1)
            for load in loads:
                load.stop()
            accepted = sum((x.accepted for x in loads), [])
            self.assertGreater(len(accepted), 50)
            self.check_all(s, accepted)

    def test_kill_queued(self):
        self.killed("queued", rounds(3, 30))

    def test_kill_sync(self):
        self.killed("queued-sync", rounds(3, 30))

    def test_kill_deliverd(self):
        self.killed("deliverd", rounds(3, 30))

    def test_kill_all(self):
        with Suite(options=["Lavg_queue 0", "Lavg_negative 0",
                            "Qsleep_time 1", "Max_msgs_per_cnx 100000"]) as s:
            accepted = []
            for turn in range(rounds(3, 30)):
                s.wait_log("selor is up")
                loads = [Load(s.port, f"t{turn}-{i}") for i in range(4)]
                time.sleep(1.5)
                s.kill_all()
                for load in loads:
                    load.stop()
                    accepted += load.accepted
                s.start()
            self.assertGreater(len(accepted), 50)
            self.check_all(s, accepted)

    def test_restart_keeps(self):
        """Deferred mail outlives a clean stop and a crash, with what is
        known of it; then it is delivered."""
        with Relay() as r:
            s = r.suite
            for n in range(20):
                submit(s.port, USER, ["later@remote.test", USER],
                       message=smtp.make_message(f"k{n}"))
            s.maildir(USER).wait(20)
            s.restart()
            s.wait_log("20 messages in the queue", name="warning")
            s.kill_all()
            r.sink.replies = {}
            del r.sink.messages[:]
            s.start()
            s.stop()
            s.options.append("Queue_time 0")
            s.write_conf()
            s.start()
            got = r.sink.wait(20, 30 * SLOW)
            self.assertEqual(len(got), 20)
            time.sleep(1)
            self.assertEqual(len(r.sink.messages), 20)
            self.assertEqual(s.maildir(USER).count(), 20)

    def test_immediate(self):
        """0: at the next scan; 1: when the client has gone; 2: at once."""
        for mode in (0, 1, 2):
            with Suite(options=[f"Immed_delivery {mode}", "Qsleep_time 5",
                                "Lavg_queue 0"]) as s:
                s.wait_log("selor is up")
                box = s.maildir(USER)
                with smtp.Client(s.port) as c:
                    c.ehlo()
                    c.expect(250, "MAIL FROM:<a@client.test>")
                    c.expect(250, f"RCPT TO:<{USER}>")
                    c.expect(354, "DATA")
                    c.send(smtp.dot_stuff(smtp.make_message("1")))
                    self.assertEqual(c.reply(), 250)
                    begun = time.monotonic()
                    time.sleep(1)
                    self.assertLessEqual(box.count(), 1 if mode == 2 else
                                         int(mode == 0))
                    if mode == 2:
                        box.wait(1)
                box.wait(1, 3 * SLOW if mode else 8 * SLOW)
                if mode == 1 and SLOW == 1:
                    self.assertLess(time.monotonic() - begun, 4)

    def test_queue_time_zero_ends(self):
        """Max_attempts attempts and then a report, however fast."""
        with Relay(options=["Queue_time 0", "Max_attempts 3"]) as r:
            submit(r.suite.port, USER, ["later@remote.test"])
            box = r.suite.maildir(USER)
            box.wait(1)
            self.assertIn(b"4.4.7", box.raw()[0])
            tries = [c for c in r.sink.commands if c.startswith(b"RCPT")]
            self.assertEqual(len(tries), 3)

    def test_backlog(self):
        """After a restart with more mail for hosts that never answer than
        there may be tasks, new mail goes out at once."""
        silent = socket.socket()
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.addCleanup(silent.close)
        domains = [f"d{k}.test" for k in range(64)]
        with Relay(options=["Dest_max_cnx 2"]) as r:
            s = r.suite
            silent.bind(("127.0.0.3", r.sink.port))
            silent.listen(256)
            r.dns.set("remote.test. MX 10 mx.remote.test.",
                      "mx.remote.test. A 127.0.0.1",
                      *[f"{d}. A 127.0.0.3" for d in domains])
            s.stop()
            for i in range(330):
                write_message(s, i, {f"u{i}@{d}": [
                    "state deferred", "tries 1", "due 1"] for d in domains})
            s.start()
            submit(s.port, "a@client.test", [USER], smtp.make_message("n"))
            submit(s.port, "a@client.test", ["good@remote.test"])
            s.maildir(USER).wait(1, 15 * SLOW)
            r.sink.wait(1, timeout=15 * SLOW)

    def test_dead_destinations(self):
        """Hosts that were not reached when last tried share half of the
        slots: mail for others goes out while they are waited for."""
        silent = socket.socket()
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.addCleanup(silent.close)
        domains = [f"d{k}.test" for k in range(40)]
        with Relay(options=["Max_qprocs 12", "Timeout 120"]) as r:
            s = r.suite
            silent.bind(("127.0.0.3", r.sink.port))
            silent.listen(256)
            r.dns.set("remote.test. MX 10 mx.remote.test.",
                      "mx.remote.test. A 127.0.0.1",
                      *[f"{d}. A 127.0.0.3" for d in domains])
            s.stop()
            for i, d in enumerate(domains):
                write_message(s, i, {f"u@{d}": [
                    "state deferred", "tries 1", "due 1",
                    "answer 4.4.1 451 - Cannot connect"]})
            s.start()

            def out():
                return s.show("stats", "queued")["queued"]["tasks_out"]
            procs.wait_for(lambda: out() == 6, 20 * SLOW, "half of the slots")
            submit(s.port, "a@client.test", ["good@remote.test"])
            r.sink.wait(1, timeout=15 * SLOW)
            self.assertLessEqual(out(), 6)

    def test_dead_destination(self):
        """A host that takes nothing holds nobody up."""
        def stuck(session, line):
            return b"" if b"stuck" in line else b"250 2.1.5 ok\r\n"
        with Relay(replies={"RCPT": stuck}, options=[
                "Timeout 30", "Dest_max_cnx 5"]) as r:
            for n in range(60):
                submit(r.suite.port, USER, [f"stuck{n}@remote.test"])
            begun = time.monotonic()
            submit(r.suite.port, USER, ["good@other.test", USER])
            r.suite.maildir(USER).wait(1, 10 * SLOW)
            r.sink.wait(1, 10 * SLOW)
            self.assertLess(time.monotonic() - begun, 10 * SLOW)

    def test_two_on_one_spool(self):
        """Two suites with a Sid each share the directory and leave each
        other's mail alone; one Sid is served by one queued only."""
        with Suite(options=['Sid "one"', "Lavg_queue 0"]) as a:
            a.wait_log("selor is up")
            b = Suite(options=['Sid "two"', "Lavg_queue 0",
                               f'Queue_path "{a.path("spool")}"'])
            with b:
                ids = []
                for s in (a, b):
                    s.wait_log("selor is up")
                    for n in range(5):
                        ids.append(submit(s.port, "x@client.test", [USER]))
                    s.maildir(USER).wait(5)
                self.assertTrue(all(i.endswith("_one") for i in ids[:5]))
                self.assertTrue(all(i.endswith("_two") for i in ids[5:]))
                self.assertEqual(a.maildir(USER).count(), 5)
                self.assertEqual(b.maildir(USER).count(), 5)

    def test_damage(self):
        """What can not be read is set aside and said; the rest is
        delivered."""
        with Relay() as r:
            s = r.suite
            s.stop()
            good = write_message(s, 1, {"good@remote.test": []})
            bad = write_message(s, 2, {"lost@remote.test": []})
            with open(s.path("spool", "l" + bad), "wb") as f:
                f.write(b"selor-queue 1\nid ../../etc\n\x00\xff")
            lone = write_message(s, 3, {"lone@remote.test": []})
            os.unlink(s.path("spool", "c" + lone))
            s.start()
            r.sink.wait(1)
            time.sleep(1)
            rcpts = [x.rcpts for x in r.sink.messages]
            self.assertEqual(len(rcpts), 1, rcpts)
            self.assertIn("good@remote.test", str(rcpts))
            set_aside = [os.path.basename(p) for p in glob.glob(
                s.path("spool", "damaged", "**"), recursive=True)]
            self.assertTrue(any(bad in n for n in set_aside), set_aside)
            self.assertTrue(any(lone in n for n in set_aside), set_aside)
            warnings = "\n".join(s.log("warning"))
            self.assertIn(bad, warnings)
            self.assertIn(lone, warnings)
            self.assertNotIn(good, " ".join(set_aside))


if __name__ == "__main__":
    unittest.main()
