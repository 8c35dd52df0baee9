# SPDX-License-Identifier: GPL-2.0-only
#
# ioctls.sh keel|mainline|random: 10,000 random ioctls on every kind of file (tests/e2e/guest/ioctls.c), on keel with swaps
# meanwhile.
# What is judged is the host's log, and that a VM can be made afterwards. Results are on the console: those of the same
# seed on the built-in KVM can be compared by eye, a difference is no failure. random: another seed at each run.
#
#vm --smp 2 --mem 1G --timeout 400
#vm --file $TOP/build/guest/ioctls:/bin/ioctls --file $TOP/build/guest/swapguest:/bin/swapguest
#vm --file $TOP/build/tools/keelctl:/bin/keelctl
. /lib/keel/lib.sh

seed=2
[ "$1" != random ] || seed=$(cut -c1-8 /proc/sys/kernel/random/uuid | sed 's/^/0x/')
if [ "$1" = mainline ]; then
	expect "10000 ioctls, seed 1" ioctls 1
	cat /tmp/expect.out
	finish
fi
load_both
expect "10000 ioctls, seed 1" ioctls 1
cat /tmp/expect.out
ioctls "$seed" >/tmp/ioctls.out 2>&1 &
pid=$!
while kill -0 $pid 2>/dev/null; do
	keelctl swap b >/dev/null 2>&1
	keelctl swap a >/dev/null 2>&1
done
if wait $pid; then pass "10000 ioctls under swaps, seed $seed"; else fail "10000 ioctls under swaps, seed $seed" "$(tail -n1 /tmp/ioctls.out)"; fi
expect "a guest runs afterwards" swapguest -s 1
finish
