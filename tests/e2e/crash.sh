# SPDX-License-Identifier: GPL-2.0-only
#
# crash.sh: nvhe, vhe: the host panics under running VMs, and the crash kernel that was loaded before boots as it does
# without keel: /proc/vmcore is there and can be read from end to end, the nucleus' memory included. It has EL2 to itself,
# so keel.ko loads there too, and guests run. (protected: refused, see kexec.sh)
#
# argument: the CPU that panics, on which the crash kernel boots then
#
#allow Kernel panic - not syncing: sysrq triggered crash
#vm --smp 2 --mem 1G --timeout 300 --append crashkernel=256M
#vm --file $TOP/build/guest/swapguest:/bin/swapguest
#vm --file $CACHE/kexec:/kexec --file $CACHE/kernel/$kernel/vmlinuz:/boot/vmlinuz
. /lib/keel/lib.sh

kexec() { /kexec/lib/ld-linux-aarch64.so.1 --library-path /kexec/lib /kexec/kexec "$@" 2>&1; }

crashed() {
	pass "the crash kernel boots"
	name="the memory of the kernel that panicked can be read"
	case $(uname -r) in
	6.1.*) skip "$name" "6.1 takes an external abort there on this machine, with keel or without" ;;
	*) expect "$name" dd if=/proc/vmcore of=/dev/null bs=1M ;;
	esac
	load_keel
	for cpu in 0 1; do
		expect "in the crash kernel, a guest on CPU $cpu" taskset -c $cpu swapguest -m 16 -c 2 -s 1
	done
	finish
}

[ -e /proc/vmcore ] && crashed
load_keel
# Its kernel and tools are not packed again: the crash kernel's memory is small
find / -xdev ! -path '/boot/*' ! -path '/kexec/*' | cpio -o -H newc >/tmp/initrd 2>/dev/null
expect "the crash kernel is loaded" kexec -p --no-checks /boot/vmlinuz --initrd=/tmp/initrd \
	--command-line="$(sed 's/crashkernel=[^ ]*//' /proc/cmdline)"
swapguest -s 0 -c 2 >/dev/null 2>&1 &
swapguest -s 0 -c 2 -W >/dev/null 2>&1 &
sleep 2
taskset -c "$1" sh -c 'echo c >/proc/sysrq-trigger'
fail "a panic" "the host goes on"
finish
