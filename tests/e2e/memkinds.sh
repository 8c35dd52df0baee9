# SPDX-License-Identifier: GPL-2.0-only
#
# memkinds.sh [mainline]: kinds of memory without ordinary pages behind them (tests/e2e/guest/memkinds.c), on keel or, to see
# that the checks are right, on the built-in KVM.
#
#vm --smp 2 --mem 3G --timeout 300 --append "hugepagesz=1G hugepages=1"
#vm --file $TOP/build/guest/memkinds:/bin/memkinds
#allow Memory failure: 0x[0-9a-f]+:
. /lib/keel/lib.sh

[ "$1" = mainline ] || load_keel
judge "" memkinds
finish
