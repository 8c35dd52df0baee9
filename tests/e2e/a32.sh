# SPDX-License-Identifier: GPL-2.0-only
#
# a32.sh [none]: guests that are AArch32 at EL1: what a VMM may ask for and what such a guest finds (tests/e2e/guest/a32.c),
# with a swap before every entry too; a checking guest under a swap every 100 ms; the kernel's own test. none: a CPU that
# has no AArch32 at EL1, where they have to be refused.
#
#vm --smp 2 --mem 1G --timeout 300
#vm --file $TOP/build/guest/a32:/bin/a32 --file $TOP/build/guest/swapguest:/bin/swapguest
#vm --file $TOP/build/tools/keelctl:/bin/keelctl
#vm --file $CACHE/selftests/6.12/bin/vcpu_width_config:/bin/vcpu_width_config
. /lib/keel/lib.sh

load_both
if [ "$1" = none ]; then
	a32
	[ $? -eq 4 ] && pass "the feature is refused" || fail "the feature is refused" "status not 4"
	vcpu_width_config
	[ $? -eq 4 ] && pass "vcpu_width_config skips" || fail "vcpu_width_config skips" "it ran"
	finish
fi
expect vcpu_width_config vcpu_width_config
judge "" a32
judge swapped- a32 swap

name="30 swaps, 2 vCPUs that are AArch32"
if ! start_guest -A -c 2; then
	kill -9 $guest
	fail "$name" "the guest did not start: $(cat /tmp/guest.out)"
	finish
fi
swap_times 30 0.1 || fail "$name" "$(tail -n1 /tmp/swap.out)"
stop_guest "$name"
finish
