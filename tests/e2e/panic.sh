# SPDX-License-Identifier: GPL-2.0-only
#
# panic.sh host | invariant | fault: the machine dies under a running VM. host: by the kernel's own panic, which shows
# and ends as without keel. invariant, fault: the nucleus breaks an invariant of its own, or takes an exception (a debug
# build of it, nvhe/Makefile DEBUG=1): the host's console has why, the syndrome, registers and the way there.
#
#vm --smp 2 --mem 1G --timeout 300
#vm --file $TOP/build/guest/swapguest:/bin/swapguest --file $OUT/debug/keel.ko:/debug/keel.ko
#allow Kernel panic - not syncing: (sysrq triggered crash|keel: the nucleus has died)
#allow keel: nucleus panic on CPU
#allow Call trace:
#allow ---\[ end
. /lib/keel/lib.sh

if [ "$1" = host ]; then
	load_keel
else
	insmod /debug/keel.ko && insmod /lib/keel/keel-kvm.ko || { fail load "a debug build"; finish; }
fi
start_guest -c 2 && pass "a guest runs" || fail "a guest runs" "it does not"
insmod /lib/keel/keel-poke.ko pa=0x40000000 || { fail poke "module"; finish; }
# dies WHY: what the console has to have
dies() {
	ends_with 126 "nucleus panic on CPU 0[01]: $1"
	ends_with 126 'esr [0-9a-f]{16} far [0-9a-f]{16} hpfar [0-9a-f]{16} hcr [0-9a-f]{16}'
	ends_with 126 '  nucleus[+]0x[0-9a-f]{5}'
	ends_with 126 'Kernel panic - not syncing: keel: the nucleus has died'
}

case $1 in
host)
	ends_with 126 'Kernel panic - not syncing: sysrq triggered crash'
	echo c >/proc/sysrq-trigger ;;
invariant)
	dies '0: a debug call asked for it'
	echo 0 >/sys/kernel/debug/keel-poke/panic ;;
fault)
	dies 'exception at EL2'
	# A write to address 8, which EL2 does not map: data abort without a change of level
	ends_with 126 'esr 0000000096[0-9a-f]* far 0000000000000008 hpfar'
	ends_with 126 'pc nucleus[+]0x[0-9a-f]{5}'
	ends_with 126 'x00 [0-9a-f]{16}'
	echo 1 >/sys/kernel/debug/keel-poke/panic ;;
esac
fail panic "the machine goes on"
finish
