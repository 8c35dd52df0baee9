# SPDX-License-Identifier: GPL-2.0-only
#
# pmu.sh: a guest's PMU, checked by tests/e2e/guest/pmu.c; once more with a swap before every entry; and with swaps while
# counters count and overflow.
#
#vm --smp 2 --mem 1G --timeout 300
#vm --file $TOP/build/guest/pmu:/bin/pmu --file $TOP/build/tools/keelctl:/bin/keelctl
. /lib/keel/lib.sh

load_both
judge "" pmu
judge swapped- pmu swap

# Whatever VMs there are at the time, which get time in between. How many there are is a matter of the machine
swapping 0.05
judge stress- pmu stress
swaps_meanwhile 3
finish
