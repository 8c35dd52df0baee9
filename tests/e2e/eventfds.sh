# SPDX-License-Identifier: GPL-2.0-only
#
# eventfds.sh [mainline]: irqfds, ioeventfds, routing, device files and the ITS as tests/e2e/guest/{eventfds,gicattr,its}.c
# check them, on keel or, to see that the checks are right, on the built-in KVM; on keel once more with swaps in between, with
# an eventfd that is signalled during every step of a swap, one that fails too, and with garbage as commands.
#
#vm --smp 2 --mem 1G --timeout 400
#vm --file $TOP/build/guest/eventfds:/bin/eventfds --file $TOP/build/guest/its:/bin/its --file $TOP/build/guest/gicattr:/bin/gicattr
#vm --file $TOP/build/tools/keelctl:/bin/keelctl
. /lib/keel/lib.sh

seed=$(cut -d. -f1 /proc/uptime)$$
if [ "$1" = mainline ]; then
	judge "" eventfds
	judge "" gicattr
	# Without garbage: 6.12 dies of saving an interrupt whose collection is gone (vgic_its_save_ite)
	judge "" its
	finish
fi
load_both
for program in eventfds gicattr its; do
	judge "" $program
	judge swapped- $program swap
done
# One that has found something, and another one each time
for seed in 5146 "$seed"; do
	judge "seed $seed: " its garbage "$seed"
	judge "swapped, seed $seed: " its garbage "$seed" swap
done

# Forwards, back, and with a fault in each step that may fail
eventfds storm >/tmp/storm.out 2>&1 &
storm=$!
swaps=0
while kill -0 $storm 2>/dev/null; do
	for step in 0 3 0 4; do
		echo $step >/sys/kernel/debug/keel/fail_step
		keelctl swap $([ $((swaps % 2)) -eq 0 ] && echo b || echo a) >/dev/null 2>&1
		[ $step -ne 0 ] || swaps=$((swaps + 1))
	done
	keelctl swap --dry-run $([ $((swaps % 2)) -eq 0 ] && echo b || echo a) >/dev/null 2>&1
done
echo 0 >/sys/kernel/debug/keel/fail_step
if wait $storm && [ $swaps -ge 3 ]; then
	pass "every signal arrives: $(sed -n 's/^# //p' /tmp/storm.out), $swaps swaps"
else
	fail "every signal arrives" "$(tail -n1 /tmp/storm.out), $swaps swaps"
fi
finish
