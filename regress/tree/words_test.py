"""ruled/words.def held to account: each word and each variable stands in a
system test of rules, and each of the manual's examples is one of its cases."""

import os
import re
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
SYSTEM = os.path.join(TOP, "regress/system")


def read(*names):
    with open(os.path.join(TOP, *names)) as f:
        return f.read()


class Words(unittest.TestCase):
    def setUp(self):
        self.rows = read("ruled/words.def")
        self.tests = "".join(
            read(SYSTEM, name) for name in sorted(os.listdir(SYSTEM))
            if re.match(r"rules_words\w*_test\.py$", name))

    def named(self, kind, mark):
        found = re.findall(rf'^{kind}\(\w+, \w+, "(\w+)"', self.rows, re.M)
        missing = [n + mark for n in found
                   if not re.search(rf"\b{n}\{mark}(?!\w)", self.tests)]
        return len(found), missing

    def test_conditions(self):
        self.assertEqual(self.named("CONDITION", "?"), (29, []))

    def test_actions(self):
        self.assertEqual(self.named("ACTION", "!"), (31, []))

    def test_variables(self):
        found = re.findall(r"^VARIABLE\('(.)'", self.rows, re.M)
        # The matrix prints each letter of LETTERS, and the two marks.
        letters = re.search(r'^LETTERS = "(\w+)"', self.tests, re.M)[1]
        self.assertEqual(len(found), 31)
        self.assertEqual(sorted(letters + '"%'), sorted(found))
        for mark in '"%':
            self.assertIn("%" + mark, self.tests)


if __name__ == "__main__":
    unittest.main()
