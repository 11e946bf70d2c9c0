"""Words of rules that ask other processes, seen from outside: files and
lists, the client's name, lists of bad clients, what an address is, programs,
log lines, messages, SRS."""

import os
import re
import socket
import stat
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import ports  # noqa: E402
import procs  # noqa: E402
import sink  # noqa: E402
import smtp  # noqa: E402
from dns import Dns, reverse  # noqa: E402
from suite import Suite  # noqa: E402

TIMEOUT = 300
USER = "user@example.test"


def rcpt(s, to=USER, sender="a@client.test", source=None, helo="client.test"):
    """The reply to RCPT, or to what was refused before."""
    with smtp.Client(s.port, source=source, timeout=30) as c:
        c.ehlo(helo)
        reply = c.cmd(f"MAIL FROM:<{sender}>")
        return c.cmd(f"RCPT TO:<{to}>") if reply.code == 250 else reply


def text(reply):
    """What stands behind the codes, in one line."""
    return re.sub(r"(?m)^\d{3}[ -](\d\.\d+\.\d+ )?", "",
                  reply.raw.decode()).replace("\r\n", "")


class Files(unittest.TestCase):
    def test_edited(self):
        """Another text of a rules file or list holds for the next event."""
        with Suite() as s:
            s.mkdir("rules")
            s.write("rules/bad", "nobody@x.test\n")
            rules = s.path("rules/rcpt")
            line = f'Find_fileline? "{s.path("rules/bad")}:%f" Deny!\n'
            s.write("rules/rcpt", line)
            s.reload([f'Event.rcpt "{rules}"',
                      f'Rules_path "{s.path("rules")}"'])
            self.assertEqual(rcpt(s).code, 250)
            s.write("rules/bad", "nobody@x.test\nA@Client.test\n")
            self.wait(s, 550)
            with open(s.path("rules/bad"), "w") as f:
                f.write("else@x.test\n")
            self.wait(s, 250)
            s.write("rules/rcpt", 'Reply! "451 edited" Deny!\n')
            self.wait(s, 451)
            os.unlink(rules)
            self.wait(s, 451, "Internal error")
            s.write("rules/rcpt", "Stop!\n")
            self.wait(s, 250)

    def wait(self, s, code, words=""):
        """An edit is seen at once but for a file that was missing."""
        def test():
            reply = rcpt(s)
            return reply.code == code and words in text(reply)
        procs.wait_for(test, 3, f"reply {code}")

    def test_wrong_line(self):
        """Told once with its place, the other lines run; or tempfail."""
        with Suite() as s:
            s.mkdir("rules")
            s.write("rules/r", 'Deny\nFrom? "b@client.test" Deny!\n')
            options = [f'Event.rcpt "{s.path("rules/r")}"',
                       f'Rules_path "{s.path("rules")}"']
            s.reload(options)
            for _ in range(3):
                self.assertEqual(rcpt(s).code, 250)
            self.assertEqual(rcpt(s, sender="b@client.test").code, 550)
            told = [r for r in s.log("warning") if "rules/r:1:" in r and " ruled " in r]
            self.assertEqual(len(told), 1, told)
            s.reload(options + ['Rules_on_error "tempfail"'])
            self.assertEqual(rcpt(s).code, 451)

    def test_lists(self):
        with Suite() as s:
            s.mkdir("rules")
            s.write("rules/l", "spammer\r\n\n@bad.test  \nexact@x.test\n")
            path = s.path("rules/l")
            for rule, sender, code in (
                    (f'Find_strfile? "%f:{path}" Deny!', "joe@BAD.test", 550),
                    (f'Find_strfile? "%f:{path}" Deny!', "joe@good.test", 250),
                    (f'Find_filestr? "{path}:%f" Deny!', "exact@x.test", 550),
                    (f'Find_filestr? "{path}:%o" Deny!', "j@bad.test", 550),
                    (f'Find_filestr? "{path}:%f" Deny!', "", 250),
                    (f'Find_fileline? "{path}:%f" Deny!', "Exact@x.test", 550),
                    (f'Find_fileline? "{path}:%o" Deny!', "j@bad.test", 250),
                    (f'!Find_fileline? "{path}x:%f" Deny!', "a@b.test", 250)):
                with self.subTest(rule=rule, sender=sender):
                    s.reload([f"Event.rcpt '{rule}'",
                              f'Rules_path "{s.path("rules")}"'])
                    self.assertEqual(rcpt(s, sender=sender).code, code)

    def test_content(self):
        """The message itself is a list in Event.data."""
        rule = 'Delimiter! "|" Find_filestr? "%L/c%d|sell you" Deny!'
        with Suite(options=[f"Event.data '{rule}'"]) as s:
            for body, code in (("I SELL YOU things", 550), ("hello", 250)):
                with smtp.Client(s.port) as c:
                    c.ehlo()
                    c.expect(250, "MAIL FROM:<a@client.test>")
                    c.expect(250, f"RCPT TO:<{USER}>")
                    c.expect(354, "DATA")
                    c.send(f"Subject: x\r\n\r\n{body}\r\n.\r\n".encode())
                    self.assertEqual(c.reply().code, code)


class Names(unittest.TestCase):
    def test_names(self):
        with tempfile.TemporaryDirectory() as d, Dns(d) as dns:
            dns.set(f"{reverse('127.0.1.1')} PTR good.example.test.",
                    "good.example.test A 127.0.1.1",
                    f"{reverse('127.0.1.2')} PTR liar.example.test.",
                    "liar.example.test A 192.0.2.66",
                    f"{reverse('127.0.1.4')} PTR slow.broken.test.")
            dns.broken("broken.test")
            rule = ('Resolve! Rev_fail? Reply! "450 failed e=%e s=%s"')
            with Suite(dns=dns, options=[
                    f"Event.rcpt '{rule}'",
                    "Event.data_cmd 'Reply! \"450 e=%e s=%s\"'"]) as s:
                for source, want in (
                        ("127.0.1.2", "failed e=liar.example.test "
                         "s=liar.example.test"),
                        ("127.0.1.3", "failed e= s=127.0.1.3")):
                    self.assertEqual(text(rcpt(s, source=source)), want)
                for source, want in (
                        ("127.0.1.1", "e=good.example.test "
                         "s=good.example.test"),
                        ("127.0.1.4", "e=slow.broken.test "
                         "s=slow.broken.test")):
                    with smtp.Client(s.port, source=source,
                                     timeout=40) as c:
                        c.ehlo()
                        c.expect(250, "MAIL FROM:<a@client.test>")
                        c.expect(250, f"RCPT TO:<{USER}>", timeout=40)
                        self.assertEqual(text(c.cmd("DATA")), want)

    def test_lists_of_clients(self):
        with tempfile.TemporaryDirectory() as d, Dns(d) as dns:
            six = "1." + "0." * 23 + "8.b.d.0.1.0.0.2"
            dns.set("2.1.0.127.a.rbl.test A 127.0.0.2",
                    '2.1.0.127.a.rbl.test TXT "listed " "by a"',
                    "2.1.0.127.b.rbl.test A 127.0.0.9",
                    '2.1.0.127.b.rbl.test TXT "by b"',
                    "3.1.0.127.b.rbl.test A 127.0.0.4",
                    '3.1.0.127.b.rbl.test TXT "by b"',
                    "4.1.0.127.a.rbl.test A 192.0.2.1",
                    f"{six}.a.rbl.test A 127.0.0.2",
                    f'{six}.a.rbl.test TXT "six"')
            dns.broken("dead.test")
            options = ['Event.from \'Rbl_test! "a.rbl.test b.rbl.test '
                       'a.rbl.test dead.test" Reply! "450 R=%R T=%T"\'',
                       'Proxy_from "127.0.0.1"']
            with Suite(dns=dns, options=options, listen=["proxy"]) as s:
                for source, want in (("127.0.1.2", "R=2 T=listed by a"),
                                     ("127.0.1.3", "R=1 T=by b"),
                                     ("127.0.1.4", "R=0 T="),
                                     ("127.0.1.5", "R=0 T=")):
                    self.assertEqual(text(rcpt(s, source=source)), want)
                s.wait_log("could not be asked", name="warning")
                c = smtp.Client(s.more_ports[0], banner=False)
                c.send(b"PROXY TCP6 2001:db8::1 ::1 1 25\r\n")
                self.assertEqual(c.reply().code, 220)
                c.ehlo()
                self.assertEqual(text(c.cmd("MAIL FROM:<a@b.test>")),
                                 "R=1 T=six")
                c.close()
                # Nobody could be asked: the line ends.
                s.reload(['Event.from \'Rbl_test! "dead.test" Deny!\''])
                self.assertEqual(rcpt(s).code, 250)

    def test_addresses(self):
        with Suite(users={USER: {}, "full@example.test": {}},
                   aliases={"al@example.test": [USER]}) as s:
            for rule, sender, to, code in (
                    ('From_type? "0" Deny!', "x@far.test", USER, 550),
                    ('From_type? "1" Deny!', USER, USER, 550),
                    ('From_type? "1" Deny!', "x@far.test", USER, 250),
                    ('To_type? "2" Deny!', "x@far.test", "al@example.test",
                     550),
                    ('To_type? "1" Deny!', "x@far.test", "al@example.test",
                     250),
                    ('To_type? "1" Deny!', "x@far.test", USER, 550),
                    ('To_type? "0" Deny!', "x@far.test", "no@example.test",
                     550),
                    ("Internal_from? Deny!", "no@example.test", USER, 550),
                    ("Internal_from? Deny!", "x@far.test", USER, 250),
                    ("Internal_from? Deny!", "", USER, 250),
                    ("Internal_rcpt? Deny!", "x@far.test", USER, 550),
                    ('Reply! "450 C=%C F=%F" Deny!', "x@far.test", USER,
                     450)):
                with self.subTest(rule=rule, sender=sender, to=to):
                    s.reload([f"Event.rcpt '{rule}'"])
                    reply = rcpt(s, to=to, sender=sender)
                    self.assertEqual(reply.code, code)
            self.assertEqual(text(reply), f"C={s.home(USER)} F=")


class Programs(unittest.TestCase):
    def script(self, s, name, body):
        s.write(name, "#!/bin/sh\n" + body, mode=0o755)
        return s.path(name)

    def answer(self, s, command, sender="a@client.test", helo="client.test"):
        s.reload([f"Event.rcpt 'Exec! \"{command}\" "
                  "Reply! \"450 t=%t E=%E\" Deny!'", "Exec_timeout 2"])
        return text(rcpt(s, sender=sender, helo=helo))

    def test_arguments(self):
        """Cut before values are put in; a shell only where one is needed."""
        with Suite() as s:
            show = self.script(s, "show", 'for a; do printf "[%s]" "$a"; '
                                          'done; exit 3\n')
            for command, sender, want in (
                    (f"{show} a b", "a@client.test", "t=3 E=[a][b]"),
                    (f"{show} %f", "a@client.test", "t=3 E=[a@client.test]"),
                    (f"{show} %f z", "", "t=3 E=[][z]"),
                    (f"{show} %f", '"two words"@client.test',
                     't=3 E=["two words"@client.test]'),
                    (f"{show} %f | cat", "a@client.test",
                     "t=0 E=[a@client.test]"),
                    (f"{show} x%fy | cat", '"two  w"@client.test',
                     't=0 E=[x"two  w"@client.testy]'),
                    (f"{show} %f | cat", "a`id`@client.test",
                     "t=0 E=[a`id`@client.test]"),
                    (f"{show} \"%f\" $(echo %f) | cat".replace('"', '%"'),
                     "a`id`$HOME@client.test",
                     "t=0 E=[a`id`$HOME@client.test]"
                     "[a`id`$HOME@client.test]")):
                with self.subTest(command=command, sender=sender):
                    self.assertEqual(self.answer(s, command, sender), want)

    def test_environment(self):
        with Suite() as s:
            show = self.script(s, "show", "echo $SELOR_EVENT $SELOR_IP "
                               "$SELOR_FROM $SELOR_RCPT $SELOR_HELO; id -un\n")
            got = self.answer(s, show)
            self.assertIn(f"rcpt 127.0.0.1 a@client.test {USER} client.test",
                          got)
            if os.getuid() == 0:
                self.assertNotIn("root", got)

    def test_ends(self):
        """A32: no status but that of a program that came to its own end."""
        with Suite() as s:
            for body, want in (("kill -9 $$\n", "t=-1 E="),
                               ("echo x; sleep 30\n", "t=-1 E=x"),
                               ("trap '' TERM; exec 1>&-; sleep 20\n", None),
                               ("exec yes\n", None),
                               ("exit 255\n", "t=255 E=")):
                with self.subTest(body=body):
                    got = self.answer(s, self.script(s, "p", body))
                    if want is None:
                        self.assertTrue(got.startswith("t=-1 "), got[:99])
                    else:
                        self.assertEqual(got, want)
            self.assertEqual(self.answer(s, s.path("none")), "t=-1 E=")

    def test_others_go_on(self):
        """A slow program holds its own session alone; many wait in turn."""
        with Suite() as s:
            slow = self.script(s, "slow", "sleep 4\n")
            s.reload([f"Event.rcpt 'Find_in_from? \"slow\" Exec! \"{slow}\" "
                      "Reply! \"450 t=%t\" Deny!'", "Exec_max_procs 2"])
            got = []

            def one():
                got.append(text(rcpt(s, sender="slow@x.test")))
            threads = [threading.Thread(target=one) for _ in range(4)]
            began = time.monotonic()
            for t in threads:
                t.start()
            time.sleep(0.5)
            for _ in range(50):
                self.assertEqual(rcpt(s).code, 250)
            self.assertLess(time.monotonic() - began, 4)
            for t in threads:
                t.join()
            self.assertGreater(time.monotonic() - began, 7.5)
            self.assertEqual(got, ["t=0"] * 4)


class Lines(unittest.TestCase):
    def test_log(self):
        with Suite() as s:
            s.mkdir("rlog")
            path = s.path("rlog/l")
            options = [f'Event.rcpt \'Delimiter! "|" Log! "{path}| h=%h %%"\'',
                       f'Rules_log_path "{s.path("rlog")}"']
            s.reload(options)
            self.assertEqual(rcpt(s).code, 250)
            self.assertEqual(rcpt(s, helo="other.test").code, 250)
            with open(path) as f:
                lines = f.read().splitlines()
            self.assertEqual(len(lines), 2)
            for line, name in zip(lines, ("client.test", "other.test")):
                self.assertRegex(
                    line, r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  h=%s %%$"
                    % re.escape(name))
            os.rename(path, path + ".old")
            time.sleep(1.2)
            rcpt(s)
            self.assertTrue(os.path.exists(path))
            self.assertFalse(os.stat(path).st_mode & stat.S_IWOTH)
            # No variable leads out of its directory.
            s.reload([f'Event.rcpt \'Log! "{s.path("rlog")}/%f:x"\'',
                      options[1]])
            self.assertEqual(rcpt(s, sender='"../x"@y.test').code, 250)
            s.wait_log("does not fit", name="warning")

    def test_sendmail(self):
        with Suite(users={USER: {}, "me@example.test": {}}) as s:
            s.mkdir("rules")
            s.write("rules/away", "Subject: away\n\nI am away.\n")
            s.reload([f'Event.rcpt \'Sendmail! "{s.path("rules/away")}'
                      ':%r:%f"\'', f'Rules_path "{s.path("rules")}"'])
            self.assertEqual(rcpt(s, sender="me@example.test").code, 250)
            box = s.maildir("me@example.test")
            box.wait(1)
            self.assertIn(b"I am away.", box.raw()[0])
            # Not to a null sender, nor to programs.
            self.assertEqual(rcpt(s, sender="").code, 250)
            self.assertEqual(
                rcpt(s, sender="owner-x@example.test").code, 250)
            time.sleep(1)
            self.assertEqual(box.count(), 1)


class Srs(unittest.TestCase):
    """Debian's postsrsd understands what Srs! makes, with the same key."""

    def ask(self, port, address):
        with socket.create_connection(("127.0.0.1", port), 5) as c:
            c.sendall(f"get {address}\n".encode())
            return c.recv(4096).decode().split()

    def test_postsrsd(self):
        with tempfile.TemporaryDirectory() as d:
            with open(os.path.join(d, "secret"), "w") as f:
                f.write("tops3cret\n")
            there, back = ports.free(), ports.free()
            p = procs.Process(
                ["/usr/sbin/postsrsd", "-4", "-l", "127.0.0.1",
                 f"-f{there}", f"-r{back}", "-dfwd.test",
                 f"-s{os.path.join(d, 'secret')}"],
                os.path.join(d, "log"))
            self.addCleanup(p.stop, 5)
            procs.wait_port("127.0.0.1", back)
            self.compare(there, back)

    def compare(self, there, back):
        with Suite(options=[
                'Srs_key "tops3cret"', "Srs_shift 0",
                "Event.rcpt 'Srs! \"fwd.test\" Reply! \"450 %f\" Deny!'"]) \
                as s:
            for sender in ("joe@far.test", "Joe.Doe+x@sub.far.test",
                           "SRS0=AbCd=XY=orig.test=user@far.test"):
                mine = text(rcpt(s, sender=sender))
                self.assertEqual(self.ask(there, sender), ["200", mine])
                self.assertEqual(self.ask(back, mine), ["200", sender])
            self.assertEqual(text(rcpt(s, sender="")), "")

    def test_alias_redir(self):
        """What an alias sends away has a sender that comes back here, unless
        Srs_alias_redir is 0."""
        with sink.Sink() as away, Suite(
                aliases={"info@example.test": ["who@far.test"]}) as s:
            base = ['Srs_key "tops3cret"',
                    f"""Event.rcpt 'Mx_dest! "127.0.0.1 {away.port}"'"""]
            for redir, sender in (
                    (1, rb"<SRS0=[^@]+=client\.test=a@example\.test>"),
                    (0, rb"<a@client\.test>")):
                count = len(away.messages)
                self.assertTrue(
                    s.reload(base + [f"Srs_alias_redir {redir}"]))
                smtp.send_message(s.port, "a@client.test",
                                  ["info@example.test"], smtp.make_message())
                away.wait(count + 1)
                self.assertRegex(away.messages[-1].sender, sender)
            s.wait_empty()


if __name__ == "__main__":
    unittest.main()
