# SPDX-License-Identifier: GPL-2.0-only
#
# modes.sh REFUSED-MODE...: modes that this machine cannot have are refused with an errno and one line that says what
# to put on the kernel command line, and leave nothing behind; then the mode it was booted for loads.
# With "taken" for a mode: built-in KVM has EL2, and no mode can be had at all.
#
#vm --smp 2 --mem 512M --timeout 300
. /lib/keel/lib.sh

nothing_left() { [ ! -d /sys/module/keel ] && [ ! -e /dev/keel ] && ! grep -q '^keel ' /proc/modules; }

refused() {
	name="$1 is refused"
	lines=$(dmesg | grep -c 'keel: ')
	shift
	if insmod /lib/keel/keel.ko "$@" 2>/tmp/err; then
		fail "$name" "it loaded"
		return
	fi
	# Without the module loader's own remarks; busybox tries each of the two system calls, so a line may come twice
	said=$(dmesg | grep 'keel: ' | tail -n +$((lines + 1)) | sed 's/^\[[^]]*\] //' |
		grep -v 'out-of-tree module\|module verification' | sort -u)
	nothing_left || { fail "$name" "something is left behind"; return; }
	[ "$(echo "$said" | wc -l)" -eq 1 ] || { fail "$name" "not one line: $said"; return; }
	case $said in
	*kvm-arm.mode=* | *kvm_arm.mode=* | *EL2*) pass "$name: $(cat /tmp/err), ${said#*keel: }" ;;
	*) fail "$name" "the line does not help: $said" ;;
	esac
}

for mode in "$@"; do
	case $mode in
	taken) refused "EL2 that built-in KVM has taken" ;;
	none) refused "a machine without EL2" ;;
	*) refused "mode $mode" mode="$mode" ;;
	esac
done
case " $* " in
*" taken "* | *" none "*) ;;
*)
	# A host at EL1: the nucleus itself refuses, at EL2, and the stub has EL2 again when it does
	case " $* " in *" vhe "*) refused "an EL2 address space off by one byte" va_offset=1 ;; esac
	load_keel
	pass "the mode that the machine was booted for loads"
	insmod /lib/keel/keel.ko 2>/dev/null && fail "a second keel.ko is refused" "it loaded" || pass "a second keel.ko is refused"
	rmmod keel 2>/dev/null && fail "keel.ko cannot be removed" "it was" || pass "keel.ko cannot be removed" ;;
esac
finish
