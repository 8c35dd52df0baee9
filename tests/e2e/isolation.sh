# SPDX-License-Identifier: GPL-2.0-only
#
# isolation.sh: protected mode, INV-2: a host that pokes a page of the nucleus gets a fault of its own, by whichever way
# it goes there, and the machine goes on. Each oops is one thread's: those four are expected, no other report is.
#
#allow Unable to handle kernel (read from unreadable|write to read-only|execute from non-executable) memory at
#allow Internal error: Oops: 00000000[89]60000[04]f \[
#vm --smp 2 --mem 1G --timeout 300
#vm --file $TOP/build/guest/swapguest:/bin/swapguest --file $TOP/build/guest/poke:/bin/poke
#allow Unable to handle kernel (read from unreadable|execute from non-executable|write to read-only) memory
#allow Internal error: Oops: 00000000[98]60000[04]f
. /lib/keel/lib.sh

load_keel
pa=$(sed -n 's/^nucleus_pa *//p' /sys/kernel/debug/keel/nucleus)
insmod /lib/keel/keel-poke.ko pa="$pa" || { fail poke "module"; finish; }
D=/sys/kernel/debug/keel-poke

alive() { swapguest -c 1 -s 1 >/tmp/guest.out 2>&1; }

# goes_on NAME: after whatever was tried, guests still run and the nucleus is whole
goes_on() { if alive; then pass "$1"; else fail "$1" "$(tail -n1 /tmp/guest.out)"; fi; }

expect "a user mapping of a nucleus page: reading is a signal" poke $D/user read
expect "a user mapping of a nucleus page: writing is a signal" poke $D/user write
expect "a user mapping of a nucleus page: executing is a signal" poke $D/user exec
expect "a kernel access that expects faults gets EFAULT" sh -c "! cat $D/nofault 2>/dev/null && cat $D/nofault 2>&1 | grep -q 'Bad address'"
for way in memcpy copy execute; do
	(cat $D/$way >/tmp/poke.out 2>&1)
	[ -s /tmp/poke.out ] && ! grep -q 'Bad address' /tmp/poke.out && fail "kernel $way of a nucleus page" "it got data"
	goes_on "a kernel $way of a nucleus page: the machine goes on"
done
(echo 1 >$D/memcpy) 2>/dev/null
goes_on "a kernel write to a nucleus page: the machine goes on"
oopses=$(dmesg | grep -c 'Internal error: Oops: .*')
[ "$oopses" -eq 4 ] && pass "each of the four raw accesses was a fault" ||
	fail "each of the four raw accesses was a fault" "$oopses oopses"
finish
