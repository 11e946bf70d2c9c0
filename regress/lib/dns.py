"""A real name server (nsd) on loopback, and when asked a recursor (unbound)
in front of it.

    with Dns(directory) as dns:
        dns.set("example.test MX 10 mx1.example.test.",
                "mx1.example.test A 127.0.0.2",
                "2.0.0.127.in-addr.arpa PTR mx1.example.test.")
        ... dns.address, dns.port ...

nsd serves the root zone, so that every name is its own: what was not set
does not exist, as an authoritative answer.  Zones named to broken() answer
SERVFAIL.
"""

import os
import random
import signal
import socket
import struct

import ports
import procs

RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN",
          5: "REFUSED"}
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15,
         "TXT": 16, "AAAA": 28, "TLSA": 52}
PROBE = "serial.regress.invalid"


def reverse(address):
    """The name under which the PTR record of an address stands."""
    if ":" in address:
        digits = socket.inet_pton(socket.AF_INET6, address).hex()
        return ".".join(reversed(digits)) + ".ip6.arpa"
    return ".".join(reversed(address.split("."))) + ".in-addr.arpa"


def ask(server, port, name, kind="A", timeout=2.0, host=None):
    """One question over UDP.  Returns (rcode name, count, raw answer)."""
    ident = random.randrange(65536)
    packet = struct.pack("!6H", ident, 0x0100, 1, 0, 0, 0)
    for label in name.rstrip(".").split("."):
        packet += bytes([len(label)]) + label.encode()
    packet += struct.pack("!BHH", 0, TYPES[kind], 1)
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with procs.inside(host), \
            socket.socket(family, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        s.connect((server, port))
        s.send(packet)
        answer = s.recv(4096)
    flags, _, count = struct.unpack("!3H", answer[2:8])
    return RCODES.get(flags & 15, str(flags & 15)), count, answer


class Dns:
    """See above.  The files lie in a directory of the caller's."""

    def __init__(self, directory, address="127.0.0.1", recursor=False,
                 host=None):
        """host: the netns.Host where it runs."""
        self.dir = directory
        os.makedirs(self.dir, exist_ok=True)
        self.address = address
        self.nsd_port = ports.free()
        self.port = ports.free() if recursor else self.nsd_port
        self.recursor = recursor
        self.host = host
        self.wrap = host.wrap if host else []
        self.records = []
        self.broken_zones = []
        self.serial = 0
        self.nsd = self.unbound = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def path(self, name):
        return os.path.join(self.dir, name)

    def write_zone(self):
        self.serial += 1
        with open(self.path("root.zone"), "w") as f:
            f.write("$TTL 5\n$ORIGIN .\n"
                    f". SOA ns.regress.invalid. x.invalid. {self.serial} "
                    "60 60 60 1\n. NS ns.regress.invalid.\n"
                    f"ns.regress.invalid. A {self.address}\n"
                    f'{PROBE}. TXT "serial={self.serial};"\n')
            for zone in self.broken_zones:
                f.write(f"{zone}. NS ns.regress.invalid.\n")
            for record in self.records:
                name, rest = record.split(None, 1)
                f.write(f"{name.rstrip('.')}. {rest}\n")

    def write_conf(self):
        with open(self.path("nsd.conf"), "w") as f:
            f.write(f"""server:
    ip-address: {self.address}@{self.nsd_port}
    server-count: 1
    zonesdir: "{self.dir}"
    database: ""
    zonelistfile: "{self.path('zone.list')}"
    xfrdfile: "{self.path('xfrd.state')}"
    xfrdir: "{self.dir}"
    pidfile: "{self.path('nsd.pid')}"
    username: ""
    verbosity: 1
remote-control:
    control-enable: no
zone:
    name: "."
    zonefile: "root.zone"
""")
            for zone in self.broken_zones:
                f.write(f'zone:\n    name: "{zone}"\n'
                        '    zonefile: "no-such-file"\n')
        if self.recursor:
            with open(self.path("unbound.conf"), "w") as f:
                f.write(f"""server:
    interface: {self.address}@{self.port}
    access-control: 0.0.0.0/0 allow
    access-control: ::/0 allow
    chroot: ""
    username: ""
    directory: "{self.dir}"
    pidfile: ""
    use-syslog: no
    logfile: ""
    do-not-query-localhost: no
    module-config: "iterator"
    unblock-lan-zones: yes
    insecure-lan-zones: yes
    local-zone: "test." nodefault
    local-zone: "invalid." nodefault
    local-zone: "example." nodefault
    local-zone: "127.in-addr.arpa." nodefault
    cache-max-ttl: 1
    cache-max-negative-ttl: 1
    infra-host-ttl: 1
remote-control:
    control-enable: no
stub-zone:
    name: "."
    stub-addr: {self.address}@{self.nsd_port}
""")

    def start(self):
        self.write_zone()
        self.write_conf()
        self.nsd = procs.Process(
            self.wrap + ["/usr/sbin/nsd", "-d", "-c", self.path("nsd.conf")],
            self.path("nsd.log"))
        if self.recursor:
            self.unbound = procs.Process(
                self.wrap + ["/usr/sbin/unbound", "-d", "-c",
                             self.path("unbound.conf")],
                self.path("unbound.log"))
        self.wait_serial()

    def wait_serial(self, timeout=15.0):
        """Wait until the records last written are those answered."""
        want = f"serial={self.serial};".encode()

        def test():
            for p in (self.nsd, self.unbound):
                if p is not None and p.poll() is not None:
                    raise RuntimeError(f"name server ended\n{p.log()}")
            try:
                return all(want in ask(self.address, port, PROBE, "TXT",
                                       0.5, self.host)[2]
                           for port in {self.nsd_port, self.port})
            except OSError:
                return False
        procs.wait_for(test, timeout, "name server")

    def set(self, *records):
        """Replace all records.  Each is "name TYPE data", names absolute."""
        self.records = list(records)
        self.reload()

    def add(self, *records):
        self.records.extend(records)
        self.reload()

    def broken(self, *zones):
        """These zones answer SERVFAIL from now on."""
        self.broken_zones = list(zones)
        if self.nsd is not None:
            self.stop()
            self.start()

    def reload(self):
        if self.nsd is None:
            return
        self.write_zone()
        with open(self.path("nsd.pid")) as f:
            os.kill(int(f.read()), signal.SIGHUP)
        self.wait_serial()

    def mute(self):
        """Answer nothing: questions go in and time out."""
        for p in (self.nsd, self.unbound):
            if p is not None and p.poll() is None:
                for pid in [p.pid] + procs.descendants(p.pid):
                    procs.signal_pid(pid, signal.SIGSTOP)

    def unmute(self):
        for p in (self.nsd, self.unbound):
            if p is not None and p.poll() is None:
                for pid in procs.descendants(p.pid) + [p.pid]:
                    procs.signal_pid(pid, signal.SIGCONT)

    def stop(self):
        """Nobody listens any more."""
        for p in (self.unbound, self.nsd):
            if p is not None:
                self.unmute()
                p.stop(5)
        self.nsd = self.unbound = None
