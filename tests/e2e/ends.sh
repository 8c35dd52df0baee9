# SPDX-License-Identifier: GPL-2.0-only
#
# ends.sh COMMAND...: the machine ends under running VMs by COMMAND (or by the test's own power-off), as it would
# without keel: by itself and at once.
#
#vm --smp 2 --mem 1G --timeout 300
#vm --file $TOP/build/guest/swapguest:/bin/swapguest
. /lib/keel/lib.sh

load_keel
swapguest -s 0 -c 2 -W >/dev/null 2>&1 &
start_guest -c 2
sleep 1
kill -0 $guest && [ -e /tmp/ready ] && pass "guests run when the machine ends by ${*:-poweroff -f}" ||
	fail "guests run" "$(tail -n1 /tmp/guest.out)"
case $1 in
reboot) ends_with 0 'reboot: Restarting system' ;;
*) ends_with 0 'reboot: Power down' ;;
esac
[ $# -eq 0 ] || echo "$*" >/keel/end
finish
