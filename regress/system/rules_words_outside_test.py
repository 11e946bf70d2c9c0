"""What rules ask and tell the world: programs, files, logs, and the DNS.
Of names see also rules_words_test.py."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import procs  # noqa: E402
import rules  # noqa: E402
from suite import SLOW  # noqa: E402

TIMEOUT = 180
USER = "user@example.test"
SAY = 'Reply! "250 %t [%E]"'


def reverse(ip):
    return ".".join(reversed(ip.split(".")))


class Programs(rules.Case):
    OPTIONS = ["Exec_timeout 2"]

    def said(self, rule, **kw):
        self.rules(rcpt=rule)
        return self.rcpt(**kw).text

    def test_status_and_output(self):
        fail = self.script("fail", "echo one; echo two; exit 7")
        self.assertEqual(self.said(f'Exec! "{fail}" {SAY}'), "7 [one two]")
        self.assertEqual(self.said(
            f'Exec! "{fail}" Exec_resp? "7" Itest? "%t=7" '
            'Reply! "550 seven" Deny!'), "seven")
        # It has run though the condition right of it is false.
        log = self.script("log", f"echo ran >>{self.suite.path('out/ran')}")
        self.said(f'Exec! "{log}" Exec_resp? "1" Deny!')
        self.assertEqual(self.text("out/ran"), "ran\n")
        # And does not where one left of it is.
        self.said(f'To? "x@y.test" Exec! "{log}"')
        self.assertEqual(self.text("out/ran"), "ran\n")

    def test_nothing_ran(self):
        """A32: -1 before, and where it could not start or took too long."""
        slow = self.script("slow", "sleep 60")
        for rule in (SAY, f'Exec! "/nonexistent/x" {SAY}',
                     f'Exec! "{slow}" {SAY}'):
            with self.subTest(rule=rule):
                self.assertEqual(self.said(rule), "-1 []")
        self.rules(rcpt='Exec! "/nonexistent/x" Exec_resp? "0" Deny!')
        self.assertEqual(self.rcpt().code, 250)

    def test_arguments(self):
        """Cut before values are put in; no shell looks at them."""
        args = self.script("args", 'printf "<%s>" "$@"')
        out = self.suite.path("out/evil")
        evil = f'"a b;touch${{IFS}}{out}`touch {out}`"@client.test'
        self.assertEqual(
            self.said(f'Exec! "{args} %f %"two words: %r%" one%%" {SAY}',
                      sender="a'`id`$HOME|b&@client.test"),
            f"0 [<a'`id`$HOME|b&@client.test><two words: {USER}><one%>]")
        self.rules(rcpt=f'Exec! "{args} %f | cat" {SAY}')
        self.rcpt(sender=evil)
        self.assertFalse(os.path.exists(out))

    def test_environment_and_user(self):
        env = self.script("env", 'echo "$SELOR_IP|$SELOR_FROM|$SELOR_HELO|'
                          '$SELOR_RCPT|$HOME"; id -u')
        got = self.said(f'Exec! "{env}" {SAY}')
        self.assertRegex(got, r"^0 \[192\.0\.2\.1\|a@client\.test\|"
                         r"client\.test\|user@example\.test\|[^|]* [1-9]\d*]$")

    def test_each_event(self):
        mark = self.script("mark", f'echo "$1" >>{self.suite.path("out/e")}')
        names = [e for e in rules.EVENTS if e not in (
            "limit", "auth", "lrcpt_refused", "dl_rcpt", "error_report")]
        self.rules(**{e: f'Exec! "{mark} {e}:%d"' for e in names})
        ident = self.mail()
        self.delivered()
        self.wait_text("out/e", "qend_process")
        got = [x.split(":") for x in self.text("out/e").split()]
        self.assertEqual([x[0] for x in got], names)
        self.assertEqual({x[1] for x in got}, {"", ident})

    def test_scanner(self):
        """The file of the message is there to be read, and only read."""
        find = self.script("scan", 'test -w "$1" && exit 9\n'
                           'grep -q X-Regress-Id:.virus "$1" && exit 1\n'
                           "exit 0")
        self.rules(data=f'Exec! "{find} %L/c%d" Itest? "%t=1" '
                   'Reply! "550 spam" Deny!\nItest? "%t=9" Deny!')
        self.mail(ident="clean")
        with self.client(helo="x.test") as c:
            self.begin(c)
            reply = self.data(c, "virus")
            self.assertEqual((reply.code, reply.text), (550, "spam"))
        self.delivered()
        self.assertEqual(self.suite.maildir().ids(), ["clean"])
        self.suite.wait_empty()
        self.assertEqual(self.suite.spool(), [])


class Files(rules.Case):
    def test_log(self):
        path = self.suite.path("log/mine.log")
        self.rules(rcpt=f'Log! "{path}: [%f] to:%r 100%%"')
        self.rcpt(sender="a@client.test")
        line = self.wait_text("log/mine.log", r"(.*)\n")[1]
        self.assertRegex(line, r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.*  ?"
                         r"\[a@client\.test\] to:user@example\.test 100%$")
        self.rcpt(sender="b@client.test")
        self.wait_text("log/mine.log", r"(?s)\[a@.*\n.*\[b@")
        # A log elsewhere is none.
        self.rules(rcpt='Log! "/tmp/selor-never:x"\n')
        self.rcpt()
        self.warned("selor-never")
        self.assertFalse(os.path.exists("/tmp/selor-never"))

    def deny(self, rule, **kw):
        self.rules(rcpt=rule + ' Reply! "550 yes" Deny!')
        return self.rcpt(**kw).code == 550

    def test_find_in_files(self):
        path = self.suite.write("rules/list", "\n192.0.2.1\n"
                                "Spammer.test \r\n")
        for rule, holds in (
                (f'Find_strfile? "host.192.0.2.10:{path}"', True),
                (f'Find_strfile? "a.SPAMMER.test:{path}"', True),
                (f'Find_strfile? "192.0.2:{path}"', False),
                (f'Find_filestr? "{path}:92.0"', True),
                (f'Find_filestr? "{path}:192.0.2.10"', False),
                (f'Find_fileline? "{path}:%i"', True),
                (f'Find_fileline? "{path}:spammer.test"', True),
                (f'Find_fileline? "{path}:192.0"', False),
                (f'!Find_fileline? "{path}:192.0"', True),
                # A35: nothing is not found, anywhere.
                (f'Find_filestr? "{path}:%u"', False),
                (f'Find_strfile? "%u:{path}"', False),
                # What cannot be told ends the line, negated or not.
                (f'Find_fileline? "{path}.no:x"', False),
                (f'!Find_fileline? "{path}.no:x"', False)):
            with self.subTest(rule=rule):
                self.assertEqual(self.deny(rule), holds)
        # A list that changes is read again.
        self.rules(rcpt=f'Find_fileline? "{path}:new" Deny!')
        self.assertEqual(self.rcpt().code, 250)
        self.suite.write("rules/list", "new\n")
        procs.wait_for(lambda: self.rcpt().code == 550, 10 * SLOW,
                       "the new list", 0.1)

    def test_find_in_message(self):
        """The manual's: is the sender in the message?"""
        self.rules(data='Delimiter! "|" !Find_filestr? "%L/c%d|%f" '
                   'Reply! "550 not in header" Deny!')
        self.mail(sender="sender@client.test")
        with self.client(helo="x.test") as c:
            self.begin(c, "other@client.test")
            self.assertEqual(self.data(c).text, "not in header")

    def test_personal_rules(self):
        """Those of the recipient's home, with his powers only (A13)."""
        home = self.suite.home(USER)
        path = os.path.join(home, "personal_rules")
        uid = self.suite.mail_uid(USER)
        with open(path, "w") as f:
            f.write('From? "foe@client.test" Reply! "550 foe" Deny!\n'
                    'From? "b@client.test" Relay! Deny!\n')
        os.chown(path, uid, -1)
        self.rules(rcpt='Internal_rcpt? Inc_rules! "%C/personal_rules"')
        self.assertEqual(self.rcpt("foe@client.test").text, "foe")
        self.assertEqual(self.rcpt().code, 250)
        self.assertEqual(self.rcpt("b@client.test").code, 250)
        self.assertEqual(self.rcpt(rcpt="x@example.test").code, 550)


class Names(rules.Case):
    """The DNS: who the client is, who lists it, whom it may speak for."""

    BOTH, ONE, NONE = "192.0.2.11", "192.0.2.12", "192.0.2.13"
    LOST = "192.0.2.14"
    RECORDS = (
        f"{reverse(BOTH)}.in-addr.arpa PTR both.names.test.",
        f"both.names.test A {BOTH}",
        f"{reverse(LOST)}.in-addr.arpa PTR lost.names.test.",
        "lost.names.test A 192.0.2.99",
        f"{reverse(BOTH)}.one.list A 127.0.0.2",
        f'{reverse(BOTH)}.one.list TXT "see one"',
        f"{reverse(BOTH)}.two.list A 127.0.0.4",
        f'{reverse(BOTH)}.two.list TXT "see two"',
        f"{reverse(ONE)}.two.list A 127.0.0.4",
        f'{reverse(ONE)}.two.list TXT "see two"',
        f'spf.test TXT "v=spf1 ip4:{BOTH} ~ip4:{ONE} -all"',
        'soft.test TXT "v=spf1 ?all"', 'bad.test TXT "v=spf1 hm:x -all"')

    def said(self, ip, rule, event="rcpt", **kw):
        self.rules(**{event: rule}, options=kw.pop("options", []))
        return self.rcpt(ip=ip, **kw).text

    def test_rbl(self):
        rule = ('Rbl_test! "one.list two.list" Reply! "250 %R %T"\n'
                'Rbl_resp? "2" Reply! "550 two: %T" Deny!\n'
                'Itest? "%R=1" Reply! "550 one: %T" Deny!\n')
        self.assertEqual(self.said(self.BOTH, rule), "two: see one")
        self.assertEqual(self.rcpt(ip=self.ONE).text, "one: see two")
        self.assertEqual(self.rcpt(ip=self.NONE).text, "0")
        # It stays; asked elsewhere and told in another event.
        self.rules(connection='Rbl_test! "two.list"',
                   rcpt='Rbl_resp? "1" Reply! "550 %T" Deny!')
        self.assertEqual(self.rcpt(ip=self.ONE).text, "see two")
        self.rules(rcpt='Rbl_resp? "1" Deny!')
        self.assertEqual(self.rcpt(ip=self.ONE).code, 250)

    def test_rbl_refuses_connections(self):
        self.rules(connection='Rbl_test! "one.list" Rbl_resp? "1" '
                   'Reply! "554 %i: %T" Deny!')
        with self.client(self.BOTH) as c:
            self.assertEqual((c.greeting.code, c.greeting.text),
                             (554, f"{self.BOTH}: see one"))
        with self.client(self.NONE) as c:
            self.assertEqual(c.greeting.code, 220)

    def test_resolve(self):
        """%e and %s, where Resolve_all is off."""
        self.assertEqual(self.said(self.BOTH, 'Reply! "250 [%e] %s"'),
                         f"[] {self.BOTH}")
        rule = '!Auth? Resolve! Reply! "250 [%e] %s"'
        self.assertEqual(self.said(self.BOTH, rule),
                         "[both.names.test] both.names.test")
        self.assertEqual(self.rcpt(ip=self.NONE).text, f"[] {self.NONE}")
        for rule in ('Cmp_reverse? "both.names.test"',
                     'Find_in_reverse? ".names."'):
            rule += ' Reply! "550 yes" Deny!'
            self.assertNotEqual(self.said(self.BOTH, rule), "yes")
            self.assertEqual(self.said(self.BOTH, "Resolve! " + rule), "yes")
            self.assertEqual(self.said(self.BOTH, rule,
                                       options=["Resolve_all 1"]), "yes")

    def test_rev_fail(self):
        """Of no name, and of one that leads elsewhere; asks by itself."""
        rule = 'Rev_fail? Reply! "550 fail" Deny!'
        self.assertNotEqual(self.said(self.BOTH, rule), "fail")
        for ip in (self.NONE, self.LOST):
            self.assertEqual(self.rcpt(ip=ip).text, "fail")
        for event in ("connection", "helo", "from"):
            self.rules(**{event: 'Rev_fail? Add_hits! "2"'},
                       rcpt='Reply! "250 %H"')
            self.assertEqual(self.rcpt(ip=self.LOST).text, "2")
            self.assertEqual(self.rcpt(ip=self.BOTH).text, "0")

    def test_spf(self):
        self.rules(**{"from": 'Spf_test! Reply! "250 %y"'})
        for sender, ip, result in (
                ("a@spf.test", self.BOTH, "1"), ("a@spf.test", self.ONE, "3"),
                ("a@spf.test", self.NONE, "4"),
                ("a@soft.test", self.NONE, "2"),
                ("a@bad.test", self.NONE, "6"),
                ("a@none.test", self.NONE, "0")):
            with self.subTest(sender=sender, ip=ip):
                self.assertEqual(self.sender(sender, ip=ip).text, result)
        # The null sender: the name of the greeting.
        self.assertEqual(self.sender("", ip=self.BOTH, helo="spf.test").text,
                         "1")
        self.rules(**{"from": "Spf_test!"},
                   rcpt='Spf_resp? "4" Reply! "550 not by SPF" Deny!')
        self.assertEqual(self.rcpt("a@spf.test", ip=self.NONE).text,
                         "not by SPF")
        self.assertEqual(self.rcpt("a@spf.test", ip=self.BOTH).code, 250)
        # Dropped with its message (A27); 0 where nothing was asked.
        self.rules(**{"from": 'From? "a@spf.test" Spf_test!'},
                   rcpt='Reply! "250 %y"')
        with self.client(self.BOTH, "x.test") as c:
            for sender, result in (("a@spf.test", "1"), ("b@spf.test", "0")):
                c.expect(250, f"MAIL FROM:<{sender}>")
                self.assertEqual(c.cmd(f"RCPT TO:<{USER}>").text, result)
                c.cmd("RSET")


if __name__ == "__main__":
    unittest.main()
