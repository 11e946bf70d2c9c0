FUZZ += lfile_fuzz segment_fuzz
lfile_fuzz_SRCS = regress/fuzz/lfile_fuzz.c queued/lfile.c \
	queued/lfile_print.c queued/message.c common/id.c
segment_fuzz_SRCS = regress/fuzz/segment_fuzz.c $(QUEUED_DISK_SRCS) \
	common/buf.c common/id.c
