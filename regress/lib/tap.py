"""Runs one unittest module and prints TAP, one line per test method.

    python3 regress/lib/tap.py regress/system/accept_test.py [pattern]

The process makes itself the reaper of its orphans, so that a daemon that
left its parent is still found: whatever a module leaves running is killed
and counted as a failure.
"""

import ctypes
import fnmatch
import importlib.util
import os
import sys
import traceback
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import procs  # noqa: E402

PR_SET_CHILD_SUBREAPER = 36


class TapResult(unittest.TestResult):
    """Prints each result as it comes; a skip is a failure, since it proves
    nothing."""

    def __init__(self):
        super().__init__()
        self.count = 0
        self.bad = 0
        self.sub = []

    def emit(self, ok, name, detail=""):
        self.count += 1
        self.bad += not ok
        print(f"{'ok' if ok else 'not ok'} {self.count} - {name}")
        for line in detail.rstrip().splitlines():
            print("# " + line)
        sys.stdout.flush()

    def startTest(self, test):
        super().startTest(test)
        self.sub = []
        self.seen = False
        print(f"# start {test.id()}", flush=True)

    def text(self, err):
        return "".join(traceback.format_exception(*err))

    def addSuccess(self, test):
        # Called also when only subtests failed.
        if self.sub:
            self.emit(False, test.id(), "\n".join(self.sub))
        else:
            self.emit(True, test.id())
        self.seen = True

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.sub.append(f"{subtest.id()}\n{self.text(err)}")

    def addFailure(self, test, err):
        self.emit(False, test.id(), "\n".join(self.sub + [self.text(err)]))
        self.seen = True

    addError = addFailure

    def addSkip(self, test, reason):
        self.emit(False, test.id(), f"skipped: {reason}")
        self.seen = True

    def addExpectedFailure(self, test, err):
        self.emit(False, test.id(), "an expected failure is a failure")
        self.seen = True

    def addUnexpectedSuccess(self, test):
        self.emit(True, test.id())
        self.seen = True

    def stopTest(self, test):
        if self.sub and not self.seen:
            self.emit(False, test.id(), "\n".join(self.sub))
        super().stopTest(test)


def select(suite, pattern):
    chosen = unittest.TestSuite()
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            chosen.addTests(select(item, pattern))
        elif fnmatch.fnmatch(item.id(), f"*{pattern}*"):
            chosen.addTest(item)
    return chosen


def main():
    path = os.path.abspath(sys.argv[1])
    pattern = sys.argv[2] if len(sys.argv) > 2 else ""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    name = os.path.splitext(os.path.basename(path))[0]
    result = TapResult()
    try:
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    except BaseException:
        result.emit(False, f"{name} (import)", traceback.format_exc())
        suite = unittest.TestSuite()
    if pattern:
        suite = select(suite, pattern)
    suite.run(result)
    left = procs.kill_descendants(os.getpid())
    if left:
        result.emit(False, f"{name} (left running)", "\n".join(left))
    print(f"1..{result.count}")
    sys.exit(1 if result.bad else 0)


if __name__ == "__main__":
    main()
