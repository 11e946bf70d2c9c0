"""selor.rules(5) and the lists that it describes hold each other to account:
each word, variable and event has its entry with an example that uses it, each
example is clean to the parser, each option for Def! is named, each recipe of
the cookbook is tried by a system test."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import manual  # noqa: E402

TOP = manual.TOP
BUILD = os.path.join(TOP, os.environ.get("BUILD") or "build")


def read(name):
    with open(os.path.join(TOP, name)) as f:
        text = f.read()
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def words():
    """"Auth?" and so on, as words.def has them."""
    found = re.findall(r'^(CONDITION|ACTION)\(\w+,\s*\w+,\s*"(\w+)"',
                       read("ruled/words.def"), re.M)
    return [name + ("?" if kind == "CONDITION" else "!")
            for kind, name in found]


def letters():
    return re.findall(r"^VARIABLE\('(.)'", read("ruled/words.def"), re.M)


def events():
    names = re.search(r"rule_event_names\[\] = \{(.*?)\}",
                      read("common/rule_enums.c"), re.S).group(1)
    return re.findall(r'"(\w+)"', names)


def def_options():
    text = re.sub(r"^#.*?$", "", read("common/options.def"), flags=re.M)
    found = re.findall(r'^OPTION\(\w+,\s*"([\w.]+)"(.*?)(?=^OPTION|\Z)',
                       text, re.S | re.M)
    return [name for name, rest in found if re.search(r"\bOPTION_DEF\b", rest)]


class Entries(unittest.TestCase):
    def setUp(self):
        self.entries = {}
        for b in manual.blocks():
            if b.item is not None and b.words[0] == "rules":
                self.entries.setdefault(b.item, []).append(b)

    def test_the_lists_are_whole(self):
        self.assertEqual((len(words()), len(letters()), len(events())),
                         (60, 31, 13))

    def test_words(self):
        for word in words():
            with self.subTest(word):
                text = "".join(b.text for b in self.entries[word])
                self.assertRegex(text, rf"(?:^|[ !]){re.escape(word)}(?: |$)")

    def test_variables(self):
        for letter in letters():
            with self.subTest(letter):
                text = "".join(b.text for b in self.entries["%" + letter])
                self.assertIn("%" + letter, text)

    def test_events(self):
        for event in events():
            with self.subTest(event):
                b, = self.entries["Event." + event]
                self.assertEqual(b.words, ["rules", "event=" + event])

    def test_nothing_else(self):
        known = set(words()) | {"%" + c for c in letters()} \
            | {"Event." + e for e in events()}
        self.assertEqual(set(self.entries) - known, set())

    def test_options_of_def(self):
        page = "\n".join(manual.read())
        part = page[page.index(".Sh CHANGING OPTIONS"):]
        part = part[part.index(".Bd -ragged"):part.index("\n.Ed")]
        named = re.findall(r"^\.Ic ([\w.]+)", part, re.M)
        self.assertEqual(sorted(named), sorted(def_options()))


class Examples(unittest.TestCase):
    def run_program(self, *argv):
        r = subprocess.run(argv, stdout=subprocess.PIPE, check=False,
                           stderr=subprocess.PIPE, timeout=60)
        return r.returncode, r.stdout.decode(), r.stderr.decode()

    def test_each_line_parses_clean(self):
        tried = 0
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "rules")
            for b in manual.blocks():
                if not b.rules():
                    continue
                tried += 1
                with open(path, "w") as f:
                    f.write(b.text)
                with self.subTest(f"line {b.line}"):
                    self.assertEqual(self.run_program(
                        os.path.join(BUILD, "sbin/selorctl"), "rules",
                        "check", path), (0, "", ""))
        self.assertGreater(tried, 100)

    def test_each_line_of_selor_conf(self):
        """Rules in options are read by the start's own check; a path is no
        rule, and need not be there."""
        tried = 0
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "selor.conf")
            for b in manual.blocks():
                if b.words[0] != "conf" and (b.words[0] != "recipe"
                                             or b.kind != "conf"):
                    continue
                for row in b.text.splitlines():
                    if re.match(r'Event\.\w+ "/', row):
                        continue
                    tried += 1
                    with open(path, "w") as f:
                        f.write(row + "\n")
                    with self.subTest(row):
                        r, _, err = self.run_program(
                            os.path.join(BUILD, "sbin/selor"), "-n", "-c",
                            path)
                        rows = [e for e in err.splitlines()
                                if e.startswith(path + ":1:")
                                and "not yet effective" not in e]
                        self.assertEqual((r, rows), (0, []))
        self.assertGreater(tried, 5)

    def test_displays_say_what_they_are(self):
        rows = manual.read()
        for n, row in enumerate(rows):
            if row.startswith(".Bd -literal") \
                    and not rows[n - 1].startswith('.\\" '):
                self.assertEqual(rows[n - 1], "This is how it looks:")

    def test_each_recipe_is_tried(self):
        with open(os.path.join(
                TOP, "regress/system/rules_cookbook_test.py")) as f:
            text = f.read()
        self.assertGreaterEqual(len(manual.recipes()), 10)
        for name in manual.recipes():
            self.assertIn(f'cook("{name}"', text)

    def test_mandoc(self):
        self.assertEqual(self.run_program(
            "mandoc", "-T", "lint", "-W", "warning", manual.PAGE),
            (0, "", ""))


if __name__ == "__main__":
    unittest.main()
