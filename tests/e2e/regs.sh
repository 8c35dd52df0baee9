# SPDX-License-Identifier: GPL-2.0-only
#
# regs.sh [mainline]: what VMM and guest see of registers, checked by tests/e2e/guest/regs.c on keel or, to see that the
# checks are right, on the built-in KVM; on keel once more with a swap before every entry.
#
#vm --smp 2 --mem 1G --timeout 300
#vm --file $TOP/build/guest/regs:/bin/regs --file $TOP/build/tools/keelctl:/bin/keelctl
. /lib/keel/lib.sh

if [ "$1" = mainline ]; then
	judge "" regs
	finish
fi
load_both
judge "" regs
judge swapped- regs swap
finish
