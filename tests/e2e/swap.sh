# SPDX-License-Identifier: GPL-2.0-only
#
# swap.sh [SWAPS]: swaps between two personalities under the checking guest, in each state a vCPU can be in, and with
# a fault at each step of the swap. The guest is the judge: registers, memory, counter, device (tests/e2e/guest).
#
#vm --smp 2 --mem 1G --timeout 3000
#vm --file $TOP/build/guest/swapguest:/bin/swapguest --file $TOP/build/tools/keelctl:/bin/keelctl
. /lib/keel/lib.sh

SWAPS=${1:-50}
load_both

under_swaps "$SWAPS swaps, 1 vCPU that computes" "$SWAPS" -c 1
under_swaps "$SWAPS swaps, 4 vCPUs that compute" "$SWAPS" -c 4
under_swaps "$SWAPS swaps, 2 vCPUs that wait for interrupts" "$SWAPS" -c 2 -W
under_swaps "$SWAPS swaps, 2 vCPUs that use a device of the VMM" "$SWAPS" -c 2 -M
under_swaps "$SWAPS swaps, 2 vCPUs that call the hypervisor" "$SWAPS" -c 2 -H

under_swaps "$SWAPS swaps, 2 vCPUs that take their timers' interrupts" "$SWAPS" -c 2 -T
# Its level is down before the host looks; it only ended the guest
expect "the host took none of the virtual timer's interrupts" \
	awk '/keel virtual timer/ { seen = 1; for (i = 2; i <= 3; i++) n += $i } END { print n; exit !seen || n }' \
	/proc/interrupts

# A stopped VMM does not hold a swap up, and finds everything when it goes on
if start_guest -c 2 -M; then
	kill -STOP $guest
	if swap_times 4; then
		kill -CONT $guest
		sleep 1
		stop_guest "swaps while the VMM is stopped"
	else
		kill -CONT $guest
		kill -9 $guest
		fail "swaps while the VMM is stopped" "$(cat /tmp/swap.out)"
	fi
else
	fail "swaps while the VMM is stopped" "the guest did not start"
fi

# A fault at each step that may fail: errno for the caller, the VM goes on where it was, the next swap works
for step in 1 2 3 4; do
	name="a fault in step $step loses nothing"
	if ! start_guest -c 2 -M; then
		fail "$name" "the guest did not start"
		continue
	fi
	echo $step >/sys/kernel/debug/keel/fail_step
	if keelctl swap b >/tmp/swap.out 2>&1; then
		echo 0 >/sys/kernel/debug/keel/fail_step
		fail "$name" "the swap worked in spite of the fault"
	else
		echo 0 >/sys/kernel/debug/keel/fail_step
		swap_times 2 || fail "$name" "the next swap: $(cat /tmp/swap.out)"
	fi
	stop_guest "$name"
done

# A personality with a VM cannot be unloaded, one without can
if start_guest -c 1; then
	rmmod keel_kvm 2>/dev/null && fail "rmmod of a personality with a VM is refused" "it was removed"
	keelctl swap b >/tmp/swap.out 2>&1 && rmmod keel_kvm ||
		fail "rmmod of the outgoing personality" "$(cat /tmp/swap.out)"
	stop_guest "the outgoing personality is unloaded under the guest"
fi
[ ! -d /sys/module/keel_kvm ] && pass "rmmod works for the outgoing personality only" ||
	fail "rmmod works for the outgoing personality only" "still there"
expect "a swap to a personality that is not there is refused" sh -c '! keelctl swap nobody'
expect "keelctl status as JSON" sh -c 'keelctl status --json | grep -q \"personalities\"'
finish
