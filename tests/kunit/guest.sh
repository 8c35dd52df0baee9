# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh MODE: loads keel and the KUnit modules, tells each case's result.
say() { echo "keel-test: $*" >/dev/kmsg; }

insmod /lib/keel/keel.ko mode="$1" || { say "not ok load # keel.ko"; exit 1; }
for module in stream memslot services idregs nucleus; do
	insmod "/lib/keel/keel-$module-kunit.ko"
	# A copy: the files of debugfs have no size
	results=/tmp/$module.results
	cat "/sys/kernel/debug/kunit/keel_$module/results" >"$results"
	if [ ! -s "$results" ]; then
		say "not ok $module # no results"
		continue
	fi
	cat "$results"
	sed -n 's/^ *\(ok\|not ok\) [0-9]* \([a-z].*\)/\1 '"$module"': \2/p' "$results" | grep -v "keel_$module\$" |
		while read -r line; do say "$line"; done
done
