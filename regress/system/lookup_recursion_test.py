"""lookupd without a name server to ask: resolv.conf names none, so it begins
at the root and checks signatures from the root's trust anchor down; and what
it takes from hosts.  A tree of signed zones stands at the addresses of the
real root servers, in a network and file system of the test's own."""

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import dns  # noqa: E402
import procs  # noqa: E402
from lookup import NO, OK, TEMP, Lookup  # noqa: E402
from suite import SLOW  # noqa: E402

TIMEOUT = 180
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
# A to M, as libunbound has them built in.
ROOTS = ["198.41.0.4", "170.247.170.2", "199.9.14.201", "192.228.79.201",
         "192.33.4.12", "199.7.91.13", "192.203.230.10", "192.5.5.241",
         "192.112.36.4", "198.97.190.53", "192.36.148.17",
         "192.58.128.30", "193.0.14.129", "199.7.83.42", "202.12.27.33"]
ANCHORS = "/usr/share/dns"
HEAD = ("$TTL 60\n{0} SOA ns.test. x.test. 1 60 60 86400 1\n"
        "{0} NS {1}\n")
ZONES = {
    "plain.test.": HEAD.format("plain.test.", "ns.test.") +
    "plain.test. MX 10 mx.plain.test.\nmx.plain.test. A 192.0.2.2\n",
    "bogus.test.": HEAD.format("bogus.test.", "ns.test.") +
    "bogus.test. MX 10 mx.bogus.test.\nmx.bogus.test. A 192.0.2.3\n",
    "test.": HEAD.format("test.", "ns.test.") +
    "ns.test. A 198.41.0.4\ngood.test. MX 10 mx.good.test.\n"
    "mx.good.test. A 192.0.2.1\nhosted.test. MX 10 mx.good.test.\n"
    "mixed.test. MX 10 mx.plain.test.\n"
    "plain.test. NS ns.test.\nbogus.test. NS ns.test.\n",
    ".": HEAD.format(".", "a.root-servers.net.") +
    "a.root-servers.net. A 198.41.0.4\ntest. NS ns.test.\n"
    "ns.test. A 198.41.0.4\n",
}
SIGNED = ("bogus.test.", "test.", ".")


class Tree:
    """The zones, signed from the leaves up, and the server that has them."""

    def __init__(self, directory):
        self.dir = directory
        self.ds = ""
        conf = ("server:\n    ip-address: 0.0.0.0\n    server-count: 1\n"
                f'    zonesdir: "{self.dir}"\n    database: ""\n'
                '    username: ""\n    pidfile: ""\n'
                f'    zonelistfile: "{self.dir}/list"\n'
                f'    xfrdfile: "{self.dir}/xfrd"\n    xfrdir: "{self.dir}"\n'
                "remote-control:\n    control-enable: no\n")
        for i, (zone, text) in enumerate(ZONES.items()):
            name = os.path.join(self.dir, f"zone{i}")
            with open(name, "w") as f:
                f.write(text + (self.ds if zone in ("test.", ".") else ""))
            if zone in SIGNED:
                self.sign(zone, name)
            conf += f'zone:\n    name: "{zone}"\n    zonefile: "{name}"\n'
        with open(os.path.join(self.dir, "conf"), "w") as f:
            f.write(conf)
        self.server = procs.Process(
            ["/usr/sbin/nsd", "-d", "-c", os.path.join(self.dir, "conf")],
            os.path.join(self.dir, "log"))
        procs.wait_for(self.answers, 20 * SLOW, "name server")

    @staticmethod
    def answers():
        try:
            return dns.ask("198.41.0.4", 53, "good.test", "MX", 0.5)[1] > 0
        except OSError:
            return False

    def run(self, *argv):
        return subprocess.run(argv, cwd=self.dir, check=True, text=True,
                              stdout=subprocess.PIPE).stdout.strip()

    def sign(self, zone, name):
        """With one key for all; its DS record goes into the zone above."""
        key = self.run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone)
        self.run("ldns-signzone", "-o", zone, name, key)
        os.rename(name + ".signed", name)
        self.ds = self.run("ldns-key2ds", "-n", "-2", key + ".key") + "\n"
        if zone != "bogus.test.":
            return
        # What was signed is not what is said.
        with open(name) as f:
            text = f.read()
        with open(name, "w") as f:
            f.write(text.replace("192.0.2.3", "192.0.2.4"))


def mount(*argv):
    procs.run(["mount", *argv])


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def setUpModule():
    global tree, top, made
    if ctypes.CDLL(None, use_errno=True).unshare(
            CLONE_NEWNS | CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    mount("--make-rprivate", "/")
    procs.run(["ip", "link", "set", "lo", "up"])
    for address in ROOTS:
        procs.run(["ip", "addr", "add", address + "/32", "dev", "lo"])
    top = tempfile.mkdtemp(prefix="recursion.")
    tree = Tree(top)
    made = not os.path.isdir(ANCHORS)
    os.makedirs(ANCHORS, exist_ok=True)
    mount("-t", "tmpfs", "none", ANCHORS)
    write(os.path.join(ANCHORS, "root.key"), tree.ds)
    for name in ("resolv.conf", "hosts"):
        write(os.path.join(top, name), "")
        mount("--bind", os.path.join(top, name), "/etc/" + name)


def tearDownModule():
    tree.server.stop(5)
    procs.run(["umount", ANCHORS])
    if made:
        os.rmdir(ANCHORS)
    shutil.rmtree(top)


class Recursion(unittest.TestCase):
    def lookup(self, resolv="", hosts=""):
        """lookupd with these files and without the option Dns_server."""
        write("/etc/resolv.conf", resolv)
        write("/etc/hosts", hosts)
        found = Lookup({"domains": "example.test\n", "mailboxes": "",
                        "aliases": ""})
        found.options = [o for o in found.options if o[0] != "Dns_server"]
        return found

    @staticmethod
    def route(l, domain):
        answer, items = l.call(l.deliverd, "LOOK_ROUTE", 60, domain=domain,
                               how=0)
        return (answer["status"], bool(answer["secure"]),
                [i["address"] for i in items])

    def test_from_the_root(self):
        with self.lookup("# none\nsearch example.test\n") as l:
            self.assertEqual(self.route(l, "good.test"),
                             (OK, True, ["192.0.2.1"]))
            # Not signed, and the zone above says so.
            self.assertEqual(self.route(l, "plain.test"),
                             (OK, False, ["192.0.2.2"]))
            # Only the way to the host's name was signed.
            self.assertEqual(self.route(l, "mixed.test"),
                             (OK, False, ["192.0.2.2"]))
            self.assertEqual(self.route(l, "nothing.test")[0], NO)
            # Somebody changed what was signed: not now, and not "no".
            self.assertEqual(self.route(l, "bogus.test")[::2], (TEMP, []))

    def test_without_an_anchor(self):
        path = os.path.join(ANCHORS, "root.key")
        os.rename(path, path + ".away")
        try:
            with self.lookup() as l:
                self.assertEqual(self.route(l, "good.test"),
                                 (OK, False, ["192.0.2.1"]))
        finally:
            os.rename(path + ".away", path)

    def test_resolv_conf(self):
        """A server that is named there is asked and believed; the signatures
        are its to check."""
        with self.lookup("nameserver fe80::1%eth9 \n junk\n"
                         "nameserver\nnameserver not.an.address\n"
                         "nameserver 199.7.83.42\n") as l:
            self.assertEqual(self.route(l, "good.test"),
                             (OK, False, ["192.0.2.1"]))

    def test_hosts(self):
        """Addresses from hosts; the MX of such a name is asked for."""
        hosts = ("# 192.0.2.99 mx.good.test\n192.0.2.50\tmx.good.test x\n"
                 "2001:db8::50 mx.good.test # and here\n"
                 "192.0.2.51 hosted.test short\nnonsense hosted.test\n")
        with self.lookup(hosts=hosts) as l:
            self.assertEqual(sorted(self.route(l, "good.test")[2]),
                             ["192.0.2.50", "2001:db8::50"])
            self.assertEqual(sorted(self.route(l, "hosted.test")[2]),
                             ["192.0.2.50", "2001:db8::50"])


if __name__ == "__main__":
    unittest.main()
