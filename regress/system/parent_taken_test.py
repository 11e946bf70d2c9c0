"""What daemons that were taken over ask of the parent, and what users may
reach of it."""

import glob
import grp
import os
import pwd
import signal
import socket
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import forge
import procs
import smtp
import suite
from suite import Suite

TIMEOUT = 300
OK, REFUSED, TEMP = 0, 1, 2
DAEMONS = ("smtpd", "queued", "queued-sync", "deliverd", "lookupd",
           "lookupd-file", "ruled", "keys")


def deliver(s, ident):
    """A message goes in as soon as no 4xx says to try again, and arrives."""
    def test():
        try:
            smtp.send_message(s.port, "a@client.test", "user@example.test",
                              smtp.make_message(ident))
            return True
        except Exception:
            return False
    n = len(s.maildir().messages()) if os.path.isdir(
        s.home("user@example.test") + "/Maildir") else 0
    procs.wait_for(test, 30, "acceptance", every=0.2)
    s.maildir().wait(n + 1)


def agents(s):
    return s.find("agent")


@unittest.skipUnless(os.getuid() == 0, "root")
class Ids(unittest.TestCase):
    NEVER = ["root", "0", "-1", "", "nosuchuser", "4294967295",
             "99999999999", "../root", "_selorqueue", "_selorsmtp",
             "_selordlv", "daemon", "1", "99"]

    def test_agents(self):
        never = self.NEVER + [str(pwd.getpwnam("_selorqueue").pw_uid)]
        with Suite() as s:
            with forge.Taken(s.pid("deliverd")) as d:
                for n, user in enumerate(never):
                    with self.subTest(user):
                        d.send("PRIV_AGENT", forge.text(user), ident=n)
                        body = d.answer("PRIV_AGENT_ANSW", n)
                        self.assertEqual(body[0], REFUSED)
                        self.assertEqual(agents(s), [])
                d.send("PRIV_AGENT", forge.text("nobody"), ident=500)
                self.assertEqual(d.answer("PRIV_AGENT_ANSW", 500)[0], OK)
                procs.wait_for(lambda: len(agents(s)) == 1, 20, "the agent")
                os.kill(d.pid, 9)
            # An agent outlives nobody whom it could serve.
            procs.wait_for(lambda: not agents(s), 10, "the agent's end")
            deliver(s, "after")

    def program(self, d, ident, user, dlocal=""):
        fd = os.open("/dev/null", os.O_RDONLY)
        words = [user, "1_0", "user@example.test", "a@client.test",
                 "example.test", "client.test", "a", "user", "/", dlocal]
        d.send("PRIV_PROGRAM", b"".join(map(forge.text, words)), ident, fd)
        os.close(fd)
        return d.answer("PRIV_PROGRAM_ANSW", ident)[0]

    def test_programs(self):
        with Suite(options=["Dlocal_type 1", "Dlocal '/bin/cat <'",
                            "Adlocal_allowed '/usr/bin/test'"]) as s:
            mark = s.path("mail/mark")
            os.chmod(s.path("mail"), 0o777)
            with forge.Taken(s.pid("deliverd")) as d:
                for n, user in enumerate(self.NEVER):
                    with self.subTest(user):
                        self.assertEqual(self.program(d, n, user), REFUSED)
                # One that may run is no way to run others.
                for n, more in enumerate((
                        f"; touch {mark}", f"&& touch {mark}", f"x\ntouch {mark}",
                        f"$(touch {mark})", f"`touch {mark}`",
                        f"'a' ; touch {mark}"), 100):
                    with self.subTest(more):
                        self.program(d, n, "nobody", "/usr/bin/test " + more)
                        procs.wait_for(lambda: not self.jobs(s), 10, "jobs")
                        self.assertFalse(os.path.exists(mark))
                self.program(d, 200, "nobody", f"/usr/bin/touch {mark}")
                procs.wait_for(lambda: not self.jobs(s), 10, "jobs")
                self.assertFalse(os.path.exists(mark))
            self.assertIn("not in Adlocal_allowed",
                          "\n".join(s.log("warning")))

    def test_groups(self):
        """A program has all groups of its user, as people expect of what
        runs for them; an agent only the user's own."""
        group = f"selortest{os.getpid()}"

        def groups(pid):
            with open(f"/proc/{pid}/status") as f:
                line, = (x for x in f if x.startswith("Groups:"))
            return sorted(map(int, line.split()[1:]))

        own = pwd.getpwnam("nobody").pw_gid
        subprocess.run(["groupadd", "--system", group], check=True)
        try:
            subprocess.run(["gpasswd", "-a", "nobody", group], check=True,
                           stdout=subprocess.DEVNULL)
            more = grp.getgrnam(group).gr_gid
            with Suite(options=["Dlocal_type 0",
                                "Dlocal '/bin/sleep 1000'"]) as s:
                with forge.Taken(s.pid("deliverd")) as d:
                    self.assertEqual(self.program(d, 1, "nobody"), OK)
                    # The answer may come before the child is who it will be.
                    job, = procs.wait_for(lambda: self.jobs(s), 20, "a job")
                    self.assertEqual(groups(job), sorted({own, more}))
                    os.kill(job, 9)
                    d.send("PRIV_AGENT", forge.text("nobody"), ident=2)
                    self.assertEqual(d.answer("PRIV_AGENT_ANSW", 2)[0], OK)
                    agent, = procs.wait_for(lambda: agents(s), 20, "an agent")
                    procs.wait_for(lambda: groups(agent) == [own], 20,
                                   "an agent with its own group alone")
                    os.kill(d.pid, 9)
        finally:
            subprocess.run(["groupdel", group], check=False)

    def jobs(self, s):
        nobody = pwd.getpwnam("nobody").pw_uid
        return [p for p in s.pids() if os.path.exists(f"/proc/{p}")
                and os.stat(f"/proc/{p}").st_uid == nobody]

    def test_programs_end_with_who_asked(self):
        with Suite(options=["Dlocal_type 0", "Dlocal '/bin/sleep 1000'"]) as s:
            with forge.Taken(s.pid("deliverd")) as d:
                self.assertEqual(self.program(d, 1, "nobody"), OK)
                procs.wait_for(lambda: len(self.jobs(s)) == 1, 20, "a job")
                os.kill(d.pid, 9)
            # Nobody else would hold it to its time.
            procs.wait_for(lambda: not self.jobs(s), 25, "the program's end")


@unittest.skipUnless(os.getuid() == 0, "root")
class Floods(unittest.TestCase):
    def test_agents_are_bounded(self):
        with Suite() as s:
            with forge.Taken(s.pid("deliverd")) as d:
                seen = set()
                for n in range(300):
                    d.send("PRIV_AGENT", forge.text("nobody"), ident=n)
                for n in range(300):
                    seen.add(d.answer("PRIV_AGENT_ANSW", n)[0]
                             if n >= 290 else OK)
                self.assertIn(TEMP, seen)
                self.assertLessEqual(len(agents(s)), 256)
                # Workers have room of their own.
                s.wait_restarted("lookupd-file", s.kill9("lookupd-file"))
                os.kill(d.pid, 9)
            procs.wait_for(lambda: not agents(s), 30, "the agents' end")
            deliver(s, "after")

    def test_answers_that_nobody_takes(self):
        path = None
        with socket.socket(socket.AF_UNIX) as lmtp:
            s = Suite(delivery="lmtp:unix:/tmp/none")
            path = s.path("lmtp")
            lmtp.bind(path)
            lmtp.listen(1)
            s.options.append(f'Local_delivery "lmtp:unix:{path}"')
            s.write_conf()
            with s:
                old = s.pid("deliverd")
                before = s.fd_counts()
                with forge.Taken(old) as d:
                    d.sock.settimeout(30)
                    try:
                        for n in range(40000):
                            fd = os.open("/dev/null", os.O_RDONLY)
                            d.send("PRIV_PROGRAM", b"".join(map(
                                forge.text, ["root"] + [""] * 9)), n, fd)
                            os.close(fd)
                            d.send("PRIV_LMTP", b"\0", n)
                    except OSError:
                        pass
                    os.kill(d.pid, 9)
                s.wait_restarted("deliverd", old)
                self.assertEqual(s.pid("selor"), s.process.pid)
                s.assert_no_fd_leak({s.process.pid: before[s.process.pid]},
                                    slack=3)

    def test_accusations(self):
        with Suite() as s:
            old = s.pid("smtpd")
            d = forge.Taken(old)
            with d:
                queued = s.pid("queued")
                report = struct.pack("=BI", 4, 0) + forge.text("liar")
                for _ in range(50):
                    try:
                        d.send("CONF_REPORT", report)
                    except OSError:
                        break
                s.wait_restarted("smtpd", old)
            self.assertIn("accuses others too often",
                          "\n".join(s.log("warning")))
            self.assertNotEqual(queued, 0)
            deliver(s, "after")

    def test_closed_pair_ends_the_one_who_closed_it(self):
        with Suite() as s:
            old = s.pid("ruled")
            sock = socket.socket(fileno=forge.steal_fd(old, 3))
            sock.shutdown(socket.SHUT_WR)
            sock.close()
            s.wait_restarted("ruled", old)
            self.assertTrue(s.reload(['Msg_welcome "220 two"']))
            deliver(s, "after")


@unittest.skipUnless(os.getuid() == 0, "root")
class Reach(unittest.TestCase):
    def test_descriptors_of_daemons(self):
        with Suite() as s:
            for name in DAEMONS:
                pid = s.pid(name)
                for n in (0, 1):
                    self.assertEqual(os.readlink(f"/proc/{pid}/fd/{n}"),
                                     "/dev/null", name)

    def test_agent_is_out_of_its_users_reach(self):
        with Suite() as s:
            deliver(s, "one")
            pid = s.pid("agent")
            for what in ("fd", "mem", "environ"):
                r = subprocess.run(
                    ["setpriv", "--reuid=nobody", "--regid=nogroup",
                     "--clear-groups", "ls" if what == "fd" else "head",
                     f"/proc/{pid}/{what}"],
                    capture_output=True, text=True, timeout=20)
                self.assertNotEqual(r.returncode, 0, what)
                self.assertIn("denied", r.stderr)

    def test_page_that_the_parent_reads_stays(self):
        with Suite() as s:
            old = s.pid("smtpd")
            path = [p for p in glob.glob(f"/proc/{old}/map_files/*")
                    if os.readlink(p).startswith("/memfd:busy")]
            self.assertEqual(len(path), 1)
            with self.assertRaises(PermissionError):
                os.truncate(path[0], 0)
            os.kill(old, signal.SIGKILL)
            s.wait_restarted("smtpd", old)
            deliver(s, "after")


if __name__ == "__main__":
    unittest.main()
