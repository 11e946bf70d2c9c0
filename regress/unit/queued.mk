# queued's disk half.
QUEUED_TEST_SRCS := $(QUEUED_DISK_SRCS) common/buf.c common/id.c

UNIT += powerloss_test
powerloss_test_SRCS = regress/crash/powerloss_test.c regress/crash/disk.c \
	$(QUEUED_TEST_SRCS)
powerloss_test_LDLIBS = -Wl,--wrap=openat,--wrap=close,--wrap=pwrite \
	-Wl,--wrap=fsync,--wrap=fdatasync,--wrap=syncfs,--wrap=renameat \
	-Wl,--wrap=unlinkat,--wrap=linkat,--wrap=clock_gettime

UNIT += lfile_test
lfile_test_SRCS = regress/unit/lfile_test.c $(QUEUED_TEST_SRCS)

UNIT += spool_test
spool_test_SRCS = regress/unit/spool_test.c $(QUEUED_TEST_SRCS)
