# SPDX-License-Identifier: GPL-2.0-only
#
# gicv2.sh [mainline]: a GICv2 as tests/e2e/guest/gicv2.c checks it, in a machine that has one (gic=2), on keel or, to see that
# the checks are right, on the built-in KVM; on keel once more with swaps in between, and a guest that takes its interrupts.
#
#vm --smp 2 --mem 512M --timeout 200
#vm --file $TOP/build/guest/gicv2:/bin/gicv2 --file $TOP/build/guest/swapguest:/bin/swapguest
#vm --file $TOP/build/tools/keelctl:/bin/keelctl
. /lib/keel/lib.sh

if [ "$1" = mainline ]; then
	judge "" gicv2
	finish
fi
load_both
judge "" gicv2
judge swapped- gicv2 swap
under_swaps "every interrupt comes once, 2 vCPUs, 8 swaps" 8 -G -c 2
finish
