"""The manual page and the sample say what options.def says."""

import os
import re
import subprocess
import unittest

TOP = os.environ.get("SELOR_TOP") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MARK = "@@"
PAGE = "man/selor.conf.5"
SAMPLE = "etc/selor.conf"


def text(c_strings):
    return "".join(
        re.sub(r"\\(.)", r"\1", s)
        for s in re.findall(r'"((?:[^"\\]|\\.)*)"', c_strings))


def table():
    """The rows of options.def, through the C preprocessor."""
    row = "~".join(["name", "type", "dflt", "min", "max", "allowed",
                    "flags", "line"])
    out = subprocess.run(
        ["cc", "-E", "-P", "-x", "c", "-DOPTION(id,name,type,dflt,min,max,"
         "allowed,flags,to,line)=" + MARK + "~" + row + "~",
         "common/options.def"],
        cwd=TOP, check=True, text=True, stdout=subprocess.PIPE).stdout
    rows = {}
    for part in re.sub(r"\s*\n\s*", " ", out).split(MARK)[1:]:
        f = [x.strip() for x in part.split("~")]
        rows[text(f[1])] = {
            "type": f[2], "default": text(f[3]), "min": int(f[4]),
            "max": int(f[5]), "allowed": text(f[6]),
            "flags": set(re.findall(r"OPTION_(\w+)", f[7])),
        }
    return rows


def summary(row):
    """What the page must say in an option's brackets."""
    kind, allowed = row["type"], row["allowed"]
    number = kind in ("NUM", "BOOL")
    if kind == "BOOL":
        form = "0 or 1"
    elif kind == "NUM":
        form = f"{row['min']} to {row['max']}"
        if row["min"] == row["max"]:
            form = str(row["min"])
        form += f" ({allowed})"
    elif kind == "ENUM":
        form = " or ".join(f'"{w}"' for w in allowed.split("|"))
    else:
        form = allowed if allowed != "text" else ""
    out = "number" if number else "text"
    out += ", " + form if form else ""
    default = row["default"] if number else f'"{row["default"]}"'
    if "LIST" in row["flags"]:
        default = "none, list"
    out += f"; default {default}"
    out += "; Def!: " + ("yes" if "DEF" in row["flags"] else "no")
    out += "; own" if "OWN" in row["flags"] else ""
    out += "; not yet effective" if "LATER" in row["flags"] else ""
    return out


def entries():
    """The options of the page, name to (brackets, prose)."""
    with open(os.path.join(TOP, PAGE)) as f:
        lines = f.read().split("\n")
    found = []
    for i, line in enumerate(lines):
        m = re.match(r"\.It Ic (\S+)$", line)
        if m and lines[i + 1].startswith(".Bq "):
            prose = lines[i + 2] == ".br" and not re.match(
                r"\.(It|El|Sh)", lines[i + 3])
            words = lines[i + 1][4:].replace("\\&", "")
            found.append((m.group(1), words.replace("\\(dq", '"'), prose))
    return found


class Page(unittest.TestCase):
    def test_each_option_once(self):
        names = [name for name, _, _ in entries()]
        self.assertEqual(sorted(names), sorted(table()))

    def test_brackets(self):
        rows = table()
        for name, words, _ in entries():
            with self.subTest(name):
                self.assertEqual(words, summary(rows[name]))

    def test_prose(self):
        for name, _, prose in entries():
            self.assertTrue(prose, f"{name} is not explained")

    def test_lint(self):
        out = subprocess.run(
            ["mandoc", "-T", "lint", "-W", "warning", PAGE], cwd=TOP,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.assertEqual(out.stdout, "")


class Sample(unittest.TestCase):
    """Lines "#Name value" are defaults, or marked as an example."""

    def lines(self):
        with open(os.path.join(TOP, SAMPLE)) as f:
            for line in f:
                m = re.match(r"#([A-Z][\w.]*) (.*?)\s*(# example)?$", line)
                if m:
                    yield m.groups()

    def test_names(self):
        rows = table()
        for name, _, _ in self.lines():
            self.assertIn(name, rows)

    def test_defaults(self):
        rows = table()
        count = 0
        for name, value, example in self.lines():
            if example:
                continue
            count += 1
            self.assertEqual(value.strip('"'), rows[name]["default"], name)
        self.assertGreater(count, 40)


if __name__ == "__main__":
    unittest.main()
