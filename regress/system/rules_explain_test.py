"""selorctl rules explain against the whole suite: inline rules, files, what
the queue and the log know of a message and a session; nothing is done; who
may ask."""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import procs  # noqa: E402
import smtp  # noqa: E402
from suite import SLOW, Suite, program  # noqa: E402

TIMEOUT = 240
USER = "user@example.test"


class Explain(unittest.TestCase):
    def suite(self, *options, files=(), **more):
        s = Suite(options=[], **more)
        s.mkdir("rules")
        for name, text in files:
            s.write("rules/" + name, text.replace("$R", s.path("rules")))
        s.options += [o.replace("$R", s.path("rules")) for o in options]
        s.write_conf()
        return s

    def ask(self, s, *words, code=0, wrap=()):
        r = subprocess.run(
            [*wrap, program("sbin/selorctl"), "-c", s.path("selor.conf"),
             "rules", "explain", *words], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=90 * SLOW, check=False)
        self.assertEqual(r.returncode, code, r.stdout + r.stderr)
        return r.stdout.decode() + r.stderr.decode()

    def json(self, s, *words):
        return json.loads(self.ask(s, "--json", *words))

    def test_inline(self):
        with self.suite(
                'Event.rcpt "To? "a@b.test" Itest? "%n>2" Reply! "550 no %r"'
                ' Deny! Mark! "x""') as s:
            self.assertEqual(self.ask(
                s, "rcpt", "ip=10.1.2.3", "rcpt=c@d", "rcpt=e@f",
                "rcpt=a@b.test"), """\
Event.rcpt inline
Event.rcpt:1: To? "a@b.test" Itest? "%n>2" Reply! "550 no %r" Deny! Mark! "x"
    To? "a@b.test"                       [ "a@b.test", "a@b.test" ] true
    Itest? "%n>2"                        [ 3 > 2 ] true
    Reply! "550 no %r"                   [ "550 no a@b.test" ] done
    Deny!                                ends the event after this line
    Mark! "x"                            [ "x" ] done
        effect: mark x
verdict:  deny by Event.rcpt:1
reply:    550 no a@b.test
""")
            text = self.ask(s, "Event.rcpt", "rcpt=a@b.test")
            self.assertIn("[ 1 > 2 ] false -- the line ends\n", text)
            self.assertIn("verdict:  none\n", text)
            got = self.json(s, "rcpt", "rcpt=x@b.test")
            self.assertEqual(
                (got["event"], got["verdict"], got["reply"], got["lines"]),
                ("rcpt", "none", "", 1))
            self.assertEqual(
                [(x["at"], x.get("result")) for x in got["steps"]],
                [("line", None), ("item", "false")])
            # What explain says is what a client gets.
            reply = None
            with smtp.Client(s.port) as c:
                c.ehlo()
                c.expect(250, "MAIL FROM:<x@client.test>")
                for a in (USER, USER):
                    c.expect(250, f"RCPT TO:<{a}>")
                reply = c.cmd("RCPT TO:<a@b.test>")
            self.assertEqual(reply.code, 550)
            self.assertIn("no a@b.test", reply.text)

    def test_event_without_rules(self):
        with self.suite() as s:
            self.assertIn("Event.helo is not set", self.ask(s, "helo"))

    def test_each_event(self):
        """Each has its own option, and its own idea of a refusal."""
        with self.suite(
                'Event.limit "Ip? "10.0.0.1" Close!"',
                'Event.connection "Ip? "10.0.0.1" Reply! "no" Deny!"',
                'Event.helo "Helo? "h" Reply! "no" Deny!"',
                'Event.auth "Cmp_str? "%u:me" Reply! "no" Deny!"',
                'Event.from "From? "a@b" Reply! "no" Deny!"',
                'Event.rcpt "To? "c@d" Reply! "no" Deny!"',
                'Event.lrcpt_refused "Find_str? "%P:no" Reply! "never""',
                'Event.data_cmd "Itest? "%n>1" Reply! "fine""',
                'Event.data "Seek_to? "c@d" Reply! "452 later""',
                'Event.qstart_process "From? "a@b" Def! "Max_attempts 1""',
                'Event.dl_rcpt "Find_str? "%T:no" Deny!"',
                'Event.qend_process "From? "a@b" Stop!"',
                'Event.error_report "Find_str? "%P:no" Deny!"') as s:
            for event, verdict, reply in (
                    ("limit", "close", ""),
                    ("connection", "deny", "554 no"),
                    ("helo", "deny", "550 no"),
                    ("auth", "deny", "535 no"),
                    ("from", "deny", "550 no"),
                    ("rcpt", "deny", "550 no"),
                    ("lrcpt_refused", "none", "451 never"),
                    ("data_cmd", "none", "354 fine"),
                    ("data", "deny", "452 later"),
                    ("qstart_process", "none", ""),
                    ("dl_rcpt", "none", ""),
                    ("qend_process", "none", ""),
                    ("error_report", "deny", "")):
                with self.subTest(event):
                    got = self.json(
                        s, event, "ip=10.0.0.1", "helo=h", "login=me",
                        "from=a@b", "rcpt=c@d", "rcpt=c@d",
                        "reply=451 no")
                    self.assertEqual(
                        (got["option"], got["verdict"], got["reply"]),
                        ("Event." + event, verdict, reply))
                    self.assertNotIn("false", str(got["steps"]))

    def mail(self, s, code, verdict, text):
        """A client's MAIL FROM gets that code, and explain says the same."""
        with smtp.Client(s.port) as c:
            c.ehlo()
            self.assertEqual(c.cmd("MAIL FROM:<a@client.test>"), code)
        told = self.ask(s, "from", "from=a@client.test")
        self.assertIn(text, told)
        self.assertIn("verdict:  " + verdict, told)

    def test_missing_file(self):
        with self.suite('Event.from "$R/from"',
                        files=[("from", "Stop!\n")]) as s:
            os.unlink(s.path("rules/from"))
            self.mail(s, 451, "temporary", "there is no such file")
            s.write("rules/from", 'From? "a@client.test" Deny!\n')
            # That it is missing is believed for a moment.
            procs.wait_for(lambda: "verdict:  deny" in self.ask(
                s, "from", "from=a@client.test"), 20 * SLOW, "the file")
            self.mail(s, 550, "deny", "From?")

    def test_wrong_lines(self):
        for word, code, verdict in (("ignore", 550, "deny"),
                                    ("tempfail", 451, "temporary")):
            with self.subTest(word), self.suite(
                    'Event.from "$R/from"', f'Rules_on_error "{word}"',
                    files=[("from", "Nix!\nDeny!\n")]) as s:
                self.mail(s, code, verdict, "")

    def test_rules_of_the_command_line(self):
        with self.suite() as s:
            text = self.ask(s, "-f", 'Helo? "x" Close!', "helo", "helo=X.")
            self.assertIn("verdict:  close by Event.helo:1\n", text)
            self.assertIn("reply:    421 mx.example.test closing\n", text)
            text = self.ask(s, "-r", "-f", 'Exec! "/bin/true"', "helo",
                            code=1)
            self.assertIn("rules from the command line are not run", text)

    def test_files(self):
        with self.suite('Event.rcpt "$R/rcpt"', files=[
                ("rcpt", '# first\nInc_rules! "$R/%c"\nDeny!\n'),
                ("b.test", 'To? "x@b.test" Exit!\nHadd! "X: %r"\nStop!\n'),
                ("other", 'From? "" Deny!\n')]) as s:
            path = s.path("rules")
            text = self.ask(s, "rcpt", "rcpt=a@b.test")
            self.assertIn(f'{path}/rcpt:2: Inc_rules! "{path}/%c"\n', text)
            self.assertIn(f'    {path}/b.test:2: Hadd! "X: %r"\n', text)
            self.assertIn("effect: hadd X: a@b.test\n", text)
            self.assertIn("verdict:  none\n", text)
            text = self.ask(s, "rcpt", "rcpt=x@b.test")
            self.assertIn(f"verdict:  deny by {path}/rcpt:3\n", text)
            # One that is not there is passed over.
            text = self.ask(s, "rcpt", "rcpt=x@c.test")
            self.assertIn("no such file", text)
            self.assertIn(f"verdict:  deny by {path}/rcpt:3\n", text)
            text = self.ask(s, "-f", f"{path}/other", "rcpt", "from=<>")
            self.assertIn(f"verdict:  deny by {path}/other:1\n", text)
            # As a relative path, from where the user is.
            here = os.getcwd()
            os.chdir(path)
            self.addCleanup(os.chdir, here)
            self.assertIn("deny", self.ask(s, "-f", "other", "rcpt",
                                           "from="))
            # Whatever the rules may not open is not shown.
            text = self.ask(s, "-f", "/etc/shadow", "rcpt")
            self.assertNotIn("root:", text)
            # An edited file is explained as it is now.
            s.write("rules/other", "Stop!\n")
            procs.wait_for(lambda: "ends the event" in self.ask(
                s, "-f", f"{path}/other", "rcpt"), 10 * SLOW, "the new file")

    def test_nothing_is_done(self):
        with self.suite('Event.from "$R/from"', files=[
                ("from", 'Exec! "/usr/bin/touch $R/touched" '
                 'Log! "$R/log:%f" Sendmail! "$R/letter:%f:' + USER + '" '
                 'Rbl_test! "list.test" Spf_test! Resolve! '
                 'Rev_fail? Deny!\nItest? "%f>1" Deny!\n'),
                ("letter", "Subject: x\n\nx\n")]) as s:
            os.chmod(s.path("rules"), 0o777)
            warned = s.log("warning")
            text = self.ask(s, "from", "ip=127.0.0.9", "from=a@b.test")
            self.assertIn("not run", text)
            self.assertIn("not asked for", text)
            self.assertIn("verdict:  none\n", text)
            self.assertIn("warning:", text)
            self.assertEqual(sorted(os.listdir(s.path("rules"))),
                             ["from", "letter"])
            self.assertEqual(s.log("warning"), warned)
            self.assertEqual(s.maildir(USER).count(), 0)
            # In earnest the program runs.
            text = self.ask(s, "-r", "from", "ip=127.0.0.9", "from=a@b.test")
            procs.wait_for(
                lambda: "touched" in os.listdir(s.path("rules")),
                10 * SLOW, "the program has run")

    def running(self, s):
        """Processes of the program of that test."""
        return [p for p in s.pids() if "sleep" in procs.command(p)]

    def test_client_goes(self):
        """What a client asked for ends with it, and ruled lives on; so many
        are explained at once and no more."""
        with self.suite('Event.from "$R/from"', files=[
                ("from", 'Exec! "/bin/sleep 60"\n')]) as s:
            old = s.pid("ruled")
            asked = [subprocess.Popen(
                [program("sbin/selorctl"), "-c", s.path("selor.conf"),
                 "rules", "explain", "-r", "from"],
                stdout=subprocess.DEVNULL) for _ in range(16)]
            procs.wait_for(lambda: len(self.running(s)) == 16, 20 * SLOW,
                           "the programs run")
            self.assertIn("others are being explained",
                          self.ask(s, "from", code=1))
            for p in asked:
                p.kill()
                p.wait()
            procs.wait_for(lambda: not self.running(s), 20 * SLOW,
                           "the programs have ended")
            self.assertIn("not run", self.ask(s, "from"))
            self.assertEqual(s.pid("ruled"), old)

    def test_message(self):
        with self.suite(
                'Event.from "Mark! "seen it" Def! "Max_attempts 7" '
                'Def! "Srs_key hidden""',
                'Event.qstart_process "$R/q"', files=[
                ("q", 'Tmark? "seen it" From? "a@client.test" Find_str? "%d:_" '
                 'Hadd! "X: 1" Def! "Max_attempts 3"\n')],
                delivery="lmtp:127.0.0.1:1") as s:
            reply = smtp.send_message(
                s.port, "a@client.test", USER, smtp.make_message("1"))
            ident = reply.text.split()[-3] if "_" not in reply.text else \
                next(w for w in reply.text.split() if "_" in w)
            text = self.ask(s, "qstart_process", f"message={ident}")
            self.assertIn(f"id={ident}\n", text)
            self.assertIn("from=a@client.test\n", text)
            self.assertIn(f"rcpt={USER}\n", text)
            self.assertIn("ip=127.0.0.1\n", text)
            self.assertIn('"Max_attempts 3"', text)
            for row in ("mark=seen it", "option=Max_attempts 7",
                        "option=Srs_key ***"):
                self.assertIn(row + "\n", text)
            self.assertNotIn("hidden", text)
            # What the user says stands instead.
            text = self.ask(s, "qstart_process", f"message={ident}",
                            "from=b@client.test")
            self.assertIn('"b@client.test", "a@client.test" ] false', text)
            text = self.ask(s, "qstart_process", f"message={ident}",
                            "mark=else")
            self.assertIn('marks (else), "seen it" ] false', text)
            self.assertIn("not found", self.ask(
                s, "qstart_process", "message=1_0000", code=1))

    def session(self, s):
        with smtp.Client(s.port) as c:
            c.ehlo("first.test")
            c.expect(250, "MAIL FROM:<old@client.test>")
            c.expect(250, f"RCPT TO:<{USER}>")
            c.expect(250, "RSET")
            c.expect(250, "MAIL FROM:<a@client.test> SIZE=77")
            c.expect(250, f"RCPT TO:<{USER}>")
            c.cmd("RCPT TO:<nobody@example.test>")
            c.cmd("RCPT TO:<else@example.test>")
            c.quit()
        line = s.wait_log("disconnect", 10, "selor")[-1]
        if line.startswith("{"):
            return json.loads(line)["session"]
        return next(w[8:] for w in line.split() if w.startswith("session="))

    def test_session(self):
        for form in ("text", "json"):
            with self.subTest(form), self.suite(
                    'Event.rcpt "Stop!"', f'Log_format "{form}"') as s:
                ident = self.session(s)
                text = self.ask(s, "rcpt", f"session={ident}")
                for row in ("helo=first.test", "from=a@client.test",
                            "size=77", f"rcpt={USER}",
                            "rcpt=else@example.test", "ip=127.0.0.1"):
                    self.assertIn(row + "\n", text)
                self.assertNotIn("nobody@", text)
                self.assertNotIn("old@", text)
                self.assertIn("has no session 77", self.ask(
                    s, "rcpt", "session=77", code=1))

    def test_wrong(self):
        with self.suite() as s:
            for words, text in (
                    (["nix"], 'there is no event "nix"'),
                    (["rcpt", "foo=1"], 'there is no fact "foo"'),
                    (["rcpt", "ip=1.2"], 'ip can not be "1.2"')):
                self.assertIn(text, self.ask(s, *words, code=1))
            for words in ([], ["rcpt", "foo"], ["-x", "rcpt"], ["ip=1.2.3.4"],
                          ["rcpt", "=x"]):
                self.ask(s, *words, code=2)
            self.ask(s, "rcpt", *[f"rcpt={'x' * 60}@{n}.test"
                                  for n in range(200)], code=1)
            # And ruled still answers.
            self.ask(s, "rcpt")

    def test_many_lines(self):
        with self.suite('Event.rcpt "$R/rcpt"', files=[
                ("rcpt", 'Ip? "10.0.0.1" Deny!\n' * 19000)]) as s:
            text = self.ask(s, "rcpt", "ip=10.0.0.2")
            self.assertIn("more lines were tried", text)
            self.assertIn("verdict:  none\n", text)
            self.assertLess(text.count("\n"), 12000)


if __name__ == "__main__":
    unittest.main()
