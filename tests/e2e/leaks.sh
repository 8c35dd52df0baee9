# SPDX-License-Identifier: GPL-2.0-only
#
# leaks.sh [ROUNDS]: VMMs that are killed at any moment, while their VM is being swapped, while it is being made and while it
# runs, leave nothing behind: neither memory of the host nor VMs nor references on personalities. What the first rounds
# take (slabs, per-CPU lists) is not counted.
#
#vm --smp 2 --mem 512M --timeout 900
#vm --file $TOP/build/guest/swapguest:/bin/swapguest --file $TOP/build/tools/keelctl:/bin/keelctl
. /lib/keel/lib.sh

ROUNDS=${1:-30}
load_both

# A moment of up to so many hundredths of a second
a_moment() { sleep "$(awk -v r=$RANDOM -v max="$1" 'BEGIN { printf "%.3f", r / 32768 * max / 100 }')"; }

# One VMM with 2 vCPUs and 16 MiB, swaps without pause, SIGKILL at another moment each time; every other one on its way up
round() {
	case $(($1 % 4)) in
	0) start_guest -c 2 -m 16 -M ;;
	1) start_guest -c 2 -m 16 -P ;;
	*) swapguest -s 0 -c 2 -m 16 -W >/tmp/guest.out 2>&1 & guest=$! ;;
	esac
	(keelctl swap b; keelctl swap a; keelctl swap b; keelctl swap a) >/tmp/swap.out 2>&1 &
	swaps=$!
	a_moment 12
	kill -9 $guest
	wait $guest $swaps
}

# KiB that are not free, caches let go of
used() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	# What KASAN keeps in quarantine is given back to a cache that shrinks
	for s in /sys/kernel/slab/*/shrink; do [ ! -e "$s" ] || echo 1 >"$s"; done
	sleep 0.5
	awk '/^MemTotal/ { t = $2 } /^MemFree/ { f = $2 } END { print t - f }' /proc/meminfo
}

n=0
while [ $n -lt 10 ]; do round $n; n=$((n + 1)); done
before=$(used)
while [ $n -lt $((10 + ROUNDS)) ]; do round $n; n=$((n + 1)); done
after=$(used)
lost=$((after - before))
# A VM's pages are over 200 KiB: one left behind in every other round would show
if [ $lost -lt $((ROUNDS * 40 + 512)) ]; then
	pass "$ROUNDS VMMs killed during swaps: $lost KiB more in use"
else
	fail "VMMs killed during swaps leave no memory behind" "$lost KiB more in use after $ROUNDS"
fi
expect "no VM is left" sh -c '! keelctl status | grep -q "^ *vm [0-9]"'
expect "no personality is held" sh -c 'rmmod keel_kvm && rmmod keel_kvm_b'
finish
