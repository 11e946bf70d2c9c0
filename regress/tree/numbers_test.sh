#!/bin/sh
# The numbers of the tree: see numbers.py.  One case.
cd "$(dirname "$0")/../.." || exit 1
exec regress/tree/numbers.py
