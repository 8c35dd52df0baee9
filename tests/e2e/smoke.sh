# SPDX-License-Identifier: GPL-2.0-only
#
# smoke.sh: what every cell of modes, CPUs and kernels has to do: load, run guests that compute, call and use a device,
# run a test of others, swap under a guest, hand /dev/kvm over and take the outgoing personality away.
#
#vm --smp 2 --mem 512M --timeout 200
#vm --file $TOP/build/guest/swapguest:/bin/swapguest --file $TOP/build/tools/keelctl:/bin/keelctl
#vm --file $CACHE/selftests/6.12/bin/psci_test:/bin/psci_test
. /lib/keel/lib.sh

load_keel
insmod /lib/keel/keel-kvm-b.ko takeover=0 || { fail load "personality b"; finish; }
expect "a guest that computes" swapguest -c 2 -s 1
expect "a guest that calls and uses a device" swapguest -c 1 -s 1 -H -M
expect "a guest that waits" swapguest -c 1 -s 1 -W
expect "the KVM selftest psci_test" /bin/psci_test
swapguest -c 2 -s 0 -r /tmp/ready >/tmp/guest.out 2>&1 &
guest=$!
i=0
while [ ! -e /tmp/ready ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
expect "a swap forwards" keelctl swap b
expect "a swap back" keelctl swap a
expect "a dry run" keelctl swap b --dry-run
kill -TERM $guest
if wait $guest; then pass "the guest that was swapped"; else fail "the guest that was swapped" "$(tail -n1 /tmp/guest.out)"; fi
finish
