# SPDX-License-Identifier: GPL-2.0-only
#
# gic.sh [SWAPS | mainline]: a bare guest with a GICv3 whose vCPUs check that SGIs, timers' PPIs, SPIs and LPIs come once
# and in the right state (tests/e2e/guest/gicwork.c), while the VMM sends its own (vmmgic.c) and the VM is swapped.
#
#vm --smp 2 --mem 1G --timeout 300
#vm --file $TOP/build/guest/swapguest:/bin/swapguest --file $TOP/build/tools/keelctl:/bin/keelctl
. /lib/keel/lib.sh

SWAPS=${1:-100}
if [ "$SWAPS" = mainline ]; then
	expect "every interrupt comes once, 1 vCPU" swapguest -G -c 1 -s 5
	expect "every interrupt comes once, 3 vCPUs" swapguest -G -c 3 -s 10
	finish
fi
load_both
under_swaps "every interrupt comes once, 1 vCPU, $SWAPS swaps" "$SWAPS" -G -c 1
under_swaps "every interrupt comes once, 3 vCPUs, $SWAPS swaps" "$SWAPS" -G -c 3
under_swaps "every interrupt comes once, and the VMM's device answers, $SWAPS swaps" "$SWAPS" -G -M -c 2
finish
