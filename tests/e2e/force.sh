# SPDX-License-Identifier: GPL-2.0-only
#
# force.sh: keel.ko removed by force (rmmod -f). Not while a personality needs it; then the nucleus goes on alone, CPUs
# and devices come and go, and the next keel.ko finds it and refuses with one line (vhe: starts anew).
#
#vm --smp 2 --mem 1G --timeout 300
#vm --file $TOP/build/guest/swapguest:/bin/swapguest
. /lib/keel/lib.sh

load_keel
vhe=$(dmesg | grep -c 'keel: nucleus.*mode vhe')
rmmod keel 2>/dev/null && fail "rmmod is refused" "it worked" || pass "rmmod is refused"
rmmod -f keel 2>/dev/null && fail "rmmod -f under a personality is refused" "it worked" ||
	pass "rmmod -f under a personality is refused"
expect "guests run after that" swapguest -c 2 -s 1

rmmod keel_kvm || fail "rmmod of the personality" "refused"
exec 5</dev/keel
rmmod -f keel 5<&- 2>/tmp/err &
sleep 1
[ -d /sys/module/keel ] && pass "an open /dev/keel is waited for" || fail "an open /dev/keel" "keel.ko is gone"
exec 5<&-
wait $!
[ ! -d /sys/module/keel ] && [ ! -e /dev/keel ] && pass "rmmod -f removes keel.ko" ||
	fail "rmmod -f removes keel.ko" "$(cat /tmp/err)"

echo 0 >/sys/devices/system/cpu/cpu1/online && echo 1 >/sys/devices/system/cpu/cpu1/online &&
	pass "a CPU goes and comes" || fail "a CPU goes and comes" "it did not"
echo devices >/sys/power/pm_test
echo freeze >/sys/power/state && pass "suspend-to-idle as far as devices" || fail "suspend-to-idle" "refused"

# On each CPU: one may have been off since
for cpu in 0 1; do
	if taskset -c $cpu insmod /lib/keel/keel.ko 2>/tmp/err; then
		[ "$vhe" -eq 1 ] && pass "the next keel.ko starts anew" || fail "the next keel.ko" "it loaded"
		break
	elif dmesg | tail -n 2 | grep -q 'keel: a nucleus is at EL2 already'; then
		pass "the next keel.ko on CPU $cpu says what it finds: $(cat /tmp/err)"
	else
		fail "the next keel.ko on CPU $cpu" "$(cat /tmp/err)"
	fi
done
if [ "$vhe" -eq 1 ]; then
	insmod /lib/keel/keel-kvm.ko
	expect "guests run on it" swapguest -c 2 -s 1
fi
finish
