"""The manual's examples 59 to 104: those of conditions and variables; the
others are in rules_examples_actions_test.py.  See rules_examples_common.py."""

import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))

import rules_examples_common as common  # noqa: E402
from rules_examples_common import (  # noqa: E402
    AUTH, LISTED, ONCE, SENDER, SPAMMER, USER)

TIMEOUT = 240
FULL = "full@example.test"


class All(unittest.TestCase):
    def test_each_has_its_case(self):
        found = []
        for name in ("rules_examples_test.py",
                     "rules_examples_actions_test.py"):
            with open(os.path.join(os.path.dirname(__file__), name)) as f:
                found += re.findall(r"^    def test_(\d{3})\(", f.read(),
                                    re.M)
        self.assertEqual(sorted(map(int, found)), list(range(1, 105)))
        self.assertEqual(len(common.LINES), 104)


class Conditions(common.Examples):
    def test_059(self):
        self.script("external_script.sh", f'echo ran >>'
                    f'{self.suite.path("out/auth")}')
        self.acts(59, "rcpt", "Exec!", "auth=joe", f"rcpt={USER}")
        self.assertEqual(self.text("out/auth"), "ran\n")

    def test_060(self):
        self.script("external_script.sh", f'echo ran >>'
                    f'{self.suite.path("out/external")}')
        self.example(60, "rcpt")
        self.taken(self.rcpt())
        self.assertEqual(self.text("out/external"), "ran\n")

    def test_061(self):
        """Without a code and Deny! it is only another text."""
        said = self.acts(61, "rcpt", "Reply!", "auth=joe", f"rcpt={USER}",
                         "from=foo@domaintest.com")
        self.assertRegex(said, "reply: +250 Email refused")

    def test_062(self):
        self.example(62, "from")
        self.refused(self.sender(USER), "You need authentication")
        self.taken(self.sender())
        self.assertIn("verdict:  none", self.explain(
            "from", f"from={USER}", "auth=joe"))

    def test_063(self):
        self.example(63, "rcpt", connection="Relay!")
        self.refused(self.rcpt(rcpt="user@domainexample.com"),
                     "This address is blocked")
        self.taken(self.rcpt(rcpt="user2@domainexample.com"))

    def test_064(self):
        said = self.acts(64, "from", "Reply!", "auth=joe", f"from={SENDER}")
        self.assertIn("verdict:  deny", said)
        self.assertIn("500 Refused. This sender", said)
        self.assertIn("verdict:  none", self.explain(
            "from", f"auth={SENDER}", f"from={SENDER}"))

    def test_065(self):
        self.example(65, "rcpt")
        self.refused(self.rcpt(ip="10.10.10.5"),
                     "You cannot use this address")
        self.taken(self.rcpt())
        self.taken(self.rcpt(rcpt="foo@internaldomain.com",
                             ip="10.10.10.5"))

    def test_066(self):
        self.example(66, "from")
        self.refused(self.sender("a@x.com.br", ip="192.168.0.100"),
                     "You are not allowed to send messages with '.com.br' "
                     "domains")
        self.taken(self.sender("a@x.com.br"))
        self.taken(self.sender("a@x.com.bra", ip="192.168.0.100"))

    def reversed(self, n, text="Host refused", code=550):
        self.example(n, "helo", "Resolve!")
        for ip, reply in ((SPAMMER, (code, text)), (LISTED, (250, ""))):
            with self.client(ip) as c:
                got = c.cmd("HELO x.test")
                self.assertEqual(got.code, reply[0])
                if text and ip == SPAMMER:
                    self.assertEqual(got.text, text)

    def test_067(self):
        self.reversed(67)

    def test_068(self):
        self.script("email_check.sh", "exit 1")
        self.example(68, "data")
        with self.client("10.10.10.78", "x.test") as c:
            self.begin(c)
            self.refused(self.data(c), "This message has a content that is "
                         "not allowed by this server", 500)
        self.mail()
        self.script("email_check.sh", "exit 2")
        self.mail(ip="10.10.10.78")

    def test_069(self):
        self.example(69, "from")
        who = "administrator@internaldomain.net"
        self.refused(self.sender(who), "You are not allowed to use this "
                     "sender", 500)
        self.taken(self.sender(who, ip="10.10.10.55"))
        self.taken(self.sender())

    def test_070(self):
        self.example(70, "from")
        with self.client(helo="x.test") as c:
            self.assertEqual(c.cmd("MAIL FROM:<my.marketing@x.test>").code,
                             421)
            self.assertEqual(c.closed(), b"")
        self.taken(self.sender())

    def test_071(self):
        self.example(71, "from")
        self.refused(self.sender("a@spammerdomain.net"), "Spammer !!!")
        self.taken(self.sender("spammerdomain.net@client.test"))

    def test_072(self):
        """An address of this server, delivered elsewhere for its own."""
        sink = self.sink("192.168.0.101", 2525)
        self.example(72, "rcpt")
        self.mail(sender=USER, ip="192.168.0.9",
                  rcpts=["test@internaldomain.com"])
        self.assertEqual(sink.wait(1)[0].rcpts,
                         [b"<test@internaldomain.com>"])

    def test_073(self):
        sink = self.sink("10.10.10.102", 587, replies=AUTH)
        self.example(73, "rcpt", connection="Relay!")
        self.mail(rcpts=["a@hotmail.com"])
        self.assertIn(b"AUTH PLAIN AHVzZXIAcGFzcw==",
                      sink.wait(1)[0].session.commands)

    def test_074(self):
        self.reversed(74)

    def test_075(self):
        self.reversed(75)

    def test_076(self):
        self.suite.write("rules/bloqued_hosts", "other.test\n"
                         "domainofspammer\n")
        self.reversed(76, "You are listed in a local blacklist")

    def test_077(self):
        self.suite.write("rules/blacklist_ips.txt", "1.2.3.4\n"
                         f"{SPAMMER} since May\n")
        self.reversed(77, "IP in blacklist", 500)

    def test_078(self):
        self.suite.write("rules/blacklist_hosts.txt",
                         "x.test\nsv1.domainofspammer.com\n")
        self.reversed(78, "Your host in blacklist", 500)

    def test_079(self):
        self.example(79, "from")
        self.refused(self.sender("alias@domaintest.com"), "The alias "
                     "addresses are temporarily blocked for this domain",
                     500)
        self.taken(self.sender("none@domaintest.com"))

    def test_080(self):
        self.example(80, "from", options=["From_level_check -1"])
        self.refused(self.sender("none@internaldomain.com"),
                     "This sender does not exists")
        self.taken(self.sender("foo@internaldomain.com"))
        self.taken(self.sender())

    def test_081(self):
        self.example(81, "helo")
        with self.client() as c:
            self.refused(c.cmd("EHLO host1"), "Host refused", 500)
            c.expect(250, "EHLO host12")

    def relays(self, n, may, may_not):
        self.example(n, "connection")
        far = "far@externaldomain.com"
        self.taken(self.rcpt(rcpt=far, ip=may))
        self.assertEqual(self.rcpt(rcpt=far, ip=may_not).code, 550)

    def test_082(self):
        self.relays(82, "192.168.0.10", "192.168.0.100")

    def test_083(self):
        self.relays(83, "127.0.0.1", "127.0.0.10")

    def test_084(self):
        self.relays(84, "10.10.10.255", "10.10.9.255")

    def test_085(self):
        self.example(85, "connection")
        with self.client("200.200.1.7") as c:
            self.assertEqual(c.greeting.code, 421)
            self.assertEqual(c.closed(), b"")
        self.taken(self.sender(ip="200.20.1.7"))

    def test_086(self):
        self.example(86, "from")
        self.refused(self.sender(USER), "Authentication is required", 500)
        self.taken(self.sender())

    def test_087(self):
        self.example(87, "from")
        self.refused(self.sender(), "We do not accept emails from external "
                     "domains", 500)
        self.taken(self.sender(USER))

    def test_088(self):
        self.example(88, "rcpt", connection="Relay!")
        self.refused(self.rcpt(ip="192.168.40.7"),
                     "You cannot send emails to local addresses")
        self.taken(self.rcpt(ip="192.168.4.7"))
        self.taken(self.rcpt(rcpt="a@gmail.com", ip="192.168.40.7"))

    def test_089(self):
        check = self.script("spam", "grep -q X-Regress-Id:.spam $1")
        self.example(89, "data", f'Exec! "{check} %L/c%d"')
        self.mail(ident="spam")
        with self.client(helo="x.test") as c:
            self.begin(c)
            self.refused(self.data(c, "ham"), "The analysis of our "
                         "anti-spam program has classified your message "
                         "like spam")

    def test_090(self):
        """As printed it cannot be read: said with its place, skipped."""
        self.example(90, "rcpt", "", 'Itest? "%n>1" Deny!')
        with self.client("192.168.0.33", "x.test") as c:
            self.begin(c)
            self.assertEqual(
                c.cmd("RCPT TO:<postmaster@example.test>").code, 550)
        self.warned(r"rules/rcpt\.\d+:2:")

    def test_091(self):
        self.example(91, "from", 'Rbl_test! "zen.spamhaus.org rbl_2.org"')
        self.refused(self.sender(ip=LISTED), "You are listed in more than "
                     "one Blacklist: by zen.spamhaus.org", 500)
        self.taken(self.sender(ip=ONCE))

    def listed(self, n, text):
        self.example(n, "connection")
        with self.client(ONCE) as c:
            self.assertEqual((c.greeting.code, c.greeting.text),
                             (500, text + "once"))
        with self.client() as c:
            self.assertEqual(c.greeting.code, 220)

    def test_092(self):
        self.listed(92, "You are listed in Blacklist: ")

    def test_093(self):
        self.listed(93, "You are listed in two Blacklists: ")

    def test_094(self):
        self.example(94, "from", "", 'Reply! "250 %H"')
        self.assertEqual(self.sender().text, "2")
        self.assertEqual(self.sender(ip=SPAMMER).text, "0")

    def test_095(self):
        self.example(95, "from", "Spf_test!")
        self.refused(self.sender("a@fail.test"),
                     "Email refused by not pass in SPF test")
        self.taken(self.sender("a@soft.test"))

    def test_096(self):
        self.example(96, "rcpt", connection="Relay!")
        foo, admin = (f"{x}@externaldomain.com.br" for x in ("foo", "admin"))
        with self.client(helo="x.test") as c:
            self.begin(c, rcpts=[foo, USER, admin])
            self.refused(c.cmd(f"RCPT TO:<{foo}>"), "The foo and admin "
                         "cannot receive the same email")

    def test_097(self):
        self.example(97, "rcpt", connection="Relay!",
                     data_cmd='Tmark? "ARCHIVE_EMAIL" Reply! "550 archive"')
        for first, code in (("a@gmail.com", 550), ("a@hotmail.com", 354)):
            with self.client(helo="x.test") as c:
                self.begin(c, rcpts=[first, "foo@domaintest123.net"])
                self.assertEqual(c.cmd("DATA").code, code)

    def test_098(self):
        self.example(98, "rcpt", connection="Relay!")
        self.assertEqual(self.rcpt(rcpt="foo@externaldomain.com").code, 550)
        self.taken(self.rcpt(rcpt="foo2@externaldomain.com"))

    def test_099(self):
        self.example(99, "rcpt")
        self.assertEqual(self.rcpt(rcpt="foo@externaldomain.com").code, 550)
        self.taken(self.rcpt(rcpt="foo2@externaldomain.com"))

    def test_100(self):
        self.example(100, "data", helo='Helo? "keep.test" '
                     'Mark! "ARCHIVE_EMAIL"')
        other = self.mail(helo="other.test", ident="other")
        ident = self.mail(helo="keep.test", ident="kept")
        self.assertIn("X-Regress-Id: kept", self.text(f"out/c{ident}"))
        self.assertEqual(self.text(f"out/c{other}"), "")

    def test_101(self):
        self.example(101, "rcpt", connection="Relay!",
                     options=["Rcpt_level_check -1"])
        self.refused(self.rcpt(rcpt="none@example.test"),
                     "This recipient not exists")
        self.taken(self.rcpt())
        self.taken(self.rcpt(rcpt="none@gmail.com"))

    def full(self, n):
        out = self.suite.path("out/full")
        self.script("warn_recipient_ovre_quota.sh", f'echo "$1" >{out}.{n}')
        self.example(n, "rcpt", options=["Rcpt_level_check -1"])
        self.refused(self.rcpt(rcpt=FULL), "I am sorry but this account is "
                     "full. Try again later")
        self.assertEqual(self.text(f"out/full.{n}"), FULL + "\n")
        self.taken(self.rcpt())

    def test_102(self):
        self.full(102)

    def test_103(self):
        self.full(103)

    def test_104(self):
        self.script("script.sh", f'echo "$#:$1" >{self.suite.path("out/s")}')
        self.acts(104, "auth", "Exec!", "auth=user@mydomain.com")
        self.assertEqual(self.text("out/s"),
                         "1:The user user@mydomain.com now is connected\n")


if __name__ == "__main__":
    unittest.main()
