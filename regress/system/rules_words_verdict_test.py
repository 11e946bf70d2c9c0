"""What rules decide and say, as a client sees it: the words of the verdict,
of the reply, of relaying, and those that steer the course of the rules."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import procs  # noqa: E402
import rules  # noqa: E402
import smtp  # noqa: E402
from suite import SLOW  # noqa: E402

TIMEOUT = 180
USER, BOSS = "user@example.test", "boss@example.test"
FAR = "far@far.test"
REFUSED = "t-refused"
RECORDS = ("far.test MX 10 mx.far.test.", "mx.far.test A 127.0.0.1")


class Verdicts(rules.Case):
    USERS = {USER: {}, BOSS: {}}
    OPTIONS = [f'Msg_refused "550 {REFUSED}"']
    STEPS = (("helo", "HELO client.test"), ("from", "MAIL FROM:<a@b.test>"),
             ("rcpt", f"RCPT TO:<{USER}>"), ("data_cmd", "DATA"))

    def until(self, event, **kw):
        """A session that is just before the command of that event, and the
        command."""
        c = self.client(**kw)
        self.addCleanup(c.close)
        for name, command in self.STEPS:
            if name == event:
                return c, command
            self.assertIn(c.cmd(command).code, (250, 354))
        return c, smtp.dot_stuff(smtp.make_message()).decode()[:-2]

    def every(self, rule):
        """Event, session and the reply for a rule at each event of it."""
        for event in ("helo", "from", "rcpt", "data_cmd", "data"):
            self.rules(**{event: rule})
            c, command = self.until(event)
            with self.subTest(event=event):
                yield event, c, c.cmd(command), command

    def test_deny(self):
        """Deny! says Msg_refused and the session goes on."""
        for event, c, reply, _ in self.every('Ip? "192.0.2.1" Deny!'):
            self.assertEqual(reply.code, 550, event)
            self.assertIn(REFUSED, reply.text, event)
            self.assertEqual(c.cmd("NOOP").code, 250, event)
        self.assertEqual(self.suite.spool(), [])
        line = self.suite.wait_log("event=data ", name="refused")[-1]
        self.assertIn("Event.data:1", line)

    def test_deny_goes_by_the_condition(self):
        self.rules(rcpt=f'To? "{USER}" Deny!')
        self.assertEqual(self.rcpt().code, 550)
        self.assertEqual(self.rcpt(rcpt=BOSS).code, 250)

    def test_deny_with_reply(self):
        """The text goes out with the code that was written; one answer."""
        for event, c, reply, _ in self.every(
                'Deny! Reply! "451 not now %%"'):
            self.assertEqual((reply.code, reply.text), (451, "not now %"),
                             event)
            self.assertEqual(c.cmd("NOOP").code, 250)

    def test_deny_of_a_connection(self):
        """554 in place of the greeting, and the end."""
        for rule, code, text in (
                ("Deny!", 554, ""), ('Reply! "go away" Deny!', 554,
                                     "go away"),
                ('Reply! "550 go %i" Deny!', 550, "go 192.0.2.1")):
            self.rules(connection=rule)
            c = self.client()
            with c, self.subTest(rule=rule):
                self.assertEqual(c.greeting.code, code)
                self.assertIn(text, c.greeting.text)
                self.assertEqual(c.closed(), b"")

    def test_close(self):
        """421 and the end; what was being received is dropped."""
        for event, c, reply, _ in self.every("Close!"):
            self.assertEqual(reply.code, 421, event)
            self.assertIn("mx.example.test", reply.text, event)
            self.assertEqual(c.closed(), b"", event)
        for event, c, reply, _ in self.every('Reply! "550 bye" Close!'):
            self.assertEqual((reply.code, reply.text), (550, "bye"), event)
            self.assertEqual(c.closed(), b"", event)
        self.rules(connection="Close!")
        with self.client() as c:
            self.assertEqual(c.greeting.code, 421)
            self.assertEqual(c.closed(), b"")
        self.assertEqual(self.suite.spool(), [])
        self.assertEqual(self.suite.maildir().count(), 0)

    def test_reply(self):
        """A 2xx reply is only another text."""
        for event, c, reply, _ in self.every('Reply! "250 fine %h"'):
            code = 354 if event == "data_cmd" else 250
            self.assertEqual(reply.code, code, event)
            # Behind the id of the message, A24.
            self.assertRegex(reply.lines[0],
                             r"^(\d+_\w+ )?fine client.test$", event)
        self.rules(connection='Reply! "220 hello %i"')
        with self.client() as c:
            self.assertEqual((c.greeting.code, c.greeting.text),
                             (220, "mx.example.test hello 192.0.2.1"))
            c.ehlo()
            self.begin(c)
            self.data(c)
        self.delivered()

    def test_reply_of_a_refused_recipient(self):
        self.rules(lrcpt_refused='Reply! "553 no %r, %P"')
        reply = self.rcpt(rcpt="nobody@example.test")
        self.assertEqual(reply.code, 553)
        self.assertIn("no nobody@example.test, 550 ", reply.text)
        # It cannot let in whom the server refused.
        self.rules(lrcpt_refused='Reply! "250 yes" Accept!')
        self.assertEqual(self.rcpt(rcpt="nobody@example.test").code, 550)
        # A rule's refusal is one, too.
        self.rules(rcpt="Deny!", lrcpt_refused='Reply! "552 so: %P"')
        reply = self.rcpt()
        self.assertEqual(reply.code, 552)
        self.assertIn(REFUSED, reply.text)
        self.rules(lrcpt_refused="Close!")
        with self.client(helo="x.test") as c:
            self.begin(c)
            c.cmd("RCPT TO:<nobody@example.test>")
            c.closed()

    def test_stop_and_order(self):
        """Stop! ends the event, whatever follows; it refuses nothing."""
        self.rules(rcpt=f'To? "{USER}" Stop!\nDeny!')
        self.assertEqual(self.rcpt().code, 250)
        self.assertEqual(self.rcpt(rcpt=BOSS).code, 550)
        # A false condition ends its line alone.
        self.rules(rcpt=f'To? "{USER}" Reply! "550 one" Deny!\n'
                   'Reply! "550 two" Deny!')
        self.assertEqual(self.rcpt().text, "one")
        self.assertEqual(self.rcpt(rcpt=BOSS).text, "two")

    def test_files(self):
        """Inc_rules! comes back, Exit! early; Proc_rules! does not."""
        path = self.suite.write
        more = path("rules/more", f'To? "{USER}" Reply! "550 more" Deny!\n'
                    f'To? "{BOSS}" Exit!\nReply! "550 last" Deny!\n')
        self.rules(rcpt=f'Inc_rules! "{more}"\nReply! "550 back" Deny!')
        self.assertEqual(self.rcpt().text, "more")
        self.assertEqual(self.rcpt(rcpt=BOSS).text, "back")
        self.assertEqual(self.rcpt(rcpt="x@example.test").text, "last")
        self.rules(rcpt=f'Proc_rules! "{more}"\nReply! "550 back" Deny!')
        self.assertEqual(self.rcpt().text, "more")
        self.assertEqual(self.rcpt(rcpt=BOSS).code, 250)
        # One that is changed is read again, without a restart.
        self.rules(rcpt=f'Proc_rules! "{more}"\n')
        self.suite.write("rules/more", 'Reply! "550 new" Deny!\n')
        procs.wait_for(lambda: self.rcpt().text == "new", 10 * SLOW,
                       "the new rules", 0.1)

    def test_accept(self):
        """Accept! overrides the check of domains, A18: no other."""
        options = ["From_level_check 1", "Rcpt_level_check 1"]
        self.rules(options, **{"from": 'From? "a@none.test" Accept!'})
        self.assertEqual(self.sender("a@none.test").code, 250)
        self.assertEqual(self.sender("b@none.test").code, 553)
        self.rules(options, connection="Relay!", **{"from": "Accept!"},
                   rcpt='To? "a@none.test" Accept!')
        self.assertEqual(self.rcpt(rcpt="a@none.test").code, 250)
        self.assertEqual(self.rcpt(rcpt="b@none.test").code, 553)
        self.rules(options, **{"from": "Accept!"}, rcpt="Accept!")
        self.assertEqual(self.rcpt(rcpt=FAR).code, 550, "no relay")
        self.assertEqual(self.rcpt(rcpt="x@example.test").code, 550)
        # A Deny! of a later line still refuses.
        self.rules(rcpt="Accept!\nDeny!")
        self.assertEqual(self.rcpt().code, 550)

    def test_hits_and_marks(self):
        """They live until the client goes, and over messages."""
        self.rules(connection='Add_hits! "+3" Add_hits! "-1"',
                   helo='Helo? "bad.test" Add_hits! "1" Mark! "Bad one"',
                   **{"from": 'Reply! "250 %H"'},
                   rcpt='Itest? "%H>2" Reply! "550 %H" Deny!\n'
                   'Tmark? "bad one" Reply! "550 case" Deny!',
                   data_cmd='Tmark? "Bad one" Reply! "550 mark" Deny!')
        self.assertEqual(self.sender().text, "2")
        self.assertEqual(self.rcpt(helo="bad.test").text, "3")
        self.assertEqual(self.rcpt().code, 250)
        self.rules(rcpt='Tmark? "m" Deny!\nMark! "m"')
        with self.client(helo="x.test") as c:
            self.begin(c)
            self.assertEqual(self.data(c).code, 250)
            c.expect(250, "MAIL FROM:<b@client.test>")
            c.expect(550, f"RCPT TO:<{USER}>")
        self.rules(helo='Mark! "m"', rcpt='!Tmark? "m" Deny!')
        with self.client(helo="x.test") as c:
            self.begin(c)

    def test_relay(self):
        """Relay! and Relay_denied!: the later one wins, A26 says how long."""
        self.rules(connection='Ip? "192.0.2.1" Relay!')
        self.assertEqual(self.rcpt(rcpt=FAR).code, 250)
        self.assertEqual(self.rcpt(rcpt=FAR, ip="192.0.2.2").code, 550)
        self.rules(connection="Relay!", helo='Helo? "no.test" Relay_denied!')
        self.assertEqual(self.rcpt(rcpt=FAR, helo="no.test").code, 550)
        self.assertEqual(self.rcpt(rcpt=FAR).code, 250)
        self.rules(["Relay_from \"192.0.2.0/24\""],
                   rcpt=f'To? "{FAR}" Relay_denied!')
        self.assertEqual(self.rcpt(rcpt=FAR).code, 550)
        self.assertEqual(self.rcpt(rcpt="b@far.test").code, 250)

    def test_data_reply(self):
        self.rules(rcpt=f'To? "{BOSS}" Data_reply! "451 later, %r"')
        with self.client(helo="x.test") as c:
            self.begin(c, rcpts=[USER, BOSS])
            reply = c.cmd("DATA")
            self.assertEqual((reply.code, reply.text), (451,
                                                        f"later, {BOSS}"))
            # It went with its transaction.
            c.cmd("RSET")
            self.begin(c)
            self.assertEqual(self.data(c).code, 250)
        for event in ("connection", "helo", "from", "data_cmd"):
            self.rules(**{event: 'Data_reply! "500 This email is refused"'})
            with self.client(helo="x.test") as c:
                self.begin(c)
                with self.subTest(event=event):
                    self.assertEqual(c.cmd("DATA").text,
                                     "This email is refused")

    def test_delimiter(self):
        """It holds to the end of its line."""
        self.rules(rcpt='Delimiter! "|" Cmp_str? "a:b|a:b" Mark! "1"\n'
                   'Cmp_str? "a|a" Mark! "2"\n'
                   'Cmp_str? "%r:user@example.test" Mark! "3"\n'
                   'Tmark? "1" !Tmark? "2" Tmark? "3" Deny!')
        self.assertEqual(self.rcpt().code, 550)
        self.assertEqual(self.rcpt(rcpt=BOSS).code, 250)

    def test_def(self):
        """For this connection and no other."""
        more = self.suite.write("rules/def", 'Reply! "550 by def" Deny!\n')
        self.rules(helo='Helo? "one.test" Def! "Max_rcpts 1" '
                   'Def! "Msg_refused \'553 t-changed\'"',
                   **{"from": 'From? "bad@client.test" Deny!\n'
                      f'From? "b@client.test" Def! "Event.rcpt \'{more}\'"'})
        with self.client(helo="one.test") as c:
            self.assertEqual(c.cmd("MAIL FROM:<bad@client.test>").text,
                             "t-changed")
            self.begin(c)
            self.assertEqual(c.cmd(f"RCPT TO:<{BOSS}>").code, 452)
            # RSET does not take it back, A28.
            c.expect(250, "RSET")
            self.begin(c)
            self.assertEqual(c.cmd(f"RCPT TO:<{BOSS}>").code, 452)
        with self.client(helo="two.test") as c:
            self.begin(c, rcpts=[USER, BOSS])
        self.assertEqual(self.rcpt("b@client.test").text, "by def")
        # Rules in rules: %" within, %% for later.
        self.rules(helo="Def! \"Event.rcpt 'To? %\"" + USER + "%\" "
                   "Reply! %\"550 %%r of %h%\" Deny!'\"")
        self.assertEqual(self.rcpt().text, f"{USER} of client.test")
        self.assertEqual(self.rcpt(rcpt=BOSS).code, 250)

    def test_def_of_what_may_not_change(self):
        self.rules(helo='Def! "User root"\nDef! "Queue_path \'/tmp\'"')
        self.assertEqual(self.rcpt().code, 250)
        self.warned("User")
        self.warned("spool")


class Limit(rules.Case):
    """A flood: Event.limit decides before a byte is said."""

    OPTIONS = ["Limit_buf 50", "Limit_cnx 2", "Limit_time 60"]

    def flood(self, ip, **kw):
        self.client(ip).close()
        return self.client(ip, **kw)

    def test_verdicts(self):
        for i, (rule, let_in) in enumerate((
                ("Deny!", False), ("Close!", False), ("Stop!", True),
                ("Accept! Stop!\nDeny!", True), ('Add_hits! "1"', True),
                ("Accept!\nDeny!", True), ('Ip? "10." Deny!', True))):
            self.rules(limit=rule, rcpt='Reply! "250 %H"')
            with self.subTest(rule=rule), \
                    self.flood(f"192.0.2.{50 + i}", banner=False) as c:
                if let_in:
                    self.assertEqual(c.reply().code, 220)
                else:
                    self.assertEqual(c.closed(), b"")
                if "hits" in rule:
                    c.ehlo()
                    c.expect(250, "MAIL FROM:<>")
                    self.assertEqual(c.cmd(f"RCPT TO:<{USER}>").text, "1")

    def test_reply(self):
        """The only text that a dropped one may get."""
        self.rules(limit='Reply! "421 too fast" Deny!')
        with self.flood("192.0.2.70", banner=False) as c:
            self.assertIn(b"421 too fast\r\n", c.closed())


class Logins(rules.Case):
    """Auth?, %u and %U where clients cannot log in yet: told by explain,
    which evaluates with the daemon's own code; !Auth? by the client."""

    def explain(self, *words):
        return self.suite.selorctl("rules", "explain", *words, check=False)

    def test_auth(self):
        self.rules(rcpt='Auth? Reply! "550 %u" Deny!\n'
                   '!Auth? Reply! "551 nobody [%u] [%U]" Deny!')
        self.assertEqual(self.rcpt().text, "nobody [] []")
        said = self.explain("rcpt", "auth=joe", f"rcpt={USER}")
        self.assertIn("550 joe", said)
        self.assertIn("deny by", said)

    def test_login_home(self):
        self.rules(rcpt='Reply! "250 %U"')
        said = self.explain("rcpt", f"auth={USER}", f"rcpt={USER}")
        self.assertIn("250 " + self.suite.home(USER), said)

    def test_event_auth(self):
        """The credentials are there and not yet asked about, A43."""
        self.rules(auth='!Auth? Cmp_left? "%u:joe" Reply! "no %u" Deny!')
        said = self.explain("auth", "auth=joe")
        self.assertIn("verdict:", said)


if __name__ == "__main__":
    unittest.main()
