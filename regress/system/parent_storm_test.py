"""The parent at its worst hours: HUP and TERM at any moment, processes that
die meanwhile, listeners that change, and what lies in Offline_path."""

import os
import pwd
import signal
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import ports
import procs
import smtp
import suite
from suite import Suite

TIMEOUT = 400


def accepted(s, ident):
    try:
        smtp.send_message(s.port, "a@client.test", "user@example.test",
                          smtp.make_message(ident))
        return True
    except Exception:
        return False


class Storms(unittest.TestCase):
    def settled(self, s, want):
        """Every greeting shows the last options, and mail goes through."""
        def test():
            try:
                for _ in range(4):
                    with smtp.Client(s.port) as c:
                        if want not in c.greeting.text:
                            return False
                return True
            except Exception:
                return False
        procs.wait_for(test, 30, f"greetings with {want}", every=0.1)
        procs.wait_for(lambda: accepted(s, "settled"), 30, "acceptance",
                       every=0.2)
        s.maildir().wait(1, timeout=30)

    def test_reloads_while_processes_die(self):
        """smtpd is killed around each HUP, so that it greets, votes and
        begins at every point of a reload."""
        with Suite(options=['Msg_welcome "220 n0"', "Smtpd_procs 2"]) as s:
            for n in range(1, 11):
                s.options[0] = f'Msg_welcome "220 n{n}."'
                s.write_conf()
                for pid in s.find("smtpd")[n % 2:]:
                    procs.signal_pid(pid, signal.SIGKILL)
                time.sleep(0.003 * n)
                os.kill(s.process.pid, signal.SIGHUP)
                time.sleep(0.004 * (n % 5))
                for pid in s.find("smtpd")[:1]:
                    procs.signal_pid(pid, signal.SIGKILL)
                time.sleep(0.05)
            time.sleep(1)
            s.reload()
            self.settled(s, "n10.")

    def test_many_hups(self):
        with Suite(options=['Msg_welcome "220 n0"']) as s:
            with smtp.Client(s.port) as c:
                c.ehlo()
                before = s.fd_counts()
                for n in range(1, 101):
                    if n % 10 == 0:
                        s.options[0] = f'Msg_welcome "220 n{n}."'
                        s.write_conf()
                    os.kill(s.process.pid, signal.SIGHUP)
                    os.kill(s.process.pid, signal.SIGUSR1)
                    time.sleep(0.002)
                self.settled(s, "n100.")
                c.expect(250, "NOOP")
            s.assert_no_fd_leak(before, slack=4)


class Term(unittest.TestCase):
    def test_at_any_moment_of_the_start(self):
        s = Suite()
        self.addCleanup(s.destroy)
        for ms in (0, 5, 10, 20, 30, 40, 60, 80, 120, 200):
            with self.subTest(ms):
                s.start(wait=False)
                procs.wait_for(lambda: os.path.exists(s.path("selor.pid")),
                               10, "Pid_file", every=0.001)
                time.sleep(ms / 1000)
                began = time.monotonic()
                s.stop()
                self.assertLess(time.monotonic() - began, 10 * suite.SLOW)
                self.assertFalse(os.path.exists(s.path("selor.pid")))

    def test_with_reloads(self):
        s = Suite()
        self.addCleanup(s.destroy)
        for n in range(8):
            s.start()
            for _ in range(3):
                os.kill(s.process.pid, signal.SIGHUP)
                time.sleep(0.002 * n)
            s.stop()

    def test_with_sessions_and_deliveries(self):
        """What was acknowledged is there after the next start, once."""
        with Suite() as s:
            done, stop = [], threading.Event()

            def load(k):
                n = 0
                while not stop.is_set():
                    n += 1
                    if accepted(s, f"{k}-{n}"):
                        done.append(f"{k}-{n}")
                    else:
                        time.sleep(0.05)
            threads = [threading.Thread(target=load, args=(k,))
                       for k in range(8)]
            for t in threads:
                t.start()
            idle = smtp.Client(s.port)
            idle.ehlo()
            time.sleep(2)
            s.stop()
            stop.set()
            for t in threads:
                t.join()
            idle.close()
            self.assertGreater(len(done), 20)
            s.start()
            s.wait_empty(60)
            self.assertEqual(len(s.maildir().messages()), len(done))

    def test_program_that_runs_may_end(self):
        """A delivery program is not cut short while there is time."""
        with Suite(delivery="", options=[
                "Dlocal_type 1",
                "Dlocal '/bin/sh -c \"sleep 1; cat >> %C/got\" <'"]) as s:
            self.assertTrue(accepted(s, "slow"))
            home = s.home("user@example.test")
            procs.wait_for(lambda: any("sleep" in procs.command(p)
                                       for p in s.pids()), 10, "the program")
            s.stop()
            self.assertTrue(os.path.exists(home + "/got"))
            s.start()
            self.assertEqual(s.queue_length(), 0)


class Listeners(unittest.TestCase):
    def test_session_outlives_its_listener(self):
        first = ports.free()
        with Suite(options=[f'Listen "127.0.0.1:{first}"']) as s:
            with smtp.Client(first) as c:
                c.ehlo()
                self.assertTrue(s.reload([]))
                procs.wait_for(
                    lambda: not procs.can_connect("127.0.0.1", first), 5,
                    "the port to close")
                c.expect(250, "MAIL FROM:<a@client.test>")
                c.expect(250, "RCPT TO:<user@example.test>")
                c.expect(354, "DATA")
                c.send(b"Subject: x\r\n\r\nx\r\n.\r\n")
                self.assertEqual(c.reply(), 250)
            s.maildir().wait(1)

    def test_kind_changes_on_one_port(self):
        port = ports.free()
        with Suite(options=[f'Listen "127.0.0.1:{port}"']) as s:
            self.assertTrue(
                s.reload([f'Listen "127.0.0.1:{port} submission"']))
            smtp.Client(port).close()
            self.assertTrue(s.reload([]))
            self.assertFalse(procs.can_connect("127.0.0.1", port))

    def test_twice_the_same(self):
        with Suite() as s:
            row = f'Listen "127.0.0.1:{s.port}"'
            self.assertFalse(s.reload([row]))
            before = s.fd_counts()
            self.assertTrue(s.reload([]))
            smtp.Client(s.port).close()
            s.assert_no_fd_leak(before)

    def test_port_in_use_changes_nothing(self):
        with Suite() as s, socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            before = s.fd_counts()
            for _ in range(5):
                self.assertFalse(s.reload([
                    f'Listen "127.0.0.1:{ports.free()}"',
                    f'Listen "127.0.0.1:{taken.getsockname()[1]}"']))
            s.assert_no_fd_leak(before)
            smtp.Client(s.port).close()


@unittest.skipUnless(os.getuid() == 0, "root")
class Offline(unittest.TestCase):
    """Files as selorctl keeps them, and as an attacker would."""

    def setUp(self):
        self.s = Suite()
        self.addCleanup(self.s.destroy)
        # The parent makes it so at its start.
        os.chmod(self.s.path("offline"), 0o1733)
        self.kept = 0
        self.nobody = pwd.getpwnam("nobody")

    def keep(self, ident, user=None):
        body = smtp.make_message(ident)
        records = [("sender", b"a@client.test"),
                   ("rcpt", b"user@example.test"), ("notify", b"0"),
                   ("ret", b"0"), ("envid", b""),
                   ("message", str(len(body)).encode())]
        self.kept += 1
        path = self.s.path("offline", f"kept{self.kept}")
        with open(path, "wb") as f:
            f.write(b"SELOR-OFFLINE 1\n")
            for key, value in records:
                f.write(b"%s %d:%s\n" % (key.encode(), len(value), value))
            f.write(body)
        os.chmod(path, 0o600)
        if user is not None:
            os.chown(path, user.pw_uid, user.pw_gid)
        return path

    def test_root_too(self):
        self.keep("of root")
        with self.s as s:
            s.maildir().wait(1)
            procs.wait_for(lambda: not os.listdir(s.path("offline")), 10,
                           "the file to be removed")

    def test_what_is_no_message_stays(self):
        s = self.s
        offline = s.path("offline")
        secret = s.write("secret", open(self.keep("secret")).read(), 0o600)
        os.remove(offline + "/" + os.listdir(offline)[0])
        os.symlink(secret, offline + "/symlink")
        os.link(secret, offline + "/hardlink")
        os.mkfifo(offline + "/fifo", 0o600)
        os.mkdir(offline + "/directory")
        for name, mode in (("group", 0o620), ("world", 0o602),
                           ("readable", 0o644)):
            with open(f"{offline}/{name}", "w") as f:
                f.write(open(secret).read())
            os.chmod(f"{offline}/{name}", mode)
        with open(offline + "/noone", "w") as f:
            f.write(open(secret).read())
        os.chmod(offline + "/noone", 0o600)
        os.chown(offline + "/noone", 54321, 54321)
        with open(offline + "/garbage", "wb") as f:
            f.write(b"\xff\0" * 5000)
        os.chmod(offline + "/garbage", 0o600)
        before = set(os.listdir(offline))
        good = self.keep("good", self.nobody)
        with s:
            s.maildir().wait(1)
            procs.wait_for(lambda: not os.path.exists(good), 10,
                           "the file to be removed")
            time.sleep(0.5)
            self.assertEqual(len(s.maildir().messages()), 1)
            self.assertEqual(set(os.listdir(offline)), before)
            self.assertTrue(os.path.exists(secret))

    def test_crowd_does_not_hold_the_start(self):
        offline = self.s.path("offline")
        for n in range(5000):
            os.mkdir(f"{offline}/d{n}")
        for n in range(30000):
            os.symlink("/etc/shadow", f"{offline}/{n}")
        good = self.keep("good", self.nobody)
        began = time.monotonic()
        with self.s as s:
            smtp.Client(s.port).close()
            self.assertLess(time.monotonic() - began, 10 * suite.SLOW)
            self.assertLess(len(s.log("warning")), 200)
            s.maildir().wait(1)
            procs.wait_for(lambda: not os.path.exists(good), 10, "removal")


if __name__ == "__main__":
    unittest.main()
