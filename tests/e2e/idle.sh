# SPDX-License-Identifier: GPL-2.0-only
#
# idle.sh: cpuidle under running VMs, with a state that powers CPUs down (idle/idle.dtso; QEMU's machine has none). QEMU
# takes CPU_SUSPEND for a WFI and returns from it: nothing is lost, and the kernel counts the entry as rejected. What is
# shown here: CPU_PM_ENTER and _EXIT around each; in protected mode the call through the nucleus' relay and back. In
# nvhe keel-idle.ko makes each entry lose EL2, and keel has to take the CPU again before a guest runs there. What a core
# does that comes back through its entry point is hotplug.sh's, by CPU_ON: the same way in, both in kernel and nucleus.
#
# With a GICv2: for a GICv3 with one security state (GICD_CTLR.DS) Linux turns Group 1 off before such a state and leaves
# the waking to a power controller, which this machine has not. It hangs in the first idle, keel or not.
#
#vm --smp 2 --mem 1G --timeout 120 --qemu -M --qemu gic-version=2 --overlay $HERE/idle/idle.dtso
#vm --file $TOP/build/guest/swapguest:/bin/swapguest
. /lib/keel/lib.sh

states=/sys/devices/system/cpu/cpu
count() { cat /sys/kernel/debug/keel-idle/"$1"; }
# entries CPU: how often it went into the state that powers down, whatever came of it
entries() {
	cat "$states$1"/cpuidle/state1/usage "$states$1"/cpuidle/state1/rejected | { read -r a; read -r b; echo $((a + b)); }
}

# took NAME COUNTER LEAST
took() {
	n=$(count "$2")
	[ "$n" -ge "$3" ] && pass "$1 ($n)" || fail "$1" "$n, not $3"
}

load_keel
expect "the CPUs have an idle state that powers down" \
	grep -q power-down "${states}0/cpuidle/state1/desc" "${states}0/cpuidle/state1/name"
insmod /lib/keel/keel-idle.ko || fail "keel-idle.ko" "it could not be loaded"
before0=$(entries 0) before1=$(entries 1)
expect "guests that compute go on" swapguest -c 2 -s 4
expect "guests that wait go on" swapguest -c 2 -s 4 -W
# One CPU idle, the other one not; then the other way round
for cpu in 0 1; do
	expect "guests on CPU $cpu go on, the other one idle" taskset -c $cpu swapguest -c 2 -s 3
done
for cpu in 0 1; do
	eval "n=\$((\$(entries $cpu) - before$cpu))"
	[ "$n" -ge 20 ] && pass "CPU $cpu was powered down ($n times)" || fail "CPU $cpu powered down" "$n times"
done
took "the kernel told of low power" entered 40
if grep -q kvm-arm.mode=protected /proc/cmdline; then
	took "EL2 was not given back" refused 40
	[ "$(count given_back)" -eq 0 ] || fail "EL2 was not given back" "$(count given_back) times"
elif grep -q kvm-arm.mode=nvhe /proc/cmdline; then
	took "EL2 was lost and taken again" given_back 40
fi
finish
