# SPDX-License-Identifier: GPL-2.0-only
#
# kexec.sh: nvhe, vhe: the same kernel again by kexec, under running VMs; keel.ko loads again there, and guests run.
# protected: refused before anything is torn down, whichever of kexec and keel.ko comes first; a crash kernel too.
#
# Without an ITS, because kexec does not work with one on this machine, keel or not: once GICR_CTLR.EnableLPIs is set the
# redistributors keep their LPI tables where the first kernel put them (IHI 0069, GICR_CTLR), only EFI can tell the next
# kernel so (LINUX_EFI_MEMRESERVE), and this machine boots without. kexec then puts the next kernel over the tables;
# that one finds them in reserved memory, its own, takes them up, and 64 KiB of its text read 0xc2: an LPI's priority. With
# UEFI the ITS stays.
#
#vm --smp 2 --mem 1G --timeout 300 --append crashkernel=256M $([ -n "$UEFI" ] || echo --qemu -M --qemu its=off)
#vm --file $TOP/build/guest/swapguest:/bin/swapguest
#vm --file $CACHE/kexec:/kexec --file $CACHE/kernel/$kernel/vmlinuz:/boot/vmlinuz
. /lib/keel/lib.sh

kexec() { /kexec/lib/ld-linux-aarch64.so.1 --library-path /kexec/lib /kexec/kexec "$@" 2>&1; }
# load_next -l (to be started by kexec -e) or -p (by a panic); no checksums, which take this machine half a minute
load_next() { kexec "$1" --no-checks /boot/vmlinuz --initrd=/tmp/initrd --command-line="$(cat /proc/cmdline) keel_again"; }
loaded() { cat /sys/kernel/kexec_loaded /sys/kernel/kexec_crash_loaded | xargs; }

again() {
	load_keel
	for cpu in 0 1; do
		expect "after kexec, a guest on CPU $cpu" taskset -c $cpu swapguest -c 2 -s 1
	done
	finish
}

# too_late OPTION: a kernel that is loaded before keel.ko stops it
too_late() {
	expect "a kernel can be loaded while keel.ko is not (kexec $1)" load_next "$1"
	insmod /lib/keel/keel.ko 2>/dev/null && { fail "keel.ko after kexec $1" "it loaded"; finish; }
	dmesg | tail -n 1 | grep -q 'keel: a .*kernel is loaded.*in protected mode' && pass "keel.ko refuses after kexec $1, in one line" ||
		fail "keel.ko after kexec $1" "$(dmesg | tail -n 1)"
	expect "the kernel can be unloaded (kexec $1)" kexec "$1" -u
}

refused() {
	too_late -l
	too_late -p
	load_keel
	said=$(dmesg | grep -c 'keel: kexec and crash kernels are refused')
	[ "$said" -eq 1 ] && pass "keel.ko says that kexec is refused" || fail "a line on kexec" "$said lines"
	for option in -l -p; do
		load_next $option >/tmp/err && fail "kexec $option after keel.ko" "it worked"
		grep -q 'Operation not permitted' /tmp/err && pass "kexec $option is refused after keel.ko" ||
			fail "kexec $option is refused after keel.ko" "$(tail -n1 /tmp/err)"
	done
	[ "$(loaded)" = "0 0" ] && pass "no kernel is loaded" || fail "no kernel is loaded" "$(loaded)"
	kexec -e >/tmp/err && fail "kexec -e" "it came back with success" || pass "kexec -e is refused: $(tail -n1 /tmp/err)"
	expect "nothing was torn down" swapguest -c 2 -s 1
	finish
}

grep -q keel_again /proc/cmdline && again
# What runs here, packed again: 6.1 cannot hand out the initramfs that it booted with
find / -xdev | cpio -o -H newc >/tmp/initrd 2>/dev/null
grep -q kvm-arm.mode=protected /proc/cmdline && refused
load_keel
expect "the next kernel is loaded" load_next -l
swapguest -s 0 -c 2 >/dev/null 2>&1 &
swapguest -s 0 -c 2 -W >/dev/null 2>&1 &
sleep 2
kexec -e
fail "kexec -e" "it came back"
finish
