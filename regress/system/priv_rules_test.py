"""What rules may have of the parent, asked in the name of ruled: files and
lists, logs, programs, and what deliverd may: sockets with a mark."""

import grp
import os
import pwd
import resource
import shutil
import signal
import socket
import stat
import struct
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import forge
import procs
import suite
from suite import Suite

TIMEOUT = 300
OK, REFUSED, TEMP, MISSING = range(4)
RULES, LIST, LOG, MESSAGE = range(4)
ROOT = os.getuid() == 0
USER = "user@example.test"


class Ruled(forge.Taken):
    """ruled as it would be taken over."""

    def __init__(self, s):
        super().__init__(s.pid("ruled"))
        self.ident = 0
        self.exits = {}

    def ask(self, name, payload):
        self.ident += 1
        had = len(self.fds)
        self.send(name, payload, self.ident)
        body = self.answer(name + "_ANSW", self.ident)
        return body, self.fds[had] if len(self.fds) > had else None

    def open(self, path, purpose=LIST, home=""):
        body, fd = self.ask("PRIV_OPEN", struct.pack("=B", purpose)
                            + forge.text(path) + forge.text(home))
        self.status, self.trusted, self.watched, self.device, self.inode, \
            self.size, self.mtime = struct.unpack("=BBBQQQQ", body)
        return self.status, fd

    def read(self, path, purpose=LIST, home=""):
        status, fd = self.open(path, purpose, home)
        if status != OK:
            return status
        return os.read(fd, 1 << 16)

    def changed(self):
        """The next PRIV_CHANGED: device and inode."""
        while True:
            kind, _, body = self.receive()
            if kind == self.types["PRIV_CHANGED"]:
                return struct.unpack("=QQ", body)

    def exec(self, *args, env=()):
        def blob(texts):
            data = b"".join(t.encode() + b"\0" for t in texts)
            return struct.pack("=I", len(data)) + data
        return self.exec_raw(blob(args) + blob(env))

    def exec_raw(self, payload):
        body, fd = self.ask("PRIV_EXEC", payload)
        status, job = struct.unpack("=BI", body)
        return status, job, fd

    def exit(self, job):
        """The wait status of a job, when it has ended."""
        while True:
            kind, _, body = self.receive()
            if kind == self.types["PRIV_EXIT"]:
                number, status = struct.unpack("=II", body)
                if number == job:
                    return status

    def output(self, *args, env=()):
        """Runs it to its end: output and wait status."""
        status, job, fd = self.exec(*args, env=env)
        if status != OK:
            raise AssertionError(f"{args}: status {status}")
        os.set_blocking(fd, True)
        text = b""
        while data := os.read(fd, 65536):
            text += data
        return text.decode(), self.exit(job)

    def kill(self, job, hard=1):
        self.send("PRIV_KILL", struct.pack("=IB", job, hard))


class Base(unittest.TestCase):
    options = []

    def setUp(self):
        self.s = Suite()
        self.s.mkdir("rules")
        self.s.mkdir("events")
        self.s.write("events/helo_rules", "e\n", 0o600)
        self.s.options = [o.replace("@", self.s.root) for o in self.options]
        self.s.write_conf()
        self.s.start()
        self.addCleanup(self.s.destroy)
        self.addCleanup(self.s.stop)
        self.r = Ruled(self.s)
        self.r.__enter__()
        self.addCleanup(self.r.__exit__)

    def path(self, *names):
        return self.s.path("rules", *names)

    def file(self, name, text="x\n", mode=0o644, owner=None):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)
        if owner is not None:
            os.chown(path, owner, -1)
        return path

    def warned(self, pattern):
        self.s.wait_log(pattern, name="warning")


class Files(Base):
    options = ["Rules_path '@/rules /var/mail'",
               "Event.helo '@/events/helo_rules'"]

    def test_plain(self):
        p = self.file("list", "one\ntwo\n")
        for purpose in (RULES, LIST, MESSAGE):
            self.assertEqual(self.r.read(p, purpose), b"one\ntwo\n")
            self.assertEqual(self.r.trusted, 1)
            st = os.stat(p)
            self.assertEqual(
                (self.r.device, self.r.inode, self.r.size, self.r.mtime),
                (st.st_dev, st.st_ino, 8, st.st_mtime_ns))
            self.assertEqual(self.r.watched, purpose != MESSAGE)

    def test_descriptor_only_reads(self):
        p = self.file("list")
        _, fd = self.r.open(p)
        with self.assertRaises(OSError):
            os.write(fd, b"y")

    def test_below_and_beside(self):
        self.assertEqual(self.r.read(self.file("a/b/c")), b"x\n")
        # Beside selor.conf, and beside what an event is set to.
        self.s.write("list", "conf\n")
        self.assertEqual(self.r.read(self.s.path("list")), b"conf\n")
        self.assertEqual(
            self.r.read(self.s.path("events/helo_rules"), RULES), b"e\n")
        self.s.write("events/list", "l\n")
        self.assertEqual(self.r.read(self.s.path("events/list")), b"l\n")

    def test_missing_is_told_apart(self):
        self.assertEqual(self.r.read(self.path("none")), MISSING)
        self.assertEqual(self.r.read(self.path("none/list")), MISSING)
        p = self.file("list")
        self.assertEqual(self.r.read(p + "/x"), MISSING)
        self.assertEqual(self.r.read("/nowhere/list"), REFUSED)
        self.assertEqual(self.r.read("/nowhere/list", LOG), REFUSED)

    def test_no_way_out(self):
        self.file("list")
        for path in ("/etc/passwd", "/etc/shadow", "", "/", "list",
                     self.path(), self.path() + "/",
                     self.path("..", "rules", "list"), self.path(".."),
                     self.path("a/../list"), self.path("list") + "/..",
                     "/proc/self/environ", "/dev/zero",
                     self.path("x" * 300), self.s.root + "//rules/../list"):
            with self.subTest(path):
                self.assertEqual(self.r.read(path), REFUSED)

    def test_links(self):
        self.file("list")
        os.symlink("list", self.path("link"))
        os.symlink("/etc/passwd", self.path("out"))
        os.symlink("/etc", self.path("dir"))
        os.symlink(self.path(), self.path("self"))
        for name in ("link", "out", "dir/passwd", "self/list"):
            with self.subTest(name):
                self.assertEqual(self.r.read(self.path(name)), REFUSED)
        self.warned(r"a link|it is a link")

    def test_only_plain_files(self):
        os.mkfifo(self.path("fifo"))
        os.mkdir(self.path("dir"))
        s = socket.socket(socket.AF_UNIX)
        self.addCleanup(s.close)
        s.bind(self.path("socket"))
        began = time.monotonic()
        for name in ("fifo", "dir", "socket"):
            with self.subTest(name):
                self.assertEqual(self.r.read(self.path(name)), REFUSED)
                self.assertEqual(self.r.read(self.path(name), RULES), REFUSED)
        # A writer of the FIFO is not told that somebody reads.
        self.assertLess(time.monotonic() - began, 5)
        self.warned("not a plain file")

    def test_size(self):
        p = self.file("huge")
        os.truncate(p, 64 << 20)
        self.assertEqual(self.r.open(p, RULES)[0], OK)
        os.truncate(p, (64 << 20) + 1)
        self.assertEqual(self.r.open(p, RULES)[0], REFUSED)
        self.assertEqual(self.r.open(p, LIST)[0], OK)
        os.truncate(p, (256 << 20) + 1)
        self.assertEqual(self.r.open(p, LIST)[0], REFUSED)

    @unittest.skipUnless(ROOT, "root")
    def test_trust(self):
        nobody = pwd.getpwnam("nobody").pw_uid
        for mode, owner, trusted in ((0o644, 0, 1), (0o600, 0, 1),
                                     (0o664, 0, 0), (0o646, 0, 0),
                                     (0o644, nobody, 0)):
            with self.subTest(f"{mode:o} {owner}"):
                p = self.file("list", mode=mode, owner=owner)
                self.assertEqual(self.r.read(p, RULES), b"x\n")
                self.assertEqual(self.r.trusted, trusted)
        # What its owner hides from others is hidden from rules.
        p = self.file("list", mode=0o640, owner=nobody)
        self.assertEqual(self.r.read(p), REFUSED)

    @unittest.skipUnless(ROOT, "root")
    def test_mailboxes(self):
        """Where mail lies, rules for a domain may, and mailboxes stay shut."""
        box = tempfile.mkdtemp(dir="/var/mail", prefix="selor.test.")
        self.addCleanup(shutil.rmtree, box)
        os.chmod(box, 0o755)
        for name, mode, want in (("rules_domain_com", 0o644, b"x\n"),
                                 ("root", 0o600, REFUSED)):
            with open(os.path.join(box, name), "w") as f:
                f.write("x\n")
            os.chmod(f.name, mode)
            self.assertEqual(self.r.read(f.name, RULES), want)

    @unittest.skipUnless(ROOT, "root")
    def test_beside_only_what_all_may_read(self):
        self.s.write("private", "secret\n", 0o600)
        self.assertEqual(self.r.read(self.s.path("private")), REFUSED)
        # Beside selor.conf, yet the configuration itself never.
        self.assertEqual(self.r.read(self.s.path("selor.conf")), REFUSED)
        self.assertEqual(self.r.read(self.s.path("module/mailboxes")),
                         REFUSED)
        os.link(self.s.path("module/mailboxes"), self.path("list"))
        self.assertEqual(self.r.read(self.path("list")), REFUSED)
        self.warned("keys or passwords")

    def test_spool(self):
        good = self.s.path("spool/c1732262400123_0001")
        for name in ("c1732262400123_0001", "l1732262400123_0001", "c..",
                     "cx"):
            with open(self.s.path("spool", name), "w") as f:
                f.write("mail\n")
            os.chmod(self.s.path("spool", name), 0o640)
            if ROOT:
                q = pwd.getpwnam("_selorqueue")
                os.chown(self.s.path("spool", name), q.pw_uid, q.pw_gid)
        self.assertEqual(self.r.read(good), b"mail\n")
        self.assertEqual(self.r.watched, 0)
        self.assertEqual(self.r.read(good, MESSAGE), b"mail\n")
        self.assertEqual(self.r.read(good, RULES), REFUSED)
        for name in ("l1732262400123_0001", "c..", "cx", "journal/x",
                     "c1732262400123_0002x"):
            self.assertEqual(self.r.read(self.s.path("spool", name)),
                             REFUSED, name)
        self.assertEqual(
            self.r.read(self.s.path("spool/c1732262400123_0009")), MISSING)
        os.unlink(good)
        os.symlink("/etc/passwd", good)
        self.assertEqual(self.r.read(good), REFUSED)

    def test_no_descriptors(self):
        """The parent has none left: that is no refusal, and passes."""
        p = self.file("list")
        pid = self.s.process.pid
        used = len(os.listdir(f"/proc/{pid}/fd"))
        old = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, old[1]))
        try:
            self.assertGreater(used, 3)
            self.assertEqual(self.r.read(p), TEMP)
            self.assertEqual(self.r.exec("/bin/true")[0], TEMP)
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, old)
        self.assertEqual(self.r.read(p), b"x\n")


class Homes(Base):
    options = ["Rules_path '@/rules'"]

    def home(self):
        return self.s.home(USER)

    def uid(self):
        return str(self.s.mail_uid(USER))

    def put(self, name, owner=None, mode=0o600):
        path = os.path.join(self.home(), name)
        with open(path, "w") as f:
            f.write("mine\n")
        os.chmod(path, mode)
        if ROOT:
            os.chown(path, int(self.uid()) if owner is None else owner, -1)
        return path

    def test_own(self):
        p = self.put("personal_rules")
        self.assertEqual(self.r.read(p, RULES, self.uid()), b"mine\n")
        self.assertEqual(self.r.trusted, int(not ROOT))
        self.assertEqual(self.r.watched, 1)
        self.assertEqual(self.r.read(p + "x", RULES, self.uid()), MISSING)
        # Without the user's name it is nobody's home.
        if ROOT:
            self.assertEqual(self.r.read(p, RULES), REFUSED)

    @unittest.skipUnless(ROOT, "root")
    def test_owners(self):
        p = self.put("rules", 0, 0o644)
        self.assertEqual(self.r.read(p, RULES, self.uid()), b"mine\n")
        self.assertEqual(self.r.trusted, 1)
        os.chmod(p, 0o600)
        self.assertEqual(self.r.read(p, RULES, self.uid()), REFUSED)
        # Another user's file, even where all may read it.
        p = self.put("rules", 1234, 0o644)
        self.assertEqual(self.r.read(p, RULES, self.uid()), REFUSED)
        # Root's file, which the user linked into his home.
        with open(self.s.path("secret"), "w") as f:
            f.write("s\n")
        os.link(self.s.path("secret"), os.path.join(self.home(), "hard"))
        self.assertEqual(self.r.read(self.home() + "/hard", RULES,
                                     self.uid()), REFUSED)

    @unittest.skipUnless(ROOT, "root")
    def test_others(self):
        p = self.put("rules")
        for user in ("root", "0", "_selorqueue", "nosuchuser", "12345"):
            with self.subTest(user):
                self.assertEqual(self.r.read(p, RULES, user), REFUSED)
        for path in ("/etc/passwd", "/etc/shadow"):
            self.assertEqual(self.r.read(path, RULES, self.uid()), REFUSED)

    def test_links(self):
        self.put("rules")
        os.symlink("rules", self.home() + "/link")
        os.symlink("/etc", self.home() + "/etc")
        self.assertEqual(self.r.read(self.home() + "/link", RULES,
                                     self.uid()), REFUSED)
        self.assertEqual(self.r.read(self.home() + "/etc/passwd", RULES,
                                     self.uid()), REFUSED)
        self.assertEqual(
            self.r.read(self.home() + "/../user/rules", RULES, self.uid()),
            REFUSED)


class Watched(Base):
    options = ["Rules_path '@/rules'"]

    def watch(self, name="list"):
        p = self.file(name)
        self.assertEqual(self.r.open(p)[0], OK)
        self.assertEqual(self.r.watched, 1)
        return p, (self.r.device, self.r.inode)

    def test_write(self):
        p, key = self.watch()
        with open(p, "a") as f:
            f.write("more\n")
        self.assertEqual(self.r.changed(), key)
        # Again only when it was asked for again.
        self.assertEqual(self.r.read(p), b"x\nmore\n")
        with open(p, "a") as f:
            f.write("more\n")
        self.assertEqual(self.r.changed(), key)

    def test_other_ways(self):
        def rename_over(p):
            with open(p + ".new", "w") as f:
                f.write("new\n")
            os.rename(p + ".new", p)
        for n, change in enumerate((
                rename_over, os.unlink, lambda p: os.rename(p, p + ".old"),
                lambda p: os.truncate(p, 0), lambda p: os.chmod(p, 0o666))):
            p, key = self.watch(f"list{n}")
            change(p)
            self.assertEqual(self.r.changed(), key, n)

    def test_restart_of_ruled(self):
        """What the one before asked for is not told to the next."""
        p, _ = self.watch()
        os.kill(self.r.pid, signal.SIGKILL)
        self.s.wait_restarted("ruled", self.r.pid)
        with open(p, "a") as f:
            f.write("more\n")
        with Ruled(self.s) as r:
            q = self.file("other")
            self.assertEqual(r.open(q)[0], OK)
            with open(q, "a") as f:
                f.write("more\n")
            self.assertEqual(r.changed(), (r.device, r.inode))


class Logs(Base):
    options = ["Rules_path '@/rules'", "Rules_log_path '@/rules'"]

    def test_made_and_appended(self):
        p = self.path("auth.log")
        for _ in range(2):
            status, fd = self.r.open(p, LOG)
            self.assertEqual(status, OK)
            os.write(fd, b"line\n")
            os.lseek(fd, 0, os.SEEK_SET)
            os.write(fd, b"more\n")
        with open(p) as f:
            self.assertEqual(f.read(), "line\nmore\n" * 2)
        st = os.stat(p)
        self.assertEqual((stat.S_IMODE(st.st_mode), st.st_uid),
                         (0o640, os.getuid()))
        self.assertEqual(self.r.open(self.s.path("log/mine"), LOG)[0], OK)

    def test_not_elsewhere(self):
        for path in ("/etc/new", "/var/log/new.log", self.s.path("new"),
                     self.path("../new"), self.path(), "/dev/null"):
            self.assertEqual(self.r.open(path, LOG)[0], REFUSED, path)
        self.assertEqual(self.r.open(self.path("no/dir"), LOG)[0], MISSING)
        self.assertFalse(os.path.exists("/etc/new"))

    def test_never_through_links(self):
        target = self.s.path("target")
        os.symlink(target, self.path("new"))
        self.assertEqual(self.r.open(self.path("new"), LOG)[0], REFUSED)
        self.assertFalse(os.path.exists(target))
        with open(target, "w") as f:
            f.write("t\n")
        os.link(target, self.path("hard"))
        self.assertEqual(self.r.open(self.path("hard"), LOG)[0], REFUSED)
        os.mkfifo(self.path("fifo"))
        self.assertEqual(self.r.open(self.path("fifo"), LOG)[0], REFUSED)
        for name, mode in (("group", 0o660), ("world", 0o646)):
            p = self.file(name, mode=mode)
            self.assertEqual(self.r.open(p, LOG)[0], REFUSED, name)
        if ROOT:
            p = self.file("other", owner=pwd.getpwnam("nobody").pw_uid)
            self.assertEqual(self.r.open(p, LOG)[0], REFUSED)


class Programs(Base):
    options = ["Exec_max_procs 5", "Exec_timeout 1", "User nosuchuser"]

    def test_answer(self):
        text, status = self.r.output("/bin/sh", "-c", "echo out; echo err>&2;"
                                     " exit 3")
        self.assertEqual(text, "out\nerr\n")
        self.assertEqual(os.waitstatus_to_exitcode(status), 3)
        text, status = self.r.output("printf", "%s|", "a b", "", "$(id);'")
        self.assertEqual((text, status), ("a b||$(id);'|", 0))

    @unittest.skipUnless(ROOT, "root")
    def test_who(self):
        """_selorexec, with the spool's group, and no way to more."""
        text, _ = self.r.output("/bin/cat", "/proc/self/status")
        st = dict(line.split(":\t", 1) for line in text.splitlines())
        pw = pwd.getpwnam("_selorexec")
        spool = grp.getgrnam("_selorqueue").gr_gid
        self.assertEqual(st["Uid"].split(), [str(pw.pw_uid)] * 4)
        self.assertEqual(st["Gid"].split(), [str(pw.pw_gid)] * 4)
        self.assertEqual(sorted(map(int, st["Groups"].split())),
                         sorted([pw.pw_gid, spool]))
        self.assertEqual(st["NoNewPrivs"], "1")
        self.assertEqual(int(st["CapEff"], 16), 0)
        self.assertEqual(int(st["CapPrm"], 16), 0)

    def test_what_it_gets(self):
        text, _ = self.r.output(
            "/bin/sh", "-c", "pwd; ls /proc/self/fd; env; ulimit -c; "
            "ps -o pgid= -o pid= -p $$", env=["SELOR_IP=192.0.2.1",
                                             "SELOR_FROM=a=b c"])
        lines = text.split("\n")
        self.assertEqual(lines[0], "/")
        # The fourth is the directory that ls reads.
        self.assertEqual(lines[1:5], ["0", "1", "2", "3"])
        env = dict(x.split("=", 1) for x in lines[5:] if "=" in x)
        env.pop("PWD", None), env.pop("_", None), env.pop("SHLVL", None)
        env.pop("OLDPWD", None)
        self.assertEqual(set(env), {"PATH", "SHELL", "HOME", "USER",
                                    "LOGNAME", "SELOR_IP", "SELOR_FROM"})
        self.assertEqual(env["SELOR_FROM"], "a=b c")
        pgid, pid = lines[-2].split()
        self.assertEqual(pgid, pid)

    def test_reads_stdin(self):
        self.assertEqual(self.r.output("/bin/cat"), ("", 0))

    @unittest.skipUnless(ROOT, "root")
    def test_reads_messages_and_nothing_else(self):
        q = pwd.getpwnam("_selorqueue")
        for name, mode in (("c1732262400123_0001", 0o640),
                           ("l1732262400123_0001", 0o600)):
            p = self.s.path("spool", name)
            with open(p, "w") as f:
                f.write("mail\n")
            os.chmod(p, mode)
            os.chown(p, q.pw_uid, q.pw_gid)
        self.assertEqual(self.r.output(
            "cat", self.s.path("spool/c1732262400123_0001")), ("mail\n", 0))
        for cmd in (f"cat {self.s.path('spool/l1732262400123_0001')}",
                    f"ls {self.s.path('spool')}",
                    f"echo >> {self.s.path('spool/c1732262400123_0001')}",
                    f"rm -f {self.s.path('spool/c1732262400123_0001')}",
                    f"cat {self.s.path('spool/journal')}/*",
                    f"ls {self.s.path('errors')}", "cat /etc/shadow"):
            with self.subTest(cmd):
                self.assertNotEqual(
                    self.r.output("/bin/sh", "-c", cmd)[1], 0)

    def test_no_such_program(self):
        self.assertEqual(self.r.exec("/nonexistent/x")[0], MISSING)
        self.assertEqual(self.r.exec("no-such-program-here")[0], MISSING)
        self.assertEqual(self.r.exec("/etc/passwd")[0], REFUSED)
        self.assertEqual(self.r.exec("/etc")[0], REFUSED)
        self.assertEqual(self.r.exec("./x")[0], REFUSED)
        self.assertEqual(self.r.exec("bin/true")[0], REFUSED)
        self.assertEqual(self.r.exec("")[0], MISSING)

    def test_can_not_start(self):
        """Not an exit status that rules could take for an answer."""
        p = self.file("script", "#!/nonexistent/interpreter\n", 0o755)
        text, status = self.r.output(p)
        self.assertTrue(os.WIFSIGNALED(status))
        self.assertIn("can not be executed", text)

    def test_wrong_lists(self):
        def blob(data):
            return struct.pack("=I", len(data)) + data
        true = blob(b"/bin/true\0")
        for payload in (blob(b"") + blob(b""), blob(b"/bin/true") + blob(b""),
                        blob(b"/bin/true\0" + b"a\0" * 128) + blob(b""),
                        true + blob(b"LD_PRELOAD=/x\0"),
                        true + blob(b"PATH=/x\0"), true + blob(b"SELOR_=\0"),
                        true + blob(b"SELOR_X\0"), true + blob(b"=\0"),
                        true + blob(b"SELOR_x=1\0"), true + blob(b"\0"),
                        true + blob(b"SELOR_A=b"),
                        true + blob(b"SELOR_A=b\0" * 65)):
            with self.subTest(payload[:60]):
                self.assertEqual(self.r.exec_raw(payload)[0], REFUSED)
        self.assertEqual(self.r.exec_raw(true + blob(b"SELOR_A=b\0" * 64))[0],
                         OK)

    def test_kill_ends_all_of_it(self):
        status, job, fd = self.r.exec(
            "/bin/sh", "-c", "trap '' TERM; for i in 1 2 3; do sleep 1000 & "
            "done; echo up; wait; sleep 1000")
        self.assertEqual(status, OK)
        os.set_blocking(fd, True)
        self.assertEqual(os.read(fd, 100), b"up\n")
        self.assertEqual(len(self.sleepers()), 3)
        self.r.kill(job + 1)        # somebody else's
        self.r.kill(job, 0)
        time.sleep(0.3)
        self.r.kill(job)
        self.assertTrue(os.WIFSIGNALED(self.r.exit(job)))
        procs.wait_for(lambda: not self.sleepers(), 10, "its children's end")

    def sleepers(self):
        return [p for p in procs.descendants(self.s.process.pid)
                if procs.command(p).startswith("sleep 1000")]

    def test_children_left_behind(self):
        text, status = self.r.output(
            "/bin/sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo x")
        self.assertEqual((text, status), ("x\n", 0))
        procs.wait_for(lambda: not self.sleepers(), 10, "the child's end")

    def test_endless_output_waits_for_its_reader(self):
        status, job, fd = self.r.exec("yes")
        self.assertEqual(status, OK)
        procs.wait_for(lambda: len(self.read_some(fd)) > 0, 10, "output")
        self.r.kill(job)
        self.assertTrue(os.WIFSIGNALED(self.r.exit(job)))

    def read_some(self, fd):
        try:
            return os.read(fd, 4096)
        except BlockingIOError:
            return b""

    def test_at_most(self):
        jobs = [self.r.exec("sleep", "1000") for _ in range(5)]
        self.assertEqual([j[0] for j in jobs], [OK] * 5)
        self.assertEqual(self.r.exec("sleep", "1000")[0], TEMP)
        self.r.kill(jobs[0][1])
        self.r.exit(jobs[0][1])
        self.assertEqual(self.r.exec("true")[0], OK)

    def test_ends_with_ruled(self):
        for _ in range(3):
            self.assertEqual(self.r.exec("sleep", "1000")[0], OK)
        procs.wait_for(lambda: len(self.sleepers()) == 3, 10, "programs")
        os.kill(self.r.pid, signal.SIGKILL)
        procs.wait_for(lambda: not self.sleepers(), 20, "their end")

    def test_parent_holds_the_time(self):
        """A ruled that never ends them: the parent does, in the end."""
        status, job, _ = self.r.exec("sleep", "1000")
        self.assertEqual(status, OK)
        self.r.sock.settimeout(40)
        self.assertTrue(os.WIFSIGNALED(self.r.exit(job)))

    def test_limits(self):
        text, _ = self.r.output("/bin/cat", "/proc/self/limits")
        for name, value in (("Max core file size", "0"),
                            ("Max cpu time", "64"),
                            ("Max address space", str(4 << 30)),
                            ("Max open files", "1024"),
                            ("Max file size", str(1 << 30))):
            self.assertRegex(text, rf"{name} +{value} +{value} ")
        if ROOT:
            self.assertRegex(text, r"Max processes +1024 +1024 ")


@unittest.skipUnless(ROOT, "root")
class Whose(unittest.TestCase):
    """User and Group of selor.conf."""

    def ids(self, *options):
        with Suite(options=options) as s, Ruled(s) as r:
            text, _ = r.output("/bin/sh", "-c", "id -un; id -gn")
            return text.split()

    def test_users(self):
        nogroup = grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name
        self.assertEqual(self.ids("User nobody"), ["nobody", nogroup])
        self.assertEqual(self.ids("User nobody", "Group mail"),
                         ["nobody", "mail"])
        for user in ("root", "_selorqueue", "nosuchuser"):
            self.assertEqual(self.ids(f"User {user}"),
                             ["_selorexec", "_selorexec"])
        for group in ("root", "_selorrule", "nosuchgroup"):
            self.assertEqual(self.ids("User nobody", f"Group {group}"),
                             ["nobody", nogroup])


class Sockets(unittest.TestCase):
    def ask(self, d, ident, family, source=None, mark=0):
        def addr(ip):
            if ip is None:
                return struct.pack("=B16sHI", 0, b"", 0, 0)
            f = socket.AF_INET6 if ":" in ip else socket.AF_INET
            return struct.pack("=B16sHI", f, socket.inet_pton(f, ip), 22, 0)
        had = len(d.fds)
        d.send("PRIV_SOCKET", struct.pack("=B", family) + addr(source)
               + struct.pack("=I", mark), ident)
        status = d.answer("PRIV_SOCKET_ANSW", ident)[0]
        return status, (socket.socket(fileno=os.dup(d.fds[had]))
                        if len(d.fds) > had else None)

    def test_source_and_mark(self):
        with Suite() as s, forge.Taken(s.pid("deliverd")) as d, \
                socket.create_server(("127.0.0.1", 0)) as server:
            status, c = self.ask(d, 1, socket.AF_INET, "127.0.0.9",
                                 77 if ROOT else 0)
            self.assertEqual(status, OK)
            with c:
                if ROOT:
                    self.assertEqual(c.getsockopt(
                        socket.SOL_SOCKET, 36), 77)
                c.setblocking(True)
                c.connect(server.getsockname())
                name, port = c.getsockname()
                self.assertEqual(name, "127.0.0.9")
                # Never a port of its choice.
                self.assertNotEqual(port, 22)
            for n, (family, source, mark, want) in enumerate((
                    (socket.AF_INET, "192.0.2.77", 0, MISSING),
                    (socket.AF_INET, "::1", 0, REFUSED),
                    (socket.AF_UNIX, None, 0, REFUSED),
                    (socket.AF_PACKET, None, 0, REFUSED),
                    (0, None, 0, REFUSED)), 10):
                self.assertEqual(self.ask(d, n, family, source, mark)[0],
                                 want, (family, source))

    @unittest.skipUnless(ROOT, "root")
    def test_no_right_to_marks(self):
        with Suite(unprivileged=True) as s, \
                forge.Taken(s.pid("deliverd")) as d:
            self.assertEqual(self.ask(d, 1, socket.AF_INET, None, 5)[0],
                             REFUSED)
            status, c = self.ask(d, 2, socket.AF_INET)
            self.assertEqual(status, OK)
            c.close()


if __name__ == "__main__":
    unittest.main()
