# SPDX-License-Identifier: GPL-2.0-only
#
# caps.sh keel|mainline: every capability against the personality's table (host/personality/cap.def)
#
#vm --file $TOP/build/guest/caps:/bin/caps
. /lib/keel/lib.sh

if [ "$1" = keel ]; then load_keel; fi
expect "the table of capabilities is what $1 answers" caps "$1"
finish
