# SPDX-License-Identifier: GPL-2.0-only
#
# demo.sh: what scripts/demo shows, inside the host machine: keel is loaded, an unmodified QEMU boots a Debian guest on it,
# the guest works and checks itself while the personality under it is swapped, and both sides tell what they saw.
. /lib/keel/lib.sh
. /lib/keel/host.sh

SECONDS_OF_LOAD=20 GUEST_CPUS=2

# What scripts/demo picks out of the console
say() { echo "demo: $*" >/dev/kmsg; }
row() { echo "table: $1|$2" >/dev/kmsg; }
die() {
	say "FAILED: $*"
	tail -n 5 $VM/serial $VM/qemu
	exit 1
}

# Milliseconds of uptime, 10 ms steps
now() { sed 's/\([0-9]*\)\.\([0-9]*\) .*/\1\20/' /proc/uptime; }

# load_and_show: anchor and personality, and the table's first rows
load_and_show() {
	local t load
	t=$(now)
	insmod /lib/keel/keel.ko || die "keel.ko could not be loaded"
	load=$(($(now) - t))
	insmod /lib/keel/keel-kvm.ko || die "keel-kvm.ko could not be loaded"
	[ -c /dev/kvm ] || die "no /dev/kvm"
	say "the nucleus is at EL2, /dev/kvm is keel's"
	row "host kernel" "$(uname -r), unmodified"
	row "mode" "$(keelctl status | sed -n 's/^mode: *//p')"
	row "nucleus" "$(($(sed -n 's/^size *//p' /sys/kernel/debug/keel/nucleus) / 1024)) KiB at EL2, loaded in $load ms"
}

# in_guest COMMAND: typed at the guest's shell, and what it answered
in_guest() {
	say "  guest# $1"
	guest "$1" >/tmp/answer || die "in the guest: $(cat /tmp/answer)"
	while read -r line; do say "  $line"; done </tmp/answer
}

# number FILE KEY: out of the load's result
number() { sed -n "s/.*load: result.* $2=\([0-9]*\).*/\1/p" "$1"; }

load_and_show

t=$(now)
host_side
guest_start || die "the guest has no shell"
version=$(chroot /vmm qemu-system-aarch64 --version | sed -n '1s/.*version \([^ ]*\).*/\1/p')
say "QEMU $version, as Debian ships it, has booted a guest to its shell in $(($(now) - t)) ms:"
in_guest 'sed -n "s/PRETTY_NAME=//p" /etc/os-release'
in_guest 'uname -srm; nproc'
in_guest 'sha256sum /usr/bin/qemu-system-aarch64 >/tmp/sum; cut -c1-16 /tmp/sum'
row "guest" "Debian kernel $(guest 'uname -r'), $GUEST_CPUS vCPUs, QEMU $version"

say "the guest works for $SECONDS_OF_LOAD s: sums on every CPU, files, round trips over its network, timers"
guest_begin "load run -t $SECONDS_OF_LOAD -s 10.0.2.2:$SERVER_PORT"
wait_for 30 said $VM/con '^load: running' || die "the load does not start"
insmod /lib/keel/keel-kvm-b.ko || die "the takeover by keel-kvm-b.ko failed"
say "keel-kvm-b.ko loaded: it has taken the running guest over"
rmmod keel_kvm || die "the outgoing personality is still in use"
say "keel-kvm.ko unloaded"
insmod /lib/keel/keel-kvm.ko || die "keel-kvm.ko could not be loaded again"
swapping 0.2
guest_join $((SECONDS_OF_LOAD + 120)) >/tmp/load || die "the guest found an error: $(cat /tmp/load)"
swapping_ends || die "a swap: $swaps"
swaps=$((swaps + 2))
say "swapped $swaps times; the guest's load found nothing wrong"
in_guest 'sha256sum -c /tmp/sum'
in_guest 'dmesg | tail -n 2'
blackout=$(keelctl status | sed -n 's/.*last blackout \([0-9]*\) us.*/\1/p' | head -n1)
reports=none
no_reports || { reports="$(head -n 1 $VM/reports)"; say "FAILED: the guest's kernel reports: $reports"; }
guest_off || die "no power-off"
say "the guest has powered itself off"

row "swaps" "$swaps, all under the running guest"
row "blackout of a swap, host's clock" "${blackout:-?} us"
row "guest: longest scheduling gap" "$(number /tmp/load gap_us) us (emulated CPUs, scheduling included)"
row "guest: clock against the host's" "$(number /tmp/load drift_us) us off, known to $(number /tmp/load window_us) us"
row "guest: checked on its CPUs" "$(number /tmp/load rounds) sums"
row "guest: written and read again" "$(number /tmp/load files) files, $(number /tmp/load bytes) bytes"
row "guest: network" "$(number /tmp/load trips) round trips"
row "guest: timers" "$(number /tmp/load ticks) expiries"
row "guest: wrong" "$(number /tmp/load errors)"
row "guest: reports of its kernel" "$reports"
[ "$reports" = none ] && [ "$(number /tmp/load errors)" = 0 ] && [ "$(number /tmp/load drift_us)" -le 100 ] || exit 1
row "lost" "nothing"
