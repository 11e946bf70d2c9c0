"""Rules that wait hold their own session and no other: one is in a program
that takes ten seconds, one waits for a list whose server says nothing; a
thousand others come, send, and are gone before those two are answered."""

import os
import select
import socket
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import procs  # noqa: E402
import rules  # noqa: E402
import smtp  # noqa: E402
from suite import SAN, SLOW  # noqa: E402

TIMEOUT = 240
USER = "user@example.test"
# Sanitizers make them slow, but not the time after which a list is given up.
OTHERS, AT_ONCE = 200 if SAN else 1000, 25


class Deaf:
    """A name server that passes questions on, but those of one zone it
    hears and never answers."""

    ZONE = b"\x04dead\x04list\x00"

    def __init__(self, behind, host):
        self.behind, self.asked = behind, []
        self.address = "127.0.0.1"
        self.answered = 0
        with host.inside():
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind((self.address, 0))
            self.tcp = socket.socket()
            self.tcp.bind(self.socket.getsockname())
            self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.out.connect((behind.address, behind.port))
        self.port = self.socket.getsockname()[1]
        self.end, self.wake = os.pipe()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        waiting = {}
        while True:
            ready = select.select([self.socket, self.out, self.end], [],
                                  [])[0]
            if self.end in ready:
                return
            if self.socket in ready:
                question, who = self.socket.recvfrom(4096)
                if self.ZONE in question:
                    self.asked.append(question)
                else:
                    # Its own number may be another's: one for each.
                    number = len(waiting) % 65536
                    waiting[number] = question[:2], who
                    self.out.send(number.to_bytes(2, "big") + question[2:])
            if self.out in ready:
                answer = self.out.recv(65536)
                ident, who = waiting[int.from_bytes(answer[:2], "big")]
                self.socket.sendto(ident + answer[2:], who)

    def stop(self):
        os.write(self.wake, b".")
        self.thread.join(10)
        for s in (self.socket, self.tcp, self.out):
            s.close()
        os.close(self.end)
        os.close(self.wake)


class Waits(rules.Case):
    SERVER = Deaf
    OPTIONS = ["Exec_timeout 200"]

    @classmethod
    def held(cls, ip, command):
        """A session whose command waits in its rules."""
        c = cls.client(ip, helo="held.test")
        c.send(command.encode() + b"\r\n")
        return c

    def one(self, number, failed):
        """One of the others: a whole message, seen to its end."""
        try:
            with smtp.Client(self.suite.port, timeout=60 * SLOW) as c:
                c.expect(250, "HELO other.test")
                self.begin(c)
                reply = self.data(c, f"n{number}")
                if reply.code != 250 or c.cmd("QUIT").code != 221:
                    failed.append(f"{number}: {reply}")
        except Exception as e:  # pylint: disable=broad-except
            failed.append(f"{number}: {type(e).__name__} {e}")

    def crowd(self):
        """All of them, some at a time; what went wrong."""
        failed, numbers = [], iter(range(OTHERS))

        def work():
            with self.world.host.inside():
                for number in numbers_of(numbers, lock):
                    self.one(number, failed)
        lock = threading.Lock()
        threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        return failed

    def test_a_thousand_pass(self):
        """Order alone is looked at: the program ends only when all others
        are through, and ten seconds later."""
        gone, ran = self.suite.path("out/gone"), self.suite.path("out/ran")
        slow = self.script("slow", f"""touch {ran}
n=0
while [ ! -e {gone} ] && [ $n -lt 1200 ]; do sleep 0.1; n=$((n + 1)); done
sleep 10
exit 7""")
        self.rules(**{"from": 'Find_str? "%i:192.0.2.61" '
                      f'Exec! "{slow}" Exec_resp? "7" '
                      'Reply! "550 seven" Deny!\n'
                      'Find_str? "%i:192.0.2.62" Rbl_test! "dead.list" '
                      'Reply! "550 listed" Deny!\n'
                      'Find_str? "%i:192.0.2.62" Reply! "250 -"\n'
                      'Find_in_from? "never" Deny!\n'},
                   rcpt='Ip? "10." Deny!\nItest? "%n>1" Deny!\n')
        with self.held("192.0.2.61", "MAIL FROM:<a@x.test>") as program:
            procs.wait_for(lambda: os.path.exists(ran), 20 * SLOW,
                           "the program")
            with self.held("192.0.2.62", "MAIL FROM:<b@x.test>") as names:
                server = self.world.front
                procs.wait_for(lambda: server.asked, 20 * SLOW,
                               "a question about the list")
                failed = self.crowd()
                self.assertEqual(failed[:5], [])
                self.assertTrue(program.silent(0.01))
                self.assertTrue(names.silent(0.01))
                with open(gone, "w"):
                    pass
                # The list is given up: its line ends, the others are tried.
                reply = names.reply(60 * SLOW)
                self.assertEqual((reply.code, reply.text), (250, "-"))
                reply = program.reply(60 * SLOW)
                self.assertEqual((reply.code, reply.text), (550, "seven"))
        self.suite.wait_empty(60)
        self.assertEqual(self.suite.maildir().count(), OTHERS)


def numbers_of(numbers, lock):
    """The numbers that are left, to one thread each."""
    while True:
        with lock:
            number = next(numbers, None)
        if number is None:
            return
        yield number


if __name__ == "__main__":
    unittest.main()
