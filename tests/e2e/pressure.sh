# SPDX-License-Identifier: GPL-2.0-only
#
# pressure.sh [SECONDS]: the checking guest while its host wants its memory back: paged out to a disk and in again, merged by
# KSM, moved by compaction, its blocks made and broken, single pages taken away by the VMM; with swaps all the time.
#
#vm --smp 2 --mem 320M --timeout 600
#vm --file $TOP/build/guest/swapguest:/bin/swapguest --file $TOP/build/tools/keelctl:/bin/keelctl
#vm --file $CACHE/modules/6.12/lib/modules:/lib/modules
#vm $("$TOP/scripts/fetch" modules-6.12 >&2; rm -f $OUT/$name.disk; truncate -s 1G $OUT/$name.disk)
#vm --qemu -drive --qemu if=none,id=swap,format=raw,cache=unsafe,file=$OUT/$name.disk --qemu -device --qemu virtio-blk-pci,drive=swap
. /lib/keel/lib.sh

SECONDS_EACH=${1:-30}
load_both
modprobe virtio_blk && mkswap /dev/vda >/dev/null && swapon /dev/vda || { fail "a disk to page to" "none"; finish; }
mount -o remount,size=100% /dev/shm
echo 10 >/sys/kernel/mm/ksm/sleep_millisecs
echo 2000 >/sys/kernel/mm/ksm/pages_to_scan
echo 1 >/sys/kernel/mm/ksm/run

count() { sed -n "s/^$1 //p" /proc/vmstat; }

# Until /tmp/stop: files in memory, more than there is room for; and the memory manager is asked for all it can do
hog() {
	while [ ! -e /tmp/stop ]; do
		dd if=/dev/zero of=/dev/shm/hog bs=1M count=$(awk '/^MemAvailable/ { print int($2 / 1024) + 32 }' /proc/meminfo) 2>/dev/null
		echo 1 >/proc/sys/vm/compact_memory
		echo 3 >/proc/sys/vm/drop_caches
		rm -f /dev/shm/hog
	done
}

# under_pressure NAME GUEST-ARGUMENTS...
under_pressure() {
	name=$1
	shift
	out=$(count pswpout) in=$(count pswpin)
	if ! start_guest -P "$@"; then
		kill -9 $guest
		fail "$name" "the guest did not start: $(cat /tmp/guest.out)"
		return
	fi
	rm -f /tmp/stop
	hog &
	end=$(($(cut -d. -f1 /proc/uptime) + SECONDS_EACH)) swaps=0
	while [ "$(cut -d. -f1 /proc/uptime)" -lt $end ]; do
		if ! swap_times 2; then
			fail "$name" "swap: $(tail -n1 /tmp/swap.out)"
			break
		fi
		swaps=$((swaps + 2))
		sleep 0.2
	done
	merged=$(cat /sys/kernel/mm/ksm/pages_sharing)
	touch /tmp/stop
	wait $!
	stop_guest "$name: $swaps swaps, $(($(count pswpout) - out)) pages out, $(($(count pswpin) - in)) in, $merged merged"
	[ "$(count pswpout)" -gt $((out + 500)) ] && [ "$(count pswpin)" -gt $in ] ||
		fail "$name: pages go out and in" "hardly any"
}

under_pressure "2 vCPUs that compute" -c 2 -m 16
under_pressure "2 vCPUs that use a device of the VMM" -c 2 -m 16 -M
under_pressure "4 vCPUs that wait for interrupts" -c 4 -m 16 -W
finish
