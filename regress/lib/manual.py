"""Examples out of selor.rules(5).  In the page a comment before each display
says what it is: "rules", "rules event=NAME", "conf", "shell", or "recipe NAME
KIND MODE FILE", KIND being conf, rules, program, list or message.

    for block in manual.blocks():
        block.line, block.words, block.text
    manual.recipe("lan")    ->  list of blocks with .kind .mode .file
"""

import os
import re

TOP = os.environ.get("SELOR_TOP") or os.path.dirname(os.path.dirname(
    os.path.dirname(os.path.abspath(__file__))))
PAGE = os.path.join(TOP, "man/selor.rules.5")


class Block:
    def __init__(self, line, words, text, item):
        self.line = line        # of the page
        self.words = words      # of the comment
        self.text = text        # without what mdoc adds
        self.item = item        # of the list where it stands, or None
        self.section = None
        if words[0] == "recipe":
            _, self.name, self.kind, mode, self.file = words
            self.mode = int(mode, 8)

    def rules(self):
        return self.words[0] == "rules" or (
            self.words[0] == "recipe" and self.kind == "rules")


def unescape(line):
    line = re.sub(r"^\\&", "", line)
    return line.replace("\\e", "\\")


def read():
    with open(PAGE) as f:
        return f.read().split("\n")


def blocks():
    found, rows = [], read()
    item = section = None
    n = 0
    while n < len(rows):
        row = rows[n]
        if row.startswith(".Sh "):
            section, item = row[4:], None
        elif row.startswith((".El", ".Ss ")):
            item = None
        elif row.startswith((".It Ic ", ".It Cm ")):
            item = row.split()[2].replace("\\(dq", '"').replace("\\&", "")
        elif row.startswith(".Bd -literal"):
            words = re.match(r'\.\\" (.+)', rows[n - 1])
            end = rows.index(".Ed", n)
            if words:
                text = "".join(unescape(r) + "\n" for r in rows[n + 1:end])
                block = Block(n + 1, words.group(1).split(), text, item)
                block.section = section
                found.append(block)
            n = end
        n += 1
    return found


def recipes():
    return sorted({b.name for b in blocks() if b.words[0] == "recipe"})


def recipe(name):
    return [b for b in blocks()
            if b.words[0] == "recipe" and b.name == name]
