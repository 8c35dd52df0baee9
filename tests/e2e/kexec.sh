# SPDX-License-Identifier: GPL-2.0-only
#
# kexec.sh: nvhe, vhe: the same kernel again by kexec, under running VMs; keel.ko loads again there. protected: refused
# before anything is torn down, whichever of kexec and keel.ko comes first.
#
#vm --smp 2 --mem 1G --timeout 100 --append retain_initrd
#vm --file $TOP/build/guest/swapguest:/bin/swapguest
#vm --file $CACHE/kexec:/kexec --file $CACHE/kernel/$kernel/vmlinuz:/boot/vmlinuz
. /lib/keel/lib.sh

kexec() { /kexec/lib/ld-linux-aarch64.so.1 --library-path /kexec/lib /kexec/kexec "$@" 2>&1; }
load_next() { kexec -l /boot/vmlinuz --initrd=/sys/firmware/initrd --command-line="$(cat /proc/cmdline) keel_again"; }

again() {
	load_keel
	for cpu in 0 1; do
		expect "after kexec, a guest on CPU $cpu" taskset -c $cpu swapguest -c 2 -s 1
	done
	finish
}

refused() {
	expect "a kernel can be loaded while keel.ko is not" load_next
	insmod /lib/keel/keel.ko 2>/dev/null && fail "keel.ko after kexec -l" "it loaded"
	dmesg | tail -n 2 | grep -q 'keel: a kernel is loaded for kexec' && pass "keel.ko refuses after kexec -l" ||
		fail "keel.ko after kexec -l" "$(dmesg | tail -n 1)"
	expect "the kernel can be unloaded" kexec -u
	load_keel
	said=$(dmesg | grep -c 'keel: kexec is refused from now on')
	[ "$said" -eq 1 ] && pass "keel.ko says that kexec is refused" || fail "a line on kexec" "$said lines"
	load_next >/tmp/err && fail "kexec -l after keel.ko" "it worked" || pass "kexec -l is refused: $(tail -n1 /tmp/err)"
	kexec -e >/tmp/err && fail "kexec -e" "it came back with success" || pass "kexec -e is refused: $(tail -n1 /tmp/err)"
	expect "nothing was torn down" swapguest -c 2 -s 1
	finish
}

grep -q keel_again /proc/cmdline && again
grep -q kvm-arm.mode=protected /proc/cmdline && refused
load_keel
expect "the next kernel is loaded" load_next
swapguest -s 0 -c 2 >/dev/null 2>&1 &
swapguest -s 0 -c 2 -W >/dev/null 2>&1 &
sleep 2
kexec -e
fail "kexec -e" "it came back"
finish
