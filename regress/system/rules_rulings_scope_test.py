"""Rulings on how long and on whom rules act, the second half of
rules_rulings_test.py: test_aNN_* is the one of ANN."""

import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import rules  # noqa: E402
from suite import SLOW  # noqa: E402

TIMEOUT = 240
USER, BOSS = "user@example.test", "boss@example.test"
POSTMASTER = "postmaster@example.test"
FAR, OTHER = "far@far.test", "other@far.test"
RECORDS = ("far.test MX 10 mx.far.test.", "mx.far.test A 127.0.0.1",
           "7.2.0.192.in-addr.arpa PTR found.test.",
           "found.test A 192.0.2.99")


class Scope(rules.Case):
    USERS = {USER: {}, BOSS: {}, POSTMASTER: {}}
    ALIASES = {"alias@example.test": [USER], BOSS: [USER],
               "@default.test": [USER]}
    RECORDS = RECORDS
    OPTIONS = ["Seek_df_alias 1", 'Srs_key "t-secret"']

    def one_by_one(self, *rcpts, sender="a@client.test", **kw):
        """Codes of these recipients in one session."""
        with self.client(helo="x.test", **kw) as c:
            c.expect(250, f"MAIL FROM:<{sender}>")
            return [c.cmd(f"RCPT TO:<{r}>").code for r in rcpts]

    def test_a26_relay(self):
        """Of connection and helo: the connection; of from: the message;
        of rcpt: that recipient."""
        self.rules(rcpt=f'To? "{FAR}" Relay!')
        self.assertEqual(self.one_by_one(OTHER, FAR, OTHER), [550, 250, 550])
        self.rules(**{"from": 'From? "a@client.test" Relay!'})
        with self.client(helo="x.test") as c:
            c.expect(250, "MAIL FROM:<a@client.test>")
            c.expect(250, f"RCPT TO:<{OTHER}>")
            c.expect(250, "RSET")
            c.expect(250, "MAIL FROM:<b@client.test>")
            c.expect(550, f"RCPT TO:<{OTHER}>")
        for event in ("connection", "helo"):
            self.rules(**{event: "Relay!"})
            with self.client(helo="x.test") as c:
                for _ in range(2):
                    self.begin(c, rcpts=FAR)
                    c.expect(250, "RSET")

    def test_a27_state(self):
        """Hits, marks, lists and the last program stay; SPF does not."""
        seven = self.script("seven", "echo out; exit 7")
        self.rules(**{"from": 'From? "a@client.test" Add_hits! "1" '
                      f'Mark! "m" Exec! "{seven}"'},
                   rcpt='Tmark? "m" Reply! "250 %H %t %E"')
        with self.client(helo="x.test") as c:
            self.begin(c)
            c.expect(250, "RSET")
            c.expect(250, "MAIL FROM:<b@client.test>")
            self.assertEqual(c.cmd(f"RCPT TO:<{USER}>").text, "1 7 out")

    def test_a28_def(self):
        self.rules(**{"from": 'From? "a@client.test" Def! "Max_rcpts 1"'})
        with self.client(helo="x.test") as c:
            self.begin(c)
            c.expect(250, "RSET")
            self.begin(c, "b@client.test")
            self.assertEqual(c.cmd(f"RCPT TO:<{BOSS}>").code, 452)
        self.assertEqual(self.one_by_one(USER, BOSS, sender="b@client.test"),
                         [250, 250])

    def test_a29_senders_of_recipients(self):
        sink = self.sink()
        self.rules(connection="Relay!",
                   rcpt=f'To? "{FAR}" Srs! "example.test"\n'
                   f'To? "{OTHER}" Fchange! "new@client.test"')
        self.mail(rcpts=[FAR, OTHER, USER])
        got = {m.rcpts[0]: m.sender for m in sink.wait(2)}
        self.assertTrue(got[b"<far@far.test>"].startswith(b"<SRS0="))
        self.assertTrue(got[b"<other@far.test>"].startswith(
            b"<new@client.test>"))
        self.assertIn(b"Return-Path: <a@client.test>", self.delivered()[0])

    def test_a30_recipient_of_data(self):
        """The last accepted one; routes are for all that have no own."""
        self.sink()
        there = self.sink("10.10.10.100", 25)
        own = self.sink("10.10.10.101", 25)
        self.rules(connection="Relay!",
                   rcpt=f'To? "{OTHER}" Mx_dest! "10.10.10.101"',
                   data_cmd=f'To? "{FAR}" Mx_dest! "10.10.10.100"')
        with self.client(helo="x.test") as c:
            self.begin(c, rcpts=[OTHER, "third@far.test", FAR])
            c.expect(550, "RCPT TO:<nobody@example.test>")
            self.assertEqual(self.data(c).code, 250)
        self.assertEqual(own.wait(1)[0].rcpts, [b"<other@far.test>"])
        got = [r for m in there.wait(1) for r in m.rcpts]
        self.assertEqual(sorted(got), [b"<far@far.test>",
                                       b"<third@far.test>"])

    def test_a31_seen_recipients(self):
        """Seek_* without the current one, %n with it."""
        self.rules(rcpt=f'Seek_to? "{USER}" Reply! "551 %n" Deny!\n'
                   'Seek_in_to? "boss" Reply! "552 %n" Deny!\n'
                   'Itest? "%n>1" Reply! "553 %n" Deny!',
                   data_cmd=f'Seek_to? "{USER}" Reply! "554 %n" Deny!')
        with self.client(helo="x.test") as c:
            c.expect(250, "MAIL FROM:<>")
            c.expect(250, f"RCPT TO:<{USER}>")
            self.assertEqual(c.cmd(f"RCPT TO:<{BOSS}>").text, "2")
            self.assertEqual(c.cmd("DATA").text, "1")
        self.assertEqual(self.one_by_one(BOSS, USER), [250, 552])
        self.assertEqual(self.one_by_one("alias@example.test", USER),
                         [250, 553])

    def test_a32_before_their_tests(self):
        self.rules(rcpt='Exec_resp? "0" Deny!\nExec_resp? "-1" Deny!\n'
                   'Reply! "250 %t/%H/%R/%y"')
        self.assertEqual(self.rcpt().text, "-1/0/0/0")

    def test_a33_remote_answers(self):
        self.sink(replies={"RCPT": b"250 2.1.5 t-well\r\n"})
        path = self.suite.path("log/dl.log")
        self.rules(connection="Relay!", dl_rcpt=f'Log! "{path}:%r [%P] [%T]"')
        self.mail(rcpts=[FAR])
        self.wait_text("log/dl.log", r"far@far.test \[250 2.1.5 t-well\] "
                       r"\[250 2.1.5 t-well\]")

    def test_a34_id_from_mail_on(self):
        self.rules(**{"from": 'Reply! "250 %d"'}, rcpt='Reply! "250 %d"')
        with self.client(helo="x.test") as c:
            ident = c.cmd("MAIL FROM:<>").text
            self.assertRegex(ident, r"^\d+_\w+$")
            self.assertEqual(c.cmd(f"RCPT TO:<{USER}>").text, ident)
            self.assertEqual(self.data(c).text.split()[0], ident)

    def test_a35_nothing_is_found_nowhere(self):
        path = self.suite.write("rules/list", "one\n\n")
        self.rules(rcpt=f'Find_str? "text:%u" Deny!\n'
                   f'Find_filestr? "{path}:%e" Deny!\n'
                   f'Find_strfile? "%e:{path}" Deny!\n'
                   f'!Find_filestr? "{path}:%f" Reply! "250 bounce"')
        self.assertEqual(self.rcpt("").text, "bounce")

    def test_a36_addresses(self):
        for pattern, holds, misses in (
                ("192.168.4", ["192.168.4.7"], ["192.168.40.7"]),
                ("192.168.4.", ["192.168.4.7"], ["192.168.40.7"]),
                ("192.168.4.7", ["192.168.4.7"], ["192.168.4.77"]),
                ("192.168.40.0/255.255.255.128", ["192.168.40.7"],
                 ["192.168.40.177"]),
                ("192.168.", ["192.168.4.7"], ["192.169.4.7"]),
                ("192.168.4.0/24", ["192.168.4.77"], ["192.168.40.7"])):
            self.rules(rcpt=f'Ip? "{pattern}" Deny!')
            for ip in holds + misses:
                with self.subTest(pattern=pattern, ip=ip):
                    self.assertEqual(self.rcpt(ip=ip).code,
                                     550 if ip in holds else 250)

    def test_a37_numbers_are_equal(self):
        three = self.script("three", "exit 3")
        self.rules(rcpt=f'Exec! "{three}"\nExec_resp? "2" Deny!\n'
                   'Exec_resp? "4" Deny!\nExec_resp? "3" Reply! "250 three"')
        self.assertEqual(self.rcpt().text, "three")

    def test_a38_itest(self):
        for test, holds in (("%n=1", True), (" 1 < 2 ", True),
                            ("-5>-6", True), ("2>2", False),
                            ("%n>=1", False), ("%f=0", False)):
            self.rules(rcpt=f'Itest? "{test}" Deny!\n')
            with self.subTest(test=test):
                self.assertEqual(self.rcpt().code, 550 if holds else 250)

    def test_a39_trust(self):
        """%e is the name as found; Received says only one that leads back."""
        self.rules(["Resolve_all 1"], **{"from": 'Internal_from? Deny!'},
                   data_cmd='Hadd! "X-Name: %e"')
        self.mail(sender="", ip="192.0.2.7")
        got = self.delivered()[0]
        self.assertIn(b"\nX-Name: found.test\n", got)
        self.assertNotIn(b"found.test", got.split(b"X-Name")[0])

    def test_a40_kinds(self):
        self.rules(["Rcpt_level_check 0"], rcpt='To_type? "0" Reply! "551 0"\n'
                   'To_type? "1" Reply! "551 1"\nTo_type? "2" Reply! "551 2"')
        for rcpt, kind in ((USER, "1"), (BOSS, "1"),
                           ("alias@example.test", "2"),
                           ("any@default.test", "2"),
                           ("none@example.test", "0"), (FAR, "0")):
            self.assertEqual(self.rcpt(rcpt=rcpt).text, kind, rcpt)
        self.rules(**{"from": 'From_type? "2" Deny!'})
        self.assertEqual(self.sender("alias@example.test").code, 550)
        self.assertEqual(self.sender(BOSS).code, 250)

    def test_a41_rules_first(self):
        """The event sees recipients that the server would refuse."""
        self.rules(rcpt='To_type? "0" Internal_rcpt? Tchange! "' + USER + '"')
        self.mail(rcpts=["nobody@example.test"])
        self.delivered()
        self.rules(["Rcpt_level_check -1"])
        self.assertEqual(self.rcpt(rcpt="nobody@example.test").code, 250)

    def test_a42_minus_one_asks_no_dns(self):
        self.rules(["From_level_check -1", "Rcpt_level_check -1"],
                   connection="Relay!")
        self.assertEqual(self.rcpt("a@none.test", "a@none.test").code, 250)

    def test_a45_content_is_looked_at_again(self):
        """Its size, and that it is still there; nothing else of it."""
        self.rules(data='Exec! "/bin/cat %L/c%d" Hadd! "X-T: %z" '
                   'Reply! "250 %z"')
        with self.client(helo="x.test") as c:
            self.begin(c)
            size = int(self.data(c).text.split()[-1])
        self.assertGreater(size, 200)
        self.assertLess(abs(len(self.delivered()[0]) - size), 200)

    def test_a23_deny_in_the_queue(self):
        self.sink(replies={"RCPT": b"550 5.1.1 no\r\n"})
        self.rules(connection="Relay!", error_report="Deny!",
                   qend_process="Deny!")
        self.mail(sender=BOSS, rcpts=[FAR])
        self.suite.wait_empty()
        self.assertEqual(self.suite.maildir(BOSS).count(), 0)
        self.warned("Deny!")

    def test_a57_srs(self):
        """Valid hash and age: relayed to whom it was; else unknown."""
        sink = self.sink()
        self.rules(connection='Ip? "192.0.2.1" Relay!',
                   rcpt=f'To? "{FAR}" Srs! "example.test"')
        self.mail(sender="joe@far.test", rcpts=[FAR])
        back = re.match(rb"<(SRS0=.*?)>", sink.wait(1)[0].sender)[1].decode()
        self.mail("", [back], ip="192.0.2.2")
        self.assertEqual(sink.wait(2)[1].rcpts, [b"<joe@far.test>"])
        self.assertEqual(self.rcpt("", "SRS0=AAAA" + back[9:],
                                   ip="192.0.2.2").code, 550)
        # One's own is not wrapped again, a stranger's becomes SRS1.
        self.mail(sender="SRS0=AbCd=QQ=x.test=y@far.test", rcpts=[FAR])
        self.assertRegex(sink.wait(3)[2].sender, rb"^<SRS1=.*@example\.test>")

    def test_a62_place_of_fields(self):
        self.rules(**{"from": 'Hadd! "X-T: one" Hadd! "X-T: two"'})
        self.mail()
        self.assertRegex(self.delivered()[0],
                         rb"(?s)Received: [^\n]*(\n[ \t][^\n]*)*\n"
                         rb"X-T: one\nX-T: two\nFrom: ")


class Limits(rules.Case):
    def test_limits_of_an_event(self):
        """Depth 16, 100 files, 20,000 lines: then a 451, not a yes."""
        path = self.suite.path("rules/loop")
        self.suite.write("rules/loop", f'Inc_rules! "{path}"\n')
        self.rules(rcpt=f'Inc_rules! "{path}"\nStop!')
        self.assertEqual(self.rcpt().code, 451)
        self.suite.write("rules/turn", 'Proc_rules! "'
                         + self.suite.path("rules/turn") + '"\n')
        self.rules(rcpt=f'Proc_rules! "{self.suite.path("rules/turn")}"\n')
        self.assertEqual(self.rcpt().code, 451)
        self.rules(rcpt='To? "x@y.test" Deny!\n' * 20001)
        self.assertEqual(self.rcpt().code, 451)
        self.rules(rcpt='To? "x@y.test" Deny!\n' * 19000)
        self.assertEqual(self.rcpt().code, 250)

    def test_a19_limit_without_verdict(self):
        """The connection goes on, and one warning is given."""
        self.rules(["Limit_buf 50", "Limit_cnx 2", "Limit_time 60"],
                   limit='Mark! "flood"', rcpt='Tmark? "flood" Deny!')
        codes = [self.rcpt().code for _ in range(4)]
        self.assertEqual(codes, [250, 550, 550, 550])
        self.assertEqual(len(self.suite.wait_log(
            "flood", 10 * SLOW, "warning")), 1)


if __name__ == "__main__":
    unittest.main()
