# SPDX-License-Identifier: GPL-2.0-only
#
# places.sh SKIP VA_OFFSET: the nucleus at another physical place, SKIP MiB away from where it would be, and at EL2
# addresses VA_OFFSET away from the physical ones; guests run there and survive swaps.
#
#vm --smp 2 --mem 1G --timeout 300
#vm --file $TOP/build/guest/swapguest:/bin/swapguest --file $TOP/build/tools/keelctl:/bin/keelctl
. /lib/keel/lib.sh

value() { sed -n "s/^$1 *//p" /sys/kernel/debug/keel/nucleus; }

insmod /lib/keel/keel.ko skip="$1" va_offset="$2" && insmod /lib/keel/keel-kvm.ko &&
	insmod /lib/keel/keel-kvm-b.ko takeover=0 || { fail load "with skip=$1 va_offset=$2"; finish; }
[ $(($(value va_offset))) -eq $(($2)) ] && pass "image at $(value nucleus_pa), EL2 is $(value va_offset) away" ||
	fail "EL2's addresses" "$(value va_offset) instead of $2"
for cpu in 0 1; do
	expect "a guest on CPU $cpu" taskset -c $cpu swapguest -c 2 -s 1
done
swapguest -c 2 -s 3 -M >/tmp/guest.out 2>&1 &
guest=$!
sleep 1
expect "a swap" keelctl swap b
expect "a swap back" keelctl swap a
wait $guest && pass "a guest through the swaps" || fail "a guest through the swaps" "$(tail -n1 /tmp/guest.out)"
echo 0 >/sys/devices/system/cpu/cpu1/online && echo 1 >/sys/devices/system/cpu/cpu1/online
expect "a guest on a CPU that went and came" taskset -c 1 swapguest -c 1 -s 1
finish
