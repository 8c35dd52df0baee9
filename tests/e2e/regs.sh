# SPDX-License-Identifier: GPL-2.0-only
#
# regs.sh [mainline]: what VMM and guest see of registers, checked by tests/e2e/guest/regs.c on keel or, to see that the
# checks are right, on the built-in KVM.
#
#vm --smp 2 --mem 1G --timeout 150
#vm --file $TOP/build/guest/regs:/bin/regs
. /lib/keel/lib.sh

[ "$1" = mainline ] || load_keel
# A guest that runs away ends the program by a signal
regs >/tmp/regs.out 2>&1
status=$?
while read -r verdict line; do
	case $verdict in
	ok) pass "$line" ;;
	not) line=${line#ok }; fail "${line%% #*}" "${line#*# }" ;;
	esac
done </tmp/regs.out
if [ $status -gt 1 ]; then
	tail -n 3 /tmp/regs.out
	fail regs "ended with status $status"
fi
finish
