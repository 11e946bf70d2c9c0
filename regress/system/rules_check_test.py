"""selorctl rules check and selor -n: what they print of wrong rules, where,
and how they end."""

import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from suite import SLOW, program  # noqa: E402


class Files(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def write(self, name, text):
        path = os.path.join(self.dir.name, name)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, 0o600)
        return path

    def run_program(self, *argv):
        r = subprocess.run(argv, stdout=subprocess.PIPE, timeout=60 * SLOW,
                           stderr=subprocess.PIPE, check=False)
        return r.returncode, r.stdout.decode(), r.stderr.decode()


class Check(Files):
    def check(self, *files):
        return self.run_program(
            program("sbin/selorctl"), "rules", "check", *files)

    def test_nothing_wrong(self):
        a = self.write("a", 'From? "a@b.org" Deny!\n')
        b = self.write("b", "")
        self.assertEqual(self.check(a, b), (0, "", ""))

    def test_warning_alone(self):
        a = self.write("a", '\nSpf_resp "2" Deny!\n')
        self.assertEqual(self.check(a), (
            0, f'{a}:2:1: warning: "Spf_resp" is read as "Spf_resp?"\n', ""))

    def test_errors_of_each_file(self):
        a = self.write("a", 'From? "a@b.org" Deni!\r\nStop!\r\n')
        b = self.write("b", b'Stop!\nIp? "10.0.0.0/33" Deny!\nDeny!\0\n')
        c = os.path.join(self.dir.name, "c")
        self.assertEqual(self.check(a, b, c), (
            1, f'{a}:1:17: error: there is no word "Deni!"; the nearest is '
               '"Deny!"\n'
               f'{b}:2:5: error: "Ip?" must be an address, a network or '
               'leading octets: "33" is no mask of 0 to 32 bits\n'
               f'{b}:3:6: error: the line holds a NUL byte\n'
               f'{c}:1:1: error: the file can not be read: No such file or '
               'directory\n', ""))

    def test_good_file_behind_a_bad_one(self):
        a = self.write("a", "Deny?\n")
        b = self.write("b", "Deny!\n")
        self.assertEqual(self.check(a, b)[0], 1)
        self.assertEqual(self.check(self.dir.name)[0], 1)

    def test_many_lines(self):
        a = self.write("a", 'Ip? "10.0.0.1" From? "a@b.org" Deny!\n' * 100000
                       + "Deny\n")
        r, out, err = self.check(a)
        self.assertEqual((r, err), (1, ""))
        self.assertTrue(out.startswith(f"{a}:100001:1: error: "), out[:200])

    def test_usage(self):
        self.assertEqual(self.check()[0], 2)
        self.assertEqual(self.run_program(
            program("sbin/selorctl"), "rules")[0], 2)


class Start(Files):
    def check(self, conf):
        r, _, err = self.run_program(
            program("sbin/selor"), "-n", "-c", self.write("conf", conf))
        return r, [row for row in err.splitlines()
                   if "not yet effective" not in row]

    def test_wrong_rule_in_an_option(self):
        r, rows = self.check('Event.helo "Helo? "x" Deni!"\n')
        conf = os.path.join(self.dir.name, "conf")
        self.assertEqual(rows, [
            f'{conf}:1: Event.helo, byte 11: there is no word "Deni!"; the '
            'nearest is "Deny!"'])
        self.assertEqual(r, 1)

    def test_missing_file(self):
        r, rows = self.check('Event.helo "none"\n')
        self.assertEqual(r, 1)
        self.assertIn("Event.helo leads nowhere: ", rows[0])
        r, rows = self.check(f'Event.helo "{self.dir.name}"\n')
        self.assertEqual(r, 1)
        self.assertIn("not a regular file", rows[0])

    def test_files_that_are_reached(self):
        a = self.write("a", f'Inc_rules! "{self.dir.name}/b"\nDeny\n')
        b = self.write("b", f'Inc_rules! "{self.dir.name}/a"\n'
                       f'Proc_rules! "{self.dir.name}/c"\n'
                       'Inc_rules! "%C/d"\nStop?\n')
        r, rows = self.check('Event.helo "a"\nEvent.from "a"\n')
        self.assertEqual(r, 0)
        self.assertEqual(rows[:3], [
            f'{a}:2:1: warning: the line is skipped: "Deny" lacks its mark: '
            'it is an action, "Deny!"',
            f'{b}:4:1: warning: the line is skipped: "Stop?" has the wrong '
            'mark: it is an action, "Stop!"',
            f'{self.dir.name}/c: warning: rules include it: No such file or '
            'directory'])


if __name__ == "__main__":
    unittest.main()
