# SPDX-License-Identifier: GPL-2.0-only
#
# regs.sh [mainline]: what VMM and guest see of registers, checked by tests/e2e/guest/regs.c on keel or, to see that the
# checks are right, on the built-in KVM; on keel once more with a swap before every entry.
#
#vm --smp 2 --mem 1G --timeout 300
#vm --file $TOP/build/guest/regs:/bin/regs --file $TOP/build/tools/keelctl:/bin/keelctl
. /lib/keel/lib.sh

# judge NAME ARGUMENT...: one result for each of the program's; a guest that runs away ends it by a signal
judge() {
	prefix=$1
	shift
	regs "$@" >/tmp/regs.out 2>&1
	status=$?
	while read -r verdict line; do
		case $verdict in
		ok) pass "$prefix$line" ;;
		not) line=${line#ok }; fail "$prefix${line%% #*}" "${line#*# }" ;;
		esac
	done </tmp/regs.out
	[ $status -le 1 ] || fail "${prefix}regs" "ended with status $status: $(tail -n1 /tmp/regs.out)"
}

if [ "$1" = mainline ]; then
	judge ""
	finish
fi
load_both
judge ""
judge swapped- swap
finish
