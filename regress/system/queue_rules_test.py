"""What rules said of a message, as the queue keeps it: options, senders,
copies and the second queue.  Messages come as files, as they are found
after a restart."""

import glob
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import procs  # noqa: E402
import sink  # noqa: E402
import smtp  # noqa: E402
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


def read(*names):
    try:
        with open(os.path.join(*names), "rb") as f:
            return f.read()
    except FileNotFoundError:
        return b""


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

    def test_routes(self):
        """Recipients of one domain go where rules said, one with a mailbox
        here too; each way in a task of its own."""
        other = self.enterContext(sink.Sink(replies={"RCPT": answer}))

        def write(s):
            write_message(s, 1, {
                "a@remote.test": [f"mx-dest 127.0.0.1 {other.port}"],
                "b@remote.test": [],
                USER: ["done local", f"mx-dest 127.0.0.1 {other.port}"],
                BOSS: ["done local"]},
                more=["hadd " + escape("X-Out: 1\r\n")])
        r = self.relay(write)
        got = other.wait(1, 30 * SLOW)[0]
        self.assertEqual(sorted(got.rcpts),
                         [b"<a@remote.test>", f"<{USER}>".encode()])
        self.assertIn(b"X-Out: 1\r\n", got.data)
        self.assertEqual(r.sink.wait(1)[0].rcpts, [b"<b@remote.test>"])
        self.assertIn(b"X-Out: 1\r\n", r.sink.messages[0].data)
        self.assertNotIn(b"X-Out", r.suite.maildir(BOSS).wait(1)[0])
        r.suite.wait_empty()
        self.assertEqual(r.suite.maildir(USER).count(), 0)

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

    def relay(self, *options, **kw):
        r = Relay(options=options, users=USERS, **kw)
        r.__enter__()
        self.addCleanup(r.__exit__, None, None, None)
        return r

    def test_qstart(self):
        """What it says holds for the run: another host, options.  A message
        that waits is asked about again."""
        other = self.enterContext(sink.Sink(replies={"RCPT": answer}))
        r = self.relay(
            'Event.qstart_process \'!From? "" '
            f'Mx_dest! "127.0.0.1 {other.port}" '
            'Def! "Server_name run.example.test" Def! "Max_attempts 2"\'',
            "Queue_time 0")
        submit(r.suite.port, "a@client.test",
               ["a@remote.test", USER, "later@remote.test"])
        got = other.wait(1, 30 * SLOW)[0]
        self.assertEqual(sorted(got.rcpts), [
            b"<a@remote.test>", f"<{USER}>".encode()])
        self.assertIn(b"EHLO run.example.test", other.commands)
        self.assertEqual(r.sink.messages, [])
        r.suite.wait_log("queued failed.*later@remote.test.*attempts=2", 30,
                         name="summary")
        self.assertEqual(r.suite.maildir(USER).count(), 0)

    def test_report(self):
        r = self.relay(
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

    def folder(self):
        """Where any program may write."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        os.chmod(folder, 0o777)
        return folder

    def test_qend_sees_files(self):
        """At the end of a run, and of the next one after the files were
        written back, a program finds both, and in the l file what became of
        each."""
        folder = self.folder()
        r = self.relay(
            f"Event.qend_process \"Exec! '/bin/cp %L/l%d {folder}/l%d' "
            f"Exec! '/bin/cp %L/c%d {folder}/c%d'\"", "Queue_time 0")
        ident = submit(r.suite.port, USER,
                       ["a@remote.test", "later@remote.test"])
        r.sink.wait(1, 30 * SLOW)
        for tries in (b"tries 1\n", b"tries 2\n", b"tries 4\n"):
            procs.wait_for(lambda t=tries: t in read(folder, "l" + ident),
                           30 * SLOW, "an l file", every=0.05)
            text = read(folder, "l" + ident)
            self.assertIn(b"state relayed", text)
            self.assertIn(b"state deferred", text)
            self.assertIn(b"status queued", text)
        self.assertIn(b"Subject: test", read(folder, "c" + ident))

    def test_data_seen(self):
        """A program at Event.data reads the whole message, small or large;
        an l file that says it is not accepted yet is beside it."""
        for size in (0, 200000):
            folder = self.folder()
            r = self.relay(
                f"Event.data \"Exec! '/bin/cp %L/l%d {folder}/l' "
                f"Exec! '/bin/cp %L/c%d {folder}/c'\"")
            submit(r.suite.port, USER, [USER],
                   smtp.make_message("1", size=size))
            raw = r.suite.maildir(USER).wait(1, 30 * SLOW)[0]
            seen = read(folder, "c").replace(b"\r\n", b"\n")
            self.assertTrue(raw.endswith(seen))
            self.assertGreater(len(seen), size * 9 // 10)
            self.assertIn(b"status incoming", read(folder, "l"))
            r.suite.wait_empty()
            procs.wait_for(lambda: not [n for n in os.listdir(
                r.suite.path("spool")) if n[0] in "cl"], 10, "no file left")

    def test_qlimit_at_data(self):
        """Qlimit! when programs have seen the message already, small and
        large: it is in the second queue, after a crash too."""
        r = self.relay("Event.data 'Qlimit!'", 'Event.qstart_process '
                       '\'Def! "Mx_alias_ip 1"\'')
        ids = [submit(r.suite.port, USER, ["later@remote.test"],
                      smtp.make_message("1", size=size))
               for size in (0, 200000)]
        for again in range(2):
            rows = {q["id"]: q for q in r.suite.show("queue")}
            self.assertEqual(sorted(rows), sorted(ids))
            self.assertEqual([n for n in os.listdir(r.suite.path("spool"))
                              if n[0] in "cl"], [])
            for ident in ids:
                self.assertIn(b"flags qlimit", read(
                    r.suite.path("spool", "qlimit", "l" + ident)))
            if not again:
                r.suite.kill_all()
                r.suite.start()
                r.suite.wait_log("selor is up")
        self.assertNotIn("damaged/", "".join(r.suite.log("warning")))

    def test_data_refused(self):
        r = self.relay("Event.data 'Deny!'")
        with smtp.Client(r.suite.port) as c:
            c.ehlo()
            c.expect(250, f"MAIL FROM:<{USER}>")
            c.expect(250, f"RCPT TO:<{USER}>")
            c.expect(354, "DATA")
            c.send(smtp.dot_stuff(smtp.make_message("1")))
            self.assertEqual(c.reply(), 550)
        procs.wait_for(lambda: not [n for n in os.listdir(
            r.suite.path("spool")) if n[0] in "cl"], 10, "no file left")

    def test_data_changed(self):
        """A program that may write changes a small message and a large one:
        what is delivered is what it left, in our form; its header is
        counted again.  A link in the place of the file is not followed."""
        r = self.relay(
            "Event.data \"Exec! '/bin/sh %L/../change %L/c%d'\"",
            unprivileged=True)
        with open(r.suite.path("change"), "w") as f:
            f.write("""
case $(grep -a ^Subject: "$1") in
*add*) sed -i '1i X-Scan: seen' "$1"; echo more >> "$1";;
*link*) mv "$1" "$1.old"; ln -s "$1.old" "$1";;
esac
""")
        os.chmod(r.suite.path("change"), 0o755)
        for size in (0, 200000):
            message = smtp.make_message("1", size=size).replace(
                b"Subject: ", b"Subject: add ")
            submit(r.suite.port, "a@client.test", ["a@remote.test"], message)
        for got in r.sink.wait(2, 30 * SLOW):
            self.assertTrue(got.data.startswith(b"X-Scan: seen\r\n"),
                            got.data[:80])
            self.assertTrue(got.data.endswith(b"\r\nmore\r\n"))
            self.assertNotIn(b"\n", got.data.replace(b"\r\n", b""))
        with smtp.Client(r.suite.port) as c:
            c.ehlo()
            c.expect(250, "MAIL FROM:<a@client.test>")
            c.expect(250, "RCPT TO:<a@remote.test>")
            c.expect(354, "DATA")
            c.send(smtp.dot_stuff(smtp.make_message("1").replace(
                b"Subject: ", b"Subject: link ")))
            self.assertEqual(c.reply(), 451)

    def test_data_crash(self):
        """What was shown and not accepted is nowhere after a crash."""
        r = self.relay("Event.data \"Exec! '/bin/sleep 20'\"")
        with smtp.Client(r.suite.port) as c:
            c.ehlo()
            c.expect(250, f"MAIL FROM:<{USER}>")
            c.expect(250, f"RCPT TO:<{USER}>")
            c.expect(354, "DATA")
            c.send(smtp.dot_stuff(smtp.make_message("1")))
            procs.wait_for(lambda: [n for n in os.listdir(
                r.suite.path("spool")) if n[0] == "l"], 10, "an l file")
            r.suite.kill_all()
        r.suite.start()
        r.suite.wait_log("selor is up")
        self.assertEqual([n for n in os.listdir(r.suite.path("spool"))
                          if n[0] in "cl"], [])
        self.assertEqual(r.suite.show("queue"), [])

    def test_sendmail(self):
        """A rule sends a message of its own: in our form, below a Received
        field of ours; no event of the queue is run for it."""
        folder = self.folder()
        with open(os.path.join(folder, "text"), "w") as f:
            f.write("Subject: automatic\n\nOne.\n.\nTwo.")
        os.chmod(folder, 0o755)
        r = self.relay(
            f"Event.qstart_process \"Sendmail! '{folder}/text::%f'\"",
            f'Rules_path "{folder}"')
        submit(r.suite.port, USER, ["a@remote.test"])
        raw = r.suite.maildir(USER).wait(1, 30 * SLOW)[0]
        self.assertRegex(raw, rb"Received: by mx.example.test id \S+;")
        self.assertTrue(raw.endswith(
            b"Subject: automatic\n\nOne.\n.\nTwo.\n"), raw)
        r.suite.wait_empty()
        self.assertEqual(r.suite.maildir(USER).count(), 1)

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
