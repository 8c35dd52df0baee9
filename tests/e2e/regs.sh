# SPDX-License-Identifier: GPL-2.0-only
#
# regs.sh [mainline]: what VMM and guest see of registers, and what a VMM may set of how a VM is run, checked by
# tests/e2e/guest/{regs,tuning}.c on keel or, to see that the checks are right, on the built-in KVM; on keel once more with a
# swap before every entry.
#
#vm --smp 2 --mem 1G --timeout 400
#vm --file $TOP/build/guest/regs:/bin/regs --file $TOP/build/tools/keelctl:/bin/keelctl
#vm --file $TOP/build/guest/tuning:/bin/tuning
. /lib/keel/lib.sh

[ "$1" = mainline ] || load_both
for program in regs tuning; do
	judge "" $program
	[ "$1" = mainline ] || judge swapped- $program swap
done
finish
