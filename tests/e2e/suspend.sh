# SPDX-License-Identifier: GPL-2.0-only
#
# suspend.sh: the host goes to suspend-to-idle under running VMs and comes back: as far as devices and platform (the
# kernel's own pm_test), then all of it, with the clock's alarm to wake it.
#
#vm --smp 2 --mem 1G --timeout 300
#vm --file $TOP/build/guest/swapguest:/bin/swapguest --file $TOP/build/tools/keelctl:/bin/keelctl
. /lib/keel/lib.sh

load_both
# Seconds that a test of the kernel's stays asleep
echo 1 >/sys/module/suspend/parameters/pm_test_delay

suspend() {
	if [ "$1" = all ]; then
		echo none >/sys/power/pm_test
		echo +2 >/sys/class/rtc/rtc0/wakealarm
		echo freeze >/sys/power/state
	else
		echo "$1" >/sys/power/pm_test
		echo freeze >/sys/power/state
	fi
}

# under_guest NAME COMMAND...: a checking guest, the command in the middle of it
under_guest() {
	name=$1
	shift
	start_guest -c 2
	if ! "$@" >/tmp/err 2>&1; then
		fail "$name" "$(tail -n1 /tmp/err)"
		kill -9 $guest
		return
	fi
	sleep 1
	stop_guest "$name"
}

suspends() { sed -n 's/^success: *//p' /sys/kernel/debug/suspend_stats; }

for depth in devices platform all; do
	before=$(suspends)
	under_guest "a guest goes on after suspend-to-idle, $depth" suspend $depth
	[ "$(suspends)" -gt "$before" ] || fail "suspend-to-idle, $depth" "the kernel counts none"
done
swap_after() { suspend devices && keelctl swap b && suspend devices && keelctl swap a; }
under_guest "a guest goes on after suspends and swaps" swap_after
finish
