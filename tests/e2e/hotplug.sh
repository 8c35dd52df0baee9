# SPDX-License-Identifier: GPL-2.0-only
#
# hotplug.sh [SECONDS]: CPUs go and come while VMs are created, run and destroyed; and CPUs that first come online after
# keel was loaded (the machine boots with maxcpus=2 of 4). INV-3 in protected mode: a CPU that came up without its stage-2
# would be caught by the nucleus.
#
#vm --smp 4 --mem 1G --timeout 300 --append maxcpus=2
#vm --file $TOP/build/guest/swapguest:/bin/swapguest
. /lib/keel/lib.sh

SECONDS_OF_STORM=${1:-20}
C=/sys/devices/system/cpu
load_keel

online() { echo "$2" >"$C/cpu$1/online"; }

for cpu in 2 3; do
	if online $cpu 1 && taskset -c $cpu swapguest -c 1 -s 1 >/tmp/guest.out 2>&1; then
		pass "CPU $cpu, first online after keel, runs guests"
	else
		fail "CPU $cpu, first online after keel, runs guests" "$(tail -n1 /tmp/guest.out)"
	fi
done

storm() {
	while [ ! -e /tmp/stop ]; do
		for cpu in 1 2 3; do online $cpu 0 || echo "$cpu down" >>/tmp/storm.err; done
		for cpu in 3 1 2; do online $cpu 1 || echo "$cpu up" >>/tmp/storm.err; done
		echo >>/tmp/storm.count
	done
}
storm &
storm=$!
end=$(($(cut -d. -f1 /proc/uptime) + SECONDS_OF_STORM)) vms=0
while [ "$(cut -d. -f1 /proc/uptime)" -lt $end ]; do
	swapguest -c 3 -s 1 -H >/tmp/guest.out 2>&1 || { fail "guests in a hotplug storm" "$(cat /tmp/guest.out)"; break; }
	vms=$((vms + 1))
done
touch /tmp/stop
wait $storm
[ -s /tmp/storm.err ] && fail "CPUs go and come" "$(sort /tmp/storm.err | uniq -c | tr '\n' ' ')"
[ "$failures" -eq 0 ] && pass "$(wc -l </tmp/storm.count) rounds of 3 CPUs off and on under $vms VMs"
finish
