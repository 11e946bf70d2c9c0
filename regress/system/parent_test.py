"""The privileged parent: arguments, Pid_file, reload, restarts, cages, end."""

import ctypes
import grp
import os
import pwd
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import ports
import procs
import smtp
import suite
from suite import Suite

TIMEOUT = 300
DAEMONS = {"smtpd": "_selorsmtp", "queued": "_selorqueue",
           "queued-sync": "_selorqueue", "deliverd": "_selordlv",
           "lookupd": "_selorlkup", "lookupd-file": "_selorlkup",
           "ruled": "_selorrule", "keys": "_selorkey"}
SELOR = suite.program("sbin/selor")


def selor(*args, timeout=20):
    return subprocess.run([SELOR, *args], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=timeout)


def status(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f
                    if ":\t" in line)


class Arguments(unittest.TestCase):
    def setUp(self):
        self.s = Suite()
        self.addCleanup(self.s.destroy)
        self.conf = self.s.path("selor.conf")

    def test_daemon_takes_no_wrong_argument(self):
        """A later good argument does not make up for an earlier bad one."""
        for args in (["-i", "x", "-i", "1"], ["-G", "0", "-i", "1"], ["x"],
                     ["-p", "r:/"] * 9 + ["-i", "1"]):
            r = subprocess.run(
                ["/bin/sh", "-c", 'exec "$@" 3</dev/null', "sh",
                 suite.program("libexec/smtpd"), *args],
                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=20)
            self.assertEqual(r.returncode, 1, args)
            self.assertIn("started by selor(8) only", r.stderr, args)

    def test_check_says_ok(self):
        r = selor("-n", "-c", self.conf)
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertNotIn("not yet effective", r.stdout)

    def test_check_names_place_and_nearest(self):
        with open(self.conf, "a") as f:
            f.write("Max_rcpt 5\nTimeout soon\n")
        lines = open(self.conf).read().count("\n")
        r = selor("-n", "-c", self.conf)
        self.assertEqual(r.returncode, 1)
        self.assertIn(f"{self.conf}:{lines - 1}: ", r.stderr)
        self.assertIn("Max_rcpts", r.stderr)
        self.assertIn(f"{self.conf}:{lines}: ", r.stderr)

    def test_verbose_lists_what_has_no_effect_yet(self):
        r = selor("-nv", "-c", self.conf)
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertIn("not yet effective: Tls_cafile\n", r.stdout)
        self.assertNotIn("not yet effective: Max_rcpts\n", r.stdout)

    def test_override(self):
        r = selor("-n", "-c", self.conf, "-o", "Max_rcpts none")
        self.assertEqual(r.returncode, 1)
        self.assertIn("-o", r.stderr)
        r = selor("-n", "-c", self.conf, "-o", "Max_rcpts 7")
        self.assertEqual(r.returncode, 0, r.stderr)

    def test_usage(self):
        self.assertEqual(selor("-z").returncode, 1)
        self.assertEqual(selor("extra").returncode, 1)

    def test_missing_file_is_one_line(self):
        r = selor("-n", "-c", self.s.path("none"))
        self.assertEqual(r.returncode, 1)
        self.assertEqual(r.stderr.count("\n"), 1, r.stderr)

    def test_daemon_by_hand(self):
        r = subprocess.run([suite.program("libexec/queued")],
                           stdin=subprocess.DEVNULL, capture_output=True,
                           text=True, timeout=10)
        self.assertEqual(r.returncode, 1)
        self.assertIn("started by selor", r.stderr)


class Start(unittest.TestCase):
    def test_override_takes_effect(self):
        s = Suite()
        self.addCleanup(s.destroy)
        s.start("-o", "Msg_welcome '220 from the command line'")
        try:
            with smtp.Client(s.port) as c:
                self.assertIn("from the command line", c.greeting.text)
        finally:
            s.stop()

    def test_pid_file_is_locked(self):
        with Suite() as s:
            pid = int(open(s.path("selor.pid")).read())
            self.assertEqual(pid, s.process.pid)
            r = selor("-d", "-c", s.path("selor.conf"), "-o",
                      f"Listen '127.0.0.1:{ports.free()}'")
            self.assertEqual(r.returncode, 1)
            self.assertIn("runs already", r.stderr)
            with smtp.Client(s.port) as c:
                c.expect(221, "QUIT")
        self.assertFalse(os.path.exists(s.path("selor.pid")))

    @unittest.skipUnless(os.getuid() == 0, "root")
    def test_foreign_directory_is_not_taken(self):
        """A slip in Queue_path must not give somebody's files away."""
        s = Suite(options=["Queue_path '/var/lib'"])
        self.addCleanup(s.destroy)
        before = os.stat("/var/lib")
        r = selor("-d", "-c", s.path("selor.conf"))
        self.assertEqual(r.returncode, 1)
        self.assertIn("/var/lib belongs to another user", r.stderr)
        after = os.stat("/var/lib")
        self.assertEqual((before.st_uid, before.st_mode),
                         (after.st_uid, after.st_mode))

    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            s = Suite(port=taken.getsockname()[1])
            self.addCleanup(s.destroy)
            r = selor("-d", "-c", s.path("selor.conf"))
            self.assertEqual(r.returncode, 1)
            self.assertIn("can not listen", r.stderr)

    def test_background(self):
        s = Suite()
        self.addCleanup(s.destroy)
        r = selor("-c", s.path("selor.conf"))
        self.assertEqual(r.returncode, 0, r.stderr)
        pid = int(open(s.path("selor.pid")).read())
        self.addCleanup(procs.kill_descendants, pid)
        # It is up when the command returns, not some time later.
        with smtp.Client(s.port) as c:
            c.expect(221, "QUIT")
        os.kill(pid, signal.SIGTERM)
        procs.wait_for(lambda: not procs.alive(pid), 20, "the end")
        left = [n for n in os.listdir(s.root)
                if n.startswith("selor.sock") and not n.endswith(".empty")]
        self.assertEqual(left, [])

    def test_background_failure_is_told(self):
        s = Suite(options=["Queue_path '/nonexistent/deep/spool'"])
        self.addCleanup(s.destroy)
        r = selor("-c", s.path("selor.conf"))
        self.assertEqual(r.returncode, 1)
        self.assertIn("/nonexistent/deep/spool", r.stderr)


@unittest.skipUnless(os.getuid() == 0, "root")
class Unprivileged(unittest.TestCase):
    def test_says_so_and_works(self):
        with Suite(unprivileged=True) as s:
            self.assertIn("not started by root", s.stderr())
            for name in DAEMONS:
                st = status(s.pid(name))
                self.assertEqual(st["Seccomp"], "2", name)
                self.assertEqual(st["Uid"].split()[0],
                                 str(pwd.getpwnam("nobody").pw_uid), name)
            smtp.send_message(s.port, "a@client.test", "user@example.test",
                              smtp.make_message("plain"))
            s.maildir().wait(1)


class Cages(unittest.TestCase):
    def test_every_daemon(self):
        with Suite() as s:
            smtp.send_message(s.port, "a@client.test", "user@example.test",
                              smtp.make_message("cage"))
            s.maildir().wait(1)
            for name, user in DAEMONS.items():
                with self.subTest(name):
                    self.check(s, s.pid(name), name, user)
            st = status(s.pid("agent"))
            self.assertEqual(st["Uid"].split(),
                             [str(s.mail_uid("user@example.test"))] * 4)
            self.assertEqual(st["Seccomp"], "2")

    def check(self, s, pid, name, user):
        st, pw = status(pid), pwd.getpwnam(user)
        self.assertEqual(st["Uid"].split(), [str(pw.pw_uid)] * 4)
        self.assertEqual(st["Gid"].split(), [str(pw.pw_gid)] * 4)
        self.assertEqual(st["Groups"].split(), [str(pw.pw_gid)])
        self.assertEqual(st["NoNewPrivs"], "1")
        self.assertEqual(st["Seccomp"], "2")
        self.assertEqual(int(st["CapEff"], 16), 0)
        root = os.readlink(f"/proc/{pid}/root")
        if name == "queued":
            self.assertEqual(root, s.path("spool"))
        elif name == "lookupd-file":
            self.assertEqual(root, s.path("module"))
        else:
            self.assertEqual(os.listdir(root), [])
        limits = open(f"/proc/{pid}/limits").read()
        self.assertRegex(limits, r"Max core file size +0 +0")
        if not suite.SAN:
            self.assertRegex(limits, r"Max processes +0 +0")


class Reload(unittest.TestCase):
    def test_session_lives_and_new_options_hold(self):
        with Suite(options=['Msg_welcome "220 one"']) as s:
            with smtp.Client(s.port) as old:
                old.ehlo()
                pids = {n: s.pid(n) for n in DAEMONS}
                s.reload(['Msg_welcome "220 two"'])
                with smtp.Client(s.port) as new:
                    self.assertIn("two", new.greeting.text)
                old.expect(250, "MAIL FROM:<a@client.test>")
                old.expect(250, "RCPT TO:<user@example.test>")
                old.expect(354, "DATA")
                old.send(b"Subject: x\r\n\r\nx\r\n.\r\n")
                self.assertEqual(old.reply(), 250)
            self.assertEqual(pids, {n: s.pid(n) for n in DAEMONS})
            s.maildir().wait(1)

    def test_wrong_file_changes_nothing(self):
        with Suite(options=['Msg_welcome "220 one"']) as s:
            with smtp.Client(s.port) as old:
                old.ehlo()
                s.reload(['Msg_welcome "220 two"', "Max_rcpts many"],
                         wait=False)
                s.wait_log(r"the old configuration stays in force",
                           name="warning")
                self.assertRegex("\n".join(s.log("warning")),
                                 r"selor\.conf:\d+: .*Max_rcpts")
                with smtp.Client(s.port) as new:
                    self.assertIn("one", new.greeting.text)
                old.expect(221, "QUIT")

    def test_listeners(self):
        first, second = ports.free(), ports.free()
        with Suite(options=[f'Listen "127.0.0.1:{first}"']) as s:
            smtp.Client(first).close()
            s.reload([f'Listen "127.0.0.1:{second}"'])
            smtp.Client(second).close()
            smtp.Client(s.port).close()
            procs.wait_for(lambda: not procs.can_connect("127.0.0.1", first),
                           5, "the old port to close")

    def test_star_and_ipv6_are_not_mixed_up(self):
        """Both are [::] to bind(2), but one socket is of IPv4 too: to keep it
        over the change would listen where it should not, or not where it
        should."""
        port = ports.free()
        with Suite(options=[f'Listen "[::]:{port}"']) as s:
            self.assertFalse(procs.can_connect("127.0.0.1", port))
            s.reload([f'Listen "*:{port}"'], wait=False)
            s.wait_log(r"changes at a restart only", name="warning")
            s.wait_log(r"the old configuration stays in force",
                       name="warning")
            self.assertTrue(s.reload([f'Listen "[::]:{port} submission"']))
            self.assertFalse(procs.can_connect("127.0.0.1", port))

    def test_fixed_option_is_refused(self):
        with Suite() as s:
            s.reload(['Sid "other"'], wait=False)
            s.wait_log(r"Sid changes at a restart only", name="warning")
            smtp.Client(s.port).close()

    def test_logs_are_opened_anew(self):
        with Suite() as s:
            smtp.Client(s.port).close()
            s.wait_log("connect", name="selor")
            os.rename(s.path("log/selor.log"), s.path("log/old.log"))
            os.kill(s.process.pid, signal.SIGUSR1)
            procs.wait_for(lambda: os.path.exists(s.path("log/selor.log")),
                           10, "a new log")

            def logged():
                smtp.Client(s.port).close()
                time.sleep(0.1)
                return "connect" in "\n".join(s.log("selor"))
            procs.wait_for(logged, 10, "lines in the new log")


class Restart(unittest.TestCase):
    def test_each_alone(self):
        with Suite() as s:
            smtp.send_message(s.port, "a@client.test", "user@example.test",
                              smtp.make_message("first"))
            s.maildir().wait(1)
            n = 1
            for name in DAEMONS:
                with self.subTest(name):
                    others = {d: s.pid(d) for d in DAEMONS if d != name}
                    if name == "lookupd":
                        # Its worker was made for it and ends with it.
                        del others["lookupd-file"]
                    s.wait_restarted(name, s.kill9(name))
                    self.assertEqual(
                        others, {d: s.pid(d) for d in others})
                    n += 1
                    self.deliver(s, str(n))
                    s.maildir().wait(n)

    def deliver(self, s, ident):
        """A message goes in as soon as no 4xx says to try again."""
        def test():
            try:
                smtp.send_message(s.port, "a@client.test",
                                  "user@example.test",
                                  smtp.make_message(ident))
                return True
            except Exception as e:
                self.last = e
                return False
        procs.wait_for(test, 20, "acceptance after a restart", every=0.2)

    def test_sessions_outlive_other_daemons(self):
        with Suite() as s:
            with smtp.Client(s.port) as c:
                c.ehlo()
                for name in ("queued", "deliverd", "lookupd", "ruled"):
                    s.wait_restarted(name, s.kill9(name))
                    c.expect(250, "NOOP")

    def test_pause_grows(self):
        with Suite() as s:
            for _ in range(5):
                s.wait_restarted("keys", s.kill9("keys"))
            pauses = [int(m) for m in re.findall(
                r"keys starts again in (\d+) ms", "\n".join(s.log("warning")))]
            self.assertEqual(pauses, [100, 200, 400, 800])


def steal_fd(pid, want):
    """A duplicate of a descriptor of another process, by pidfd_getfd."""
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = os.pidfd_open(pid)
    try:
        fd = libc.syscall(438, pidfd, want, 0)
        if fd == -1:
            raise OSError(ctypes.get_errno(), "pidfd_getfd")
        return fd
    finally:
        os.close(pidfd)


def sockets(pid):
    """Descriptors of Unix sockets, by number."""
    found = []
    for n in os.listdir(f"/proc/{pid}/fd"):
        try:
            if os.readlink(f"/proc/{pid}/fd/{n}").startswith("socket:"):
                found.append(int(n))
        except OSError:
            pass
    return sorted(found)


@unittest.skipUnless(os.getuid() == 0, "root")
class Breach(unittest.TestCase):
    def test_garbage_ends_the_sender_not_the_receiver(self):
        """Written as if by smtpd into each of its pairs in turn: the one who
        reads it lives, smtpd is ended and comes back."""
        with Suite() as s:
            n = 0
            old = s.pid("smtpd")
            count = len(self.pairs(old))
            self.assertGreaterEqual(count, 2)
            for i in range(count):
                others = {d: s.pid(d) for d in DAEMONS if d != "smtpd"}
                old = s.pid("smtpd")
                procs.wait_for(lambda: len(self.pairs(old)) == count, 10,
                               "the pairs of smtpd")
                fd = self.pairs(old)[i]
                os.write(fd, b"\xff" * 64)
                os.close(fd)
                s.wait_restarted("smtpd", old)
                self.assertEqual(others, {d: s.pid(d) for d in others})
                n += 1
                Restart.deliver(self, s, str(n))
                s.maildir().wait(n)
            self.assertIn("broke the protocol", "\n".join(s.log("warning")))

    def pairs(self, pid):
        """smtpd's ends to queued and lookupd: connected Unix sockets but
        the first, which is the parent's."""
        found = []
        for n in sockets(pid)[1:]:
            try:
                fd = steal_fd(pid, n)
            except OSError:
                continue
            sock = socket.socket(fileno=os.dup(fd))
            unix = sock.family == socket.AF_UNIX
            listening = sock.getsockopt(socket.SOL_SOCKET,
                                        socket.SO_ACCEPTCONN)
            sock.close()
            if unix and not listening:
                found.append(fd)
            else:
                os.close(fd)
        return found


class Control(unittest.TestCase):
    def path(self, s, name):
        return s.path(f"selor.sock.{name}")

    def test_garbage_and_crowds(self):
        with Suite() as s:
            pids = {d: s.pid(d) for d in DAEMONS}
            for name in ("queued", "smtpd", "deliverd", "lookupd", "keys"):
                for data in (b"\xff" * 100, b"\0" * 12, b"GET / HTTP/1.1\r\n",
                             b"\x0c\0\0\0\x01\0\0\0\0\0\0\0" * 50):
                    with socket.socket(socket.AF_UNIX) as c:
                        c.connect(self.path(s, name))
                        c.settimeout(5)
                        try:
                            c.sendall(data)
                            while c.recv(4096):
                                pass
                        except (ConnectionError, socket.timeout):
                            pass
            crowd = []
            for _ in range(300):
                c = socket.socket(socket.AF_UNIX)
                c.setblocking(False)
                try:
                    c.connect(self.path(s, "queued"))
                except OSError:
                    pass
                crowd.append(c)
            smtp.send_message(s.port, "a@client.test", "user@example.test",
                              smtp.make_message("crowd"))
            s.maildir().wait(1)
            for c in crowd:
                c.close()
            self.assertEqual(pids, {d: s.pid(d) for d in DAEMONS})

    def test_no_descriptor_is_no_reason_to_spin(self):
        """A client that can not be accepted waits; the parent does not run
        round its loop meanwhile, and takes it when there is room again."""
        def used():
            with open(f"/proc/{pid}/stat") as f:
                words = f.read().rsplit(")", 1)[1].split()
            return int(words[11]) + int(words[12])

        with Suite() as s:
            pid = s.process.pid
            soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (
                3, hard))
            try:
                with socket.socket(socket.AF_UNIX) as c:
                    c.connect(self.path(s, "queued"))
                    before = used()
                    time.sleep(2)
                    self.assertLess(used() - before, 40)
                    waiting = subprocess.Popen(
                        [suite.program("sbin/selorctl"), "-c",
                         s.path("selor.conf"), "show", "queue"],
                        stdout=subprocess.PIPE, text=True)
            finally:
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
            out, _ = waiting.communicate(timeout=30)
            self.assertEqual((waiting.returncode, out),
                             (0, "the queue is empty\n"))

    @unittest.skipUnless(os.getuid() == 0, "root")
    def test_group_may_use_it(self):
        group = grp.getgrnam("mail")
        with Suite(options=['Group "mail"']) as s:
            for name in DAEMONS:
                if name in ("queued-sync", "lookupd-file"):
                    continue
                st = os.stat(self.path(s, name))
                self.assertEqual((st.st_gid, st.st_mode & 0o777),
                                 (group.gr_gid, 0o660), name)
            st = os.stat(s.path("selor.sock.submit"))
            self.assertEqual(st.st_mode & 0o777, 0o666)

    @unittest.skipUnless(os.getuid() == 0, "root")
    def test_not_for_everybody(self):
        with Suite() as s:
            os.chmod(s.root, 0o755)
            r = subprocess.run(
                ["setpriv", "--reuid=nobody", "--clear-groups",
                 sys.executable if os.access(sys.executable, os.X_OK)
                 and not sys.executable.startswith("/root")
                 else "/usr/bin/python3", "-c",
                 "import socket,sys; socket.socket(socket.AF_UNIX)"
                 ".connect(sys.argv[1])", self.path(s, "queued")],
                capture_output=True, text=True, timeout=20)
            self.assertNotEqual(r.returncode, 0)
            self.assertIn("PermissionError", r.stderr)


if __name__ == "__main__":
    unittest.main()
