# SPDX-License-Identifier: GPL-2.0-only
#
# smoke.sh: what every cell of modes, CPUs and kernels has to do: load, run guests that compute, call and use a device,
# run a test of others, swap under a guest, hand /dev/kvm over and take the outgoing personality away.
#
#vm --smp 2 --mem 512M --timeout 300
#vm --file $TOP/build/guest/swapguest:/bin/swapguest --file $TOP/build/tools/keelctl:/bin/keelctl
#vm --file $CACHE/selftests/6.12/bin/psci_test:/bin/psci_test
. /lib/keel/lib.sh

load_both
expect "a guest that computes" swapguest -c 2 -s 1
expect "a guest that calls and uses a device" swapguest -c 1 -s 1 -H -M
expect "a guest that waits" swapguest -c 1 -s 1 -W
expect "a guest that takes its timers' interrupts" swapguest -c 3 -s 2 -T
expect "the KVM selftest psci_test" /bin/psci_test
start_guest -c 2
expect "a swap forwards" keelctl swap b
expect "a swap back" keelctl swap a
expect "a dry run" keelctl swap b --dry-run
stop_guest "the guest that was swapped"
finish
