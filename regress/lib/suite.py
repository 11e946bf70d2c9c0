"""The suite itself, started in a temporary root on ports of its own.

    with Suite(users={"user@example.test": {}}, options=[...]) as suite:
        smtp.send_message(suite.port, "a@client.test", "user@example.test",
                          smtp.make_message("1"))
        suite.maildir("user@example.test").wait(1)

Leaving the block stops it and fails when a process or a report of a
sanitizer is left, or when it did not end by itself.  The programs are those
of the BUILD in the environment.
"""

import glob
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

import maildir as maildirs
import ports
import procs

TOP = os.environ.get("SELOR_TOP") or os.path.dirname(os.path.dirname(
    os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, os.environ.get("BUILD") or "build")
LONG = bool(os.environ.get("SELOR_LONG"))
SAN = bool(os.environ.get("SELOR_SAN"))
SLOW = 4 if SAN else 1          # for deadlines under the sanitizers
REPORTS = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:"
                     r"|UndefinedBehaviorSanitizer")


def rounds(short, long):
    """How often a loop runs: in check, in check-long."""
    return long if LONG else short


def program(name):
    return os.path.join(BUILD, name)


class Suite:
    """
    users       address -> {home, uid, quota, dlocal, password}; all optional
    aliases     address -> list of targets; "@domain" is a default address
    options     further lines of selor.conf, "Name value"; they come last
                and so replace what is set here
    domains     local domains beside those of users
    delivery    Local_delivery; "" leaves the manual's Dlocal in place
    dns         a dns.Dns, or None: questions then go where nobody listens
    unprivileged  when run as root: start as nobody
    listen      what follows Listen for further ports, e.g. ["smtps"]
    host        the netns.Host where it runs; address is one of its
    env         further environment of the suite, for instance LD_PRELOAD
    """

    def __init__(self, users=None, aliases=None, options=(), domains=(),
                 delivery="maildir:Maildir", dns=None, unprivileged=False,
                 listen=(), host=None, address="127.0.0.1", port=None,
                 env=None):
        self.root = tempfile.mkdtemp(prefix="selor.")
        # The daemons' own users have to reach what is theirs.
        os.chmod(self.root, 0o755)
        self.users = dict(users if users is not None
                          else {"user@example.test": {}})
        self.aliases = dict(aliases or {})
        self.options = list(options)
        self.domains = list(domains)
        self.delivery = delivery
        self.dns = dns
        self.address = address
        self.port = port or ports.free()
        self.more_ports = [ports.free() for _ in listen]
        self.listen = list(listen)
        self.host = host
        self.wrap = host.wrap if host else []
        self.env = dict(env or {})
        self.unprivileged = unprivileged and os.getuid() == 0
        self.account = pwd.getpwnam("nobody") if self.unprivileged \
            else pwd.getpwuid(os.getuid())
        self.process = None
        self.starts = 0
        self.build = BUILD
        # As root each daemon has a user, or the start fails.
        if os.getuid() == 0:
            procs.run([os.path.join(TOP, "etc/install-users")])
        for name in ("spool", "errors", "log", "mail", "module", "offline"):
            self.mkdir(name)
        self.give_away()
        self.write_tables()
        self.write_conf()

    # Files.

    def path(self, *names):
        return os.path.join(self.root, *names)

    def mkdir(self, name):
        os.makedirs(self.path(name), exist_ok=True)
        if self.unprivileged:
            os.chown(self.path(name), self.account.pw_uid,
                     self.account.pw_gid)

    def give_away(self):
        """Directories to those who write there."""
        if self.unprivileged:
            os.chown(self.root, self.account.pw_uid, self.account.pw_gid)
            # The tree may lie where only root can look.
            reach = procs.run(self.demote(["test", "-x",
                                           program("sbin/selor")]),
                              check=False)
            if reach.returncode != 0 and os.path.exists(
                    program("sbin/selor")):
                self.build = self.path("build")
                for part in ("sbin", "libexec"):
                    shutil.copytree(program(part),
                                    os.path.join(self.build, part),
                                    symlinks=True)
        elif os.getuid() == 0:
            queue = pwd.getpwnam("_selorqueue")
            for name in ("spool", "errors"):
                os.chown(self.path(name), queue.pw_uid, queue.pw_gid)

    def demote(self, argv):
        return ["setpriv", f"--reuid={self.account.pw_uid}",
                f"--regid={self.account.pw_gid}", "--clear-groups",
                "--"] + argv

    def write(self, name, text, mode=0o644):
        """Replace a file as an editor does: a new one, renamed."""
        path = self.path(name)
        with open(path + ".new", "w") as f:
            f.write(text)
        os.chmod(path + ".new", mode)
        if self.unprivileged:
            os.chown(path + ".new", self.account.pw_uid,
                     self.account.pw_gid)
        os.rename(path + ".new", path)
        return path

    def home(self, address):
        """The home directory of a user; Maildir lies in it."""
        given = self.users[address].get("home")
        user, domain = address.rsplit("@", 1)
        return given or self.path("mail", domain, user)

    def mail_uid(self, address):
        """The uid that this user's mail belongs to.  As root mail is never
        delivered as root: nobody's uid serves, unless the test says."""
        uid = self.users[address].get("uid")
        if uid is not None:
            return uid
        if os.getuid() == 0:
            return pwd.getpwnam("nobody").pw_uid
        return os.getuid()

    def write_tables(self):
        """The tables of the module "file": see selor.file(5)."""
        domains = sorted({a.rsplit("@", 1)[1] for a in self.users}
                         | set(self.domains)
                         | {a.rsplit("@", 1)[1] for a in self.aliases
                            if a.rsplit("@", 1)[-1]})
        self.write("module/domains", "".join(d + "\n" for d in domains))
        rows = []
        for address in self.users:
            row = self.users[address]
            home, uid = self.home(address), self.mail_uid(address)
            if not os.path.isdir(home):
                os.makedirs(home)
                if os.getuid() == 0:
                    os.chown(home, uid, -1)
            words = [address, f"home={home}", f"uid={uid}"]
            words += [f"{k}={row[k]}"
                      for k in ("quota", "used", "dlocal", "password")
                      if row.get(k) is not None]
            rows.append(" ".join(words) + "\n")
        self.write("module/mailboxes", "".join(rows))
        self.write("module/aliases", "".join(
            f"{a} {' '.join(t)}\n" for a, t in self.aliases.items()))

    def write_conf(self):
        self.write("selor.conf", self.conf())

    def conf(self):
        rows = [f'Listen "{self.address}:{self.port}"']
        rows += [f'Listen "{self.address}:{p} {kind}"'
                 for p, kind in zip(self.more_ports, self.listen)]
        rows += [
            'Server_name "mx.example.test"',
            f'Pid_file "{self.path("selor.pid")}"',
            f'Control_socket "{self.path("selor.sock")}"',
            f'Queue_path "{self.path("spool")}"',
            f'Cp_errors_path "{self.path("errors")}"',
            f'Offline_path "{self.path("offline")}"',
            f'Report_file "{TOP}/etc/error_report.txt"',
            f'Central_log "{self.path("log/selor.log")}"',
            f'Sumary_log "{self.path("log/summary.log")}"',
            f'Warning_log "{self.path("log/warning.log")}"',
            f'Refused_log "{self.path("log/refused.log")}"',
            'Postmaster "postmaster@example.test"',
            'Report_from "MAILER-DAEMON@example.test"',
            f'Module "file {self.path("module")}"',
            f'Dns_server "{self.dns_server()}"',
            f"Min_uid {self.min_uid()}",
            "Resolve_all 0",
            "From_level_check 0",
            "No_mailbox_delay 0",
            "Immed_delivery 2",
            # A busy machine must not decide what a test finds.
            "Lavg_negative 1000",
            "Lavg_queue 1000",
        ]
        if self.delivery:
            rows.append(f'Local_delivery "{self.delivery}"')
        # A later line replaces an earlier one, but for those that repeat.
        given = {o.split(None, 1)[0].lower() for o in self.options}
        repeat = {"listen", "module"}
        rows = [r for r in rows
                if r.split(None, 1)[0].lower() not in given - repeat]
        return "".join(r + "\n" for r in rows + self.options)

    def min_uid(self):
        """As root the manual's limit; else mail is the caller's."""
        return 100 if os.getuid() == 0 else max(1, os.getuid())

    def dns_server(self):
        if self.dns is not None:
            return f"{self.dns.address}@{self.dns.port}"
        return "127.0.0.1@1"

    # Life.

    def command(self, *args):
        argv = [os.path.join(self.build, "sbin/selor"), "-d", "-c",
                self.path("selor.conf"), *args]
        return self.wrap + (self.demote(argv) if self.unprivileged
                            else argv)

    def environment(self):
        env = dict(os.environ)
        # The leak checker needs what the cages do not give.
        env["ASAN_OPTIONS"] = "abort_on_error=1:detect_leaks=0"
        env["UBSAN_OPTIONS"] = "print_stacktrace=1:abort_on_error=1"
        env.update(self.env)
        return env

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.destroy()
            raise

    def __exit__(self, kind, *_):
        try:
            if self.process is not None:
                self.stop(check=kind is None)
        finally:
            if kind is not None:
                self.show_logs()
            self.destroy()

    def start(self, *args, wait=True):
        self.starts += 1
        self.process = procs.Process(
            self.command(*args), self.path(f"stderr.{self.starts}"),
            cwd=self.root, env=self.environment())
        if wait:
            # Not by a connection: that would be one more in its logs.
            self.wait_log(r"selor is up", 20)
        return self

    def stop(self, check=True, timeout=20):
        """TERM, and the wait for the end.  With check: an error unless it
        ended by itself with status 0, alone, and without a report."""
        p, self.process = self.process, None
        below = procs.descendants(p.pid)
        if p.poll() is None:
            p.send_signal(signal.SIGTERM)
        late = ""
        try:
            p.wait(timeout * SLOW)
        except subprocess.TimeoutExpired:
            late = "did not end: " + "; ".join(
                procs.command(x) for x in procs.descendants(p.pid))
            for pid in below + procs.descendants(p.pid):
                procs.signal_pid(pid, signal.SIGKILL)
            p.kill()
            p.wait()
        left = procs.wait_gone(below, 2.0 * SLOW)
        names = [f"{x} {procs.command(x)}" for x in left]
        for pid in left:
            procs.signal_pid(pid, signal.SIGKILL)
        if not check:
            return
        if late:
            raise AssertionError(f"the suite {late}\n{p.log()}")
        if p.returncode != 0:
            raise AssertionError(
                f"the suite ended with {p.returncode}\n{p.log()}")
        if names:
            raise AssertionError(f"left running: {names}")
        self.check_reports()

    def check_reports(self):
        """AssertionError when a sanitizer wrote a report."""
        for path in glob.glob(self.path("stderr.*")):
            with open(path, errors="replace") as f:
                text = f.read()
            if REPORTS.search(text):
                raise AssertionError(f"a sanitizer reports:\n{text[-8000:]}")

    def restart(self):
        if self.process is not None:
            self.stop()
        return self.start()

    def kill_all(self):
        """SIGKILL for every process at once, as close as can be: the crash.
        Start again with start()."""
        p, self.process = self.process, None
        # The parent alone could make a process that is on no list.
        procs.signal_pid(p.pid, signal.SIGSTOP)
        pids = [p.pid] + procs.descendants(p.pid)
        for pid in pids:
            procs.signal_pid(pid, signal.SIGKILL)
        p.wait()
        for pid in procs.wait_gone(pids, 0.2):
            procs.signal_pid(pid, signal.SIGKILL)
        left = procs.wait_gone(pids, 5.0)
        if left:
            raise AssertionError(f"not even SIGKILL ended {left}")

    def destroy(self):
        if self.process is not None:
            self.stop(check=False)
        shutil.rmtree(self.root, ignore_errors=True)

    # Processes.

    def pids(self):
        """All processes of the suite, the parent first."""
        if self.process is None:
            return []
        # Behind setpriv and ip-netns stands the parent itself: they exec.
        return [self.process.pid] + procs.descendants(self.process.pid)

    def find(self, name):
        """Pids of a daemon by its row's name in process.def ("smtpd",
        "queued", ...), the parent as "selor"."""
        if name == "selor":
            return [self.process.pid]
        found = []
        for pid in self.pids()[1:]:
            line = procs.command(pid)
            stat = procs.read_stat(pid)
            words = line.split()
            if not stat or not words:
                continue
            base = os.path.basename(words[0].rstrip(":"))
            # "queued: title", "selor: queued ...", ".../libexec/queued"
            if base == "selor" and len(words) > 1:
                base = words[1].rstrip(":")
            if name in (base, stat["comm"]):
                found.append(pid)
        return found

    def pid(self, name, timeout=10.0):
        return procs.wait_for(lambda: self.find(name), timeout * SLOW,
                              f"process {name}")[0]

    def kill9(self, name):
        """SIGKILL for one daemon; its pid.  The parent restarts it."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        procs.wait_gone([pid], 5.0)
        return pid

    def wait_restarted(self, name, old, timeout=15.0):
        """Wait until a daemon runs again under another pid."""
        def test():
            return [p for p in self.find(name) if p != old]
        return procs.wait_for(test, timeout * SLOW, f"a new {name}")[0]

    def fds(self, name):
        """Open descriptors of a daemon, as what they point to."""
        folder = f"/proc/{self.pid(name)}/fd"
        found = []
        for entry in os.listdir(folder):
            try:
                found.append(os.readlink(os.path.join(folder, entry)))
            except FileNotFoundError:
                pass
        return sorted(found)

    def fd_counts(self):
        """Descriptors per pid, to be compared before and after a load."""
        counts = {}
        for pid in self.pids():
            try:
                counts[pid] = len(os.listdir(f"/proc/{pid}/fd"))
            except FileNotFoundError:
                pass
        return counts

    def assert_no_fd_leak(self, before, slack=0, timeout=10.0):
        """Wait for each process to come back to its count in before, a
        result of fd_counts()."""
        def grown():
            now = self.fd_counts()
            return {p: (before[p], now[p]) for p in before
                    if now.get(p, 0) > before[p] + slack}
        deadline = time.monotonic() + timeout * SLOW
        while grown() and time.monotonic() < deadline:
            time.sleep(0.1)
        bad = {procs.command(p): n for p, n in grown().items()}
        if bad:
            raise AssertionError(f"descriptors leak: {bad}")

    def reload(self, options=None, wait=True):
        """HUP, with new options when given.  Waits for the line that says
        how it went; True when the new configuration is in force."""
        if options is not None:
            self.options = list(options)
            self.write_conf()
        mark = len(self.stderr())
        os.kill(self.process.pid, signal.SIGHUP)
        if not wait:
            return None
        pattern = re.compile(r"configuration (\d+ in force|stays in force)")
        return procs.wait_for(
            lambda: pattern.search(self.stderr()[mark:]), 10 * SLOW,
            "reload").group(1)[0].isdigit()

    # What it says and keeps.

    def stderr(self):
        """All that this start wrote to its terminal."""
        with open(self.path(f"stderr.{self.starts}"), errors="replace") as f:
            return f.read()

    def log(self, name="selor"):
        """Lines of a log: selor, summary, warning, refused."""
        try:
            with open(self.path("log", name + ".log"),
                      errors="replace") as f:
                return f.read().splitlines()
        except FileNotFoundError:
            return []

    def wait_log(self, pattern, timeout=10.0, name=None):
        """Wait for a line that matches, in a log or on stderr."""
        rx = re.compile(pattern)

        def test():
            if self.process.poll() is not None:
                raise RuntimeError(f"the suite ended\n{self.stderr()}")
            lines = self.log(name) if name else self.stderr().splitlines()
            return [line for line in lines if rx.search(line)]
        return procs.wait_for(test, timeout * SLOW, f"log {pattern!r}")

    def show_logs(self, last=40):
        """Print the end of all logs: for a test that failed."""
        for path in sorted(glob.glob(self.path("stderr.*"))
                           + glob.glob(self.path("log", "*"))):
            with open(path, errors="replace") as f:
                lines = f.readlines()
            if lines:
                print(f"--- {os.path.basename(path)}, last {last}")
                print("".join(lines[-last:]), flush=True)

    def maildir(self, address="user@example.test"):
        return maildirs.Maildir(os.path.join(self.home(address), "Maildir"))

    def spool(self):
        """Names in the spool, without the journal's segments."""
        found = []
        for folder, _, names in os.walk(self.path("spool")):
            found += [os.path.relpath(os.path.join(folder, n),
                                      self.path("spool")) for n in names]
        return sorted(n for n in found
                      if re.match(r"(qlimit/)?[cl][0-9A-Za-z]", n))

    def selorctl(self, *args, check=True, timeout=20, **kw):
        """Run selorctl on this suite; its output as text."""
        return procs.run(
            self.wrap + [program("sbin/selorctl"), "-c",
                         self.path("selor.conf"), *args],
            timeout=timeout * SLOW, check=check, env=self.environment(),
            **kw).stdout

    def show(self, *what):
        """selorctl --json show ..., decoded."""
        return json.loads(self.selorctl("--json", "show", *what))

    def queue_length(self):
        rows = self.show("queue")
        return len(rows.get("messages", rows) if isinstance(rows, dict)
                   else rows)

    def wait_empty(self, timeout=30.0):
        """Wait until the queue holds nothing."""
        procs.wait_for(lambda: self.queue_length() == 0, timeout * SLOW,
                       "empty queue", every=0.2)
