"""What the manual leaves open and was ruled: one test for each of the points
A1 to A65 that belongs to rules and that a client can see; test_aNN_* is the
one of ANN.  Points of words alone are in rules_words_*_test.py as well."""

import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import procs  # noqa: E402
import rules  # noqa: E402
from suite import SLOW  # noqa: E402

TIMEOUT = 240
USER, BOSS = "user@example.test", "boss@example.test"
POSTMASTER = "postmaster@example.test"
FAR, OTHER = "far@far.test", "other@far.test"
RECORDS = ("far.test MX 10 mx.far.test.", "mx.far.test A 127.0.0.1",
           "7.2.0.192.in-addr.arpa PTR found.test.",
           "found.test A 192.0.2.99")


class Rulings(rules.Case):
    USERS = {USER: {}, BOSS: {}, POSTMASTER: {}}
    RECORDS = RECORDS

    def says(self, text, rcpt, **kw):
        """The recipient is refused with that text, or taken with None."""
        reply = self.rcpt(rcpt=rcpt, **kw)
        if text is None:
            self.assertEqual(reply.code, 250, reply)
        else:
            self.assertEqual((reply.code, reply.text), (550, text))


class Syntax(Rulings):
    def check(self, line, text="yes", sender="a@client.test", rcpt=USER,
              more="", **kw):
        self.rules(rcpt=f'# a file\n{line} Reply! "550 yes" Deny!\n{more}')
        self.says(text, rcpt, sender=sender, **kw)

    def test_a01_comments(self):
        self.rules(rcpt='\n  # Deny!\n\t\nTo? "x@y.test" Deny! # "\n'
                   'Reply! "550 #1" Deny! # else')
        self.says("#1", USER)
        self.rules(rcpt='# all\n; Deny!\nStop! Deny!\n#Deny!')
        self.says(None, USER)

    def test_a02_case(self):
        """Addresses, names and texts without; words and marks with."""
        self.check('From? "A@Client.TEST"')
        self.check('Helo? "CLIENT.test"')
        self.check('Cmp_str? "%r:USER@example.test"')
        self.check('Find_in_to? "USER@"')
        self.check('Mark! "m" Tmark? "M"', None)
        self.check('from? "a@client.test"', None)
        self.check('From? "a@client.test."', sender="a@client.test")
        self.check('From? "a@b\xfccher.test"', sender="a@xn--bcher-kva.test")

    def test_a04_long_lines(self):
        """8 KiB and no more; never cut."""
        pad = "x" * 8000
        self.check(f'!Cmp_str? "%r:{pad}"')
        self.check(f'!Cmp_str? "%r:{pad}{pad}"', None)

    def test_a05_quotes(self):
        """The four spellings of one rule."""
        for value in ('"Ip? "192.0.2.1" Deny!"', "'Ip? \"192.0.2.1\" Deny!'",
                      '"Ip? %"192.0.2.1%" Deny!"',
                      "\"Ip? '192.0.2.1' Deny!\""):
            with self.subTest(value=value):
                self.rules(options=[f"Event.rcpt {value}"])
                self.assertEqual(self.rcpt().code, 550)
                self.assertEqual(self.rcpt(ip="192.0.2.2").code, 250)

    def test_a06_rule_or_file(self):
        """By its first word; a relative path is beside selor.conf."""
        self.suite.write("plain", "Deny!\n")
        self.rules(rcpt="plain")
        self.assertEqual(self.rcpt().code, 550)
        with self.assertRaises(AssertionError):
            self.rules(rcpt="none-such")

    def test_a07_broken_lines(self):
        self.check('Reply! "500 "Hey" Deny!', None, more="Nonsense? Deny!")
        self.check('Deni!', "more", more='Reply! "550 more" Deny!')
        self.warned(r"rcpt\.\d+:\d+:\d+")
        self.warned("Deny")

    def test_a07_missing_files(self):
        """An event's file that goes is a 451 until it is back; an included
        one is passed over."""
        none = self.suite.path("rules/none")
        self.rules(rcpt=f'Inc_rules! "{none}"\nInc_rules! "{none}%r"\n'
                   'Reply! "550 on" Deny!')
        self.says("on", USER)
        path = self.suite.write("rules/goes", "Stop!\n")
        self.rules(rcpt=path)
        self.says(None, USER)
        os.unlink(path)
        procs.wait_for(lambda: self.rcpt().code == 451, 10 * SLOW, "a 451")
        self.suite.write("rules/goes", 'Reply! "550 back" Deny!\n')
        procs.wait_for(lambda: self.rcpt().code == 550, 10 * SLOW, "a 550")

    def test_a08_slips(self):
        self.check('Spf_resp "0" Rbl_test? "0"')

    def test_a09_tail_calls(self):
        """A file that replaces an included one leads back to the includer;
        Exit! at the top ends the event."""
        last = self.suite.write("rules/last", 'Mark! "last"\n')
        mid = self.suite.write("rules/mid", f'Proc_rules! "{last}"\nDeny!\n')
        self.rules(rcpt=f'Inc_rules! "{mid}"\n'
                   'Tmark? "last" Reply! "550 back" Deny!')
        self.says("back", USER)
        self.rules(rcpt="Exit!\nDeny!")
        self.says(None, USER)

    def test_a10_delimiter(self):
        path = self.suite.write("rules/list", f"{USER}\n")
        self.check(f'Delimiter! "|" Find_fileline? "{path}|%r"')
        for wrong in ('""', '"||"', '" "', '"%%"'):
            self.check(f'Delimiter! {wrong} Stop!', None)

    def test_a11_fields_are_cut_first(self):
        """A ':' of the client moves no border."""
        self.check('Cmp_str? "%h:x:y"', None, helo="x:y:x")
        self.check('Cmp_str? "%h:[IPv6:::1]"', helo="[IPv6:::1]")

    def test_a12_unknown_variables(self):
        self.rules(rcpt='Reply! "550 %x 5% %1" Deny!\n')
        self.says("%x 5% %1", USER)

    def test_a13a_values_in_paths(self):
        """Nothing that a client says leads elsewhere."""
        self.suite.write("rules/ok.txt", 'Reply! "550 in" Deny!\n')
        self.suite.write("secret.txt", 'Reply! "550 out" Deny!\n')
        self.rules(rcpt=f'Inc_rules! "{self.suite.path("rules")}/%h.txt"\n')
        self.says("in", USER, helo="ok")
        for name in ("../secret", "sub/../ok", "..", "/ok"):
            with self.subTest(name=name), self.client() as c:
                c.cmd(f"HELO {name}")
                c.cmd("MAIL FROM:<a@client.test>")
                self.assertEqual(c.cmd(f"RCPT TO:<{USER}>").code, 250)

    def test_a13b_shell_templates(self):
        """With shell syntax: /bin/sh, and values still only values."""
        out = self.suite.path("out/touched")
        self.rules(rcpt='Exec! "echo %f | tr a-z A-Z; touch '
                   f'{out}.yes" Reply! "250 %E"\n')
        got = self.rcpt(f"a`touch$IFS{out.replace('/', '{')}`|b@client.test")
        self.assertEqual(got.code, 250)
        self.assertIn("TOUCH$IFS", got.text)
        self.assertEqual([n for n in os.listdir(self.suite.path("out"))
                          if n.startswith("touched")], ["touched.yes"])

    def test_a13c_leading_dash(self):
        self.rules(rcpt='Stop!')
        self.assertEqual(self.sender("-x@client.test").code // 100, 5)
        self.assertEqual(self.rcpt(rcpt="-x@example.test").code // 100, 5)

    def test_a13d_controls(self):
        said = self.script("bell", r"printf 'a\007\033b\r\n.\r\n250 no'")
        path = self.suite.path("log/bell.log")
        self.rules(rcpt=f'Exec! "{said}" Log! "{path}:%E" '
                   'Reply! "550 %E" Deny!')
        reply = self.rcpt()
        self.assertRegex(reply.text, r"^a +b +\. +250 no$")
        self.assertNotRegex(self.wait_text("log/bell.log", ".*\n")[0],
                            "[\x00-\x09\x0b-\x1f]")

    def test_a13e_restricted_files(self):
        """A file that others may write has few powers."""
        path = self.suite.write("rules/open", 'Relay!\nAccept!\n'
                                'Def! "Msg_no_mailbox \'550 changed\'"\n'
                                'From? "foe@client.test" Reply! "550 foe" '
                                'Deny!\n')
        self.rules(rcpt=f'Inc_rules! "{path}"\n')
        self.assertEqual(self.rcpt(rcpt=FAR).code, 250)
        os.chmod(path, 0o666)
        procs.wait_for(lambda: self.rcpt(rcpt=FAR).code == 550, 10 * SLOW,
                       "no more relaying")
        self.assertNotIn("changed", self.rcpt(rcpt="x@example.test").text)
        self.says("foe", USER, sender="foe@client.test")


class Replies(Rulings):
    def test_a14_one_reply(self):
        self.rules(rcpt='Reply! "550 one"\nReply! "551 two"\nDeny!')
        with self.client(helo="x.test") as c:
            c.expect(250, "MAIL FROM:<>")
            c.expect(551, f"RCPT TO:<{USER}>")
            c.expect(250, "NOOP")

    def test_a15_who_is_told_no_is_refused(self):
        """And once is warned that Deny! is missing."""
        self.rules(rcpt=f'To? "{BOSS}" Reply! "500 no"\n')
        with self.client(helo="x.test") as c:
            c.expect(250, "MAIL FROM:<>")
            c.expect(500, f"RCPT TO:<{BOSS}>")
            c.expect(503, "DATA")
            c.expect(500, f"RCPT TO:<{BOSS}>")
            c.expect(250, f"RCPT TO:<{USER}>")
            self.assertEqual(self.data(c).code, 250)
        self.delivered()
        self.assertEqual(self.suite.maildir(BOSS).count(), 0)
        self.assertEqual(len(self.warned("Deny!")), 1)

    def test_a16_codes(self):
        for event, rule, reply in (
                ("connection", 'Reply! "no" Deny!', "554 no"),
                ("rcpt", 'Reply! "no" Deny!', "550 no"),
                ("rcpt", 'Reply! "250 no" Deny!', "550 no"),
                ("rcpt", 'Reply! "354 no" Deny!', "550 no"),
                ("rcpt", 'Reply! "500 no" Deny!', "500 no"),
                ("rcpt", 'Reply! "fine"', "250 fine"),
                ("rcpt", 'Reply! "550 caf\xe9" Deny!', "550 caf??")):
            self.rules(**{event: rule})
            with self.subTest(rule=rule):
                if event == "connection":
                    with self.client() as c:
                        got = c.greeting
                else:
                    got = self.rcpt()
                self.assertEqual(f"{got.code} {got.text}", reply)

    def test_a16_long_replies(self):
        self.rules(rcpt=f'Reply! "550 {"word " * 250}" Deny!')
        got = self.rcpt()
        self.assertEqual(" ".join(got.text.split()), "word " * 249 + "word")
        self.assertGreater(len(got.lines), 2)
        self.assertLessEqual(max(map(len, got.raw.split(b"\r\n"))), 510)

    def test_a17_verdicts_end_the_event(self):
        self.rules(rcpt='Deny! Reply! "550 this" Add_hits! "1"\n'
                   'Reply! "550 that"\nAdd_hits! "10"',
                   data_cmd='Reply! "554 %H"')
        with self.client(helo="x.test") as c:
            c.expect(250, "MAIL FROM:<>")
            self.assertEqual(c.cmd(f"RCPT TO:<{USER}>").text, "this")
        self.rules(rcpt='Accept!\nReply! "250 later"')
        self.assertEqual(self.rcpt().text, "later")

    def test_a18_accept(self):
        self.rules(["From_level_check 1"], **{"from": "Accept!"},
                   rcpt="Accept!")
        self.assertEqual(self.rcpt("a@none.test").code, 250)
        self.assertEqual(self.rcpt(rcpt="x@example.test").code, 550)
        self.assertEqual(self.rcpt(rcpt=FAR).code, 550)

    def test_a20_close(self):
        self.rules(helo="Close!")
        with self.client() as c:
            got = c.cmd("HELO x.test")
            self.assertEqual(got.code, 421)
            self.assertIn("mx.example.test closing", got.text)
            self.assertEqual(c.closed(), b"")

    def test_a22_data_reply(self):
        """It wins over the default and not over data_cmd's Reply!."""
        self.rules(rcpt='Data_reply! "554 late"',
                   data_cmd='From? "a@client.test" Deny!\n'
                   'From? "b@client.test" Reply! "552 own" Deny!')
        for sender, text in (("a@client.test", "late"),
                             ("b@client.test", "own"),
                             ("c@client.test", "late")):
            with self.client(helo="x.test") as c:
                self.begin(c, sender)
                self.assertEqual(c.cmd("DATA").text, text, sender)
        self.rules(rcpt='From? "a@client.test" Data_reply! "554 late"')
        with self.client(helo="x.test") as c:
            self.begin(c)
            c.expect(250, "RSET")
            self.begin(c, "b@client.test")
            self.assertEqual(self.data(c).code, 250)

    def test_a44_refused_recipients(self):
        """By whatever, and of whatever domain."""
        path = self.suite.path("log/lr.log")
        self.rules(rcpt=f'To? "{USER}" Deny!',
                   lrcpt_refused=f'Log! "{path}:<%r> %P"')
        for rcpt in (USER, "x@example.test", FAR):
            self.assertEqual(self.rcpt(rcpt=rcpt).code, 550)
        self.assertEqual(self.rcpt(rcpt=BOSS).code, 250)
        self.wait_text("log/lr.log", FAR)
        self.assertEqual(
            re.findall(r"<(.*?)> (\d+)", self.text("log/lr.log")),
            [(USER, "550"), ("x@example.test", "550"), (FAR, "550")])


if __name__ == "__main__":
    unittest.main()
