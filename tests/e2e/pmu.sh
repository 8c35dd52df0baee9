# SPDX-License-Identifier: GPL-2.0-only
#
# pmu.sh: a guest's PMU, checked by tests/e2e/guest/pmu.c; once more with a swap before every entry; and with swaps while
# counters count and overflow.
#
#vm --smp 2 --mem 1G --timeout 300
#vm --file $TOP/build/guest/pmu:/bin/pmu --file $TOP/build/tools/keelctl:/bin/keelctl
. /lib/keel/lib.sh

load_both
judge "" pmu
judge swapped- pmu swap

# Whatever VMs there are at the time
swap_all_the_time() {
	n=0
	while [ ! -e /tmp/stop ]; do
		for to in b a; do
			keelctl swap $to >/tmp/swap.out 2>&1 && n=$((n + 1)) || cat /tmp/swap.out >>/tmp/swap.failed
			sleep 0.05
		done
	done
	echo $n >/tmp/swaps
}
swap_all_the_time &
judge stress- pmu stress
touch /tmp/stop
wait
[ -s /tmp/swaps ] && [ "$(cat /tmp/swaps)" -gt 20 ] && [ ! -e /tmp/swap.failed ] &&
	pass "$(cat /tmp/swaps) swaps meanwhile" || fail "swaps meanwhile" "$(tail -n1 /tmp/swap.failed) after $(cat /tmp/swaps)"
finish
