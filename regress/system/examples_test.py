"""What the tree ships as configuration is one that selor accepts, and so is
what the harness writes."""

import os
import re
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import procs  # noqa: E402
from suite import Suite, TOP, program  # noqa: E402


class Examples(unittest.TestCase):
    def accepts(self, path):
        p = procs.run([program("sbin/selor"), "-n", "-c", path], check=False)
        self.assertEqual(p.returncode, 0, p.stdout)
        self.assertNotIn("not used", p.stdout)
        self.assertNotIn("is skipped", p.stdout)

    def test_examples(self):
        folder = os.path.join(TOP, "etc/examples")
        with tempfile.TemporaryDirectory() as target:
            os.mkdir(os.path.join(target, "accounts"))
            os.mkdir(os.path.join(target, "rules"))
            for name in os.listdir(folder):
                with open(os.path.join(folder, name)) as f:
                    text = f.read()
                for word, value in (("RUN", target), ("TOP", TOP),
                                    ("UID", "1000"), ("PORT", "2525")):
                    text = text.replace(f"@{word}@", value)
                rows = [r for r in text.splitlines() if r[:1] != "#"]
                self.assertFalse(re.search(r"@[A-Z]+@", "\n".join(rows)))
                where = target if name.endswith(".conf") \
                    else os.path.join(target, "accounts")
                if name.startswith("rules_"):
                    where, name = os.path.join(target, "rules"), name[6:]
                with open(os.path.join(where, name), "w") as f:
                    f.write(text)
            self.accepts(os.path.join(target, "selor.conf"))

    def test_sample(self):
        self.accepts(os.path.join(TOP, "etc/selor.conf"))

    def test_harness(self):
        suite = Suite(listen=["smtps", "submission"],
                      options=["Queue_time 0", "Timeout 20"])
        self.addCleanup(suite.destroy)
        self.accepts(suite.path("selor.conf"))


if __name__ == "__main__":
    unittest.main()
