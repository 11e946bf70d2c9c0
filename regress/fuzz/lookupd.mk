FUZZ += table_fuzz dns_answer_fuzz
table_fuzz_SRCS = regress/fuzz/table_fuzz.c lookupd/table.c lookupd/table_row.c
dns_answer_fuzz_SRCS = regress/fuzz/dns_answer_fuzz.c lookupd/dns_answer.c
