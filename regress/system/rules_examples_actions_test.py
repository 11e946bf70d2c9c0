"""The manual's examples 1 to 58: those of its introduction and of actions.
See rules_examples_common.py."""

import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))

import rules_examples_common as common  # noqa: E402
from rules_examples_common import (  # noqa: E402
    AUTH, LISTED, ONCE, SENDER, SPAMMER, USER)

TIMEOUT = 240
MARKED = '{} Reply! "250 marked"'


class Verdicts(common.Examples):
    def test_001(self):
        self.example(1, "from")
        self.refused(self.sender("user@domainexample.net"), "This sender is "
                     "not allowed to deliver messages here")
        self.taken(self.sender("user2@domainexample.net"))

    def test_002(self):
        self.example(2, "from", "Spf_test!", 'Reply! "250 %H"')
        self.assertEqual(self.sender("a@neutral.test").text, "1")
        self.assertEqual(self.sender("a@soft.test").text, "0")
        self.warned("Spf_resp")

    def test_003(self):
        self.example(3, "from", "Spf_test!", 'Reply! "250 %H"')
        self.assertEqual(self.sender("a@soft.test").text, "2")
        self.assertEqual(self.sender("a@neutral.test").text, "0")

    def test_004(self):
        self.example(4, "connection", rcpt='Reply! "250 %H"')
        self.assertEqual(self.hits(), "2")
        self.assertEqual(self.hits(ip=SPAMMER), "0")

    def test_005(self):
        self.example(5, "rcpt", 'Helo? "three.test" Add_hits! "3"\n'
                     '!Helo? "three.test" Add_hits! "2"')
        self.refused(self.rcpt(helo="three.test"),
                     "Too many negative points", 500)
        self.taken(self.rcpt())

    def test_006(self):
        """Where the domain would be refused: this one has no MX."""
        self.example(6, "from", options=["From_level_check 2"])
        self.taken(self.sender("foo@domain123456.com"))
        self.assertEqual(self.sender("bar@domain123456.com").code, 553)

    def test_007(self):
        self.example(7, "limit", "", "Deny!", options=[
            "Limit_buf 50", "Limit_cnx 2", "Limit_time 60"])
        for ip, greeting in (("10.10.10.5", b"220 "), ("10.10.11.5", b"")):
            self.client(ip).close()
            with self.client(ip, banner=False) as c:
                got = c.line() if greeting else c.closed()
                self.assertEqual(got[:4], greeting)

    def test_008(self):
        self.example(8, "connection")
        with self.client("250.250.250.250") as c:
            self.assertEqual(c.greeting.code, 421)
            self.assertEqual(c.closed(), b"")
        with self.client("250.250.250.25") as c:
            self.assertEqual(c.greeting.code, 220)

    def copies(self, sender, rcpt, count):
        sink = self.sink()
        self.mail(sender=sender, rcpts=[rcpt])
        self.suite.wait_empty()
        got = sorted(r.decode()[1:-1] for m in sink.messages
                     for r in m.rcpts)
        self.assertEqual(len(got), count, got)
        return got

    def test_009(self):
        self.example(9, "rcpt", connection="Relay!")
        one, two = "employee1@domain123456.com", "employee2@123456domain.com"
        self.assertEqual(self.copies(one, two, 2),
                         [two, "supervisor@domain123456.com"])
        self.copies(SENDER, two, 1)

    def test_010(self):
        self.example(10, "rcpt", connection="Relay!")
        self.assertEqual(self.copies(SENDER, "user1@testdomain.com", 3), [
            "administrator@domain.com", "supervisor@domain.com",
            "user1@testdomain.com"])

    def test_011(self):
        """Those that log in there may not relay."""
        self.example(11, "connection")
        self.assertRegex(self.explain("connection", "ip=200.200.200.7"),
                         r"Def! .*Auth_relay 0.* done")
        self.assertNotIn("done", self.explain("connection",
                                              "ip=200.200.201.7"))

    def test_012(self):
        self.example(12, "connection", options=["Max_rcpts 1"])
        for ip, code in (("192.168.0.15", 250), ("192.168.0.16", 452)):
            with self.client(ip, "x.test") as c:
                self.begin(c)
                self.assertEqual(
                    c.cmd("RCPT TO:<postmaster@example.test>").code, code)

    def test_013(self):
        """The queue may not leave its directory: warned, and as before."""
        self.example(13, "from")
        self.mail(sender="test@testdomain.com")
        self.delivered()
        self.warned("spool")

    def test_014(self):
        self.example(14, "connection")
        self.assertRegex(self.explain("connection", "ip=10.0.0.100"),
                         r'Def! .*Modseq_auth .*ldap mysql.* done')
        self.taken(self.rcpt(ip="10.0.0.100"))

    def test_015(self):
        self.suite.write("rules/rules_10.10.10.0", "Deny!\n")
        self.example(15, "connection")
        self.assertEqual(self.rcpt(ip="10.10.10.7").code, 550)
        self.taken(self.rcpt(ip="10.10.11.7"))

    def test_016(self):
        self.example(16, "rcpt", connection="Relay!")
        one, two = "test@testdomain.com", "foo@domain123456.com"
        self.assertEqual(self.rcpt(one, two).code, 550)
        self.taken(self.rcpt(one, USER))
        self.taken(self.rcpt(SENDER, two))

    def test_017(self):
        self.example(17, "from")
        who = "foo2@domain123456.com"
        self.refused(self.sender(who, ip="10.10.10.40"),
                     "You cannot use this sender address")
        self.taken(self.sender(who))
        self.taken(self.sender(ip="10.10.10.40"))

    def test_018(self):
        self.example(18, "from")
        with self.client(helo="x.test") as c:
            self.begin(c, "mailer-daemon@sv.server123456remote.com")
            self.refused(c.cmd("DATA"), "This email is refused", 500)
        self.mail()

    def test_019(self):
        path = self.suite.write("rules/inner", self.line(19)
                                + '\nReply! "550 inner" Deny!\n')
        self.rules(connection="Relay!", rcpt=f'Inc_rules! "{path}"\n'
                   'Reply! "550 outer" Deny!')
        one, two = "foo1@domain123456.com", "test@domain123456.com"
        self.refused(self.rcpt(one, two), "outer")
        self.refused(self.rcpt(one, USER), "inner")


class Programs(common.Examples):
    def test_020(self):
        """The scanner gets the file of the message."""
        self.script("anti-virus", f'cat "$1" >{self.suite.path("out/av")}')
        self.example(20, "data")
        self.mail(ident="not")
        self.assertEqual(self.text("out/av"), "")
        self.mail(sender=USER, ident="yes")
        self.assertIn("X-Regress-Id: yes", self.text("out/av"))

    def test_021(self):
        self.script("statistics_process.sh",
                    f'echo "$@" >>{self.suite.path("out/statistics")}')
        self.acts(21, "rcpt", "Exec!", "auth=joe", f"from={SENDER}",
                  f"rcpt={USER}")
        self.assertEqual(self.text("out/statistics"), f"{SENDER} {USER}\n")

    def test_022(self):
        self.example(22, "from")
        self.mail(sender="foo1@domain123456.com")
        self.assertTrue(self.delivered()[0].startswith(
            b"Return-Path: <finances@domain123456.com>\n"))

    def test_023(self):
        self.example(23, "from", "Spf_test!")
        self.mail(sender="a@fail.test")
        self.assertIn(b"\nSpf: REFUSED\n", self.delivered()[0])
        self.suite.maildir().clear()
        self.mail(sender="a@soft.test")
        self.assertNotIn(b"\nSpf:", self.delivered()[0])

    def test_024(self):
        self.example(24, "from")
        self.mail(sender="externalmail@externaldomain.com")
        got = self.delivered()[0]
        self.assertIn(b"\nReply-to: externalmail@externaldomain.com\n", got)
        self.assertTrue(got.startswith(
            b"Return-Path: <email@localdomain.com.br>\n"))

    def test_025(self):
        self.suite.write("mail/example.test/rules_domain_com",
                         'Reply! "550 of the domain" Deny!\n')
        self.example(25, "rcpt")
        self.refused(self.rcpt(USER), "of the domain")
        self.taken(self.rcpt())
        self.taken(self.rcpt(USER, "foo@internaldomain.com"))

    def test_026(self):
        path = os.path.join(self.suite.home(USER), "personal_rules")
        with open(path, "w") as f:
            f.write('Reply! "550 personal" Deny!\n')
        os.chown(path, self.suite.mail_uid(USER), -1)
        self.example(26, "rcpt")
        self.refused(self.rcpt(), "personal")
        self.taken(self.rcpt(rcpt="foo@internaldomain.com"))

    def test_027(self):
        self.acts(27, "rcpt", "Log!", "auth=joe", f"from={SENDER}",
                  "ip=192.0.2.1", f"rcpt={USER}")
        self.taken(self.rcpt())
        self.assertRegex(
            self.text("log/auth_connections.log"),
            r"^[^\n]* Authenticated connection by \[joe\] Sender "
            rf"\[{SENDER}\] IP:192\.0\.2\.1\n$")


class Ways(common.Examples):
    TO = "far@externaldomain.com"

    def routed(self, n, address, port, login=b"", to=TO, **kw):
        """The recipient's message goes there, another's does not."""
        usual, there = self.sink(), self.sink(address, port, replies=AUTH)
        self.example(n, "rcpt", connection="Relay!")
        self.mail(rcpts=[to, "else@gmail.com"], **kw)
        got = there.wait(1)[0]
        self.assertEqual(got.rcpts, [f"<{to}>".encode()])
        self.assertEqual(usual.wait(1)[0].rcpts, [b"<else@gmail.com>"])
        said = [c for c in got.session.commands if c.startswith(b"AUTH")]
        self.assertEqual(said, [b"AUTH PLAIN " + login] if login else [])

    def test_028(self):
        self.routed(28, "10.10.10.100", 25)

    def test_029(self):
        self.routed(29, "10.10.10.101", 25)

    def test_030(self):
        self.routed(30, "10.10.10.101", 587, b"AHVzZXIAcGFzcw==")

    def test_031(self):
        self.routed(31, "10.10.10.101", 25, b"AHVzZXJuYW1lAHBhc3N3b3Jk")

    def test_032(self):
        self.routed(32, "10.10.10.101", 587,
                    b"AHVzZXJAZG9tYWluMTIzNDU2LmNvbQBwYXNzd29yZA==")

    def test_033(self):
        sink = self.sink()
        self.world.have("251.251.251.10")
        self.example(33, "rcpt", connection="Relay!")
        self.mail(rcpts=["a@hotmail.com", "b@gmail.com"])
        self.assertEqual({m.rcpts[0]: m.session.peer[0]
                          for m in sink.wait(2)},
                         {b"<a@hotmail.com>": "251.251.251.10",
                          b"<b@gmail.com>": "127.0.0.1"})

    def test_034(self):
        self.example(34, "from", 'Rbl_test! "zen.spamhaus.org"',
                     MARKED.format('Tmark? "Blacklist"'))
        self.assertEqual(self.sender(ip=ONCE).text, "marked")
        self.assertNotEqual(self.sender().text, "marked")

    def test_035(self):
        self.example(35, "from", 'Rbl_test! "rbl_1.org zen.spamhaus.org"',
                     MARKED.format('Tmark? "Trash"'))
        self.assertEqual(self.sender(ip=LISTED).text, "marked")
        self.assertNotEqual(self.sender(ip=ONCE).text, "marked")

    def test_036(self):
        self.example(36, "from", "Spf_test!",
                     MARKED.format('Tmark? "ToDiscart"'))
        self.assertEqual(self.sender("a@fail.test").text, "marked")
        self.assertNotEqual(self.sender("a@soft.test").text, "marked")

    def test_037(self):
        self.suite.write("rules/spammer_test", 'From? "a@fail.test" Deny!\n')
        self.example(37, "from", "", 'Reply! "550 not back" Deny!')
        self.assertEqual(self.sender("a@fail.test", ip="80.80.1.2").code, 550)
        self.taken(self.sender(ip="80.80.1.2"))
        self.refused(self.sender(ip="80.81.1.2"), "not back")

    def test_038(self):
        """The second queue's directory is told by %L."""
        self.example(38, "from", data='Reply! "250 %L"')
        for ip, queue in (("192.168.0.34", "spool/qlimit"),
                          ("192.168.0.35", "spool")):
            with self.client(ip, "x.test") as c:
                self.begin(c, "newsletter@domain123456.com")
                self.assertEqual(self.data(c).text.split()[-1],
                                 self.suite.path(queue))
        self.delivered(count=2)

    def test_039(self):
        self.example(39, "rcpt", connection="Relay!")
        one, two = "foo@externaldomain.com", "admin@domainexample.com"
        self.refused(self.rcpt(one, two), f"The owner {two} does not want to "
                     "receive your messages", 500)
        self.taken(self.rcpt(one))

    def relays(self, n, may, may_not, event="connection", **kw):
        self.example(n, event, **kw)
        self.taken(self.rcpt(rcpt=self.TO, ip=may))
        self.assertEqual(self.rcpt(rcpt=self.TO, ip=may_not).code, 550)

    def test_040(self):
        self.relays(40, "127.0.0.1", "127.0.0.2")

    def test_041(self):
        self.relays(41, "129.168.0.77", "129.168.1.77")

    def test_042(self):
        self.relays(42, "10.10.10.1", "10.10.10.11")

    def test_043(self):
        self.relays(43, "10.10.10.51", "10.10.10.50",
                    before='Ip? "10.10.10.0/24" Relay!')

    def test_044(self):
        self.example(44, "rcpt", connection="Relay!")
        self.assertEqual(self.rcpt(rcpt="foo@mydomainexample.com").code, 550)
        self.taken(self.rcpt(rcpt="bar@mydomainexample.com"))

    def listed(self, n, told):
        self.example(n, "from", "", 'Reply! "250 %R %T"')
        self.assertEqual(self.sender(ip=LISTED).text, told)
        self.assertEqual(self.sender().text, "0")

    def test_045(self):
        self.listed(45, "1 by rbl_1.org")

    def test_046(self):
        self.listed(46, "3 by rbl_1.org")

    def test_047(self):
        self.listed(47, "2 by zen.spamhaus.org")

    def test_048(self):
        self.example(48, "from", "", 'Reply! "250 %e"')
        self.assertEqual(self.sender(ip=SPAMMER).text,
                         "sv1.domainofspammer.com")

    def stops(self, n, *facts):
        self.example(n, "from", "", 'Reply! "550 went on" Deny!')
        self.assertIn("verdict:  none", self.explain("from", "auth=joe",
                                                     *facts))
        self.refused(self.sender("foo@mydomainexample.com"), "went on")

    def test_049(self):
        self.stops(49, "from=foo@mydomainexample.com")

    def test_050(self):
        self.stops(50, f"from={SENDER}")

    def test_051(self):
        self.example(51, "from", "", 'Reply! "250 %y"')
        self.assertEqual(self.sender("a@fail.test").text, "4")

    def test_052(self):
        said = self.explain52()
        self.assertRegex(said, r"Srs! .*SRS0=.*=externaldomain\.com=far@"
                         r"myinternaldomain\.com")

    def explain52(self):
        self.example(52, "rcpt", options=['Srs_key "t-secret"'])
        return self.explain("rcpt", "auth=joe", f"from={self.TO}",
                            "rcpt=b@gmail.com")

    def test_053(self):
        self.suite.write("rules/message.eml", "Subject: auto\n\nauto\n")
        self.example(53, "rcpt")
        self.mail(sender=USER, rcpts=["foo@internaldomain.com"])
        got = self.delivered()[0]
        self.assertTrue(got.startswith(
            b"Return-Path: <foo@internaldomain.com>\n"))
        self.assertIn(b"Subject: auto", got)

    def test_054(self):
        host = self.world.host
        host.run("nft", "add table inet t; add chain inet t o { type filter "
                 "hook output priority 0; }; add rule inet t o meta mark 1 "
                 "tcp dport 25 counter")
        self.addCleanup(host.run, "nft", "delete table inet t")
        sink = self.sink()
        self.example(54, "rcpt", connection="Relay!")
        self.mail(rcpts=[self.TO])
        sink.wait(1)
        said = host.run("nft", "list table inet t").stdout
        self.assertGreater(int(re.search(r"packets (\d+)", said)[1]), 3)

    def test_055(self):
        self.example(55, "rcpt")
        self.mail(rcpts=["foo@internaldomain.com"])
        self.delivered("adm@internaldomain.com")
        self.assertEqual(
            self.suite.maildir("foo@internaldomain.com").count(), 0)

    def test_056(self):
        sink = self.sink()
        self.example(56, "rcpt", connection='Ip? "192.0.2.1" Relay!')
        self.mail(rcpts=["foo@internaldomain.com"])
        self.assertEqual(sink.wait(1)[0].rcpts,
                         [b"<test@anotherdomain.com>"])
        self.assertEqual(self.rcpt(rcpt="foo@internaldomain.com",
                                   ip="192.0.2.2").code, 550)

    def test_057(self):
        """4xx and 5xx alone refuse, too."""
        self.example(57, "from")
        said = self.explain("from", "auth=joe", f"from={SENDER}")
        self.assertIn("500 Invalid sender", said)
        self.assertIn("verdict:  deny", said)
        self.taken(self.sender())

    def test_058(self):
        self.example(58, "data")
        self.mail(sender="sender@client.test")
        with self.client(helo="x.test") as c:
            self.begin(c)
            self.refused(self.data(c), "Sender Address was not found in "
                         "email HEADER")


if __name__ == "__main__":
    unittest.main()
