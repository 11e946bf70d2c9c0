UNIT += table_test dns_answer_test route_test seen_test

table_test_SRCS = regress/unit/table_test.c lookupd/table.c lookupd/table_row.c
dns_answer_test_SRCS = regress/unit/dns_answer_test.c lookupd/dns_answer.c
route_test_SRCS = regress/unit/route_test.c lookupd/route_order.c
seen_test_SRCS = regress/unit/seen_test.c lookupd/seen.c
UNIT += password_test
password_test_SRCS = regress/unit/password_test.c lookupd/password.c
password_test_LDLIBS = -lcrypt
