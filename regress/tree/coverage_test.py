"""What the lists promise is tried: each option with an effect stands in a
system test of the whole suite, each other is told by selor -nv; each message
has a sender and a handler; each process and option is in the manual."""

import collections
import glob
import os
import re
import subprocess
import unittest

TOP = os.environ.get("SELOR_TOP") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOURCES = ("common", "selor", "smtpd", "ruled", "queued", "deliverd",
           "lookupd", "selorctl")
# A module that starts a daemon alone, among peers played by the test, shows
# what that daemon does, not what the suite does.
ALONE = re.compile(r"^(?:from|import) (?:deliver_stub|lookup)\b", re.M)
WHOLE = re.compile(r"\b(?:Suite|Relay)\(")


def read(*names):
    with open(os.path.join(TOP, *names), errors="replace") as f:
        return f.read()


def rows(name, macros):
    """First two arguments of each row: the macro, and what it names."""
    text = re.sub(r"/\*.*?\*/|^#.*?$", "", read("common", name),
                  flags=re.S | re.M)
    found = re.findall(r"^(" + macros + r")\((\w+),\s*\"?([\w.-]+)\"?(.*?)"
                       r"(?=^(?:" + macros + r")\(|\Z)", text, re.S | re.M)
    if len(found) < 10:
        raise AssertionError(f"{name}: {len(found)} rows")
    return found


def options():
    """(ident, name, has it an effect yet?) of each option."""
    return [(ident, name, "OPTION_LATER" not in rest)
            for macro, ident, name, rest
            in rows("options.def", "OPTION(?:_ALIAS)?") if macro == "OPTION"]


def sources():
    text = ""
    for folder in SOURCES:
        for path in glob.glob(os.path.join(TOP, folder, "**", "*.c"),
                              recursive=True):
            text += read(path)
    # A handler stands in a table: "[MSG_X] = f".
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return collections.Counter(
        re.findall(r"\[MSG_\w+\]|\b(?:MSG|OPT)_\w+", text))


class Options(unittest.TestCase):
    def test_each_in_force_is_tried(self):
        text = ""
        for path in glob.glob(os.path.join(TOP, "regress/system/*.py")):
            module = read(path)
            if WHOLE.search(module) and not ALONE.search(module):
                text += module
        missing = [name for _, name, effect in options() if effect
                   and not re.search(r"[\"']" + re.escape(name)
                                     + r"(?:[\"' ])", text)]
        self.assertEqual(missing, [], "no system test sets these")

    def test_each_other_is_told(self):
        program = os.path.join(TOP, os.environ.get("BUILD") or "build",
                               "sbin/selor")
        out = subprocess.run(
            [program, "-nv", "-c", os.path.join(TOP, "etc/selor.conf")],
            text=True, stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual(
            sorted(re.findall(r"^not yet effective: (\S+)$", out, re.M)),
            sorted(n for _, n, effect in options() if not effect))

    def test_each_is_in_the_manual_and_the_sample(self):
        page = read("man/selor.conf.5")
        self.assertEqual([n for _, n, _ in options()
                          if f"\n.It Ic {n}\n" not in page], [])

    def test_each_in_force_is_read(self):
        """By more than the code that checks values: somebody asks."""
        used = sources()
        missing = [name for ident, name, effect in options()
                   if effect and not used["OPT_" + ident]]
        # Only 0 exists, which is what there is.
        self.assertEqual(missing, ["Log_lvl"])


class Messages(unittest.TestCase):
    def test_sender_and_handler(self):
        used = sources()
        for kind, name, _, _ in rows("messages.def", "CALL|ANSW|ITEM|TELL"):
            symbol = "MSG_" + name + ("_ANSW" if kind == "ANSW" else "")
            # Both forms are counted apart.
            self.assertGreater(used[symbol], 0, f"nobody sends {symbol}")
            # An answer goes to the function that its call names.
            if kind != "ANSW":
                self.assertGreater(used[f"[{symbol}]"], 0,
                                   f"nobody takes {symbol}")


class Processes(unittest.TestCase):
    # Helpers are described where their daemon is.
    WITH = {"lookupd-file": "lookupd", "queued-sync": "queued",
            "agent": "deliverd"}

    def test_manual(self):
        for _, _, name, _ in rows("process.def", "PROC"):
            page = f"man/{self.WITH.get(name, name)}.8"
            self.assertTrue(os.path.exists(os.path.join(TOP, page)), page)
            self.assertRegex(read(page).replace("\\-", "-"),
                             r"\b" + name + r"\b", page)


if __name__ == "__main__":
    unittest.main()
