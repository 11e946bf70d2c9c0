"""What rules do to a message: who gets it, from whom, with which header, by
which way, and out of which queue, as its receivers see it."""

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
SENDER = "a@client.test"
RECORDS = ("far.test MX 10 mx.far.test.", "mx.far.test A 127.0.0.1",
           "way.test A 10.10.10.100")
AUTH = {"EHLO": b"250-sink.test\r\n250 AUTH PLAIN\r\n",
        "AUTH": b"235 2.7.0 ok\r\n"}


class Messages(rules.Case):
    USERS = {USER: {}, BOSS: {}, POSTMASTER: {}}
    RECORDS = RECORDS
    ALIASES = {"alias@example.test": [FAR]}
    OPTIONS = ['Relay_from "192.0.2.0/24"', 'Srs_key "t-secret"',
               'Mx_auth_plain "always"', "Connect_timeout 5"]

    def path(self, message):
        """The envelope sender that a delivered message tells."""
        return re.match(rb"Return-Path: <(.*)>\n", message)[1].decode()

    def ways(self, address="10.10.10.100", port=25, **kw):
        """The usual sink and another."""
        return self.sink(), self.sink(address, port, **kw)

    def test_cp(self):
        self.rules(rcpt=f'To? "{USER}" Cp! "{BOSS}" Cp! "{FAR}" '
                   f'Cp! "{BOSS}"')
        sink = self.sink()
        self.mail(ident="cp")
        for message in (self.delivered(), self.delivered(BOSS)):
            self.assertIn(b"X-Regress-Id: cp", message[0])
        got = sink.wait(1)[0]
        self.assertEqual(got.rcpts, [f"<{FAR}>".encode()])
        self.assertNotIn(BOSS.encode(), got.data)
        # One copy for many reasons; and Max_rcpts does not count it.
        self.rules(["Max_rcpts 1"], **{"from": f'Cp! "{BOSS}"'},
                   rcpt=f'Cp! "{BOSS}"', data=f'Cp! "{BOSS}"')
        self.suite.maildir(BOSS).clear()
        self.mail()
        self.suite.wait_empty()
        self.delivered(BOSS)

    def test_cp_needs_no_permission(self):
        """The operator's order; its failures are his affair."""
        self.sink(replies={"RCPT": b"550 5.1.1 no\r\n"})
        self.rules(data_cmd=f'Cp! "{FAR}"')
        self.mail(sender=BOSS, ip="198.51.100.1")
        self.delivered()
        self.assertIn(FAR.encode(), self.delivered(POSTMASTER)[0])
        self.suite.wait_empty()
        self.assertEqual(self.suite.maildir(BOSS).count(), 0)

    def test_fchange(self):
        for event in ("from", "data_cmd", "data"):
            self.rules(**{event: f'From? "{SENDER}" Fchange! "{BOSS}"',
                          "rcpt": 'Reply! "250 %f"'})
            with self.client(helo="x.test") as c:
                c.expect(250, f"MAIL FROM:<{SENDER}>")
                self.assertEqual(c.cmd(f"RCPT TO:<{USER}>").text,
                                 BOSS if event == "from" else SENDER)
                self.assertEqual(self.data(c).code, 250)
            got = self.delivered()[0]
            self.suite.maildir().clear()
            with self.subTest(event=event):
                self.assertEqual(self.path(got), BOSS)
                self.assertIn(b"\nFrom: sender@client.test\n", got)

    def test_fchange_of_one_recipient(self):
        """A29: in rcpt it is that recipient's sender alone."""
        self.rules(rcpt=f'To? "{BOSS}" Fchange! "new@client.test"',
                   data='Hadd! "X-Sender: %f"')
        self.mail(rcpts=[BOSS, USER])
        self.assertEqual(self.path(self.delivered(BOSS)[0]),
                         "new@client.test")
        self.assertEqual(self.path(self.delivered()[0]), SENDER)

    def test_hadd(self):
        """Below our Received line; in data for external copies only."""
        sink = self.sink()
        for event in ("connection", "helo", "from", "rcpt", "data_cmd"):
            self.rules(**{event: f'Hadd! "X-T: {event} %i"'})
            self.mail()
            head = self.delivered()[0].split(b"\n\n")[0]
            self.suite.maildir().clear()
            with self.subTest(event=event):
                self.assertRegex(
                    head, b"(?s)^Return-Path: [^\n]*\n(Delivered-To: [^\n]*"
                    b"\n)?Received: .*\nX-T: " + event.encode()
                    + b" 192.0.2.1\n.*From: sender")
        self.rules(data='Hadd! "X-T: late %n"')
        self.mail(rcpts=[USER, FAR])
        self.assertTrue(sink.wait(1)[0].data.startswith(b"X-T: late 2\r\n"),
                        sink.messages[0].data[:200])
        self.assertNotIn(b"X-T:", self.delivered()[0])

    def test_hadd_of_values(self):
        """Nothing that a client sends ends the line."""
        said = self.script("lines", "printf 'one\\r\\nX-Two: 2\\n\\nbody'")
        self.rules(data_cmd=f'Exec! "{said}" Hadd! "X-T: %E"\n')
        self.mail()
        head = self.delivered()[0].split(b"\n\n")[0]
        self.assertRegex(head, b"\nX-T: one +X-Two: 2 +body\n")

    def test_tchange(self):
        self.rules(rcpt=f'To? "{USER}" Tchange! "{BOSS}" Reply! "250 %r"')
        with self.client(helo="x.test") as c:
            c.expect(250, f"MAIL FROM:<{SENDER}>")
            self.assertEqual(c.cmd(f"RCPT TO:<{USER}>").text, BOSS)
            self.data(c)
        self.delivered(BOSS)
        self.assertEqual(self.suite.maildir().count(), 0)
        # All checks look at the new one, A41.
        self.rules(rcpt='Find_in_to? "nobody" Tchange! "%f"\n'
                   f'To? "{BOSS}" Tchange! "none@example.test"')
        self.assertEqual(self.rcpt(USER, "nobody@example.test").code, 250)
        self.assertEqual(self.rcpt(rcpt=BOSS).code, 550)
        self.rules(['Relay_from ""'], rcpt=f'To? "{USER}" Tchange! "{FAR}"')
        self.assertEqual(self.rcpt().code, 550)
        # Elsewhere it does nothing but to warn.
        self.rules(data=f'Tchange! "{BOSS}"\n')
        self.mail()
        self.delivered()
        self.warned("Tchange")

    def test_mx_dest(self):
        usual, other = self.ways()
        self.rules(rcpt=f'To? "{FAR}" Mx_dest! "10.10.10.100"')
        self.mail(rcpts=[FAR, OTHER])
        self.assertEqual(other.wait(1)[0].rcpts, [b"<far@far.test>"])
        self.assertEqual(usual.wait(1)[0].rcpts, [b"<other@far.test>"])

    def test_mx_dest_by_name_and_port(self):
        _, other = self.ways(port=2525)
        for place in ("way.test 2525", "[10.10.10.100] 2525"):
            other.messages = []
            self.rules(data_cmd=f'Mx_dest! "{place}"')
            self.mail(rcpts=[FAR])
            with self.subTest(place=place):
                self.assertEqual(other.wait(1)[0].rcpts, [b"<far@far.test>"])

    def test_mx_dest_of_local_recipient(self):
        """It comes before local delivery and gives no permission."""
        _, other = self.ways()
        self.rules(rcpt=f'To? "{USER}" Mx_dest! "10.10.10.100"')
        self.mail()
        self.assertEqual(other.wait(1)[0].rcpts, [f"<{USER}>".encode()])
        self.assertEqual(self.suite.maildir().count(), 0)
        self.rules(rcpt='Mx_dest! "10.10.10.100"')
        self.assertEqual(self.rcpt(rcpt=FAR, ip="198.51.100.1").code, 550)

    def test_routes_outlive_a_restart(self):
        """And what else rules said of it, with no rules left."""
        _, other = self.ways(replies={**AUTH, "MAIL": b"451 4.3.0 later\r\n"})
        self.rules(rcpt='Mx_dest! "10.10.10.100" Mx_auth! "joe:pa:ss" '
                   'Mx_source! "10.10.10.7" Fchange! "new@client.test"',
                   data='Exec! "/bin/true" Hadd! "X-T: yes" '
                   'Def! "Server_name \'changed.test\'"')
        self.world.have("10.10.10.7")
        ident = self.mail(rcpts=[FAR])
        procs.wait_for(lambda: b"AUTH PLAIN AGpvZQBwYTpzcw=="
                       in other.commands, 10 * SLOW, "a login")
        self.suite.stop()
        with open(self.suite.path("spool", "l" + ident)) as f:
            self.assertIn("10.10.10.100", f.read())
        mode = os.stat(self.suite.path("spool", "l" + ident)).st_mode
        self.assertEqual(mode & 0o077, 0)
        other.replies = dict(AUTH)
        other.sessions = []
        self.suite.options = list(self.world.options)
        self.suite.write_conf()
        self.suite.start()
        self.suite.selorctl("retry", ident, check=False)
        got = other.wait(1)[0]
        self.assertEqual(got.session.peer[0], "10.10.10.7")
        self.assertIn(b"EHLO changed.test", got.session.commands)
        self.assertIn(b"AUTH PLAIN AGpvZQBwYTpzcw==", got.session.commands)
        self.assertTrue(got.sender.startswith(b"<new@client.test>"))
        self.assertTrue(got.data.startswith(b"X-T: yes\r\n"))
        self.suite.wait_empty()

    def test_mx_source(self):
        sink = self.sink()
        self.world.have("10.20.30.40")
        self.rules(rcpt=f'To? "{FAR}" Mx_source! "10.20.30.40"')
        self.mail(rcpts=[FAR, OTHER])
        ways = {m.rcpts[0]: m.session.peer[0] for m in sink.wait(2)}
        self.assertEqual(ways, {b"<far@far.test>": "10.20.30.40",
                                b"<other@far.test>": "127.0.0.1"})

    def test_so_mark(self):
        """The mark is on the packets: the packet filter counts them."""
        host = self.world.host
        host.run("nft", "add table inet t; add chain inet t o { type filter "
                 "hook output priority 0; }; add rule inet t o meta mark "
                 "4711 tcp dport 25 counter")
        self.addCleanup(host.run, "nft", "delete table inet t")
        sink = self.sink()

        def packets():
            said = host.run("nft", "list table inet t").stdout
            return int(re.search(r"packets (\d+)", said)[1])
        self.mail(rcpts=[OTHER])
        sink.wait(1)
        self.assertEqual(packets(), 0)
        self.rules(rcpt=f'To? "{FAR}" So_mark! "4711"')
        self.mail(rcpts=[FAR])
        sink.wait(2)
        self.assertGreater(packets(), 3)

    def test_qlimit(self):
        """Into the second queue; %L says so, and it is delivered."""
        sink = self.sink(replies={"MAIL": b"451 4.3.0 later\r\n"})
        self.rules(rcpt=f'To? "{FAR}" Qlimit!', data='Reply! "250 %L"')
        ident = self.mail(rcpts=[FAR])
        self.suite.wait_log(f"deferred.*{ident}", name="summary")
        self.assertEqual(sorted(x for x in self.suite.spool() if ident in x),
                         [f"qlimit/c{ident}", f"qlimit/l{ident}"])
        sink.replies = {}
        self.suite.selorctl("retry", ident, check=False)
        sink.wait(1)
        with self.client(helo="x.test") as c:
            self.begin(c, rcpts=[FAR])
            said = self.data(c).text
        self.assertIn(self.suite.path("spool/qlimit"), said)

    def test_srs(self):
        sink = self.sink()
        form = (rb"<SRS0=[A-Za-z0-9+/]{4}=[A-Z2-7]{2}=client\.test=a@"
                rb"example\.test>")
        self.rules(**{"from": 'Srs! "example.test"'})
        self.mail(rcpts=[FAR])
        self.assertRegex(sink.wait(1)[0].sender, form)
        # What comes back to it goes to whom it was; a false one to nobody.
        back = sink.messages[0].sender.split(b">")[0][1:].decode()
        self.rules()
        self.assertEqual(self.rcpt("", back, ip="198.51.100.1").code, 250)
        self.assertEqual(self.rcpt("", back.replace("=client", "=other"),
                                   ip="198.51.100.1").code, 550)
        # In rcpt for that recipient only; the null sender stays.
        self.rules(rcpt=f'To? "{FAR}" Srs! "example.test"')
        self.mail(rcpts=[FAR, USER])
        self.assertRegex(sink.wait(2)[1].sender, form)
        self.assertEqual(self.path(self.delivered()[0]), SENDER)
        self.mail(sender="", rcpts=[FAR])
        self.assertTrue(sink.wait(3)[2].sender.startswith(b"<>"))

    def test_sendmail(self):
        text = self.suite.write("rules/answer.eml", "Subject: away\n\n"
                                "I am away.\n")
        self.rules(rcpt=f'To? "{USER}" Sendmail! "{text}:%r:%f"')
        self.mail(sender=BOSS)
        self.delivered()
        got = self.delivered(BOSS)[0]
        self.assertEqual(self.path(got), USER)
        self.assertIn(b"I am away.", got)
        # Nobody to answer: nothing is sent.
        self.mail(sender="")
        self.suite.wait_empty()
        self.assertEqual(self.suite.maildir(BOSS).count(), 1)

    def test_def_for_delivery(self):
        """Options of the delivery travel with their message."""
        sink = self.sink()
        self.rules(rcpt=f'To? "{FAR}" Def! "Server_name \'def.test\'"')
        self.mail(rcpts=[FAR])
        self.assertEqual(sink.wait(1)[0].session.commands[0],
                         b"EHLO def.test")
        self.mail(rcpts=[OTHER])
        self.assertEqual(sink.wait(2)[1].session.commands[0],
                         b"EHLO mx.example.test")


class Queue(rules.Case):
    """The queue's events and what actions do there."""

    USERS = {USER: {}, BOSS: {}, POSTMASTER: {}}
    RECORDS = RECORDS
    OPTIONS = ['Relay_from "192.0.2.0/24"']

    def test_l_file_of_programs(self):
        """Programs of qend_process read who got it and who did not."""
        self.sink(replies={"RCPT": b"451 4.2.1 later\r\n"})
        out = self.suite.path("out/l")
        self.rules(qend_process=f'Exec! "/bin/cp %L/l%d {out}"')
        self.mail(rcpts=[USER, FAR])
        self.wait_text("out/l", r"(?s)user@example.test.*far@far.test|"
                       r"far@far.test.*user@example.test")

    def test_qstart_changes_the_attempt(self):
        sink = self.sink()
        self.rules(qstart_process='Def! "Server_name \'start.test\'"')
        self.mail(rcpts=[FAR])
        self.assertEqual(sink.wait(1)[0].session.commands[0],
                         b"EHLO start.test")

    def test_error_report(self):
        """Deny! keeps the report back, A23; Def! changes it."""
        self.sink(replies={"RCPT": b"550 5.1.1 no\r\n"})
        self.rules(error_report='Def! "Subject_error_msg \'t-subject\'"')
        self.mail(sender=BOSS, rcpts=[FAR])
        self.assertIn(b"Subject: t-subject", self.delivered(BOSS)[0])
        self.suite.maildir(BOSS).clear()
        self.rules(error_report=f'To? "{FAR}" Deny!')
        self.mail(sender=BOSS, rcpts=[FAR])
        self.suite.wait_empty()
        self.assertEqual(self.suite.maildir(BOSS).count(), 0)

    def test_sendmail_from_the_queue(self):
        text = self.suite.write("rules/late.eml", "Subject: late\n\nlate\n")
        self.sink()
        self.rules(dl_rcpt='Cmp_left? "%P:250" '
                   f'Sendmail! "{text}:{USER}:{BOSS}"')
        self.mail(rcpts=[FAR])
        self.assertIn(b"Subject: late", self.delivered(BOSS)[0])

    def test_verdicts_are_ignored(self):
        sink = self.sink()
        self.rules(qstart_process='Reply! "550 no" Deny!', dl_rcpt="Close!",
                   qend_process="Deny!")
        self.mail(rcpts=[USER, FAR])
        self.delivered()
        self.assertEqual(len(sink.wait(1)), 1)
        self.suite.wait_empty()


if __name__ == "__main__":
    unittest.main()
