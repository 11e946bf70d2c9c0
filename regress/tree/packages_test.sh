#!/bin/sh
# The package lists: sorted, one name a line, and no host named anywhere near.
cd "$(dirname "$0")/../.." || exit 1
n=0
say() {
	n=$((n + 1))
	echo "$1 $n - $2"
}
for list in build test lint; do
	if grep -qvE '^[a-z0-9][a-z0-9.+-]+$' "etc/packages/$list"; then
		say "not ok" "$list holds package names only"
	else
		say ok "$list holds package names only"
	fi
	if LC_ALL=C sort -cu "etc/packages/$list"; then
		say ok "$list is sorted"
	else
		say "not ok" "$list is sorted"
	fi
done
if grep -nE 'https?:|deb\.|\.debian\.org' etc/packages/*; then
	say "not ok" "no package host is named"
else
	say ok "no package host is named"
fi
echo "1..$n"
