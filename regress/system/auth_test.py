"""AUTH through the whole suite: swaks, curl and msmtp log in; each reply of
RFC 4954; what a login means to relaying, to rules and to the message; and that
no password stands in a log, a trace or the memory of smtpd."""

import base64
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import procs
import rules
import suite

TIMEOUT = 300
USER, NONE, LOCKED = ("user@example.test", "none@example.test",
                      "locked@example.test")
PLAIN, ODD, BCRYPT = ("plain@example.test", "odd@example.test",
                      "bcrypt@example.test")
FAR = "far@far.test"
# No other text of the tests has these in it.
SECRET, WRONG = "Xy7-gehe1m-Qz", "Zw3-fal5ch-Kp"
# A table holds this one as it is, so lookupd-file has it in its memory.
OPEN = "Tb5-0ffen-Lm"
RECORDS = ("far.test MX 10 mx.far.test.", "mx.far.test A 127.0.0.1")


def b64(text):
    return base64.b64encode(text.encode()).decode()


def plain(user, password, authzid=""):
    return "AUTH PLAIN " + b64(f"{authzid}\0{user}\0{password}")


class Auth(rules.Case):
    USERS = {USER: {"password": SECRET}, NONE: {}, LOCKED: {}, PLAIN: {},
             ODD: {}, BCRYPT: {}}
    RECORDS = RECORDS
    OPTIONS = ("Auth_require_tls 0", "Incorrect_pass_delay 0",
               "Relay_from \"\"")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        s = cls.suite
        s.users[LOCKED]["password"] = "*" + s.users[USER]["password"]
        s.users[PLAIN]["password"] = "{PLAIN}" + OPEN
        s.users[ODD]["password"] = "{ROT13}" + OPEN
        s.users[BCRYPT]["password"] = "{BLF-CRYPT}" + rules.crypted(
            SECRET, "$2b$04$abcdefghijklmnopqrstuu")
        s.write_tables()

    def greeted(self, **kw):
        return self.client(helo="client.test", **kw)


class Replies(Auth):
    def test_mechanisms(self):
        self.rules()
        dialogues = (
            [(plain(USER, SECRET), 235)],
            [("auth plain", 334), (b64(f"\0{USER}\0{SECRET}"), 235)],
            [(plain(USER, SECRET, USER), 235)],
            [("AUTH LOGIN", 334), (b64(USER), 334), (b64(SECRET), 235)],
            [("AUTH LOGIN " + b64(USER), 334), (b64(SECRET), 235)],
            [(plain(USER.upper(), SECRET), 235)],
            [(plain(PLAIN, OPEN), 235)], [(plain(BCRYPT, SECRET), 235)],
            [(plain(USER, WRONG), 535)], [(plain(BCRYPT, WRONG), 535)],
            [(plain(PLAIN, WRONG), 535)],
            [(plain(USER, SECRET + "x"), 535)],
            [(plain(USER, SECRET[:-1]), 535)],
            [(plain("nobody@example.test", SECRET), 535)],
            [(plain("not an address", SECRET), 535)],
            [(plain(NONE, SECRET), 535)], [(plain(LOCKED, SECRET), 535)],
            [(plain(ODD, OPEN), 454)],
            [(plain(USER, SECRET, NONE), 535)],
            [(plain(USER, "a\rb"), 535)], [(plain(USER + "\n", SECRET), 535)],
            [("AUTH LOGIN", 334), (b64(USER), 334), (b64(WRONG), 535)],
            [("AUTH LOGIN", 334), ("*", 501), ("NOOP", 250)],
            [("AUTH LOGIN", 334), (b64(USER), 334), ("*", 501)],
            [("AUTH PLAIN", 334), ("*", 501), (plain(USER, SECRET), 235)],
            [("AUTH PLAIN", 334), ("no base64!", 501), ("NOOP", 250)],
            [("AUTH PLAIN", 334), ("", 501)], [("AUTH PLAIN =", 501)],
            [("AUTH PLAIN " + b64("no NUL"), 501)],
            [("AUTH LOGIN", 334), ("QUJD=", 501)],
            [("AUTH PLAIN", 334), ("A" * 12000, 535)],
            [("AUTH PLAIN", 334), ("A" * 13000, 500), ("NOOP", 250)],
            [("AUTH PLAIN " + "A" * 13000, 500), ("NOOP", 250)],
            [("AUTH CRAM-MD5", 504)], [("AUTH", 501)],
            [(plain(USER, SECRET), 235), (plain(USER, SECRET), 503)],
            [("MAIL FROM:<a@client.test>", 250), (plain(USER, SECRET), 503)],
            [("MAIL FROM:<a@client.test> AUTH=<>", 250)],
            [("HELO client.test", 250), (plain(USER, SECRET), 503)],
        )
        for dialogue in dialogues:
            with self.subTest(dialogue=[x[0][:60] for x in dialogue]), \
                    self.greeted() as c:
                for say, code in dialogue:
                    self.assertEqual(c.cmd(say).code, code, say[:60])

    def test_before_ehlo(self):
        self.rules()
        with self.client() as c:
            self.assertEqual(c.cmd(plain(USER, SECRET)).code, 503)

    def test_name_alone(self):
        """A login without a domain is one of Df_domain."""
        self.rules(options=["Df_domain example.test"])
        with self.greeted() as c:
            c.expect(235, plain("user", SECRET))

    def test_texts(self):
        self.rules(options=['Msg_auth_ok "235 t-ok"',
                            'Msg_auth_falied "535 t-no"'])
        with self.greeted() as c:
            self.assertEqual(c.cmd(plain(USER, WRONG)).text, "t-no")
            self.assertEqual(c.cmd(plain(USER, SECRET)).text, "t-ok")

    def test_offer(self):
        """Where nobody on the way reads the password, unless told else."""
        for value, ip, offered in ((0, "192.0.2.1", True),
                                   (1, "192.0.2.1", False),
                                   (1, "127.0.0.1", True)):
            self.rules(options=[f"Auth_require_tls {value}"])
            with self.subTest(value=value, ip=ip), self.client(ip=ip) as c:
                lines = c.cmd("EHLO client.test").lines
                self.assertEqual("AUTH PLAIN LOGIN" in lines, offered)
                self.assertEqual(c.cmd(plain(USER, SECRET)).code,
                                 235 if offered else 538)

    def test_tolerance(self):
        self.rules(options=["Auth_tolerance 2"])
        with self.greeted() as c:
            c.expect(535, plain(USER, WRONG))
            c.expect(501, "AUTH PLAIN =")
            c.expect(535, plain(USER, WRONG))
            self.assertEqual(c.closed(), b"")
        self.suite.wait_log("too many failed logins", name="selor")

    def test_delay(self):
        """Of that session alone: another is served in the meantime, and
        what was sent behind waits; then the end."""
        self.rules(options=["Incorrect_pass_delay 2", "Auth_tolerance 1"])
        with self.greeted() as slow, self.greeted() as other:
            slow.send((plain(USER, WRONG) + "\r\nNOOP\r\n").encode())
            other.expect(235, plain(USER, SECRET))
            self.assertTrue(slow.silent(0.3))
            self.begin(other)
            self.assertEqual(self.data(other).code, 250)
            self.assertEqual(slow.reply().code, 535)
            self.assertEqual(slow.closed(), b"")

    def test_slow_hash_stops_nobody(self):
        """While a hash of seconds is made others are looked up."""
        # A hash of nothing: its setting says how long the check takes.
        self.suite.users[NONE]["password"] = (
            "$6$rounds=4000000$regress$" + "x" * 86)
        self.suite.write_tables()
        self.rules()
        try:
            with self.greeted() as slow:
                slow.send((plain(NONE, WRONG) + "\r\n").encode())
                for _ in range(3):
                    self.assertEqual(self.rcpt().code, 250)
                self.assertTrue(slow.silent(0.05))
                self.assertEqual(slow.reply(timeout=60).code, 535)
        finally:
            del self.suite.users[NONE]["password"]
            self.suite.write_tables()

    def test_worker_dies(self):
        """Who checks passwords is replaced, and mail goes on."""
        self.rules()
        with self.greeted() as c:
            c.expect(235, plain(USER, SECRET))
        old = self.suite.find("lookupd-file")
        self.assertEqual(len(old), 2)
        for pid in old:
            os.kill(pid, 9)
        self.assertEqual(self.rcpt().code, 250)

        def again():
            with self.greeted() as c:
                return c.cmd(plain(USER, SECRET)).code == 235
        procs.wait_for(again, 20 * rules.SLOW, "a login")


class Relay(Auth):
    def relay(self, code, text, login=None, **kw):
        kw.setdefault("helo", "client.test")
        with self.client(login=login, **kw) as c:
            c.expect(250, f"MAIL FROM:<{USER}>")
            reply = c.cmd(f"RCPT TO:<{FAR}>")
            self.assertEqual((reply.code, reply.text), (code, text))

    TEXTS = ['Msg_auth_required "550 t-auth"', 'Msg_relay_denied "550 t-no"',
             'Msg_allowed_rcpt "250 t-rcpt"']

    def test_who(self):
        """A21."""
        login = (USER, SECRET)
        self.rules(options=self.TEXTS)
        self.relay(550, "t-auth")
        self.relay(250, "t-rcpt", login)
        self.rules(options=self.TEXTS + ["Auth_relay 0"])
        self.relay(550, "t-no")
        self.relay(550, "t-no", login)
        self.rules(options=self.TEXTS, rcpt="Relay_denied!")
        self.relay(550, "t-no")
        self.relay(550, "t-no", login)
        self.rules(options=self.TEXTS, **{
            "from": 'Auth? Def! "Auth_relay 0"'})
        self.relay(550, "t-no", login)

    def test_sent(self):
        """The message goes out, with ESMTPA, and the login only if asked."""
        for show in (0, 1):
            self.rules(options=["Mx_port 2525", f"Hshow_user {show}"])
            sink = self.sink(port=2525)
            self.mail(USER, FAR, login=(USER, SECRET))
            got = procs.wait_for(lambda: sink.messages, 20 * rules.SLOW,
                                 "the message")[0]
            self.assertRegex(got.data, rb"(?s)by mx\.example\.test"
                             rb" with ESMTPA\r\n")
            self.assertEqual(b"(authenticated as " + USER.encode() + b")"
                             in got.data, bool(show))

    def test_not_logged_in(self):
        self.rules(options=["Hshow_user 1"])
        self.mail()
        self.assertRegex(self.delivered()[0], rb"with ESMTP\r?\n")


class Rules(Auth):
    def test_event(self):
        """A43: the login is known, and not yet believed."""
        out = self.suite.path("out/auth")
        self.rules(auth=f'Log! "{out}:%u"\nAuth? Deny!\n'
                   'Cmp_str? "%u:none@example.test" Reply! "535 t-deny" '
                   'Deny!\n', options=[
                       f'Rules_log_path "{self.suite.path("out")}"'])
        with self.greeted() as c:
            self.assertEqual(c.cmd(plain(NONE, SECRET)).text, "t-deny")
            c.expect(235, plain(USER, SECRET))
        self.wait_text("out/auth", "none@example.test\n.*user@example.test")

    def test_verdicts(self):
        for rule, code, closes in (("Deny!", 535, False),
                                   ('Reply! "454 later" Deny!', 454, False),
                                   ("Accept!", 235, False),
                                   ('Reply! "235 t-in"', 235, False),
                                   ('Reply! "535 bye" Close!', 535, True)):
            self.rules(auth=rule)
            with self.subTest(rule=rule), self.greeted() as c:
                c.expect(code, plain(USER, SECRET))
                if closes:
                    self.assertEqual(c.closed(), b"")
                else:
                    c.expect(250, "NOOP")
        self.rules(auth="Accept!")
        with self.greeted() as c:
            c.expect(535, plain(USER, WRONG))

    def test_later_events(self):
        """Auth?, %u and %U after a login; nothing of a failed one."""
        self.rules(rcpt='Auth? Reply! "550 in %u %U" Deny!\n'
                   '!Cmp_str? "%u:" Reply! "550 left %u" Deny!\n')
        self.assertEqual(self.rcpt(login=(USER, SECRET)).text,
                         f"in {USER} {self.suite.home(USER)}")
        with self.greeted() as c:
            c.expect(535, plain(USER, WRONG))
            c.expect(250, "MAIL FROM:<a@client.test>")
            c.expect(250, f"RCPT TO:<{USER}>")

    def test_saved(self):
        """%u in the events of the queue."""
        out = self.suite.path("out/queue")
        self.rules(qstart_process=f'Auth? Log! "{out}:by %u"', options=[
            f'Rules_log_path "{self.suite.path("out")}"'])
        self.mail(login=(USER, SECRET))
        self.wait_text("out/queue", "by " + USER)


class Modules(Auth):
    """Two tables: "no" goes on, an error is for now."""

    def two(self, *options):
        s = self.suite
        s.mkdir("second")
        s.write("second/domains", "example.test\n")
        s.write("second/mailboxes",
                f"second@example.test uid=65534 home={s.path('mail')} "
                f"password={rules.crypted(SECRET)}\n")
        s.write("second/aliases", "")
        self.rules(options=[f'Module "file:two {s.path("second")}"',
                            *options])

    def code(self, user):
        with self.greeted() as c:
            return c.cmd(plain(user, SECRET)).code

    def test_order(self):
        self.two()
        self.assertEqual(self.code(USER), 235)
        self.assertEqual(self.code("second@example.test"), 235)
        self.two('Modseq_auth "two"')
        self.assertEqual(self.code(USER), 535)
        self.assertEqual(self.code("second@example.test"), 235)
        self.two('Modseq_auth "two"',
                 "Event.helo 'Def! \"Modseq_auth file\"'")
        self.assertEqual(self.code(USER), 235)
        self.assertEqual(self.code("second@example.test"), 535)
        os.unlink(self.suite.path("second/mailboxes"))
        self.two('Modseq_auth "two file"')
        os.unlink(self.suite.path("second/mailboxes"))
        self.assertEqual(self.code("nobody@example.test"), 454)


class Clients(Auth):
    """Who speaks AUTH every day."""

    def run_one(self, argv, **kw):
        return subprocess.run(self.world.host.wrap + argv, timeout=60,
                              capture_output=True, text=True, **kw)

    def test_swaks(self):
        self.rules()
        for mechanism in ("PLAIN", "LOGIN"):
            for password, good in ((SECRET, True), (WRONG, False)):
                r = self.run_one([
                    "swaks", "--server", f"127.0.0.1:{self.suite.port}",
                    "--auth", mechanism, "--auth-user", USER,
                    "--auth-password", password, "--from", USER,
                    "--to", USER, "--helo", "client.test"])
                self.assertEqual(r.returncode == 0, good, r.stdout)
        self.delivered(count=2)

    def test_curl(self):
        self.rules()
        for password, good in ((SECRET, True), (WRONG, False)):
            r = self.run_one([
                "curl", "-sS", f"smtp://127.0.0.1:{self.suite.port}/c.test",
                "--user", f"{USER}:{password}", "--mail-from", USER,
                "--mail-rcpt", USER, "--upload-file", "-"],
                input="Subject: c\r\n\r\nx\r\n")
            self.assertEqual(r.returncode == 0, good, r.stderr)
        self.delivered()

    def test_msmtp(self):
        self.rules()
        for mechanism in ("plain", "login"):
            for password, good in ((SECRET, True), (WRONG, False)):
                r = self.run_one([
                    "msmtp", "--host=127.0.0.1",
                    f"--port={self.suite.port}", f"--auth={mechanism}",
                    "--tls=off", f"--user={USER}",
                    f"--passwordeval=echo {password}", f"--from={USER}",
                    USER], input="Subject: m\n\nx\n")
                self.assertEqual(r.returncode == 0, good, r.stderr)
        self.delivered(count=2)


def memory(pid, texts):
    """Which of these stand in what a process can write to."""
    found = set()
    with open(f"/proc/{pid}/maps") as maps, \
            open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            at, rights = line.split()[:2]
            begin, end = (int(x, 16) for x in at.split("-"))
            if not rights.startswith("rw") or "[v" in line:
                continue
            mem.seek(begin)
            try:
                data = mem.read(end - begin)
            except OSError:
                continue
            found |= {t for t in texts if t in data}
    return found


class Secrets(Auth):
    def trace(self, daemon):
        """What selorctl says of its messages, from now on."""
        argv = [suite.program("sbin/selorctl"), "-c",
                self.suite.path("selor.conf"), "trace", daemon]
        trace = None

        def is_on():
            # Whoever asks whether it is on may have come first.
            nonlocal trace
            if trace is None or trace.poll() is not None:
                trace = subprocess.Popen(argv, stdout=subprocess.PIPE,
                                         text=True)
            try:
                return "another" in subprocess.run(
                    argv, capture_output=True, text=True, timeout=0.5,
                    check=False).stderr
            except subprocess.TimeoutExpired:
                return False
        procs.wait_for(is_on, 10 * rules.SLOW, "the trace")
        return trace

    def test_nowhere(self):
        """After logins good and bad, split, refused and cancelled."""
        self.rules(auth="Stop!")
        forms = []
        for user, password in ((USER, SECRET), (USER, WRONG)):
            forms += [password, b64(password), b64(f"\0{user}\0{password}")]
        traces = {name: self.trace(name) for name in ("smtpd", "lookupd")}
        try:
            for password in (SECRET, WRONG):
                both = b64(f"\0{USER}\0{password}")
                with self.greeted() as c:
                    c.segments(f"AUTH PLAIN {both[:9]}".encode(),
                               f"{both[9:]}\r\n".encode())
                    c.reply()
                with self.greeted() as c:
                    c.cmd("AUTH LOGIN")
                    c.cmd(b64(USER))
                    c.segments(b64(password)[:6].encode(),
                               b64(password)[6:].encode() + b"\r\n")
                    c.reply()
                # It was refused, and the client goes on.
                with self.greeted() as c:
                    c.cmd("AUTH CRAM-MD5")
                    c.cmd(both)
                    c.cmd(b64(password))
                with self.greeted() as c:
                    c.cmd(f"AUTH PLAIN {both} {both}")
        finally:
            for trace in traces.values():
                trace.terminate()
            texts = {name: trace.communicate(timeout=20)[0]
                     for name, trace in traces.items()}
        self.assertIn("LOOK_AUTH", texts["smtpd"])
        self.assertIn("LOOK_AUTH", texts["lookupd"])
        self.suite.wait_log(r'line="AUTH PLAIN \*\*\*"', name="selor")
        for folder, _, names in os.walk(self.suite.path("log")):
            for name in names:
                with open(os.path.join(folder, name), errors="replace") as f:
                    texts[name] = f.read()
        for name, text in texts.items():
            for form in forms:
                self.assertNotIn(form, text, name)
        for name in ("smtpd", "ruled", "lookupd", "lookupd-file"):
            for pid in self.suite.find(name):
                self.assertEqual(
                    memory(pid, [f.encode() for f in forms]), set(), name)


if __name__ == "__main__":
    unittest.main()
