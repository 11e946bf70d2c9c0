"""selorctl against the running suite: each command, its exit status, what it
changes, and that every show is one JSON document."""

import fcntl
import json
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import procs  # noqa: E402
import smtp  # noqa: E402
from suite import SLOW, Suite, program  # noqa: E402

def crypted(password, salt):
    """crypt(3): Python's own module is on its way out."""
    import ctypes
    lib = ctypes.CDLL("libcrypt.so.1")
    lib.crypt.restype = ctypes.c_char_p
    return lib.crypt(password.encode(), salt.encode()).decode()


NO_SUCH = "1732262400123_45678"


def ctl(s, *args, text=""):
    return subprocess.run(
        [program("sbin/selorctl"), "-c", s.path("selor.conf"), *args],
        input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, timeout=60 * SLOW, check=False)


class Terminal:
    """selorctl with a terminal of its own, as a person has it."""

    def __init__(self, s, *args):
        self.master, slave = pty.openpty()
        self.seen = ""
        self.process = subprocess.Popen(
            [program("sbin/selorctl"), "-c", s.path("selor.conf"), *args],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    def expect(self, text):
        """All that was printed up to that text, which is taken out."""
        end = time.monotonic() + 20 * SLOW
        while text not in self.seen:
            if not select.select([self.master], [], [],
                                 max(0, end - time.monotonic()))[0]:
                raise AssertionError((text, self.seen))
            self.seen += os.read(self.master, 4096).decode()
        before, self.seen = self.seen.split(text, 1)
        return before

    def has_echo(self):
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        """The exit status, and what was printed last."""
        status = self.process.wait(20 * SLOW)
        try:
            while True:
                self.seen += os.read(self.master, 4096).decode()
        except OSError:
            pass
        os.close(self.master)
        return status, self.seen


class Ctl(unittest.TestCase):
    def ok(self, s, *args, text=""):
        r = ctl(s, *args, text=text)
        self.assertEqual(r.returncode, 0, (args, r.stdout, r.stderr))
        return r.stdout

    def fails(self, s, status, pattern, *args):
        """One line on stderr that matches, and this exit status."""
        r = ctl(s, *args)
        self.assertEqual(r.returncode, status, (args, r.stdout, r.stderr))
        self.assertEqual(len(r.stderr.splitlines()), 1, r.stderr)
        self.assertRegex(r.stderr, pattern)

    def send(self, s, sender="a@client.test", rcpt="user@example.test",
             n="1"):
        self.assertEqual(smtp.send_message(s.port, sender, rcpt,
                                           smtp.make_message(n)).code, 250)


class Queue(Ctl):
    def setUp(self):
        self.s = Suite(options=['Relay_from "127.0.0.0/8"'])
        self.s.__enter__()
        self.addCleanup(self.s.__exit__, None, None, None)
        self.ok(self.s, "pause", "out")

    def states(self):
        return [m["state"] for m in self.s.show("queue")]

    def test_shows_a_message_that_waits(self):
        s = self.s
        self.assertEqual(s.show("queue"), [])
        self.assertIn("empty", self.ok(s, "show", "queue"))
        self.send(s)
        m, = s.show("queue")
        self.assertEqual(m["sender"], "a@client.test")
        self.assertEqual(m["recipient"], "user@example.test")
        self.assertIsInstance(m["id"], str)
        self.assertIsInstance(m["size"], int)
        for command in (["show", "queue"], ["queue"]):
            text = self.ok(s, *command)
            for word in (m["id"], "a@client.test", "user@example.test"):
                self.assertIn(word, text)
        one = s.show("message", m["id"])
        self.assertEqual(one["id"], m["id"])
        self.assertEqual([r["recipient"] for r in one["rcpts"]],
                         ["user@example.test"])
        self.assertIn("user@example.test",
                      self.ok(s, "show", "message", m["id"]))

    def test_hold_release_retry_deliver(self):
        s = self.s
        self.send(s)
        held = s.show("queue")[0]["id"]
        self.ok(s, "hold", held)
        self.assertEqual(self.states(), ["held"])
        self.assertEqual(len(s.show("queue", "state=held")), 1)
        self.ok(s, "resume", "out")
        self.send(s, n="2")
        s.maildir().wait(1)
        self.assertEqual(s.maildir().ids(), ["2"])
        self.assertIn("1 message released", self.ok(s, "release", held))
        s.maildir().wait(2)

    def test_remove_by_query(self):
        s = self.s
        self.send(s, "x@client.test")
        self.send(s, "y@client.test")
        self.send(s, "y@client.test", "far@remote.test")
        self.assertEqual(len(s.show("queue", "sender=y@client.test")), 2)
        self.assertEqual(len(s.show("queue", "domain=remote.test")), 1)
        self.assertEqual(s.show("queue", "older=1h"), [])
        self.assertEqual(len(s.show("queue", "limit=2")), 2)
        self.assertIn("1 message removed", self.ok(
            s, "remove", "domain=remote.test"))
        self.assertIn("1 message removed", self.ok(
            s, "remove", "-y", "sender=y@client.test"))
        m, = s.show("queue")
        self.assertEqual(m["sender"], "x@client.test")
        r = ctl(s, "remove", "sender=nobody@client.test")
        self.assertEqual((r.returncode, r.stderr), (1, ""))
        # Never more than was asked for.
        for command in ("remove", "hold", "release", "retry"):
            self.fails(s, 2, "limit", command, "sender=x@client.test",
                       "limit=1")
        for wrong in ("limit=0", "limit=", "limit=-1", "limit=x"):
            self.fails(s, 1, "limit", "show", "queue", wrong)
        self.assertEqual(len(s.show("queue")), 1)
        self.ok(s, "remove", m["id"])
        self.assertEqual(s.show("queue"), [])

    def test_pause_of_a_domain(self):
        s = self.s
        self.assertIn("remote.test", self.ok(s, "pause", "remote.test"))
        self.ok(s, "resume", "remote.test")
        self.fails(s, 1, "not found", "resume", "never.seen.test")

    def test_many_pages(self):
        s = self.s
        with smtp.Client(s.port) as c:
            c.expect(250, "EHLO client.test")
            for i in range(60):
                c.expect(250, "MAIL FROM:<a@client.test>")
                c.expect(250, "RCPT TO:<user@example.test>")
                c.expect(354, "DATA")
                c.send(smtp.dot_stuff(smtp.make_message(str(i))))
                self.assertEqual(c.reply().code, 250)
        ids = [m["id"] for m in s.show("queue")]
        self.assertEqual(len(set(ids)), 60)
        self.assertIn("2 messages held", "%d messages held" % sum(
            "1 message held" in self.ok(s, "hold", i) for i in ids[:2]))
        self.assertIn("60 messages removed", self.ok(s, "remove", "all"))

    def test_mailq(self):
        s = self.s

        def mailq():
            return subprocess.run(
                [program("sbin/mailq"), "-C", s.path("selor.conf")],
                stdout=subprocess.PIPE, text=True, check=True,
                timeout=20 * SLOW).stdout
        self.assertEqual(mailq(), "Mail queue is empty\n")
        with smtp.Client(s.port) as c:
            c.expect(250, "EHLO client.test")
            c.expect(250, "MAIL FROM:<>")
            c.expect(250, "RCPT TO:<user@example.test>")
            c.expect(250, "RCPT TO:<far@remote.test>")
            c.expect(354, "DATA")
            c.send(smtp.dot_stuff(smtp.make_message("1")))
            self.assertEqual(c.reply().code, 250)
        text = mailq()
        for word in (s.show("queue")[0]["id"], "MAILER-DAEMON",
                     "user@example.test", "far@remote.test",
                     "in 1 Request."):
            self.assertIn(word, text)


class Others(Ctl):
    def test_errors_are_one_line(self):
        with Suite() as s:
            for command in ("retry", "hold", "release", "remove"):
                self.fails(s, 1, "not found", command, NO_SUCH)
                self.fails(s, 1, "no message id", command, "../x")
            self.fails(s, 1, "not in the queue", "show", "queue", NO_SUCH)
            self.fails(s, 1, "not found", "show", "message", NO_SUCH)
            self.fails(s, 1, "no age", "queue", "older=soon")
            self.fails(s, 1, "unknown filter", "queue", "colour=red")
            self.fails(s, 1, "no daemon", "show", "stats", "nosuchd")
            self.fails(s, 1, "no daemon", "trace", "../queued")
            self.fails(s, 2, "hold needs", "hold")
            self.fails(s, 2, "remove needs", "remove")
            self.fails(s, 2, "show what", "show")
            self.fails(s, 2, "no command", "frobnicate")
            self.fails(s, 2, "pause what", "pause")
            self.fails(s, 2, "no secret", "encrypt", "password")
            self.assertEqual(ctl(s).returncode, 2)

    def test_stats_sessions_options(self):
        with Suite() as s:
            with smtp.Client(s.port) as c:
                c.expect(250, "EHLO client.test")
                rows = [r for r in s.show("sessions")
                        if r["daemon"].startswith("smtpd")]
                self.assertEqual([r["ip"] for r in rows], ["127.0.0.1"])
                self.assertIn("127.0.0.1", self.ok(s, "show", "sessions"))
            stats = s.show("stats")
            for daemon in ("queued", "smtpd", "deliverd", "lookupd"):
                self.assertIn(daemon, stats)
            self.assertEqual(stats["smtpd"]["connections"] > 0, True)
            self.assertEqual(list(s.show("stats", "deliverd")),
                             ["deliverd"])
            self.assertIn("connections", self.ok(s, "show", "stats"))
            options = {o["option"]: o for o in s.show("options")}
            self.assertEqual(options["Server_name"]["value"],
                             "mx.example.test")
            self.assertEqual(options["Pid_file"]["value"],
                             s.path("selor.pid"))
            self.assertEqual(options["Max_rcpts"]["source"], "smtpd")
            # Each daemon tells its own, in the same words.
            for daemon, own in (("smtpd", "Max_rcpts"),
                                ("queued", "Queue_path"),
                                ("deliverd", "Mx_port"),
                                ("lookupd", "Module")):
                told = [o["option"] for o in s.show("options", daemon)]
                self.assertIn(own, told, daemon)
            self.assertIn("mx.example.test", self.ok(s, "show", "options"))

    def test_pause_in(self):
        with Suite() as s:
            self.ok(s, "pause", "in")
            with smtp.Client(s.port, banner=False) as c:
                self.assertEqual(c.reply().code, 421)
            self.ok(s, "resume")
            self.send(s)
            s.maildir().wait(1)

    def test_flush_and_retry_all(self):
        with Suite() as s:
            self.assertIn("0 messages", self.ok(s, "flush"))
            self.assertIn("0 messages", self.ok(s, "retry"))

    def test_reload(self):
        with Suite() as s:
            self.assertIn("in force", self.ok(s, "reload"))
            s.options.append('Server_name "other.example.test"')
            s.write_conf()
            self.ok(s, "reload")
            with smtp.Client(s.port, banner=False) as c:
                self.assertIn("other.example.test", str(c.reply()))
            s.options.append("No_such_option 1")
            s.write_conf()
            r = ctl(s, "reload")
            self.assertEqual(r.returncode, 1)
            self.assertIn("No_such_option", r.stderr)
            self.assertIn("nothing was reloaded", r.stderr)
            self.send(s)

    def test_stop(self):
        with Suite() as s:
            p = s.process
            self.ok(s, "stop")
            self.assertEqual(p.wait(10 * SLOW), 0)
            s.process = None
            self.fails(s, 1, "does not run", "stop")
            self.fails(s, 1, "does not run", "reload")
            self.fails(s, 1, "does not run", "show", "queue")
            # A file that nobody has locked names no process.
            s.write("selor.pid", f"{os.getpid()}\n")
            self.fails(s, 1, "does not run", "stop")

    def test_log(self):
        with Suite() as s:
            self.send(s)
            s.maildir().wait(1)
            procs.wait_for(lambda: "delivered" in self.ok(s, "log"),
                           10 * SLOW, "the line of the delivery")
            self.assertIn("EHLO", self.ok(s, "log", "central", "EHLO"))
            self.assertEqual(self.ok(s, "log", "central", "no such text"),
                             "")
            p = subprocess.Popen(
                [program("sbin/selorctl"), "-c", s.path("selor.conf"),
                 "log", "-f", "a@two.test"], stdout=subprocess.PIPE,
                text=True)
            try:
                os.rename(s.path("log/summary.log"), s.path("log/old"))
                os.kill(s.process.pid, 10)
                procs.wait_for(
                    lambda: os.path.exists(s.path("log/summary.log")),
                    10 * SLOW, "a new log")
                self.send(s, "a@two.test", n="2")
                self.assertIn("a@two.test", p.stdout.readline())
            finally:
                p.kill()
                p.wait()
                p.stdout.close()

    def test_trace(self):
        with Suite() as s:
            p = subprocess.Popen(
                [program("sbin/selorctl"), "-c", s.path("selor.conf"),
                 "trace", "queued"], stdout=subprocess.PIPE, text=True)
            try:
                # It is on when another is refused.
                procs.wait_for(lambda: "another" in self.trace_error(s),
                               10 * SLOW, "the trace")
                self.send(s)
                line = p.stdout.readline()
                while "QUEUE_OPEN" not in line:
                    self.assertTrue(line)
                    line = p.stdout.readline()
            finally:
                p.kill()
                p.wait()
                p.stdout.close()

    def trace_error(self, s):
        try:
            return subprocess.run(
                [program("sbin/selorctl"), "-c", s.path("selor.conf"),
                 "trace", "queued"], stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True, timeout=0.5,
                check=False).stderr
        except subprocess.TimeoutExpired:
            return ""

    def test_encrypt(self):
        with Suite() as s:
            one, two = (self.ok(s, "encrypt", text="secret\n")
                        for _ in range(2))
            self.assertRegex(one, r"^\$(y|2b|6)\$\S+\n$")
            self.assertNotEqual(one, two)
            r = ctl(s, "encrypt", text="")
            self.assertEqual(r.returncode, 1)

    def test_encrypt_on_a_terminal(self):
        """Asked twice, never shown, and nothing that was mistyped, empty or
        cut becomes a hash."""
        with Suite() as s:
            def ask(one, two):
                t = Terminal(s, "encrypt")
                t.expect("Password: ")
                self.assertFalse(t.has_echo())
                t.type(one)
                if two is not None:
                    t.expect("Once more: ")
                    self.assertFalse(t.has_echo())
                    t.type(two)
                status, text = t.end()
                self.assertNotIn("geheim", text)
                return status, text.strip()
            status, text = ask("geheim\n", "geheim\n")
            self.assertEqual(status, 0, text)
            self.assertRegex(text, r"^\$(y|2b|6)\$\S+$")
            self.assertEqual(crypted("geheim", text), text)
            for one, two, why in (("geheim\n", "Geheim\n", "not the same"),
                                  ("\n", "\n", "empty"),
                                  ("x" * 600 + "\n", "x" * 600 + "\n",
                                   "too long")):
                status, text = ask(one, two)
                self.assertEqual(status, 1, text)
                self.assertIn(why, text)
                self.assertNotIn("$", text)
            # Control-C ends it, and the terminal shows again what is typed.
            t = Terminal(s, "encrypt")
            t.expect("Password: ")
            t.type("geh\x03")
            self.assertNotEqual(t.process.wait(20 * SLOW), 0)
            self.assertTrue(t.has_echo())
            t.end()
            r = ctl(s, "encrypt", text="x" * 600 + "\n")
            self.assertEqual((r.returncode, r.stdout), (1, ""))

    def test_remove_asks_on_a_terminal(self):
        with Suite() as s:
            self.ok(s, "pause", "out")
            for _ in range(2):
                self.send(s)
            for answer in ("n", "", "x", "\x04"):
                t = Terminal(s, "remove", "all")
                t.expect("[y/N] ")
                t.type(answer + "\n" if answer != "\x04" else answer)
                status, text = t.end()
                self.assertEqual(status, 1, text)
                self.assertIn("nothing was removed", text)
            self.assertEqual(len(s.show("queue")), 2)
            # An id is no slip, and -y no question.
            t = Terminal(s, "remove", s.show("queue")[0]["id"])
            self.assertEqual(t.end()[0], 0)
            self.assertEqual(len(s.show("queue")), 1)
            self.send(s)
            t = Terminal(s, "remove", "all")
            t.expect("[y/N] ")
            t.type("y\n")
            self.assertIn("2 messages removed", t.end()[1])
            self.send(s)
            t = Terminal(s, "remove", "-y", "all")
            status, text = t.end()
            self.assertNotIn("[y/N]", text)
            self.assertEqual((status, s.show("queue")), (0, []))

    def test_newaliases(self):
        def run(s):
            return subprocess.run(
                [program("sbin/newaliases"), "-C", s.path("selor.conf")],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                check=False)
        with Suite(aliases={"all@example.test": ["user@example.test"]}) as s:
            r = run(s)
            self.assertEqual(r.returncode, 0, r.stderr)
            self.assertIn("at once", r.stdout)
            s.write("module/mailboxes", "not an address \"\n")
            r = run(s)
            self.assertEqual(r.returncode, 65)
            self.assertIn("mailboxes", r.stderr)
            # A module with a name of its own is one of that program.
            with open(s.path("selor.conf")) as f:
                conf = f.read()
            self.assertIn('Module "file ', conf)
            s.write("selor.conf", conf.replace(
                'Module "file ', 'Module "file:vip '))
            r = run(s)
            self.assertEqual(r.returncode, 65)
            self.assertIn("mailboxes", r.stderr)

    def test_odd_text_is_json_and_harmless(self):
        """What a client says in HELO reaches neither the terminal nor the
        JSON as anything but text."""
        with Suite() as s:
            self.ok(s, "pause", "out")
            with smtp.Client(s.port) as c:
                c.expect(250, 'EHLO client.test')
                c.expect(250, 'MAIL FROM:<"a\\"b \\\\x=1"@client.test>')
                c.expect(250, "RCPT TO:<user@example.test>")
                c.expect(354, "DATA")
                c.send(smtp.dot_stuff(smtp.make_message("1")))
                self.assertEqual(c.reply().code, 250)
            m, = s.show("queue")
            self.assertEqual(m["sender"],
                             '"a\\"b \\\\x=1"@client.test')
            text = self.ok(s, "show", "message", m["id"])
            self.assertIsNone(re.search(r"[^\n -~]", text))
            json.loads(self.ok(s, "--json", "show", "message", m["id"]))


if __name__ == "__main__":
    unittest.main()
