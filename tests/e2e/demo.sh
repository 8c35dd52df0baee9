# SPDX-License-Identifier: GPL-2.0-only
#
# demo.sh: what scripts/demo shows, inside the host machine: loads keel, runs a KVM selftest and the checking
# guest, swaps the personality under both, and tells what the guests saw of it.
. /lib/keel/demolib.sh

SWAPS=50

load_and_show

swapguest -c 2 -s 0 -H -M -r /tmp/ready >/tmp/guest.out 2>&1 &
guest=$!
# by path: a selftest loads its own file
/bin/dirty_log_perf_test -m 3 -b 16M -i 8 >/tmp/selftest.out 2>&1 &
selftest=$!
i=0
while [ ! -e /tmp/ready ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i + 1)); done
[ -e /tmp/ready ] || die "the guest did not start: $(cat /tmp/guest.out)"
say "running: a guest with 2 vCPUs that checks itself, and the KVM selftest dirty_log_perf_test"

insmod /lib/keel/keel-kvm-b.ko || die "the takeover by keel-kvm-b.ko failed"
say "keel-kvm-b.ko loaded: it has taken the running machines over"
rmmod keel_kvm || die "the outgoing personality is still in use"
say "keel-kvm.ko unloaded"
insmod /lib/keel/keel-kvm.ko || die "keel-kvm.ko could not be loaded again"
done=2
while [ $done -lt $SWAPS ]; do
	keelctl swap b >/dev/null || die "swap to b"
	keelctl swap a >/dev/null || die "swap to a"
	done=$((done + 2))
done
say "swapped $done times"
blackout=$(keelctl status | sed -n 's/.*last blackout \([0-9]*\) us.*/\1/p' | head -n1)
kill -TERM $guest
wait $guest || die "the guest found an error: $(cat /tmp/guest.out)"
say "the guest found nothing wrong"
wait $selftest || die "dirty_log_perf_test: $(tail -n1 /tmp/selftest.out)"
say "dirty_log_perf_test passed"
row "guest programs" "checking guest (2 vCPUs), dirty_log_perf_test"
row "swaps" "$done, all under running guests"
row "blackout of a swap, host's clock" "${blackout:-?} us"
row "longest gap in a guest's time" "$(sed -n 's/.*max_gap_us \([0-9]*\) .*/\1/p' /tmp/guest.out | sort -n | tail -n1) us (emulated CPUs, scheduling included)"
row "rounds checked by the guest" "$(awk '{ n += $4 } END { print n }' /tmp/guest.out)"
row "lost" "nothing"
