"""Options of the suite as a whole: where its files and sockets are, what it
calls itself, which module it asks first, what its reports say."""

import os
import re
import shutil
import stat
import sys
import tempfile
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), d)
                for d in (".", "../lib")]

import dns  # noqa: E402
import ports  # noqa: E402
import procs  # noqa: E402
import smtp  # noqa: E402
from queue_common import Relay, submit, write_message  # noqa: E402
from suite import BUILD, SLOW, Suite, program  # noqa: E402

TIMEOUT = 240
USER = "user@example.test"


class Case(unittest.TestCase):
    def start(self, s):
        s.__enter__()
        self.addCleanup(s.__exit__, None, None, None)
        return s

    def send(self, s, to=USER, ident="1", sender="a@client.test"):
        self.assertEqual(smtp.send_message(s.port, sender, to,
                                           smtp.make_message(ident)), 250)

    def codes(self, s, *recipients):
        with smtp.Client(s.port) as c:
            c.ehlo()
            c.expect(250, "MAIL FROM:<a@client.test>")
            return [c.cmd(f"RCPT TO:<{r}>").code for r in recipients]


class Places(Case):
    def test_logs(self):
        s = Suite()
        self.addCleanup(s.destroy)
        names = {"Central_log": "c", "Summary_log": "s", "Warning_log": "w",
                 "Refused_log": "r"}
        s.options = [f'{k} "{s.path("log", v + ".other")}"'
                     for k, v in names.items()]
        s.options.append("Log_lvl 0")
        s.write_conf()
        self.start(s)
        self.codes(s, "nobody@example.test")
        self.send(s)
        s.maildir().wait(1)
        for name, word in (("c", " connect "), ("s", " accepted "),
                           ("w", " is up"), ("r", " refused ")):
            def found(name=name, word=word):
                with open(s.path("log", name + ".other")) as f:
                    return word in f.read()
            procs.wait_for(found, 10 * SLOW, f"{word} in {name}")
        # All but Summary_log, which the manual spells otherwise, moved.
        self.assertEqual(s.log("selor") + s.log("warning")
                         + s.log("refused") + s.log("summary"), [])
        # None at all is no error, and nothing is kept.
        before = os.path.getsize(s.path("log/c.other"))
        s.reload(['Central_log ""', 'Sumary_log ""', 'Warning_log ""',
                  'Refused_log ""'])
        self.send(s, ident="2")
        s.maildir().wait(2)
        self.assertEqual(os.path.getsize(s.path("log/c.other")), before)
        bad = procs.run([program("sbin/selor"), "-n", "-c",
                         s.path("selor.conf"), "-o", "Log_lvl 1"],
                        check=False)
        self.assertEqual(bad.returncode, 1)
        self.assertIn("Log_lvl must be", bad.stdout)

    def test_control_socket(self):
        s = Suite()
        self.addCleanup(s.destroy)
        s.options = [f'Control_socket "{s.path("other.name")}"']
        s.write_conf()
        self.start(s)
        names = [n for n in os.listdir(s.root)
                 if stat.S_ISSOCK(os.stat(s.path(n)).st_mode)]
        self.assertIn("other.name.queued", names)
        self.assertIn("other.name.submit", names)
        self.assertEqual([n for n in names
                          if not n.startswith("other.name.")], [])
        self.assertEqual(s.queue_length(), 0)

    def test_offline(self):
        """What sendmail is handed while the suite is down lies in
        Offline_path, and is taken in at the next start."""
        s = Suite()
        self.addCleanup(s.destroy)
        s.mkdir("kept")
        s.options = [f'Offline_path "{s.path("kept")}"']
        s.write_conf()
        procs.run([program("sbin/sendmail"), "-C", s.path("selor.conf"),
                   "-f", "a@client.test", USER],
                  input="Subject: kept\n\nWords.\n")
        self.assertEqual(len(os.listdir(s.path("kept"))), 1)
        self.assertEqual(os.listdir(s.path("offline")), [])
        self.start(s)
        raw = s.maildir().wait(1, 20 * SLOW)[0]
        self.assertIn(b"Subject: kept", raw)
        procs.wait_for(lambda: os.listdir(s.path("kept")) == [], 10 * SLOW,
                       "an empty Offline_path")

    def test_copies_of_errors(self):
        """Cp_errors_path is made when it is missing, and used."""
        folder = tempfile.mkdtemp(prefix="lost.")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        os.chmod(folder, 0o755)
        lost = os.path.join(folder, "errors")
        with Relay(options=[f'Cp_errors_path "{lost}"']) as r:
            ident = submit(r.suite.port, "", ["bad@remote.test"])
            procs.wait_for(lambda: "c" + ident in os.listdir(lost),
                           15 * SLOW, "the copy")
            self.assertEqual(os.listdir(r.suite.path("errors")), [])

    def test_dns_servers(self):
        """The second is asked where the first is not there."""
        folder = tempfile.mkdtemp(prefix="dns.")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        with dns.Dns(folder) as server:
            server.set("good.test A 127.0.0.1")
            s = self.start(Suite(options=[
                f'Dns_server "127.0.0.1@{ports.free()}"',
                f'Dns_server "127.0.0.1@{server.port}"',
                "From_level_check 1"]))
            with smtp.Client(s.port, timeout=40 * SLOW) as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<a@good.test>")
                c.expect(250, "RSET")
                c.expect(553, "MAIL FROM:<a@gone.test>")

    def test_port(self):
        """On all addresses, and not used beside Listen."""
        port, other = ports.free(), ports.free()
        s = Suite()
        self.addCleanup(s.destroy)
        text = "".join(row for row in s.conf().splitlines(True)
                       if not row.startswith("Listen "))
        s.write("selor.conf", text + f"Port {port}\n")
        self.start(s)
        for address in ("127.0.0.1", "127.0.0.7", "::1"):
            smtp.Client(port, address).close()
        s.write("selor.conf", text + f"Port {other}\n")
        self.assertTrue(s.reload())
        smtp.Client(other).close()
        procs.wait_for(lambda: not procs.can_connect("127.0.0.1", port), 10,
                       "the old port to close")
        s.write("selor.conf", text + f"Port {other}\n"
                f'Listen "127.0.0.1:{s.port}"\n')
        self.assertTrue(s.reload())
        smtp.Client(s.port).close()
        procs.wait_for(lambda: not procs.can_connect("127.0.0.1", other), 10,
                       "Port to close")


class Names(Case):
    def test_server_name_and_zone(self):
        with Relay(options=['Server_name "own.name.test"',
                            'Timezone "-0330"']) as r:
            with smtp.Client(r.suite.port) as c:
                self.assertTrue(c.greeting.text.startswith("own.name.test"))
                reply = c.cmd("EHLO x.test")
                self.assertEqual(reply.lines[0].split()[0], "own.name.test")
            submit(r.suite.port, USER, ["a@remote.test", "bad@remote.test"])
            data = r.sink.wait(1)[0].data
            self.assertIn(b"EHLO own.name.test", r.sink.commands)
            head = data.split(b"\r\n\r\n")[0]
            self.assertIn(b"by own.name.test", head)
            self.assertRegex(head, rb"\d\d:\d\d:\d\d -0330")
            raw = r.suite.maildir().wait(1)[0]
            self.assertIn(b"Reporting-MTA: dns; own.name.test", raw)
            self.assertRegex(raw, rb"Message-ID: <[^>]*@own.name.test>")
            self.assertRegex(raw, rb"Date: [^\n]* -0330")


class Accounts(Case):
    def test_order_of_modules(self):
        """Two modules that do not agree: the program of the module file
        stands in for a second one under another name."""
        first, second = "first@example.test", "second@example.test"
        s = Suite(users={first: {}, second: {}})
        self.addCleanup(s.destroy)
        s.build = s.path("build")
        for part in ("sbin", "libexec"):
            shutil.copytree(os.path.join(BUILD, part),
                            os.path.join(s.build, part), symlinks=True)
        shutil.copy(os.path.join(s.build, "libexec/lookupd-file"),
                    os.path.join(s.build, "libexec/lookupd-passwd"))
        os.makedirs(s.path("two"))
        homes = {a: s.home(a) for a in (first, second)}
        uid = s.mail_uid(first)
        for folder, home in (("module", homes[first]),
                             ("two", homes[second])):
            s.write(f"{folder}/domains", "example.test\n")
            s.write(f"{folder}/mailboxes",
                    f"user@example.test home={home} uid={uid}\n")
            s.write(f"{folder}/aliases", "")
        s.write("two/domains", "example.test\nonly.test\n")
        for folder, target in (("module", "away@first.test"),
                               ("two", "user@example.test")):
            s.write(f"{folder}/aliases", f"info@example.test {target}\n")
        base = [f'Module "passwd {s.path("two")}"']
        s.options = base
        s.write_conf()
        self.start(s)

        def went(to, ident, options):
            self.assertTrue(s.reload(base + options), s.stderr()[-2000:])
            box = {a: s.maildir(a).count() for a in homes}
            self.send(s, to, ident)

            def now():
                return [a for a in homes
                        if s.maildir(a).count() > box[a]]
            return procs.wait_for(now, 15 * SLOW, "delivery")
        # The order of the Module lines, then that of Modseq_mail.
        self.assertEqual(went("user@example.test", "1", []), [first])
        self.assertEqual(went("user@example.test", "2",
                              ['Modseq_mail "passwd file"']), [second])
        # The same alias leads elsewhere; without a way there it is refused
        # or waits, but it does not come to the user.
        self.assertEqual(went("info@example.test", "3",
                              ['Modseq_alias "passwd file"']), [first])
        # A domain that only the second knows.
        self.assertEqual(self.codes(s, "x@only.test"), [550])
        s.reload(base)
        with smtp.Client(s.port) as c:
            c.ehlo()
            c.expect(250, "MAIL FROM:<a@client.test>")
            self.assertIn("No such user", c.cmd("RCPT TO:<x@only.test>").text)
        s.reload(base + ['Modseq_domain "file"'])
        with smtp.Client(s.port) as c:
            c.ehlo()
            c.expect(250, "MAIL FROM:<a@client.test>")
            self.assertIn("Auth required",
                          c.cmd("RCPT TO:<x@only.test>").text)
        s.reload(base + ['Modseq_alias "file"'])
        self.assertEqual(self.codes(s, "info@example.test"), [250])
        self.send(s, "info@example.test", "4")
        s.wait_log(r"recipient=away@first\.test", name="summary")

    def test_aliases(self):
        users = {USER: {}, "two@example.test": {}, "a-b@example.test": {},
                 "lone@other.test": {}}
        aliases = {"@example.test": ["two@example.test"],
                   "user@example.test": ["two@example.test"],
                   "all@example.test": ["@other.test"]}
        s = self.start(Suite(users=users, aliases=aliases))

        def got(to, ident, options=()):
            self.assertTrue(s.reload(list(options)))
            self.send(s, to, ident)
            s.wait_log(" delivered ", name="summary")

            def boxes():
                return sorted(a for a in users
                              if ident in s.maildir(a).ids())
            procs.wait_for(boxes, 15 * SLOW, f"message {ident}")
            s.wait_empty()
            return boxes()
        self.assertEqual(got(USER, "m1"), [USER])
        self.assertEqual(got(USER, "m2", ["Force_alias_seek 1"]),
                         ["two@example.test", USER])
        self.assertEqual(got("nobody@example.test", "m3"),
                         ["two@example.test"])
        s.reload(["Seek_df_alias 0"])
        self.assertEqual(self.codes(s, "nobody@example.test"), [550])
        self.assertEqual(got("all@example.test", "m4"), ["lone@other.test"])
        s.reload(["Allow_broadcasts 0", "Seek_df_alias 0"])
        self.assertNotEqual(self.codes(s, "all@example.test"), [250])
        # Tags, by the marks given.
        off = ["Seek_df_alias 0"]
        self.assertEqual(got("two+tag@example.test", "m5", off),
                         ["two@example.test"])
        s.reload(off + ['Recipient_delimiter "-="'])
        self.assertEqual(
            self.codes(s, "two+tag@example.test", "two-tag@example.test",
                       "two=tag@example.test"), [550, 250, 250])
        self.assertEqual(got("a-b@example.test", "m6",
                             off + ['Recipient_delimiter "-="']),
                         ["a-b@example.test"])
        s.reload(off + ['Recipient_delimiter ""'])
        self.assertEqual(self.codes(s, "two+tag@example.test"), [550])

    def test_postmaster(self):
        users = {USER: {}, "boss@example.test": {}}
        s = self.start(Suite(users=users, domains=["other.test"], options=[
            'Postmaster "boss@example.test"']))
        for i, to in enumerate(("postmaster@other.test", "postmaster",
                                "Postmaster@example.test")):
            self.send(s, to, str(i))
            s.maildir("boss@example.test").wait(i + 1)
        s.reload([f'Postmaster "{USER}"'])
        self.send(s, "postmaster@other.test", "again")
        self.assertEqual(s.maildir().wait(1) and s.maildir().ids(),
                         ["again"])


class Reports(unittest.TestCase):
    def test_from_subject_and_delay(self):
        with Relay(options=['Report_from "ann@reports.test"',
                            'Subject_error_msg "t-subject"',
                            "Delay_warning 3"]) as r:
            s = r.suite
            submit(s.port, USER, ["bad@remote.test"])
            raw = s.maildir().wait(1)[0]
            self.assertRegex(raw, rb"\nFrom: [^\n]*<ann@reports\.test>\n")
            self.assertIn(b"\nSubject: t-subject\n", raw)
            # The envelope has no sender, whatever Report_from is.
            self.assertTrue(raw.startswith(b"Return-Path: <>\n"))
            s.stop()
            # Two hours: late for one setting, not for the other.
            write_message(s, 1, {"later@remote.test": ["tries 2"]},
                          arrival=time.time() - 2 * 3600)
            s.start()
            procs.wait_for(lambda: any(b"later@" in c
                                       for c in r.sink.commands),
                           15 * SLOW, "an attempt")
            time.sleep(1.5)
            self.assertEqual(s.maildir().count(), 1)
            s.options = [o for o in s.options if "Delay_w" not in o]
            self.assertTrue(s.reload(s.options + ["Delay_warning 1"]))
            raw = s.maildir().wait(2, 20 * SLOW)
            self.assertTrue([x for x in raw if b"Action: delayed" in x])

    def test_attempts_for_a_report(self):
        """The report can not be delivered for now: as often as
        Max_error_report says, then it is given up and copied."""
        with Relay(options=["Max_error_report 2", "Max_attempts 9",
                            "Queue_time 0"]) as r:
            s = r.suite
            submit(s.port, "later@remote.test", ["bad@other.test"])
            procs.wait_for(lambda: os.listdir(s.path("errors")), 30 * SLOW,
                           "the copy")
            time.sleep(1.5)
            tries = [c for c in r.sink.commands
                     if re.match(rb"RCPT TO:<later@", c)]
            self.assertEqual(len(tries), 2, tries)


if __name__ == "__main__":
    unittest.main()
