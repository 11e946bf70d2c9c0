"""Hosts with addresses of their own: network namespaces joined by a bridge
that is itself in a namespace, so that nothing reaches the machine's network.

    with Net() as net:
        mx = net.host("mx", "192.0.2.10", "2001:db8::10")
        client = net.host("client", "192.0.2.20")
        Suite(..., host=mx, address="192.0.2.10")
        with client.inside():
            smtp.Client(25, "192.0.2.10")

Addresses are those for documentation: 192.0.2.0/24, 198.51.100.0/24,
203.0.113.0/24 (on one link, so each reaches each) and 2001:db8::/32.  Wants
root.
"""

import contextlib
import ctypes
import os
import subprocess

import procs

CLONE_NEWNET = 0x40000000
PREFIXES = ("192.0.2.", "198.51.100.", "203.0.113.")


def setns(fd):
    if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Host:
    """A namespace, held open by a process that sleeps in it."""

    def __init__(self, name, addresses):
        self.name, self.addresses = name, list(addresses)
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sleep", "infinity"],
            stdin=subprocess.DEVNULL, start_new_session=True)
        mine = os.stat("/proc/self/ns/net").st_ino
        path = f"/proc/{self.holder.pid}/ns/net"
        procs.wait_for(lambda: os.stat(path).st_ino != mine, 5,
                       f"namespace {name}")
        self.wrap = ["nsenter", "-t", str(self.holder.pid), "-n", "--"]
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *argv, **kw):
        """Run a command in this host, to its end."""
        return procs.run(self.wrap + list(argv), **kw)

    @contextlib.contextmanager
    def inside(self):
        """Sockets that this thread makes in the block are this host's."""
        back = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/proc/{self.holder.pid}/ns/net", os.O_RDONLY)
        try:
            setns(there)
            try:
                yield self
            finally:
                setns(back)
        finally:
            os.close(there)
            os.close(back)

    def stop(self):
        self.holder.kill()
        self.holder.wait()


class Net:
    """The bridge and its hosts."""

    def __init__(self):
        self.hosts = []
        self.hub = Host("hub", [])
        self.hub.run("ip", "link", "add", "br0", "type", "bridge")
        self.hub.run("ip", "link", "set", "br0", "up")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def host(self, name, *addresses):
        """A host on the bridge, with IPv4 and IPv6 addresses."""
        host = Host(name, addresses)
        self.hosts.append(host)
        port = f"p{len(self.hosts)}"
        self.hub.run("ip", "link", "add", port, "type", "veth", "peer",
                     "name", "eth0", "netns", str(host.holder.pid))
        self.hub.run("ip", "link", "set", port, "master", "br0", "up")
        host.run("ip", "link", "set", "eth0", "up")
        for address in addresses:
            self.add(host, address)
        for prefix in PREFIXES:
            host.run("ip", "route", "add", prefix + "0/24", "dev", "eth0",
                     check=False)
        return host

    @staticmethod
    def add(host, address):
        """One more address.  Without duplicate detection, which would keep
        an IPv6 address from use for a second."""
        if ":" in address:
            host.run("ip", "addr", "add", address + "/32", "dev", "eth0",
                     "nodad")
        else:
            host.run("ip", "addr", "add", address + "/24", "dev", "eth0")

    def cut(self, host):
        """Unplug a host."""
        port = f"p{self.hosts.index(host) + 1}"
        self.hub.run("ip", "link", "set", port, "down")

    def mend(self, host):
        port = f"p{self.hosts.index(host) + 1}"
        self.hub.run("ip", "link", "set", port, "up")

    def stop(self):
        for host in self.hosts + [self.hub]:
            host.stop()
