UNIT += msg_test
msg_test_SRCS = regress/unit/msg_test.c common/msg.c common/buf.c
UNIT += dlocal_test
dlocal_test_SRCS = regress/unit/dlocal_test.c selor/dlocal.c
UNIT += sandbox_test
sandbox_test_SRCS = regress/unit/sandbox_test.c common/sandbox_seccomp.c \
	common/msg.c common/buf.c
UNIT += peer_test
peer_test_SRCS = regress/unit/peer_test.c common/peer.c common/calls.c \
	common/imsg.c common/msg.c common/buf.c
UNIT += peer_hostile_test
peer_hostile_test_SRCS = regress/unit/peer_hostile_test.c common/peer.c \
	common/calls.c common/imsg.c common/msg.c common/buf.c
# Deadlines pass when the test says so.
peer_hostile_test_LDLIBS = -Wl,--wrap=clock_gettime
UNIT += slot_test
slot_test_SRCS = regress/unit/slot_test.c common/slot.c common/id.c \
	common/calls.c common/msg.c common/buf.c
UNIT += log_test
log_test_SRCS = regress/unit/log_test.c common/log.c common/log_line.c
UNIT += peer_secret_test
peer_secret_test_SRCS = regress/unit/peer_secret_test.c common/peer.c \
	common/calls.c common/imsg.c common/msg.c common/buf.c
