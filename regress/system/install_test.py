"""make install and uninstall as an administrator uses them: below another
prefix, and staged with DESTDIR for a package, whose files are then at the
manual's own paths.  What was installed serves one message and leaves nothing
behind."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import ports  # noqa: E402
import procs  # noqa: E402
from suite import SLOW, program  # noqa: E402

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.dirname(os.path.dirname(program("sbin/selor")))
TIMEOUT = 300

# Everything that has a path of its own in the manual, moved below a root.
MOVED = """Pid_file "@/selor.pid"
Control_socket "@/selor.sock"
Queue_path "@/spool"
Cp_errors_path "@/errors"
Offline_path "@/offline"
Central_log "@/log/selor.log"
Sumary_log "@/log/summary.log"
Warning_log "@/log/warning.log"
Refused_log "@/log/refused.log"
"""
CONF = """Listen "127.0.0.1:@PORT"
Server_name "mx.example.test"
Module "file @ROOT/accounts"
Local_delivery "maildir:Maildir"
From_level_check 0
Resolve_all 0
Immed_delivery 2
"""

# Run in a mount namespace: the staged files at their own place.
STAGED = """set -eu
mount --make-rprivate /
mount --bind "$1/usr/local" /usr/local
for d in /run /var/spool /var/log; do mount -t tmpfs tmpfs "$d"; done
cp "$2" /usr/local/selor/selor.conf
mkdir /usr/local/selor/accounts /var/spool/mail
cp "$3"/* /usr/local/selor/accounts
install -d -o "$4" /var/spool/mail/user
PATH=/usr/local/sbin:$PATH
selor -n
selor
trap 'selorctl stop >/dev/null 2>&1 || :' EXIT
printf 'Subject: staged\\n\\nhello\\n' | sendmail user@example.test
n=0
until grep -rqs staged /var/spool/mail/user/Maildir/new; do
	n=$((n + 1))
	[ "$n" -lt 200 ] || { cat /var/log/selor/*; exit 1; }
	sleep 0.1
done
n=0
until mailq | grep -q empty; do
	n=$((n + 1))
	[ "$n" -lt 200 ] || { mailq; cat /var/log/selor/*; exit 1; }
	sleep 0.1
done
# At the manual's own paths nothing is out of place.
! grep warning /var/log/selor/*
/usr/local/share/examples/selor/selor.rc status >/dev/null
/usr/local/share/examples/selor/selor.rc reload
! selor 2>/dev/null
/usr/local/share/examples/selor/selor.rc restart
systemd-analyze verify /usr/local/lib/systemd/system/selor.service 2>&1
/usr/local/share/examples/selor/selor.rc stop
/usr/local/share/examples/selor/selor.rc stop
trap - EXIT
! ls -d /run/selor*
[ "$(ls /var/spool/selor/offline | wc -l)" -eq 0 ]
"""


def make(*args):
    r = subprocess.run(
        ["make", "-s", "-C", TOP, *args], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=250 * SLOW, check=False,
        env={k: v for k, v in os.environ.items() if k != "MAKEFLAGS"})
    if r.returncode != 0:
        raise AssertionError(r.stdout)


def files(root):
    return sorted(os.path.relpath(os.path.join(d, f), root)
                  for d, _, names in os.walk(root) for f in names)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


class Install(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="selor-install.")
        os.chmod(self.root, 0o755)
        self.addCleanup(shutil.rmtree, self.root)
        uid = os.getuid() or pwd.getpwnam("nobody").pw_uid
        self.uid = str(uid)

    def path(self, *names):
        return os.path.join(self.root, *names)

    def accounts(self, folder, home):
        write(os.path.join(folder, "domains"), "example.test\n")
        write(os.path.join(folder, "aliases"), "")
        write(os.path.join(folder, "mailboxes"),
              f"user@example.test\tuid={self.uid} home={home}\n")

    def run_(self, *argv, text=None):
        r = subprocess.run(argv, input=text, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True,
                           timeout=60 * SLOW, check=False)
        self.assertEqual(r.returncode, 0, (argv, r.stdout))
        return r.stdout

    def test_another_prefix(self):
        """What a prefix says is in the programs: none needs -c."""
        # A build directory of its own, with what need not be made again.
        build, prefix = self.path("build"), self.path("p")
        shutil.copytree(os.path.join(BUILD, "obj"),
                        os.path.join(build, "obj"),
                        copy_function=shutil.copy2)
        args = (f"BUILD={build}", f"PREFIX={prefix}")
        make(*args, "install")
        conf = os.path.join(prefix, "selor/selor.conf")
        pristine = files(prefix)
        for name in ("sbin/selor", "sbin/selorctl", "sbin/sendmail",
                     "libexec/selor/queued", "share/man/man8/selor.8",
                     "share/man/man5/selor.conf.5", "selor/selor.conf",
                     "lib/systemd/system/selor.service"):
            self.assertIn(name, pristine)
        home = self.path("mail/user")
        os.makedirs(home)
        if os.getuid() == 0:
            os.chown(home, int(self.uid), -1)
        self.accounts(self.path("accounts"), home)
        text = (CONF.replace("@PORT", str(ports.free()))
                .replace("@ROOT", self.root)
                + MOVED.replace("@", self.root))
        write(conf, text)
        # The administrator's file outlives a new version.
        make(*args, "install")
        with open(conf, encoding="ascii") as f:
            self.assertEqual(f.read(), text)
        sbin = os.path.join(prefix, "sbin")
        self.run_(f"{sbin}/selor")
        try:
            self.run_(f"{sbin}/sendmail", "user@example.test",
                      text="Subject: s\n\nhello\n")
            new = os.path.join(home, "Maildir/new")
            procs.wait_for(lambda: os.path.isdir(new) and os.listdir(new),
                           20 * SLOW, "the message")
            self.assertIn("empty", self.run_(f"{sbin}/mailq"))
        finally:
            self.run_(f"{sbin}/selorctl", "stop")
        make(*args, "uninstall")
        self.assertEqual(files(prefix), ["selor/selor.conf"])
        # One that was not changed is not the administrator's.
        os.unlink(conf)
        make(*args, "install")
        make(*args, "uninstall")
        self.assertEqual(files(prefix), [])
        self.assertFalse(os.path.exists(os.path.dirname(conf)))
        self.assertEqual([n for n in os.listdir(self.root)
                          if n.startswith("selor.")], [])

    @unittest.skipUnless(os.getuid() == 0, "root")
    def test_staged(self):
        stage = self.path("stage")
        make(f"BUILD={os.path.relpath(BUILD, TOP)}", f"DESTDIR={stage}",
             "install")
        outside = [f for f in files(stage) if not f.startswith("usr/local/")]
        self.assertEqual(outside, [])
        write(self.path("selor.conf"),
              CONF.replace("@PORT", str(ports.free()))
              .replace("@ROOT", "/usr/local/selor"))
        self.accounts(self.path("accounts"), "/var/spool/mail/user")
        said = self.run_("unshare", "-m", "sh", "-c", STAGED, "sh", stage,
                         self.path("selor.conf"), self.path("accounts"),
                         self.uid)
        self.assertNotIn("selor.service:", said)
        # What the administrator wrote is all that stays.
        make(f"DESTDIR={stage}", "uninstall")
        self.assertEqual(files(stage), [
            "usr/local/selor/accounts/" + n
            for n in ("aliases", "domains", "mailboxes")]
            + ["usr/local/selor/selor.conf"])


if __name__ == "__main__":
    unittest.main()
