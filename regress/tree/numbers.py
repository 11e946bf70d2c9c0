#!/usr/bin/env python3
"""Holds the C files to the numbers and the customs of the tree.

    regress/tree/numbers.py [file ...]

Prints one line per breach and exits 1 when there is one; what is only a
target is printed as a note.  Without files: every .c, .h and .def that git
knows.
"""

import hashlib
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

C_LINES, C_TARGET = 600, 450
H_LINES = 150
BODY, BODY_SWITCH = 60, 100
PARAMS = 5
# Callbacks whose form a library gives.
CALLBACKS = {"query_answered"}          # libunbound's ub_event_callback_type
COLUMNS = 80
COMMENTS = 12                           # lines per 100 lines of code
HEAD = 10

FORBIDDEN = re.compile(
    r"\b(strcpy|strcat|stpcpy|sprintf|vsprintf|gets|system|popen|alloca"
    r"|strtok|strncpy|strncat|mktemp|tmpnam|gethostbyname"
    r"|setjmp|longjmp|pthread_\w+)\s*\(")
MARKS = re.compile(r"\b(XXX|TODO|FIXME|HACK)\b")
CPPFLAGS = ["-std=c11", "-D_GNU_SOURCE", "-isystem", "/usr/include/bsd",
            "-DLIBBSD_OVERLAY", "-Icommon", "-Icommon/mail"]
DAEMONS = ("selor", "smtpd", "ruled", "queued", "deliverd", "lookupd",
           "selorctl")


def median(values):
    return sorted(values)[len(values) // 2]


class Report:
    def __init__(self):
        self.bad = 0

    def breach(self, path, line, text):
        self.bad += 1
        print(f"{path}:{line}: {text}")

    @staticmethod
    def note(path, text):
        print(f"note: {path}: {text}")


def blank(text):
    """Comments and the insides of strings made blank, lines kept."""
    def cover(m):
        s = m.group(0)
        if s[0] in "\"'":
            return s[0] + " " * (len(s) - 2) + s[-1]
        return re.sub(r"[^\n]", " ", s)
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                  cover, text, flags=re.S)


class Function:
    """name, line of its brace, body lines, parameters, code."""

    def __init__(self, name, line, body, params):
        self.name, self.line, self.body = name, line, body
        self.params = params

    def is_switch(self):
        """Does one switch or table make up most of it?"""
        for i, line in enumerate(self.body):
            m = re.match(r"(\s*)switch\b", line)
            if not m:
                continue
            for j in range(i + 1, len(self.body)):
                if self.body[j].startswith(m.group(1) + "}"):
                    if j - i > 0.6 * len(self.body):
                        return True
                    break
        return False


def parameters(signature):
    """Parameters of a definition, counted at the outermost commas."""
    start = signature.index("(")
    depth, count, inner = 0, 1, ""
    for c in signature[start:]:
        if c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if depth == 0:
                break
        elif c == "," and depth == 1:
            count += 1
        inner += c
    return 0 if inner.strip("( ").strip() in ("", "void") else count


def functions(code):
    """A function's brace stands alone in column 0; so does its end."""
    lines = code.split("\n")
    found, i = [], 0
    while i < len(lines):
        if lines[i] != "{":
            i += 1
            continue
        end = i + 1
        while end < len(lines) and not lines[end].startswith("}"):
            end += 1
        top = i - 1
        while top > 0 and lines[top - 1].strip() \
                and lines[top - 1][:1] not in "}#" \
                and not lines[top - 1].rstrip().endswith(";"):
            top -= 1
        signature = " ".join(lines[top:i])
        m = re.search(r"(\w+)\s*\(", signature)
        if m:
            found.append(Function(m.group(1), i + 1, lines[i + 1:end],
                                  parameters(signature[m.start():])))
        i = end + 1
    return found


def check_head(path, text, report):
    lines = text.split("\n")
    if not text.startswith("/*\n * Copyright (c) ") \
            or "Permission to use, copy, modify" not in text[:400]:
        report.breach(path, 1, "does not begin with the licence")
        return
    end = lines.index(" */")
    rest = end + 1
    while rest < len(lines) and not lines[rest].strip():
        rest += 1
    if not lines[rest].startswith("/*"):
        report.breach(path, rest + 1, "does not say what it is for")
        return
    last = rest
    while "*/" not in lines[last]:
        last += 1
    words = [x for x in lines[rest:last + 1] if x.strip(" */")]
    if len(words) > HEAD and not path.endswith(".def"):
        report.breach(path, rest + 1,
                      f"head of {len(words)} lines, {HEAD} at most")


def check_lines(path, text, report):
    for n, line in enumerate(text.split("\n"), 1):
        width = len(line.expandtabs(8))
        if width > COLUMNS:
            report.breach(path, n, f"{width} columns")
        if line != line.rstrip():
            report.breach(path, n, "blanks at the end")
        m = MARKS.search(line)
        if m:
            report.breach(path, n, f"holds {m.group(1)}")


def check_code(path, code, report):
    for n, line in enumerate(code.split("\n"), 1):
        m = FORBIDDEN.search(line)
        if m:
            report.breach(path, n, f"calls {m.group(1)}")
        if "//" in line:
            report.breach(path, n, "a // comment")
        if re.match(r"\s*#\s*if\s+0\b", line):
            report.breach(path, n, "dead code under #if 0")


def check_gotos(path, function, report):
    labels = {}
    for i, line in enumerate(function.body):
        m = re.match(r"(\w+):\s*(?:;|$)", line)
        if m and m.group(1) != "default":
            labels[m.group(1)] = i
    used = set()
    for i, line in enumerate(function.body):
        m = re.search(r"\bgoto\s+(\w+)\s*;", line)
        if not m:
            continue
        used.add(m.group(1))
        if labels.get(m.group(1), -1) < i:
            report.breach(path, function.line + i + 1,
                          f"{function.name}: goto backward")
    if len(used) > 1:
        report.breach(path, function.line,
                      f"{function.name}: goto to {len(used)} labels")


def check_functions(path, code, report, seen):
    sizes = []
    for f in functions(code):
        n = len(f.body)
        sizes.append(n)
        limit = BODY_SWITCH if f.is_switch() else BODY
        if n > limit:
            report.breach(path, f.line,
                          f"{f.name}: body of {n} lines, {limit} at most")
        if f.params > PARAMS and f.name not in CALLBACKS:
            report.breach(path, f.line,
                          f"{f.name}: {f.params} parameters")
        check_gotos(path, f, report)
        # The same function in two places belongs into common.
        if n >= 5 and not path.startswith("regress/"):
            text = re.sub(r"\s+", " ", " ".join(f.body))
            key = hashlib.sha256(text.encode()).digest()
            other = seen.setdefault(key, (path, f.name))
            if other[0] != path and text.count(";") > 3:
                report.breach(path, f.line, f"{f.name}: is {other[1]} "
                              f"in {other[0]} once more")
    return sizes


def check_includes(path, text, report):
    """Own header first, and no header of another daemon."""
    found = re.findall(r'^#include\s+(["<])([^">]+)', text, re.M)
    here = os.path.dirname(path)
    own = os.path.basename(path)[:-1] + "h"
    if path.endswith(".c") and os.path.exists(os.path.join(here, own)):
        if not found or found[0] != ('"', own):
            report.breach(path, 1, f"does not include {own} first")
    for quote, name in found:
        if quote != '"' or here.split("/")[0] not in DAEMONS:
            continue
        if os.path.exists(os.path.join(here, name)):
            continue
        for daemon in DAEMONS:
            if name.startswith(daemon + "/") or (
                    not os.path.exists(os.path.join("common", name))
                    and not os.path.exists(os.path.join("common/mail", name))
                    and os.path.exists(os.path.join(daemon, name))):
                report.breach(path, 1, f"includes {name} of {daemon}")


def check_alone(headers, report):
    """Each header compiles with nothing before it."""
    running = []
    for path in headers:
        running.append((path, subprocess.Popen(
            ["cc", *CPPFLAGS, "-I" + (os.path.dirname(path) or "."),
             "-Wall", "-Werror", "-fsyntax-only", "-x", "c", path],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)))
        if len(running) >= 4:
            finish(running, report)
    while running:
        finish(running, report)


def finish(running, report):
    path, process = running.pop(0)
    errors = process.communicate()[1]
    errors = "\n".join(x for x in errors.splitlines()
                       if "#pragma once in main file" not in x)
    if process.returncode != 0:
        report.breach(path, 1, "does not compile alone:\n" + errors)


def comment_share(text, code):
    """Lines that hold only comment, per line of code; without licences."""
    body = text.split("*/", 1)[-1]
    hidden = code[len(code) - len(body):]
    full = [bool(x.strip()) for x in body.split("\n")]
    coded = [bool(x.strip()) for x in hidden.split("\n")]
    comment = sum(f and not c for f, c in zip(full, coded))
    return comment, sum(coded)


def main():
    os.chdir(TOP)
    paths = sys.argv[1:] or subprocess.run(
        ["git", "ls-files", "*.c", "*.h", "*.def"], text=True, check=True,
        stdout=subprocess.PIPE).stdout.split()
    report, seen, sizes = Report(), {}, []
    lengths, shares, headers = [], {}, []
    for path in paths:
        with open(path) as f:
            text = f.read()
        code = blank(text)
        lines = text.count("\n")
        check_head(path, text, report)
        check_lines(path, text, report)
        if path.endswith(".def"):
            continue
        check_code(path, code, report)
        check_includes(path, text, report)
        if path.endswith(".h"):
            headers.append(path)
            if lines > H_LINES:
                report.breach(path, lines,
                              f"{lines} lines, {H_LINES} at most")
            continue
        lengths.append(lines)
        if lines > C_LINES:
            report.breach(path, lines, f"{lines} lines, {C_LINES} at most")
        elif lines > C_TARGET:
            report.note(path, f"{lines} lines, {C_TARGET} wanted")
        sizes += check_functions(path, code, report, seen)
        if not path.startswith("regress/"):
            share = shares.setdefault(path.split("/")[0], [0, 0])
            for i, n in enumerate(comment_share(text, code)):
                share[i] += n
    check_alone(headers, report)
    for name, (comments, codes) in sorted(shares.items()):
        # A few lines say nothing about a directory.
        if codes > 500 and 100 * comments < COMMENTS * codes:
            report.note(name, f"comments {100 * comments // codes} % of "
                        f"code, {COMMENTS} wanted")
    comments, codes = (sum(s[i] for s in shares.values()) for i in (0, 1))
    if sizes and lengths and codes:
        print(f"{len(lengths)} .c files, median {median(lengths)}"
              f" lines; {len(sizes)} functions, median "
              f"{median(sizes)} lines; comments "
              f"{100 * comments // codes} % of code")
        # Few files say nothing about a median.
        if len(sizes) > 100 and median(sizes) > 15:
            report.breach("the tree", 0, "median function over 15 lines")
        if len(lengths) > 20 and median(lengths) > 300:
            report.breach("the tree", 0, "median .c file over 300 lines")
    print(f"{report.bad} breaches")
    return 1 if report.bad else 0


if __name__ == "__main__":
    sys.exit(main())
