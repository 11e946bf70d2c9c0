"""Mx_auth!: deliverd logs in at the next host.  Against servers that speak as
told, and against Postfix with the logins of dovecot."""

import base64
import hashlib
import hmac
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
sys.path.insert(0, os.path.dirname(__file__))

import peers  # noqa: E402
import ports  # noqa: E402
import procs  # noqa: E402
from deliver_hostile_test import CONTENT  # noqa: E402
from deliver_rules_test import (  # noqa: E402
    AUTH, DEST, OK, TEMP, Case, dest, route)

TIMEOUT = 240
USER, PASSWORD = "user=1,x", "se:cret"
LOGIN = route(AUTH, USER, PASSWORD)
SECRETS = [PASSWORD, base64.b64encode(PASSWORD.encode()).decode(),
           base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()]


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes)
                            else text.encode())


def sha(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


class Scram:
    """A server's side.  Each of change may spoil one thing of it."""

    def __init__(self, password=PASSWORD, iterations=4096, **change):
        self.password, self.iterations = password, iterations
        self.change, self.ok = change, False

    def first(self, message):
        assert message.startswith(b"n,,"), message
        self.bare = message[3:]
        name, nonce = self.bare.split(b",", 1)[0], message.rsplit(b",r=", 1)[1]
        assert name == b"n=user=3D1=2Cx", name
        self.nonce = self.change.get("nonce", nonce + b"more")
        self.salt = self.change.get("salt", b64("salt of it"))
        self.server = b"r=%s,s=%s,i=%d" % (self.nonce, self.salt,
                                           self.iterations)
        return b64(self.change.get("first", self.server))

    def last(self, message):
        bare, proof = message.rsplit(b",p=", 1)
        both = b",".join((self.bare, self.server, bare))
        key = hashlib.pbkdf2_hmac(
            "sha256", self.password.encode(), base64.b64decode(self.salt),
            self.iterations)
        client = sha(key, b"Client Key")
        sign = sha(hashlib.sha256(client).digest(), both)
        self.ok = base64.b64decode(proof) == bytes(
            a ^ b for a, b in zip(client, sign))
        sign = sha(sha(key, b"Server Key"), both)
        return b64(self.change.get("last", b"v=" + b64(sign)))


class Host:
    """Script of a server that offers mechanisms; dialogue(self, line, c) is
    told the AUTH command and says True when the login was right."""

    def __init__(self, offers, dialogue):
        self.offers, self.dialogue = offers, dialogue
        self.tried, self.mails = [], 0

    def __call__(self, server, c):
        c.say(b"220 mx")
        c.line()
        c.say(b"250-mx", b"250-PIPELINING", *self.offers, b"250 8BITMIME")
        while True:
            line = c.line()
            verb = line.split(b" ")[0]
            if verb == b"QUIT":
                c.say(b"221 bye")
                return
            if verb == b"AUTH":
                self.tried.append(line.split(b" ")[1].decode())
                self.dialogue(line, c)
            elif verb == b"DATA":
                c.say(b"354 go")
                c.content()
                self.mails += 1
                c.say(b"250 taken")
            else:
                c.say(b"250 ok")


def plain(line, c):
    word = line.split(b" ")[2]
    right = base64.b64decode(word) == f"\0{USER}\0{PASSWORD}".encode()
    c.say(b"235 2.7.0 in" if right else b"535 5.7.8 no: " + word)


def login(line, c):
    c.say(b"334 VXNlcm5hbWU6")
    user = base64.b64decode(c.line())
    c.say(b"334 " + b64("anything at all"))
    word = c.line()
    right = (user, base64.b64decode(word)) == (
        USER.encode(), PASSWORD.encode())
    c.say(b"235 2.7.0 in" if right else b"535 5.7.8 no: " + word)


def scram(server):
    def dialogue(line, c):
        c.say(b"334 " + server.first(base64.b64decode(line.split(b" ")[2])))
        c.say(b"334 " + server.last(base64.b64decode(c.line())))
        c.line()
        c.say(b"235 2.7.0 in" if server.ok else b"535 5.7.8 no")
    return dialogue


OFFER = [b"250-AUTH LOGIN PLAIN SCRAM-SHA-1 CRAM-MD5"]
OFFER_ALL = [b"250-AUTH LOGIN PLAIN scram-sha-256"]


class Dialogue(Case):
    def login(self, host, *options, rule=LOGIN, times=1):
        s = self.server(host)
        d = self.deliverd(*options)
        for _ in range(times):
            result, = self.send(d, dest(s), rule, timeout=30)
        self.commands = s.commands
        for secret in SECRETS:
            self.assertNotIn(secret, result["text"])
        return result

    def refused(self, host, *options, text="", rule=LOGIN):
        result = self.login(host, *options, rule=rule)
        self.check(result, TEMP, text, "4.7.0")
        self.assertIn("no login at [127.0.0.1]", result["text"])
        # Never without it.
        self.assertEqual(0, host.mails)
        self.assertFalse([c for c in self.commands if b"MAIL" in c])

    def test_plain(self):
        host = Host([b"250-AUTH LOGIN PLAIN"], plain)
        self.check(self.login(host), OK, "taken")
        self.assertEqual(["PLAIN"], host.tried)

    def test_login(self):
        host = Host([b"250-AUTH LOGIN"], login)
        self.check(self.login(host), OK)
        self.assertEqual(["LOGIN"], host.tried)

    def test_scram_first(self):
        host = Host(OFFER_ALL, scram(Scram()))
        self.check(self.login(host, 'Mx_auth_plain "never"'), OK)
        self.assertEqual(["SCRAM-SHA-256"], host.tried)

    def test_once_for_a_connection(self):
        host = Host(OFFER_ALL, scram(Scram()))
        self.check(self.login(host, times=3), OK)
        self.assertEqual(3, host.mails)
        self.assertEqual(1, len(host.tried))

    def test_not_offered(self):
        for offers in ([], [b"250-AUTH CRAM-MD5 GSSAPI"], [b"250-AUTH"]):
            self.refused(Host(offers, plain), text="it offers none")

    def test_helo_has_none(self):
        host = Host([], plain)

        def script(server, c):
            c.say(b"220 mx")
            c.line()
            c.say(b"502 what")
            c.line()
            c.say(b"250 hello")
            c.wait()
        host.__class__ = type("Old", (Host,), {
            "__call__": lambda self, server, c: script(server, c)})
        self.refused(host, text="it offers none")

    def test_plain_not_permitted(self):
        self.refused(Host(OFFER, plain), 'Mx_auth_plain "never"',
                     text="Mx_auth_plain")

    def test_wrong_password(self):
        wrong = route(AUTH, USER, "other")
        for offers, dialogue in ((OFFER, plain), ([b"250-AUTH LOGIN"], login),
                                 (OFFER_ALL, scram(Scram()))):
            host = Host(offers, dialogue)
            self.refused(host, rule=wrong, text="")
            # One try of one mechanism.
            self.assertEqual(1, len(host.tried))

    def test_no_echo(self):
        # A server that repeats what it was told.
        host = Host(OFFER, lambda line, c: c.say(b"535 5.7.8 " + line))
        self.refused(host, text="PLAIN is refused with 535 5.7.8")

    def test_refused_for_now(self):
        host = Host(OFFER, lambda line, c: c.say(b"454 4.7.0 later"))
        self.refused(host, text="454 4.7.0")

    def test_others_wait_after_a_refusal(self):
        host = Host(OFFER, plain)
        s = self.server(host)
        d = self.deliverd()
        wrong = route(AUTH, USER, "other")
        for _ in range(5):
            result, = self.send(d, dest(s), wrong)
            self.check(result, TEMP, "no login")
        self.assertEqual(1, len(host.tried))
        # Another login has nothing to do with that.
        result, = self.send(d, dest(s), LOGIN)
        self.check(result, OK)

    def test_server_without_the_password(self):
        for change in (dict(last=b"v=" + b64(b"x" * 32)),
                       dict(last=b"v=" + b64("short")), dict(last=b""),
                       dict(last=b"e=other-error"), dict(password="other")):
            host = Host(OFFER_ALL, scram(Scram(**change)))
            self.refused(host)

    def test_no_proof_at_all(self):
        def dialogue(line, c):
            server = Scram()
            c.say(b"334 " + server.first(
                base64.b64decode(line.split(b" ")[2])))
            c.line()
            c.say(b"235 2.7.0 come in")
        self.refused(Host(OFFER_ALL, dialogue), text="did not prove")
        self.refused(Host(OFFER_ALL, lambda line, c: c.say(b"235 in")),
                     text="did not prove")

    def test_bad_challenges(self):
        for change in (dict(nonce=b"other"), dict(nonce=b""),
                       dict(salt=b""), dict(salt=b"*"), dict(iterations=1),
                       dict(iterations=10 ** 9), dict(first=b""),
                       dict(first=b"r=x"), dict(first=b"m=x," + b"r=y")):
            with self.subTest(change):
                self.refused(Host(OFFER_ALL, scram(Scram(**change))))

    def test_no_base64(self):
        for text in (b"334 *", b"334 =", b"334", b"334-YWJj\r\n334 YWJj",
                     b"334 " + b"YWJj" * 1000, b"334 " + b"\xff" * 8):
            with self.subTest(text[:20]):
                self.refused(Host(OFFER_ALL, lambda line, c: c.say(text)))

    def endless(self, what):
        def dialogue(line, c):
            c.say(b"334 " if what[:1] != b"3" else b"")
            try:
                while True:
                    c.conn.sendall(what * 200)
            except OSError:
                pass
        return dialogue

    def test_endless(self):
        for what in (b"YWJj" * 20, b"334-YWJj\r\n"):
            host = Host(OFFER_ALL, self.endless(what))
            s = self.server(host)
            d = self.deliverd()
            result, = self.send(d, dest(s), LOGIN, timeout=30)
            self.check(result, TEMP)
            self.assertEqual(0, host.mails)

    def test_endless_rounds(self):
        for offers in (OFFER, OFFER_ALL, [b"250-AUTH LOGIN"]):
            def dialogue(line, c):
                while True:
                    c.say(b"334 " + b64("and on"))
                    c.line()
            self.refused(Host(offers, dialogue))

    def test_broken_off(self):
        host = Host(OFFER_ALL, lambda line, c: c.conn.shutdown(2))
        s = self.server(host)
        d = self.deliverd()
        result, = self.send(d, dest(s), LOGIN)
        self.check(result, TEMP)
        self.assertEqual(0, host.mails)

    def test_silence(self):
        host = Host(OFFER_ALL, lambda line, c: c.wait())
        s = self.server(host)
        d = self.deliverd("Timeout 2")
        result, = self.send(d, dest(s), LOGIN, timeout=30)
        self.check(result, TEMP, "timed out")

    def test_longest_login(self):
        user, password = "=" * 512, "," * 512

        def dialogue(line, c):
            c.say(b"235 in" if base64.b64decode(line.split(b" ")[2]) ==
                  f"\0{user}\0{password}".encode() else b"535 no")
        self.check(self.login(Host(OFFER, dialogue),
                              rule=route(AUTH, user, password)), OK)


class Dovecot(peers.Peer):
    """The logins of dovecot, for a Postfix in whose directory it listens."""

    def __init__(self, socket_path, mechanisms):
        super().__init__("dovecot-auth", "127.0.0.1", None)
        self.write("users", "user:{PLAIN}pencil::::::\n"
                   "scram:" + procs.run(
                       ["doveadm", "pw", "-s", "SCRAM-SHA-256", "-p",
                        "pencil"]).stdout.strip() + "::::::\n")
        self.write("conf", f"""
base_dir = {self.path("run")}
state_dir = {self.path("state")}
log_path = {self.path("log")}
protocols =
ssl = no
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
passdb {{
  driver = passwd-file
  args = {self.path("users")}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
service auth {{
  unix_listener {socket_path} {{
    mode = 0666
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
""")
        self.socket_path = socket_path

    def start(self):
        os.makedirs(self.path("run"), exist_ok=True)
        self.process = procs.Process(
            ["/usr/sbin/dovecot", "-F", "-c", self.path("conf")],
            self.path("output"))
        procs.wait_for(lambda: os.path.exists(self.socket_path), 20,
                       "dovecot's logins")
        return self


class Real(Case):
    """Postfix takes mail for elsewhere from nobody who is not logged in."""

    def peer(self, mechanisms):
        name = f"auth{ports.free()}"
        p = peers.Postfix(domains=("r.test",), users=("a",), options=[
            "mynetworks = 192.0.2.1/32",
            "smtpd_sasl_auth_enable = yes", "smtpd_sasl_type = dovecot",
            f"smtpd_sasl_path = /tmp/{name}",
            "smtpd_recipient_restrictions = permit_sasl_authenticated, "
            "reject"])
        auth = Dovecot(f"/tmp/{name}", mechanisms)
        auth.__enter__()
        self.addCleanup(auth.__exit__, None)
        p.__enter__()
        self.addCleanup(p.__exit__, None)
        self.addCleanup(lambda: os.path.exists(f"/tmp/{name}") and
                        os.unlink(f"/tmp/{name}"))
        return p

    def mechanism(self, offers, used, user, *options):
        p = self.peer(offers)
        d = self.deliverd(*options)
        there = route(DEST, f"127.0.0.1 {p.port}")
        result, = self.send(d, there)
        self.assertEqual(554, result["code"], result)
        result, = self.send(d, there, route(AUTH, user, "wrong"))
        self.check(result, TEMP, "refused with 535", "4.7.0")
        for _ in range(2):
            result, = self.send(d, there, route(AUTH, user, "pencil"))
            self.check(result, OK)
        self.assertIn(f"sasl_method={used}, sasl_username={user}",
                      p.log(1000))
        procs.wait_for(lambda: p.count() == 2, 20, "mail")

    def test_plain(self):
        self.mechanism("login plain", "PLAIN", "user")

    def test_login(self):
        self.mechanism("login", "LOGIN", "user")

    def test_scram(self):
        self.mechanism("plain login scram-sha-256", "SCRAM-SHA-256", "scram",
                       'Mx_auth_plain "never"')


if __name__ == "__main__":
    unittest.main()
