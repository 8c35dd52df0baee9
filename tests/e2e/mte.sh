# SPDX-License-Identifier: GPL-2.0-only
#
# mte.sh [mainline]: memory tagging: what a VMM may ask for and a guest sees (tests/e2e/guest/mte.c), with a swap before every
# entry too. mainline: on the built-in KVM.
#
#vm --smp 2 --mem 1G --timeout 300 --qemu -M --qemu mte=on
#vm --file $TOP/build/guest/mte:/bin/mte --file $TOP/build/tools/keelctl:/bin/keelctl
. /lib/keel/lib.sh

if [ "$1" = mainline ]; then
	judge "" mte mainline
	finish
fi
load_both
judge "" mte
judge swapped- mte swap
finish
