# SPDX-License-Identifier: GPL-2.0-only
#
# memory.sh: what the nucleus has of the machine's memory: at load no more than 1 MiB and a 512th of RAM, and guests run
# on that. The cell's name ends with the size of RAM.
#
#vm --smp 2 --mem ${name##*-} --timeout 300
#vm --file $TOP/build/guest/swapguest:/bin/swapguest
. /lib/keel/lib.sh

# Bytes of RAM, as the firmware tells of it
ram() {
	sum=0
	for range in $(sed -n 's/^\([0-9a-f]*\)-\([0-9a-f]*\) : System RAM$/\1:\2/p' /proc/iomem); do
		sum=$((sum + 0x${range#*:} - 0x${range%:*} + 1))
	done
	echo $sum
}

value() { sed -n "s/^$1 *//p" /sys/kernel/debug/keel/nucleus; }

load_keel
ram=$(ram) used=$(value memory)
budget=$((1048576 + ram / 512))
if [ "${used:-0}" -gt 262144 ] && [ "$used" -le $budget ]; then
	pass "$used bytes at load, of $budget for $((ram >> 20)) MiB of RAM"
else
	fail "memory at load" "$used bytes, $budget are allowed for $((ram >> 20)) MiB of RAM"
fi

# Many VMs at once, each with pages of its own all over memory, for which the nucleus needs tables
guests=''
for i in 1 2 3 4 5 6 7 8; do
	swapguest -c 4 -s 3 >/tmp/guest.$i 2>&1 &
	guests="$guests $!"
done
lost=0
for pid in $guests; do wait "$pid" || lost=$((lost + 1)); done
[ $lost -eq 0 ] && pass "8 VMs of 4 vCPUs on that pool: $(value memory) bytes, $(value pool_free) pages free" ||
	fail "8 VMs of 4 vCPUs" "$lost did not run: $(cat /tmp/guest.* | tail -n1)"
finish
