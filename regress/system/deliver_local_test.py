"""Local delivery by deliverd and its agents: what is written, that a repeat
makes no second copy, that an agent that dies loses nothing."""

import fcntl
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
sys.path.insert(0, os.path.dirname(__file__))

from sink import Sink  # noqa: E402
from maildir import Maildir  # noqa: E402
import suite  # noqa: E402
from deliver_stub import (  # noqa: E402
    LOCAL, LOOK_OK, LOOK_TEMP, OK, PERM, TEMP, Deliverd)

TIMEOUT = 240
CONTENT = b"Received: by us\r\nSubject: x\r\n\r\nhello\r\nFrom here\r\n"
OLD = 1700000000


class Case(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="deliver.")
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.box = {"status": LOOK_OK, "user": "u", "home": self.home,
                    "dlocal": ""}
        self.maildir = Maildir(os.path.join(self.home, "Maildir"))

    def deliverd(self, how="maildir:Maildir", options=(), **more):
        return Deliverd([f'Local_delivery "{how}"', *options],
                        mailboxes={"u@x.test": self.box}, **more)

    def one(self, d, content=CONTENT, **more):
        result, = d.deliver("s@y.test", ["u@x.test"], content, route=LOCAL,
                            **more)
        return result

    def check(self, result, kind, text=None, enhanced=None):
        self.assertEqual(kind, result["result"], result)
        if text:
            self.assertIn(text, result["text"])
        if enhanced:
            self.assertEqual(enhanced, result["enhanced"], result)


class Maildirs(Case):
    def test_written(self):
        with self.deliverd() as d:
            self.check(self.one(d), OK)
            self.check(self.one(d, CONTENT * 5000), OK)
        small, big = sorted(self.maildir.raw(), key=len)
        head = b"Return-Path: <s@y.test>\nDelivered-To: u@x.test\n"
        self.assertEqual(head + CONTENT.replace(b"\r\n", b"\n"), small)
        self.assertEqual(head + (CONTENT * 5000).replace(b"\r\n", b"\n"),
                         big)
        self.assertEqual([], self.maildir.leftovers())
        for path in (self.maildir.path, *self.maildir.files()):
            self.assertEqual(0, os.stat(path).st_mode & 0o077, path)

    def test_line_ends_at_chunk_edges(self):
        content = b"A: b\r\n\r\n" + b"".join(
            b"x" * (65536 - 10 + i) + b"\r\n" for i in range(20)) + b"end\r"
        with self.deliverd() as d:
            self.check(self.one(d, content), OK)
        raw, = self.maildir.raw()
        self.assertTrue(raw.endswith(content.replace(b"\r\n", b"\n")))

    def test_repeat_makes_no_copy(self):
        with self.deliverd() as d:
            for _ in range(2):
                self.check(self.one(d, msgid=77, arrival=OLD), OK)
            self.assertEqual(1, self.maildir.count())
            # Read meanwhile.
            path, = self.maildir.files()
            os.rename(path, path.replace("/new/", "/cur/") + ":2,RS")
        with self.deliverd() as d:
            self.check(self.one(d, msgid=77, arrival=OLD), OK)
            self.assertEqual(1, self.maildir.count())
            self.check(self.one(d, msgid=78, arrival=OLD), OK)
        self.assertEqual(2, self.maildir.count())
        self.assertEqual([], self.maildir.leftovers())

    def test_torn_copy_is_replaced(self):
        with self.deliverd() as d:
            self.check(self.one(d, msgid=77, arrival=OLD), OK)
            path, = self.maildir.files()
            whole = self.maildir.raw()[0]
            os.truncate(path, 10)
            self.check(self.one(d, msgid=77, arrival=OLD), OK)
        self.assertEqual([whole], self.maildir.raw())

    def test_queued_comes_again(self):
        """After a restart of queued a message may come a second time."""
        now = int(time.time())
        with self.deliverd() as d:
            self.check(self.one(d, msgid=77, arrival=now), OK)
            path, = self.maildir.files()
            os.rename(path, path.replace("/new/", "/cur/") + ":2,S")
            d.queued.close()
            d.connect_queued()
            self.check(self.one(d, msgid=77, arrival=now), OK)
        self.assertEqual(1, self.maildir.count())

    def test_agent_killed(self):
        with self.deliverd() as d:
            tasks = [d.submit("s@y", ["u@x.test"], CONTENT, route=LOCAL,
                              msgid=i + 1, arrival=OLD) for i in range(300)]
            while not d.agents:
                time.sleep(0.001)
            time.sleep(0.02)
            list(d.agents.values())[0].process.send_signal(signal.SIGKILL)
            again = []
            for i, t in enumerate(tasks):
                r, = t.wait()
                if r["result"] != OK:
                    self.check(r, TEMP, "agent ended")
                    again.append(i)
            for i in again:
                self.check(self.one(d, msgid=i + 1, arrival=OLD), OK)
        self.assertEqual(300, self.maildir.count())

    def test_agent_stopped_by_its_user(self):
        """Who stops his agent holds up his own mail alone."""
        other = dict(self.box, user="v",
                     home=tempfile.mkdtemp(prefix="deliver."))
        self.addCleanup(shutil.rmtree, other["home"], ignore_errors=True)
        with self.deliverd() as d:
            d.mailboxes["v@x.test"] = other
            self.check(self.one(d), OK)
            agent, = d.agents.values()
            agent.process.send_signal(signal.SIGSTOP)
            stuck = [d.submit("s@y", ["u@x.test"], CONTENT, route=LOCAL)
                     for _ in range(d.room)]
            for t in stuck:
                self.check(t.wait(40)[0], TEMP)
            agent.process.kill()
            result, = d.deliver("s@y", ["v@x.test"], CONTENT, route=LOCAL)
            self.check(result, OK)

    def test_symlink(self):
        other = os.path.join(self.home, "elsewhere")
        os.mkdir(other)
        os.symlink(other, self.maildir.path)
        with self.deliverd() as d:
            self.check(self.one(d), TEMP, "can not open")
        self.assertEqual([], os.listdir(other))

    def test_not_ours(self):
        os.makedirs(os.path.join(self.maildir.path, "new"))
        os.chown(os.path.join(self.maildir.path, "new"), 12345, 12345)
        with self.deliverd() as d:
            self.check(self.one(d), TEMP, "can not open", "4.3.5")

    def test_moved_away(self):
        """A Maildir that was renamed is not written to any more."""
        with self.deliverd() as d:
            self.check(self.one(d), OK)
            os.rename(self.maildir.path, self.maildir.path + ".old")
            self.check(self.one(d), OK)
        self.assertEqual(1, self.maildir.count())

    def test_part_taken_away(self):
        """What a user removes is made again, though it was kept open."""
        with self.deliverd() as d:
            for i, part in enumerate(("tmp", "cur", "new")):
                self.check(self.one(d), OK)
                shutil.rmtree(os.path.join(self.maildir.path, part))
                self.check(self.one(d), OK)
                self.assertTrue(os.path.isdir(
                    os.path.join(self.maildir.path, "new")))

    def test_path_variables(self):
        with self.deliverd("maildir:%C/%c/%p/%l") as d:
            self.check(self.one(d), OK)
        self.assertEqual(1, Maildir(
            os.path.join(self.home, "x.test/u/u")).count())

    def test_hostile_names(self):
        names = ["../x@x.test", ".@x.test", "a/b@x.test", "a..b@x.test"]
        with self.deliverd("maildir:%C/%p") as d:
            for n in names:
                d.mailboxes[n] = self.box
                result, = d.deliver("s@y", [n], CONTENT, route=LOCAL)
                self.check(result, TEMP)
        self.assertEqual([], os.listdir(self.home))

    def test_full_disk(self):
        small = os.path.join(self.home, "disk")
        os.mkdir(small)
        if os.system(f"mount -t tmpfs -o size=256k none {small}") != 0:
            raise AssertionError("no tmpfs")
        self.addCleanup(os.system, f"umount {small}")
        self.box["home"] = small
        with self.deliverd() as d:
            self.check(self.one(d), OK)
            self.check(self.one(d, CONTENT * 20000), TEMP, "No space",
                       "4.3.1")
            self.check(self.one(d), OK)
        box = Maildir(os.path.join(small, "Maildir"))
        self.assertEqual(2, box.count())
        self.assertEqual([], box.leftovers())


class Mailboxes(Case):
    def test_unknown(self):
        with self.deliverd() as d:
            result, = d.deliver("s@y", ["gone@x.test"], CONTENT, route=LOCAL)
        self.check(result, PERM, "No such user", "5.1.1")

    def test_lookup_fails(self):
        self.box["status"] = LOOK_TEMP
        with self.deliverd() as d:
            self.check(self.one(d), TEMP, "unavailable")

    def test_over_quota(self):
        self.box["over_quota"] = 1
        with self.deliverd() as d:
            self.check(self.one(d), PERM, "over quota", "5.2.2")

    def test_no_lookupd(self):
        with self.deliverd() as d:
            d.lookupd.close()
            time.sleep(0.2)
            self.check(self.one(d), TEMP)
            d.connect_lookupd()
            time.sleep(0.5)
            self.check(self.one(d), OK)

    def test_many_recipients(self):
        with self.deliverd("maildir:%C/%p") as d:
            names = [f"u{i}@x.test" for i in range(500)]
            for n in names:
                d.mailboxes[n] = self.box
            names.insert(7, "gone@x.test")
            results = d.deliver("s@y", names, CONTENT, route=LOCAL)
        self.check(results.pop(7), PERM)
        for r in results:
            self.check(r, OK)
        self.assertEqual(500, len(os.listdir(self.home)))

    def test_many_users(self):
        """More users than agents: those that are idle make room."""
        with self.deliverd("maildir:%C/%l") as d:
            names = [f"u{i}@x.test" for i in range(150)]
            for i, n in enumerate(names):
                d.mailboxes[n] = dict(self.box, user=f"u{i}")
            for r in d.deliver("s@y", names, CONTENT, route=LOCAL,
                               timeout=60):
                self.check(r, OK)
        self.assertEqual(150, len(os.listdir(self.home)))


class Mbox(Case):
    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.home, "mbox")

    def read(self):
        with open(self.path, "rb") as f:
            return f.read()

    def test_appended(self):
        with self.deliverd("mbox:mbox") as d:
            self.check(self.one(d, arrival=0), OK)
            self.check(self.one(d, b"A: b\r\n\r\n>From x\r\nFrom\r\nF"), OK)
        raw = self.read()
        first = (b"From s@y.test Thu Jan  1 00:00:00 1970\n"
                 b"Return-Path: <s@y.test>\nDelivered-To: u@x.test\n" +
                 CONTENT.replace(b"\r\n", b"\n").replace(
                     b"\nFrom here", b"\n>From here") + b"\n")
        self.assertEqual(first, raw[:len(first)])
        self.assertTrue(raw.endswith(b"\n\n>>From x\nFrom\nF\n\n"), raw)
        self.assertEqual(2, len(re.findall(rb"^From .*\n", raw, re.M)))
        self.assertEqual(["mbox"], os.listdir(self.home))

    def group(self, d, contents):
        """Results of messages that come after one that has just been synced,
        so that they are held and then appended together."""
        self.check(self.one(d), OK)
        tasks = [d.submit("s@y.test", ["u@x.test"], c, route=LOCAL)
                 for c in contents]
        # Whoever has the lock is not in the way of what is only held.
        self.assertFalse(os.path.exists(self.path + ".lock"))
        d.configure(d.conf, [("Local_delivery", '"mbox:mbox"'),
                             ("Delivery_sync_time", "0")], 2)
        return [t.wait()[0] for t in tasks]

    def test_group(self):
        """In their order, small and large ones, under one lock."""
        marks = [b"Subject: %d\r\n\r\n" % i for i in range(24)]
        contents = [m + CONTENT * (5000 if i % 6 == 5 else 1)
                    for i, m in enumerate(marks)]
        with self.deliverd("mbox:mbox", ["Delivery_sync_time 9000"]) as d:
            for r in self.group(d, contents):
                self.check(r, OK)
        found = re.findall(rb"^Subject: (\d+)$", self.read(), re.M)
        self.assertEqual([b"%d" % i for i in range(24)], found)
        self.assertEqual(["mbox"], os.listdir(self.home))

    def test_more_than_is_held(self):
        """A group that is full is written without waiting for its time."""
        with self.deliverd("mbox:mbox", ["Delivery_sync_time 10000"]) as d:
            self.check(self.one(d), OK)
            start = time.monotonic()
            for t in [d.submit("s@y", ["u@x.test"], CONTENT, route=LOCAL)
                      for _ in range(128)]:
                self.check(t.wait()[0], OK)
            self.assertLess(time.monotonic() - start, 10)
        self.assertEqual(129, len(re.findall(rb"^From .*$", self.read(),
                                             re.M)))

    def test_missing_empty_line(self):
        with open(self.path, "wb") as f:
            f.write(b"From x\nA: b\n\nc")
        with self.deliverd("mbox:mbox") as d:
            self.check(self.one(d), OK)
        self.assertIn(b"\nc\n\nFrom s@y.test", self.read())

    def test_locked(self):
        with open(self.path, "wb") as f:
            fcntl.lockf(f, fcntl.LOCK_EX)
            with self.deliverd("mbox:mbox") as d:
                threading.Timer(1, lambda: fcntl.lockf(
                    f, fcntl.LOCK_UN)).start()
                start = time.monotonic()
                self.check(self.one(d), OK)
                self.assertGreater(time.monotonic() - start, 0.8)
                fcntl.lockf(f, fcntl.LOCK_EX)
                self.check(self.one(d), TEMP, "locked", "4.2.0")

    def test_held_lock_is_waited_for_once(self):
        """Who holds his lock does not make each message wait anew."""
        with open(self.path, "wb") as f:
            fcntl.lockf(f, fcntl.LOCK_EX)
            with self.deliverd("mbox:mbox") as d:
                start = time.monotonic()
                for t in [d.submit("s@y", ["u@x.test"], CONTENT, route=LOCAL)
                          for _ in range(8)]:
                    self.check(t.wait(30)[0], TEMP, "locked")
                self.assertLess(time.monotonic() - start, 12 * suite.SLOW)

    def test_fifo(self):
        os.mkfifo(self.path)
        with self.deliverd("mbox:mbox") as d:
            self.check(self.one(d), TEMP)

    def test_dot_lock(self):
        with open(self.path + ".lock", "w"):
            with self.deliverd("mbox:mbox") as d:
                self.check(self.one(d), TEMP, "locked")
                os.utime(self.path + ".lock", (OLD, OLD))
                self.check(self.one(d), OK)

    def test_links(self):
        target = os.path.join(self.home, "target")
        with open(target, "w"):
            pass
        for make in (os.symlink, os.link):
            make(target, self.path)
            with self.deliverd("mbox:mbox") as d:
                self.check(self.one(d), TEMP)
            os.unlink(self.path)
        self.assertEqual(0, os.stat(target).st_size)

    def test_cut_back(self):
        small = os.path.join(self.home, "disk")
        os.mkdir(small)
        if os.system(f"mount -t tmpfs -o size=256k none {small}") != 0:
            raise AssertionError("no tmpfs")
        self.addCleanup(os.system, f"umount {small}")
        self.box["home"] = small
        self.path = os.path.join(small, "mbox")
        with self.deliverd("mbox:mbox") as d:
            self.check(self.one(d), OK)
            before = self.read()
            self.check(self.one(d, CONTENT * 20000), TEMP, None, "4.3.1")
            self.assertEqual(before, self.read())

    def test_one_of_a_group_cut_back(self):
        small = os.path.join(self.home, "disk")
        os.mkdir(small)
        if os.system(f"mount -t tmpfs -o size=256k none {small}") != 0:
            raise AssertionError("no tmpfs")
        self.addCleanup(os.system, f"umount {small}")
        self.box["home"] = small
        self.path = os.path.join(small, "mbox")
        with self.deliverd("mbox:mbox", ["Delivery_sync_time 9000"]) as d:
            good, bad, last = self.group(
                d, [b"A: 1\r\n\r\n", CONTENT * 20000, b"A: 2\r\n\r\n"])
        self.check(good, OK)
        self.check(bad, TEMP, None, "4.3.1")
        self.check(last, OK)
        self.assertEqual([b"1", b"2"],
                         re.findall(rb"^A: (\d)$", self.read(), re.M))
        self.assertEqual(3, len(re.findall(rb"^From .*$", self.read(),
                                           re.M)))


class Programs(Case):
    def run_it(self, command, content=CONTENT, options=(), **more):
        with self.deliverd("", options, command=command) as d:
            return self.one(d, content, timeout=40, **more)

    def test_input(self):
        result = self.run_it(f"cat > {self.home}/got")
        self.check(result, OK)
        with open(f"{self.home}/got", "rb") as f:
            self.assertEqual(b"Return-Path: <s@y.test>\n" +
                             CONTENT.replace(b"\r\n", b"\n"), f.read())

    def test_big_input(self):
        content = CONTENT * 50000
        self.check(self.run_it(f"cat > {self.home}/got", content), OK)
        with open(f"{self.home}/got", "rb") as f:
            self.assertTrue(
                f.read().endswith(content.replace(b"\r\n", b"\n")))

    def test_values(self):
        self.check(self.run_it(
            f'echo "$USER $RECIPIENT $SENDER $RCPT_DOMAIN $FROM_DOMAIN '
            f'$FROM_LOCAL $RCPT_LOCAL $HOME $ID" > {self.home}/got',
            msgid=12345 << 20), OK)
        with open(f"{self.home}/got") as f:
            words = f.read().split()
        self.assertEqual(
            ["u", "u@x.test", "s@y.test", "x.test", "y.test", "s", "u",
             self.home], words[:8])
        self.assertRegex(words[8], r"^\d+_\d+$")

    def test_exits(self):
        for code in (0, 1, 2, 64, 67, 69, 71, 73, 74, 75, 77, 127):
            want = OK if code == 0 else TEMP if code in (
                71, 73, 74, 75, 127) else PERM
            with self.subTest(code):
                r = self.run_it(f"cat >/dev/null; echo; echo said it; "
                                f"echo more; exit {code}")
                self.check(r, want, "said it" if code else None)
                self.assertNotIn("more", r["text"])

    def test_signal(self):
        self.check(self.run_it("kill -9 $$"), TEMP, "signal 9")

    def test_does_not_read(self):
        self.check(self.run_it("exit 0", CONTENT * 50000), OK)

    def test_content_cut_short(self):
        """A program never takes half a message for a whole, and what can not
        be read is said once, not at each turn of the loop."""
        log = os.path.join(self.home, "warning")
        with self.deliverd("", command=f"cat > {self.home}/got; "
                                       f"echo done > {self.home}/end") as d, \
                open(log, "w") as f:
            d.conf.send("CONF_LOGS", fds=[f.fileno()], index=2)
            self.check(self.one(d, CONTENT * 5000, missing=1000, timeout=40),
                       TEMP, "too long")
        self.assertFalse(os.path.exists(f"{self.home}/end"))
        with open(log) as f:
            self.assertEqual(1, f.read().count("content of"))

    def test_endless_output(self):
        self.check(self.run_it("yes '\033[2Jbad' | head -c 3000000; exit 1"),
                   PERM, "bad")

    def test_too_long(self):
        start = time.monotonic()
        self.check(self.run_it("exec sleep 60",
                               options=["Dlocal_timeout 1"]),
                   TEMP, "too long")
        self.assertLess(time.monotonic() - start, 15 * suite.SLOW)

    def test_delivered_when_told_to_end(self):
        """It took all and says so, if late: once is enough."""
        self.check(self.run_it(
            "trap 'exit 0' TERM; cat > /dev/null; "
            "while :; do sleep 0.1; done",
            options=["Dlocal_timeout 1"]), OK)

    def test_does_not_heed_term(self):
        self.check(self.run_it(
            "trap '' TERM; while :; do sleep 0.2; done",
            options=["Dlocal_timeout 1"]), TEMP, "too long")

    def test_child_keeps_the_pipe(self):
        self.check(self.run_it("sleep 30 & exit 0"), OK)

    def test_one_user_has_half_of_the_places(self):
        """Programs of one that hang leave places for others."""
        command = ('case "$RCPT_LOCAL" in u) sleep 8;; esac')
        other = dict(self.box, user="v")
        with self.deliverd("", ["Dlocal_max_procs 4"],
                           command="exec sh -c '" + command.replace(
                               "sleep", "exec sleep") + "'") as d:
            d.mailboxes["v@x.test"] = other
            for _ in range(6):
                d.submit("s@y", ["u@x.test"], CONTENT, route=LOCAL)
            start = time.monotonic()
            result, = d.deliver("s@y", ["v@x.test"], CONTENT, route=LOCAL)
            self.check(result, OK)
            self.assertLess(time.monotonic() - start, 5 * suite.SLOW)

    def test_at_most_two(self):
        log = os.path.join(self.home, "log")
        command = (f"echo start >> {log}; sleep 0.3; echo end >> {log}")
        with self.deliverd("", ["Dlocal_max_procs 2"], command=command) as d:
            for t in [d.submit("s@y", ["u@x.test"], CONTENT, route=LOCAL)
                      for _ in range(8)]:
                self.check(t.wait()[0], OK)
        with open(log) as f:
            n = 0
            for line in f:
                n += 1 if line == "start\n" else -1
                self.assertLessEqual(n, 2)


class Lmtp(Case):
    def test_each_its_reply(self):
        with Sink(replies={"EOM": [b"250 a taken\r\n" b"452 4.2.2 b full\r\n"
                                   b"550 c no\r\n"]}) as sink:
            with self.deliverd(f"lmtp:127.0.0.1:{sink.port}") as d:
                for x in "abcd":
                    d.mailboxes[f"{x}@x.test"] = self.box
                a, b, gone, c = d.deliver(
                    "s@y", ["a@x.test", "b@x.test", "gone@x.test",
                            "c@x.test"], CONTENT, route=LOCAL)
        self.check(a, OK, "a taken")
        self.check(b, TEMP, "b full")
        self.check(c, PERM, "c no")
        self.check(gone, PERM, "No such user")
        self.assertIn("LHLO", str(sink.commands[0]).upper())

    def test_own_program_beside_lmtp(self):
        with Sink() as sink:
            with self.deliverd(f"lmtp:127.0.0.1:{sink.port}",
                               command=f"cat > {self.home}/got") as d:
                d.mailboxes["p@x.test"] = dict(self.box, dlocal="/bin/x")
                for r in d.deliver("s@y", ["u@x.test", "p@x.test"], CONTENT,
                                   route=LOCAL):
                    self.check(r, OK)
        self.assertEqual(1, len(sink.messages))
        self.assertTrue(os.path.exists(f"{self.home}/got"))

    def test_smtp_server_in_its_place(self):
        """A mistake in our own options gives no mail back."""
        with Sink(replies={"LHLO": b"500 5.5.1 unknown\r\n"}) as sink:
            with self.deliverd(f"lmtp:127.0.0.1:{sink.port}") as d:
                self.check(self.one(d), TEMP, "unknown")

    def test_nobody_there(self):
        with self.deliverd("lmtp:127.0.0.1:1") as d:
            self.check(self.one(d), TEMP, "connect")


if __name__ == "__main__":
    unittest.main()
