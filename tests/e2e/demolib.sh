# SPDX-License-Identifier: GPL-2.0-only
#
# demolib.sh: what the scripts of scripts/demo share: how they tell it what happens, and keel loaded and shown.
say() { echo "demo: $*" >/dev/kmsg; }
row() { echo "table: $1|$2" >/dev/kmsg; }
# A script with more to show when it fails has its own last_words
last_words() { :; }
die() { say "FAILED: $*"; last_words; exit 1; }

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
