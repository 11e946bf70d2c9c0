"""What each program links, and which system calls it can not even name.

One row per program.  A program that is built and has no row here fails: the
question what it may touch has to be answered first.
"""

import os
import re
import subprocess
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.join(TOP, os.environ.get("BUILD") or "build")

EVERY = {"libc", "libbsd", "libevent_core-2", "libseccomp", "ld-linux-x86-64",
         "libm", "libgcc_s", "libasan", "libubsan", "libmd",
         "ld-linux-aarch64"}
OPENSSL = {"libssl", "libcrypto"}
# libmail's domain.c: whoever takes addresses in has it.
IDN = {"libidn2"}

# program: libraries beside EVERY, whether text from the network is parsed
# there, functions that it must not import.
STARTS = {"fork", "vfork", "execv", "execve", "execvp", "execl", "execlp",
          "posix_spawn"}
CONNECTS = {"connect"}
BINDS = {"bind", "listen"}
ACCOUNTS = {"getpwnam", "getpwuid", "getpwnam_r"}
NAMES = {"getaddrinfo", "gethostbyname", "getnameinfo"}
NEVER = {"system", "popen", "pthread_create", "gets", "strcpy", "strcat",
         "sprintf", "dlopen"}
TABLE = {
    "selor": ({"libcrypt"}, False, NAMES),
    "keys": ({"libcrypto"}, False, STARTS | CONNECTS | BINDS | NAMES),
    "smtpd": (OPENSSL | IDN, True, STARTS | CONNECTS | BINDS | NAMES),
    "ruled": ({"libspf2", "libpcre2-8"} | IDN, True,
              STARTS | CONNECTS | BINDS | NAMES),
    "queued": (set(), False, STARTS | CONNECTS | BINDS | NAMES),
    "queued-sync": (set(), False, STARTS | CONNECTS | BINDS | NAMES),
    "deliverd": (OPENSSL | IDN, True, STARTS | NAMES),
    "agent": (set(), False, CONNECTS | BINDS | NAMES),
    "lookupd": ({"libunbound", "libcrypt"} | IDN, True, STARTS | NAMES),
    "lookupd-file": ({"libcrypt"}, False,
                     STARTS | CONNECTS | BINDS | NAMES),
    "selorctl": ({"libcrypt"} | IDN, None, NAMES),
}


def output(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, text=True,
                          check=True).stdout


def programs():
    rows = output("make", "-s", "--no-print-directory", "-C", TOP,
                  "list-tests").splitlines()
    return [r.split()[1] for r in rows if r.startswith("prog ") and
            len(r.split()) == 2]


def needed(path):
    found = re.findall(r"\(NEEDED\).*\[(.+?)\.so", output("readelf", "-d",
                                                          path))
    return {re.sub(r"-2\.\d+$", "-2", name) for name in found}


def imports(path):
    found = set()
    for line in output("nm", "-D", "--undefined-only", path).splitlines():
        name = line.split()[-1].split("@")[0]
        # With _FORTIFY_SOURCE a call may bear another name.
        found.add(re.sub(r"^__(\w+)_chk$", r"\1", name))
    return found


def defined(path):
    rows = output("nm", "--defined-only", path).splitlines()
    return {r.split()[2] for r in rows
            if len(r.split()) == 3 and r.split()[1] in "TtDdBbRr"}


class Links(unittest.TestCase):
    def each(self, check):
        """check(path, row) for each program that is built."""
        for name in programs():
            base = os.path.basename(name)
            with self.subTest(base):
                self.assertIn(base, TABLE, "has no row in links_test.py")
                check(os.path.join(BUILD, name), TABLE[base])

    def test_libraries(self):
        self.each(lambda path, row: self.assertEqual(
            needed(path) - EVERY - row[0], set()))

    def test_no_parser_of_network_text_where_there_are_files(self):
        archive = os.path.join(BUILD, "libmail.a")
        rows = output("nm", "-g", "--defined-only", archive).splitlines() \
            if os.path.exists(archive) else []
        mail = {r.split()[2] for r in rows if len(r.split()) == 3}
        def check(path, row):
            if row[1] is False:
                self.assertEqual(defined(path) & mail, set())
        self.each(check)

    def test_forbidden_functions(self):
        # The sanitizers' runtime brings its own.
        if os.environ.get("SELOR_SAN"):
            return
        self.each(lambda path, row: self.assertEqual(
            imports(path) & (row[2] | NEVER), set()))


if __name__ == "__main__":
    unittest.main()
