"""The mail servers that ours is held against, from Debian's packages, each
in a directory and on ports of its own: Postfix, Exim, dovecot's LMTP.

All of them want root, and take a netns.Host to run in.  Their mailboxes are
Maildirs; count() adds them up.
"""

import os
import pwd
import shutil
import signal
import tempfile

import maildir as maildirs
import ports
import procs

TOP = os.environ.get("SELOR_TOP") or os.path.dirname(os.path.dirname(
    os.path.dirname(os.path.abspath(__file__))))
EXIM = os.path.join(TOP, "build/peers/exim/usr/sbin/exim4")
SMTP_SINK = "/usr/sbin/smtp-sink"
SMTP_SOURCE = "/usr/sbin/smtp-source"


class Peer:
    """What the peers have in common: a directory, a process, Maildirs."""

    def __init__(self, name, address, host, port=None):
        self.dir = tempfile.mkdtemp(prefix=f"{name}.")
        os.chmod(self.dir, 0o755)
        self.address, self.host = address, host
        self.wrap = host.wrap if host else []
        self.port = port or ports.free()
        self.process = None

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as f:
            f.write(text)

    def own(self, name, user, group=-1):
        os.makedirs(self.path(name), exist_ok=True)
        shutil.chown(self.path(name), user, None if group == -1 else group)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.destroy()
            raise

    def __exit__(self, kind, *_):
        if kind is not None:
            print(f"--- {type(self).__name__}\n{self.log()}", flush=True)
        self.destroy()

    def launch(self, argv, **kw):
        self.process = procs.Process(self.wrap + argv, self.path("output"),
                                     **kw)
        procs.wait_port(self.address, self.port, 20, self.process, self.host)
        return self

    def stop(self):
        if self.process is not None:
            self.process.stop(10)
            self.process = None

    def destroy(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def log(self, last=80):
        text = ""
        for name in ("output", "log", "mainlog", "paniclog"):
            try:
                with open(self.path(name), errors="replace") as f:
                    text += "".join(f.readlines()[-last:])
            except FileNotFoundError:
                pass
        return text

    def maildir(self, user):
        """The mailbox of the local part of an address."""
        return maildirs.Maildir(self.path("mail", user, "Maildir"))

    def count(self):
        """Messages in all mailboxes."""
        folder = self.path("mail")
        return sum(self.maildir(u).count() for u in os.listdir(folder))

    def pids(self):
        return [self.process.pid] + procs.descendants(self.process.pid)


MASTER = """\
{address}:{port} inet n - n - {maxproc} smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix(Peer):
    """A Postfix: MX for domains, with a mailbox for each of users (local
    parts), everything else to relay ("[host]:port") when that is given.

    options     further lines of main.cf
    """

    def __init__(self, users=("user",), domains=("example.test",), relay="",
                 options=(), maxproc="-", address="127.0.0.1", host=None,
                 hostname="postfix.test", dns=True, port=None):
        super().__init__("postfix", address, host, port)
        self.users, self.domains, self.relay = users, domains, relay
        self.own("queue", "root")
        self.own("data", "postfix")
        self.own("mail", "nobody")
        ids = pwd.getpwnam("nobody")
        rows = "".join(f"{u}@{d} {u}/Maildir/\n" for u in users
                       for d in domains)
        self.write("config/mailboxes", rows)
        self.write("config/master.cf", MASTER.format(
            address=address if ":" not in address else f"[{address}]",
            port=self.port, maxproc=maxproc))
        main = f"""compatibility_level = 3.6
config_directory = {self.path("config")}
queue_directory = {self.path("queue")}
data_directory = {self.path("data")}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {self.path("log")}
maillog_file_prefixes = {self.dir}
myhostname = {hostname}
mydestination =
mynetworks = 127.0.0.0/8 [::1]/128
inet_interfaces = all
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:none
virtual_mailbox_domains = {" ".join(domains)}
virtual_mailbox_base = {self.path("mail")}
virtual_mailbox_maps = texthash:{self.path("config/mailboxes")}
virtual_minimum_uid = 1
virtual_uid_maps = static:{ids.pw_uid}
virtual_gid_maps = static:{ids.pw_gid}
relayhost = {relay}
smtp_host_lookup = {"dns" if dns else "native"}
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtp_tls_security_level = none
smtpd_tls_security_level = none
biff = no
"""
        self.write("config/main.cf", main + "".join(o + "\n"
                                                    for o in options))

    def start(self):
        # Makes the queue's directories; what it says of files that are not
        # its own package's does no harm.
        procs.run(["postfix", "-c", self.path("config"), "check"],
                  check=False)
        self.launch(["/usr/lib/postfix/sbin/master", "-s", "-c",
                     self.path("config")],
                    env=dict(os.environ, MAIL_CONFIG=self.path("config"),
                             MAIL_LOGTAG="postfix"))
        return self

    def tool(self, name, *args, **kw):
        """postqueue, postsuper, sendmail and the like on this instance."""
        flag = ["-C"] if name == "sendmail" else ["-c"]
        return procs.run([f"/usr/sbin/{name}", *flag, self.path("config"),
                          *args], **kw).stdout

    def queue_length(self):
        text = self.tool("postqueue", "-j", check=False)
        return sum(line.startswith("{") for line in text.splitlines())


class Exim(Peer):
    """An Exim as MX for domains with Maildirs for users.  It is unpacked,
    not installed: see exim-unpack."""

    def __init__(self, users=("user",), domains=("example.test",),
                 options=(), address="127.0.0.1", host=None,
                 hostname="exim.test", port=None):
        super().__init__("exim", address, host, port)
        # Its user is compiled in and does not exist on this machine.
        nobody = pwd.getpwnam("nobody")
        self.write("passwd", "root:x:0:0::/root:/bin/sh\nDebian-exim:x:"
                   f"{nobody.pw_uid}:{nobody.pw_gid}::/:/bin/false\n")
        self.write("group", f"root:x:0:\nDebian-exim:x:{nobody.pw_gid}:\n"
                   "mail:x:8:\n")
        for name in ("spool", "mail", "."):
            self.own(name, "nobody", nobody.pw_gid)
        # A copy, since the tree may lie where only root can look.
        shutil.copy(EXIM, self.path("exim4"))
        self.write("conf", f"""{chr(10).join(options)}
exim_path = {self.path("exim4")}
primary_hostname = {hostname}
exim_user = Debian-exim
exim_group = Debian-exim
never_users = root
spool_directory = {self.path("spool")}
log_file_path = {self.path("%slog")}
pid_file_path = {self.path("pid")}
keep_environment = LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
add_environment = PATH=/usr/bin:/bin
local_interfaces = <; {address}
daemon_smtp_ports = {self.port}
domainlist local_domains = {" : ".join(domains)}
deliver_drop_privilege = true
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts =
chunking_advertise_hosts = *
queue_only_load = 100
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
begin acl
rcpt:
  accept domains = +local_domains
         verify = recipient
  deny message = no such user
begin routers
users:
  driver = accept
  domains = +local_domains
  local_parts = {" : ".join(users)}
  transport = maildir
begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = {self.path("mail")}/${{quote:$local_part_data}}/Maildir
  create_directory
  user = Debian-exim
  group = Debian-exim
  delivery_date_add
  return_path_add
begin retry
* * F,1h,1s
""")

    def environment(self):
        return dict(os.environ, LD_PRELOAD="libnss_wrapper.so",
                    NSS_WRAPPER_PASSWD=self.path("passwd"),
                    NSS_WRAPPER_GROUP=self.path("group"))

    def start(self):
        return self.launch([self.path("exim4"), "-C", self.path("conf"),
                            "-bdf", "-q5s"], env=self.environment())


class DovecotLmtp(Peer):
    """dovecot's LMTP server, on a port and on a unix socket."""

    def __init__(self, users=("user",), address="127.0.0.1", host=None):
        super().__init__("dovecot", address, host)
        nobody = pwd.getpwnam("nobody")
        self.own("mail", "nobody")
        self.own("run", "root")
        self.socket = self.path("lmtp")
        self.write("users", "".join(
            f"{u}:{{PLAIN}}x:{nobody.pw_uid}:{nobody.pw_gid}::"
            f"{self.path('mail', u)}::\n" for u in users))
        self.write("conf", f"""protocols = lmtp
base_dir = {self.path("run")}
log_path = {self.path("log")}
ssl = no
first_valid_uid = 1
auth_username_format = %Ln
mail_location = maildir:{self.path("mail")}/%n/Maildir
passdb {{
  driver = passwd-file
  args = {self.path("users")}
}}
userdb {{
  driver = passwd-file
  args = {self.path("users")}
}}
service lmtp {{
  unix_listener {self.socket} {{
    mode = 0666
  }}
  inet_listener lmtp {{
    address = {address}
    port = {self.port}
  }}
}}
""")

    def start(self):
        return self.launch(["/usr/sbin/dovecot", "-F", "-c",
                            self.path("conf")])


class SmtpSink:
    """Postfix's smtp-sink: takes everything, as fast as it can."""

    def __init__(self, address="127.0.0.1", args=(), host=None, backlog=1000):
        self.address, self.port = address, ports.free()
        fd, self.log_path = tempfile.mkstemp(prefix="smtp-sink.")
        os.close(fd)
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        self.argv = [*(host.wrap if host else []), SMTP_SINK, *user, *args,
                     f"inet:{address}:{self.port}", str(backlog)]
        self.host = host

    def __enter__(self):
        self.process = procs.Process(self.argv, self.log_path)
        procs.wait_port(self.address, self.port, 10, self.process, self.host)
        return self

    def __exit__(self, *_):
        self.process.stop(5, signal.SIGTERM)
        os.unlink(self.log_path)


def smtp_source(port, to, sender="a@client.test", sessions=1, messages=1,
                size=None, address="127.0.0.1", args=(), timeout=120):
    """Postfix's load generator; an error when it fails."""
    argv = [SMTP_SOURCE, "-s", sessions, "-m", messages, "-f", sender,
            "-t", to, *args]
    if size:
        argv += ["-l", size]
    return procs.run(argv + [f"inet:{address}:{port}"], timeout=timeout)
