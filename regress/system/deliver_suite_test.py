"""Delivery by the whole suite: to Postfix, Exim, dovecot's LMTP, to programs
and mbox files, by the records of a real name server."""

import os
import shutil
import signal
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import dns  # noqa: E402
import peers  # noqa: E402
import procs  # noqa: E402
import smtp  # noqa: E402
from sink import Sink  # noqa: E402
from suite import Suite  # noqa: E402

TIMEOUT = 240
RELAY = 'Relay_from "127.0.0.0/8"'
NOW = ["Immed_delivery 2", "No_mailbox_delay 0"]


class Case(unittest.TestCase):
    def scratch(self):
        path = tempfile.mkdtemp(prefix="deliver.")
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        os.chmod(path, 0o755)
        return path

    def send(self, s, to, name="x", body=None, sender="a@client.test",
             **more):
        message = smtp.make_message(name, **more) if body is None else body
        reply = smtp.send_message(s.port, sender, to, message)
        self.assertEqual(reply.code, 250, reply)
        return message


class Remote(Case):
    def relayed(self, peer, names):
        with dns.Dns(self.scratch()) as server:
            server.set("far.test MX 10 mx.far.test.",
                       "mx.far.test A 127.0.0.1")
            with Suite(options=[f"Mx_port {peer.port}", RELAY, *NOW],
                       dns=server) as s:
                sent = {n: self.send(s, "user@far.test", n, size=size)
                        for n, size in names.items()}
                box = peer.maildir("user")
                box.wait(len(names))
                self.assertEqual(sorted(names), sorted(box.ids()))
                for raw in box.raw():
                    for n, message in sent.items():
                        if f"X-Regress-Id: {n}\n".encode() in raw:
                            self.assertTrue(raw.endswith(
                                message.replace(b"\r\n", b"\n")
                                .split(b"\n\n", 1)[1]))

    def test_postfix(self):
        with peers.Postfix(domains=("far.test",)) as p:
            self.relayed(p, {"small": 100, "middle": 60000, "big": 3000000})

    def test_exim(self):
        with peers.Exim(domains=("far.test",)) as p:
            self.relayed(p, {"small": 100, "middle": 60000, "big": 200000})

    def test_preference_and_fall_back(self):
        """The best MX that answers gets it; a dead one is passed over."""
        with dns.Dns(self.scratch()) as server, \
                Sink(address="127.0.0.5") as low, \
                Sink(address="127.0.0.6", port=low.port) as high:
            server.set("far.test MX 30 c.far.test.",
                       "far.test MX 10 a.far.test.",
                       "far.test MX 20 b.far.test.",
                       "a.far.test A 127.0.0.4", "b.far.test A 127.0.0.5",
                       "c.far.test A 127.0.0.6")
            with Suite(options=[f"Mx_port {low.port}", RELAY, *NOW],
                       dns=server) as s:
                for i in range(3):
                    self.send(s, "b@far.test", str(i))
                low.wait(3)
            self.assertEqual([], list(high.messages))

    def test_implicit_mx_and_ipv6(self):
        with dns.Dns(self.scratch()) as server, \
                Sink(address="::1") as sink:
            server.set("far.test AAAA ::1")
            with Suite(options=[f"Mx_port {sink.port}", RELAY, *NOW],
                       dns=server) as s:
                self.send(s, "b@far.test")
                sink.wait(1)

    def test_null_mx_bounces(self):
        with dns.Dns(self.scratch()) as server:
            server.set("null.test MX 0 .")
            with Suite(options=[RELAY, *NOW], dns=server) as s:
                self.send(s, "b@null.test", sender="user@example.test")
                raw = s.maildir().wait(1)[0]
        self.assertIn(b"Return-Path: <>", raw)
        self.assertIn(b"5.1.10", raw)

    def test_loop_to_ourselves(self):
        with dns.Dns(self.scratch()) as server:
            with Suite(options=[RELAY, *NOW], dns=server) as s:
                server.set("loop.test MX 10 mx.loop.test.",
                           "mx.loop.test A 127.0.0.1")
                s.options.append(f"Mx_port {s.port}")
                s.write_conf()
                s.restart()
                self.send(s, "b@loop.test", sender="user@example.test")
                raw = s.maildir().wait(1)[0]
        self.assertIn(b"5.4.6", raw)

    def test_deferred_then_delivered(self):
        with dns.Dns(self.scratch()) as server:
            with Sink(address="127.0.0.5") as sink:
                port = sink.port
            server.set("far.test MX 10 mx.far.test.",
                       "mx.far.test A 127.0.0.5")
            with Suite(options=[f"Mx_port {port}", RELAY, "Queue_time 0",
                                "Qsleep_time 1", *NOW], dns=server) as s:
                self.send(s, "b@far.test")
                time.sleep(2)
                with Sink(address="127.0.0.5", port=port) as sink:
                    sink.wait(1, 60)

    def test_deliverd_killed(self):
        """What it had in work is done by its successor."""
        with dns.Dns(self.scratch()) as server, \
                Sink(address="127.0.0.5",
                     replies={"EOM": [b""] * 5 + [b"250 ok\r\n"] * 100}) \
                as sink:
            server.set("far.test MX 10 mx.far.test.",
                       "mx.far.test A 127.0.0.5")
            with Suite(options=[f"Mx_port {sink.port}", RELAY,
                                "Queue_time 0", "Qsleep_time 1", *NOW],
                       dns=server) as s:
                for i in range(5):
                    self.send(s, "b@far.test", f"m{i}")
                time.sleep(1)
                os.kill(s.pid("deliverd"), signal.SIGKILL)
                procs.wait_for(
                    lambda: len({m.data.split(b"X-Regress-Id: ")[1][:2]
                                 for m in list(sink.messages)}) == 5 and
                    len(sink.messages) >= 5, 60, "all five")


class Local(Case):
    def test_dovecot_lmtp(self):
        for unix in (False, True):
            with self.subTest(unix), peers.DovecotLmtp() as p:
                where = f"unix:{p.socket}" if unix else \
                    f"127.0.0.1:{p.port}"
                with Suite(delivery=f"lmtp:{where}", options=NOW) as s:
                    for i in range(3):
                        self.send(s, "user@example.test", str(i))
                    box = p.maildir("user")
                    box.wait(3)
                    self.assertEqual(["0", "1", "2"], sorted(box.ids()))

    def test_mbox(self):
        with Suite(delivery="mbox:%C/mbox", options=NOW) as s:
            for i in range(3):
                self.send(s, "user@example.test", str(i))
            path = os.path.join(s.home("user@example.test"), "mbox")
            procs.wait_for(
                lambda: os.path.exists(path) and
                open(path).read().count("\nX-Regress-Id: ") == 3,
                20, "three messages")

    def test_program(self):
        for kind in (0, 1):
            with self.subTest(kind):
                self.program(kind)

    def program(self, kind):
        script = os.path.join(self.scratch(), "deliver.sh")
        with open(script, "w") as f:
            f.write('#!/bin/sh\nd="$1"; shift\nprintf "%s\\n" "$@" > '
                    '"$d/args"\ncat > "$d/mail.tmp"\n'
                    'mv "$d/mail.tmp" "$d/mail"\n')
        os.chmod(script, 0o755)
        line = (f"{script} %C %l %d %r %f %c %o %m %p <")
        with Suite(delivery="", options=[f'Dlocal "{line}"',
                                         f"Dlocal_type {kind}", *NOW]) as s:
            home = s.home("user@example.test")
            mail = os.path.join(home, "mail")
            body = self.send(s, "user@example.test",
                             sender='"$(touch x)"@client.test')
            procs.wait_for(lambda: os.path.exists(mail), 20, "mail")
            with open(mail, "rb") as f:
                raw = f.read()
            with open(os.path.join(home, "args")) as f:
                args = f.read().splitlines()
            self.assertFalse(os.path.exists(os.path.join(home, "x")))
        self.assertTrue(raw.startswith(
            b'Return-Path: <"$(touch x)"@client.test>\n'))
        self.assertTrue(raw.endswith(body.replace(b"\r\n", b"\n")))
        self.assertRegex(args[1], r"^\d+_\d+$")
        self.assertEqual(
            ["user@example.test", '"$(touch x)"@client.test',
             "example.test", "client.test"], args[2:6])
        self.assertEqual("user", args[7])

    def test_procmail(self):
        with Suite(delivery="", options=[
                'Dlocal "/usr/bin/procmail -t -a x -m DEFAULT=%C/box '
                'ORGMAIL=%C/box /dev/null "', *NOW]) as s:
            self.send(s, "user@example.test", "one")
            path = os.path.join(s.home("user@example.test"), "box")
            procs.wait_for(
                lambda: os.path.exists(path) and
                "X-Regress-Id: one" in open(path).read(), 20, "mail")

    def test_own_program_refused(self):
        """A dlocal outside Adlocal_allowed never runs."""
        there = self.scratch()
        os.chmod(there, 0o777)
        script = os.path.join(there, "own")
        with open(script, "w") as f:
            f.write(f"#!/bin/sh\ncat > {there}/ran\n")
        os.chmod(script, 0o755)
        for allowed in ("", script):
            with self.subTest(allowed), Suite(
                    users={"user@example.test": {"dlocal": script}},
                    options=[f'Dlocal "/usr/bin/touch {there}/dlocal"',
                             f'Adlocal_allowed "{allowed}"', *NOW]) as s:
                self.send(s, "user@example.test")
                which = "ran" if allowed else "dlocal"
                procs.wait_for(lambda: os.path.exists(f"{there}/{which}"),
                               20, which)
                self.assertEqual(bool(allowed),
                                 os.path.exists(f"{there}/ran"))

    def test_agent_of_the_user(self):
        """The agent and what it writes are the user's, not root's."""
        with Suite(options=NOW) as s:
            self.send(s, "user@example.test")
            s.maildir().wait(1)
            uid = s.mail_uid("user@example.test")
            path = s.maildir().files()[0]
            self.assertEqual(uid, os.stat(path).st_uid)
            agent = s.pid("agent")
            self.assertEqual(uid, os.stat(f"/proc/{agent}").st_uid)
            os.kill(agent, signal.SIGKILL)
            self.send(s, "user@example.test", "2")
            s.maildir().wait(2)


if __name__ == "__main__":
    unittest.main()
