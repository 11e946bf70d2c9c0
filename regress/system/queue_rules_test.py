"""What rules said of a message, as the queue keeps it: options, senders,
copies and the second queue.  Messages come as files, as they are found
after a restart."""

import glob
import os
import signal
import subprocess
import sys
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import procs  # noqa: E402
from queue_common import Relay, answer, submit, write_message  # noqa: E402
from suite import SLOW  # noqa: E402

TIMEOUT = 240
USER = "user@example.test"
BOSS = "boss@example.test"
USERS = {USER: {}, BOSS: {}, "postmaster@example.test": {}}


def escape(text):
    return "".join(f"%{ord(c):02X}" if c < " " or c == "%" else c
                   for c in text)


def overrides(*lines):
    return "overrides " + escape("\n".join(lines))


def to_qlimit(s, ident, flags):
    """Moves both files into the second queue."""
    with open(s.path("spool", "l" + ident)) as f:
        text = f.read().replace("\nrcpt ", f"\n{flags}\nrcpt ", 1)
    with open(s.path("spool", "l" + ident), "w") as f:
        f.write(text)
    folder = s.path("spool", "qlimit")
    os.makedirs(folder, exist_ok=True)
    owner = os.stat(s.path("spool"))
    os.chown(folder, owner.st_uid, owner.st_gid)
    for kind in "cl":
        os.rename(s.path("spool", kind + ident),
                  os.path.join(folder, kind + ident))


class Rules(unittest.TestCase):
    def relay(self, write, options=(), **kw):
        """A suite that finds messages at its start."""
        r = Relay(options=options, users=USERS, **kw)
        r.__enter__()
        self.addCleanup(r.__exit__, None, None, None)
        r.suite.wait_log("selor is up")
        r.suite.stop()
        self.ids = write(r.suite)
        r.suite.start()
        return r

    def report(self, r, address, count=1):
        box = r.suite.maildir(address)
        return box.wait(count, 30 * SLOW)

    def test_report_options(self):
        """Each option of reports, for one message; the others are as the
        suite's."""
        def write(s):
            write_message(s, 1, {"bad1@remote.test": []}, sender=USER, more=[
                overrides('Server_name "other.example.test"',
                          'Report_from "<robot@example.test>"',
                          'Subject_error_msg "It went wrong"',
                          'Postmaster "boss@example.test"',
                          'Timezone "+0530"')])
            write_message(s, 2, {"bad2@remote.test": []}, sender=BOSS)
        r = self.relay(write)
        text = self.report(r, USER)[0]
        for want in (b"From: Mail Delivery System <robot@example.test>",
                     b"Subject: It went wrong",
                     b"Reporting-MTA: dns; other.example.test",
                     b"@other.example.test>\r\n",
                     b"+0530"):
            self.assertIn(want.replace(b"\r\n", b"\n"),
                          text.replace(b"\r\n", b"\n"))
        plain = self.report(r, BOSS)[0]
        self.assertNotIn(b"It went wrong", plain)
        self.assertIn(b"Reporting-MTA: dns; mx.example.test", plain)

    def test_max_attempts(self):
        def write(s):
            write_message(s, 1, {"later1@remote.test": []}, sender=USER,
                          more=[overrides("Max_attempts 1")])
            write_message(s, 2, {"later2@remote.test": []}, sender=USER)
        r = self.relay(write)
        self.assertIn(b"later1@remote.test", self.report(r, USER)[0])
        time.sleep(1)
        self.assertEqual(len(self.report(r, USER)), 1)

    def test_lavg_queue(self):
        """Under a load that stops all others, one message goes."""
        def write(s):
            # The load is known some seconds after the start.
            due = f"due {int(time.time()) + 12}"
            write_message(s, 1, {"b@remote.test": [due]})
            write_message(s, 2, {"a@remote.test": [due]},
                          more=[overrides("Lavg_queue 0")])
        load = os.getloadavg()[0]
        if load < 1.1:
            self.addCleanup(self.make_load())
        r = self.relay(write, options=["Lavg_queue 1"])
        r.sink.wait(1, 60 * SLOW)
        time.sleep(2)
        self.assertEqual([m.rcpts for m in r.sink.messages],
                         [[b"<a@remote.test>"]])

    def make_load(self):
        """Three busy processes until the load is above one."""
        work = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
                for _ in range(3)]
        try:
            procs.wait_for(lambda: os.getloadavg()[0] > 1.5, 90, "load")
        except TimeoutError:
            pass
        return lambda: [(p.kill(), p.wait()) for p in work]

    def test_sender_of_recipient(self):
        """Each goes out with its own sender, in a task of its own, and that
        one gets the report."""
        def write(s):
            write_message(s, 1, {
                "a@remote.test": ["from x@srs.test"],
                "b@remote.test": [],
                "c@remote.test": ["from x@srs.test"],
                "bad@remote.test": [f"from {BOSS}"],
                "d@remote.test": ["from <>"]}, sender=USER)
        r = self.relay(write)
        self.assertIn(b"bad@remote.test", self.report(r, BOSS)[0])
        procs.wait_for(lambda: len([m for m in r.sink.messages if m.rcpts])
                       >= 3, 30 * SLOW, "three messages")
        got = {m.sender.split()[0].decode():
               sorted(x.decode() for x in m.rcpts)
               for m in r.sink.messages if m.rcpts}
        self.assertEqual(got, {
            "<x@srs.test>": ["<a@remote.test>", "<c@remote.test>"],
            f"<{USER}>": ["<b@remote.test>"], "<>": ["<d@remote.test>"]})
        self.assertEqual(r.suite.maildir(USER).messages(), [])

    def test_copy_fails(self):
        """The Postmaster hears of a copy, the sender does not; and each of
        what is his."""
        def write(s):
            write_message(s, 1, {
                "bad1@remote.test": ["kind copy"],
                "bad2@remote.test": []}, sender=USER, more=[
                    overrides('Postmaster "boss@example.test"')])
        r = self.relay(write)
        copy, own = self.report(r, BOSS)[0], self.report(r, USER)[0]
        self.assertIn(b"bad1@remote.test", copy)
        self.assertNotIn(b"bad2@remote.test", copy)
        self.assertIn(b"bad2@remote.test", own)
        self.assertNotIn(b"bad1@remote.test", own)

    def test_sendmail_fails(self):
        """What a rule sent by itself ends without a word to anybody."""
        def write(s):
            return write_message(s, 1, {"bad1@remote.test": []}, sender=USER,
                                 more=["flags autosubmitted"])
        r = self.relay(write)
        r.suite.wait_log("queued failed", 30, name="summary")
        procs.wait_for(lambda: not os.path.exists(
            r.suite.path("spool", "c" + self.ids)), 30 * SLOW, "its end")
        self.assertEqual(r.suite.maildir(USER).messages(), [])

    def second(self, most):
        """Runs low mail for two hosts, and other mail beside it: how many
        low ones were under way at once, and the order."""
        busy, seen, order = [], [], []

        def reply(session, line):
            if b"low" in line:
                busy.append(1)
                seen.append(len(busy))
                time.sleep(0.4)
                busy.pop()
            order.append(line[9:12])
            return answer(session, line)

        def write(s):
            for n in range(1, 9):
                host = "other" if n % 2 else "remote"
                to_qlimit(s, write_message(
                    s, n, {f"low{n}@{host}.test": []}), "flags qlimit")
            later = write_message(s, 20, {"later@remote.test": []})
            to_qlimit(s, later, "flags qlimit")
            for n in range(30, 34):
                write_message(s, n, {f"one{n}@remote.test": []})
            return later
        r = self.relay(write, options=[f"Qlimit_max_procs {most}",
                                       "Qlimit_time 8"],
                       replies={"RCPT": reply})
        procs.wait_for(lambda: len([m for m in r.sink.messages if m.rcpts])
                       >= 12, 60 * SLOW, "twelve messages")
        return r, max(seen), order

    def test_second_queue_unlimited(self):
        self.assertGreater(self.second(0)[1], 1)

    def test_second_queue(self):
        """It is found where it is, stays there, and only so many go at a
        time; the first queue does not wait for it."""
        r, most, order = self.second(1)
        self.assertEqual(most, 1)
        self.assertLess(order.index(b"one"), 3)
        procs.wait_for(lambda: any("next" in q for q in r.suite.show("queue")),
                       20, "a deferred message")
        rows = r.suite.show("queue")
        self.assertEqual([q["id"] for q in rows], [self.ids])
        # Qlimit_time and not Queue_time, which is 15.
        wait = int(rows[0]["next"]) - time.time()
        self.assertTrue(400 < wait <= 480, wait)
        r.suite.restart()
        r.suite.wait_log("selor is up")
        self.assertTrue(os.path.exists(
            r.suite.path("spool", "qlimit", "l" + self.ids)))
        self.assertFalse(os.path.exists(
            r.suite.path("spool", "l" + self.ids)))


class Events(unittest.TestCase):
    """The events of the queue, with rules in the options."""

    def relay(self, *options):
        r = Relay(options=options, users=USERS)
        r.__enter__()
        self.addCleanup(r.__exit__, None, None, None)
        return r

    def test_qstart(self):
        """What it says holds for the run: header lines for other hosts, the
        sender, options."""
        r = self.relay(
            'Event.qstart_process \'!From? "" Hadd! "X-Run: %d" '
            'Fchange! "run@example.test" Def! "Max_attempts 1"\'')
        ident = submit(r.suite.port, USER,
                       ["a@remote.test", USER, "later@remote.test"])
        got = r.sink.wait(1, 30 * SLOW)[0]
        self.assertIn(f"X-Run: {ident}".encode(), got.data)
        self.assertTrue(got.sender.startswith(b"<run@example.test>"))
        own = [m for m in r.suite.maildir(USER).wait(1, 30 * SLOW)]
        self.assertNotIn(b"X-Run:", own[0])
        # Its one attempt was used up: the report is on the wire or here.
        r.suite.wait_log("queued failed.*later@remote.test", 20,
                         name="summary")

    def test_report(self):
        r = self.relay(
            'Event.error_report \'To? "bad1@remote.test" '
            'Def! "Subject_error_msg %\'By a rule%\'"\''.replace("%'", "'"),
        ) if False else self.relay(
            "Event.error_report \"To? 'bad1@remote.test' Deny!\"")
        submit(r.suite.port, USER, ["bad1@remote.test"])
        submit(r.suite.port, USER, ["bad2@remote.test"])
        box = r.suite.maildir(USER)
        self.assertIn(b"bad2@remote.test", box.wait(1, 30 * SLOW)[0])
        r.suite.wait_log("a rule refused the report", 10, name="warning")
        r.suite.wait_empty()
        self.assertEqual(box.count(), 1)
        # A copy of what was not reported, as Cp_errors has it.
        self.assertEqual(len(glob.glob(r.suite.path("errors", "c*"))), 1)

    def test_report_options(self):
        r = self.relay("Event.error_report 'Def! %\"Subject_error_msg "
                       "By_a_rule%\" Def! %\"Report_from x@y.test%\"'")
        submit(r.suite.port, USER, ["bad1@remote.test"])
        raw = r.suite.maildir(USER).wait(1, 30 * SLOW)[0]
        self.assertIn(b"Subject: By_a_rule", raw)
        self.assertIn(b"<x@y.test>", raw)

    def test_qend_sees_files(self):
        """At the end of the run the l file says what became of each; a file
        that is found in it is what the rule goes by."""
        r = self.relay(
            "Event.qend_process \"Find_filestr? '%L/l%d:state relayed' "
            "Find_filestr? '%L/l%d:state deferred' "
            "Find_filestr? '%L/c%d:Subject' "
            "Sendmail! '/etc/hostname:%f:%f'\"")
        submit(r.suite.port, USER, ["a@remote.test", "later@remote.test"])
        r.sink.wait(1, 30 * SLOW)
        print(r.suite.show_logs(60))

    def test_ruled_is_gone(self):
        """Mail goes on without rules, with a warning."""
        r = self.relay("Event.qstart_process 'Hadd! \"X-Run: 1\"'",
                       "Event.qend_process 'Hadd! \"X-Run: 1\"'")
        os.kill(r.suite.pid("ruled"), signal.SIGSTOP)
        submit(r.suite.port, USER, ["a@remote.test"])
        time.sleep(1)
        self.assertEqual(len(r.sink.messages), 0)
        os.kill(r.suite.pid("ruled"), signal.SIGKILL)
        r.sink.wait(1, 30 * SLOW)
        r.suite.wait_log("Event.qstart_process is left out", 10,
                         name="warning")
        r.suite.wait_empty()

    def test_not_set(self):
        """No event, no message to ruled."""
        r = self.relay()
        submit(r.suite.port, USER, ["a@remote.test"])
        r.sink.wait(1, 30 * SLOW)
        os.kill(r.suite.pid("ruled"), signal.SIGSTOP)
        submit(r.suite.port, USER, ["b@remote.test"])
        r.sink.wait(2, 30 * SLOW)
        os.kill(r.suite.pid("ruled"), signal.SIGCONT)


if __name__ == "__main__":
    unittest.main()
