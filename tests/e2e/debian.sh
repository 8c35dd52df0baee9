# SPDX-License-Identifier: GPL-2.0-only
#
# debian.sh [vmm=7.2|10] [guest=6.12|6.1] [cpus=N] [swapping=PAUSE] SCENARIO...: an unmodified QEMU of Debian's boots a Debian
# kernel on /dev/kvm, keel's or the kernel's own; each scenario is a function below. They follow each other in one guest,
# which boots when the first needs it and powers itself off after the last, unless one needs another machine. The guest
# checks itself (tests/e2e/debian/load.c); its kernel's log has to be clean. With swapping= all goes to the other personality
# all the time, whatever state it is in.
#
#vm --smp 2 --mem 2G --timeout 3000 --vmm $VMM --guest $GUEST
#vm $([ -n "$mainline" ] || echo --file $TOP/build/tools/keelctl:/bin/keelctl)
#vm $([[ " $* " != *" mte "* ]] || echo --qemu -M --qemu mte=on)
. /lib/keel/lib.sh
. /lib/keel/host.sh

# started NAME [ARGUMENTS...]: a guest with a shell, or a failure with what it said last. The one that is there, unless it
# has another number of vCPUs or there are arguments for QEMU
started() {
	name=$1
	shift
	had=$failures
	[ $# -gt 0 ] || [ "$GUEST_CPUS" != "$cpus" ] || ! alive || return 0
	over
	rm -f /tmp/disk.qcow2
	cpus=$GUEST_CPUS extra="$*"
	guest_start "$@" && return
	tail -n 20 $VM/serial $VM/qemu
	fail "$name" "no shell: $(tail -n 1 $VM/qemu) $(tail -n 1 $VM/serial)"
	guest_kill
	return 1
}
cpus=0 extra=

# ended NAME: a clean log; good if nothing failed since started(). After a failure the next scenario has a guest of its own
ended() {
	no_reports || fail "$1" "the guest's kernel reports: $(head -n 1 $VM/reports)"
	if [ "$failures" -eq "$had" ]; then
		pass "$1"
	else
		guest_kill
	fi
}

# over: the guest powers itself off, where there is one
over() {
	alive || return 0
	if guest_off; then pass "power-off from inside"; else fail "power-off from inside" "$(tail -n 1 $VM/serial)"; fi
}

# result KEY: a number out of the load's result line
result() { sed -n "s/.*load: result.* $1=\([0-9]*\).*/\1/p" /tmp/load; }

# load_begins SECONDS: the load in the guest; load_over judges it
load_begins() {
	LOAD_SECONDS=$1
	guest_begin "load run -t $1 -s 10.0.2.2:$SERVER_PORT"
	wait_for 30 said $VM/con '^load: running'
}

# load_over NAME: fails unless all of it was right
load_over() {
	guest_join $((LOAD_SECONDS + 120)) >/tmp/load
	load_judged "$1" $?
}

# load_in_background [ARGUMENTS]: the guest's shell is free meanwhile. ARGUMENTS in place of the host's other half, which a
# guest that goes to another QEMU cannot take along
load_in_background() {
	guest "load run -t 3600 ${1--s 10.0.2.2:$SERVER_PORT} >/tmp/load 2>&1 & until grep -q running /tmp/load; do sleep 0.1; done"
}

# load_ends NAME [KEYS]: judges it
load_ends() {
	guest 'kill -TERM $!; wait $!; s=$?; cat /tmp/load; [ $s -eq 0 ]' 120 >/tmp/load
	load_judged "$1" $? "$2"
}

# load_judged NAME STATUS [KEYS]: what it said is in /tmp/load; KEYS: of what there has to be some
load_judged() {
	if [ "$2" -ne 0 ]; then
		cat /tmp/load
		fail "$1" "$(grep -m 1 ERROR /tmp/load || tail -n 1 /tmp/load)"
		return 1
	fi
	echo "keel-note: $1: $(grep 'load: result' /tmp/load)" >/dev/kmsg
	# Two clocks that are driven by one counter never contradict each other, but for rounding
	[ "$(result drift_us)" -le 100 ] || fail "$1" "the guest's clock is $(result drift_us) us off"
	for key in ${3:-rounds files trips ticks}; do
		[ "$(result $key)" -gt 0 ] || fail "$1" "no $key"
	done
}

# ---- scenarios ---------------------------------------------------------------------------------------------

boot() {
	name="boot to a shell with $GUEST_CPUS vCPUs, work"
	started "$name" || return
	[ "$(guest nproc)" = "$GUEST_CPUS" ] || fail "$name" "not $GUEST_CPUS CPUs: $(guest nproc)"
	guest 'cat /etc/debian_version && uname -r && [ -c /dev/hwrng ] && head -c 16 /dev/hwrng | wc -c' ||
		fail "$name" "in the guest's shell"
	load_begins 5
	load_over "$name"
	ended "$name"
}

# A VMM whose guest reboots goes on; one more shell in the same QEMU
reboot() {
	name="reboot from inside"
	started "$name" || return
	shells=$(grep -c 'guest: shell on' $VM/serial)
	echo '/keel/busybox reboot -f' >$VM/con.in
	wait_for 150 sh -c "[ \$(grep -c 'guest: shell on' $VM/serial) -gt $shells ]" && guest : || fail "$name" "no new shell"
	ended "$name"
}

# With "-cpu host" QEMU gives its guest the SVE that KVM_CAP_ARM_SVE offers, and libraries use it
sve() {
	name="a guest with SVE, work"
	started "$name" || return
	[ "$(guest 'grep -c "^Features.* sve" /proc/cpuinfo')" = 2 ] || fail "$name" "no SVE: $(guest 'grep -m 1 Features /proc/cpuinfo')"
	load_begins 5
	load_over "$name"
	ended "$name"
}

# The guest's perf on the guest's PMU
pmu() {
	name="the guest counts its own cycles"
	started "$name" || return
	for n in 1 2 3; do
		counted=$(guest '/keel/load cycles') || fail "$name" "$counted"
	done
	ended "$name"
}

# Memory tagging, of QEMU 10: Debian's C library uses it when it is told to
mte() {
	name="a guest with memory tagging, work"
	started "$name" || return
	[ "$(guest 'grep -c "^Features.* mte" /proc/cpuinfo')" = 2 ] || fail "$name" "no MTE: $(guest 'grep -m 1 Features /proc/cpuinfo')"
	guest 'export GLIBC_TUNABLES=glibc.mem.tagging=3; ls -lR /usr /etc >/dev/null && find / -xdev >/dev/null' 120 || fail "$name" "a tagged heap"
	load_begins 5
	load_over "$name"
	ended "$name"
}

# PSCI CPU_OFF and CPU_ON of all but the first, under load
offline() {
	name="vCPUs go offline and come back under load"
	started "$name" || return
	load_in_background || fail "$name" "no load"
	others=$(seq -s ' ' $((GUEST_CPUS - 1)))
	guest "for n in 1 2 3 4; do for c in $others; do echo 0 >/sys/devices/system/cpu/cpu\$c/online || exit 1; done
sleep 1; for c in $others; do echo 1 >/sys/devices/system/cpu/cpu\$c/online || exit 1; done; done" 200 || fail "$name" "one did not"
	load_ends "$name"
	[ "$(guest nproc)" = "$GUEST_CPUS" ] || fail "$name" "$(guest nproc) CPUs"
	ended "$name"
}

# The same to the host's, one of two
storm() {
	name="a host's CPU goes offline and comes back under load"
	started "$name" || return
	load_in_background || fail "$name" "no load"
	for n in $(seq 40); do
		for on in 0 1; do
			echo $on >/sys/devices/system/cpu/cpu1/online || fail "$name" "round $n"
			sleep 0.3
		done
	done
	load_ends "$name"
	ended "$name"
}

# The VMM takes memory from the guest and gives it back
balloon() {
	name="a balloon in the guest's memory, under load"
	started "$name" -device virtio-balloon-pci || return
	load_in_background || fail "$name" "no load"
	for size in 320 352 300 $GUEST_MEM; do
		hmp "balloon $size" >/dev/null
		wait_for 60 ballooned $size || fail "$name" "not $size MiB: $(qmp '{"execute":"query-balloon"}')"
	done
	load_ends "$name"
	ended "$name"
}
ballooned() { qmp '{"execute":"query-balloon"}' | grep -q "\"actual\": $(($1 << 20))}"; }

# paused NAME: the guest's clock stands still while it is stopped, and load goes on after it
pause() {
	name="stop and cont"
	started "$name" || return
	guest_begin "load run -t 12"
	for n in 1 2 3; do
		sleep 1
		qmp '{"execute":"stop"}' >/dev/null && sleep 4 && qmp '{"execute":"cont"}' >/dev/null || fail "$name" "$(cat $VM/answer)"
	done
	guest_join 120 >/tmp/load || fail "$name" "$(cat /tmp/load)"
	# 4 s of a stop are no gap in the guest's time; emulated CPUs under load make some of their own
	[ "$(result gap_us)" -lt 3500000 ] || fail "$name" "a gap of $(result gap_us) us in the guest"
	ended "$name"
}

savevm() {
	name="savevm and loadvm"
	started "$name" || return
	guest 'echo before >/tmp/state; sync'
	hmp 'savevm one' 200 | grep -q '"return": ""' || fail "$name" "savevm: $(cat $VM/answer)"
	guest 'echo after >/tmp/state'
	hmp 'loadvm one' 200 | grep -q '"return": ""' || fail "$name" "loadvm: $(cat $VM/answer)"
	[ "$(guest 'cat /tmp/state')" = before ] || fail "$name" "the guest has another state: $(guest 'cat /tmp/state')"
	load_begins 5
	load_over "$name"
	ended "$name"
}

# Stop, write all, and another QEMU goes on with it; the load does not notice (its server's connection would: no network)
migrate() {
	name="migration to a file and back, under load"
	started "$name" || return
	load_in_background '' || fail "$name" "no load"
	sleep 3
	qmp '{"execute":"migrate","arguments":{"uri":"exec:cat >/tmp/stream"}}' >/dev/null || fail "$name" "$(cat $VM/answer)"
	wait_for 200 migrated || fail "$name" "$(qmp '{"execute":"query-migrate"}')"
	qmp '{"execute":"quit"}' >/dev/null
	wait $qemu
	# shellcheck disable=SC2086 # words on purpose
	if ! qemu_start -kernel /host/vmlinuz -initrd /host/initrd -append "console=ttyAMA0 panic=-1 quiet" \
		-incoming "exec:cat /tmp/stream" $extra || ! wait_for 200 running; then
		fail "$name" "the stream was not taken: $(cat $VM/qemu)"
		guest_kill
		return
	fi
	rm -f /tmp/stream
	load_ends "$name" 'rounds files ticks'
	ended "$name"
}
migrated() { qmp '{"execute":"query-migrate"}' | grep -q '"status": "completed"'; }
running() { qmp '{"execute":"query-status"}' | grep -q '"running": true'; }

# A breakpoint set by QEMU's gdbstub: in hardware and in software, in the guest's kernel
gdb() {
	name="breakpoints of the gdbstub"
	started "$name" || return
	hmp 'gdbserver tcp:127.0.0.1:1234' >/dev/null || fail "$name" "$(cat $VM/answer)"
	at=$(guest "sed -n 's/^\([0-9a-f]*\) . __arm64_sys_getpid\$/\1/p' /proc/kallsyms")
	gdbstop 127.0.0.1:1234 "$at" >/tmp/gdb.out 2>&1 &
	stub=$!
	guest 'for n in 1 2 3 4 5 6 7 8 9 10 11 12; do /bin/sh -c :; sleep 0.5; done; nproc' 120 >/dev/null || fail "$name" "the guest's shell"
	if wait $stub; then cat /tmp/gdb.out; else fail "$name" "$(tail -n 1 /tmp/gdb.out)"; fi
	hmp 'gdbserver none' >/dev/null
	ended "$name"
}

hotplug() {
	name="PCI hotplug and removal"
	started "$name" || return
	before=$(guest 'ls /sys/bus/pci/devices | wc -l')
	qmp '{"execute":"device_add","arguments":{"driver":"virtio-rng-pci","bus":"hotslot","id":"new"}}' >/dev/null || fail "$name" "$(cat $VM/answer)"
	guest "for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do [ \$(ls /sys/bus/pci/devices | wc -l) -gt $before ] && break; sleep 1; done
[ \$(ls /sys/bus/pci/devices | wc -l) -gt $before ]" 60 || fail "$name" "the guest has no new device"
	# Refused while the power indicator blinks, for five seconds after the guest has seen the device
	wait_for 60 qmp '{"execute":"device_del","arguments":{"id":"new"}}' || fail "$name" "$(cat $VM/answer)"
	wait_for 60 said $VM/qmp DEVICE_DELETED || fail "$name" "it was not removed"
	ended "$name"
}

# killed N: nothing is left of so many VMMs that are killed at random moments: on their way up, while their guests boot, and
# one of fifty while its guest works; neither their memory nor their VMs. What the first rounds take is not counted
killed() {
	name="$1 QEMUs killed at random moments leave nothing behind"
	over
	booting=0 before=
	for n in $(seq $(($1 + 5))); do
		[ $n -ne 6 ] || before=$(used)
		if [ $((n % 50)) -eq 3 ]; then
			started "$name" || return
			guest_begin "load run -t 60"
			sleep "$(random_seconds 4)"
			guest_kill
		else
			overlay
			vmm -serial file:/tmp/serial -chardev null,id=con -kernel /host/vmlinuz -initrd /host/initrd \
				-append "console=ttyAMA0 earlycon" </dev/null >/tmp/qemu.out 2>&1 &
			qemu=$!
			sleep "$(random_seconds 8)"
			alive || fail "$name" "round $n ended by itself: $(tail -n 1 /tmp/qemu.out)"
			guest_kill
			[ ! -s /tmp/serial ] || booting=$((booting + 1))
			rm -f /tmp/serial
		fi
	done
	after=$(used)
	if [ -n "$KEEL" ] && keelctl status | grep -q '^ *vm [0-9]'; then
		fail "$name" "a VM is left"
	elif [ $((after - before)) -gt 8192 ]; then
		fail "$name" "$((after - before)) KiB more in use"
	elif [ "$booting" -eq 0 ]; then
		fail "$name" "no guest had come up to its first message"
	else
		pass "$name: $((after - before)) KiB, $booting with a guest on its way up"
	fi
}

random_seconds() { awk -v r=$RANDOM -v max="$1" 'BEGIN { printf "%.3f", r / 32768 * max }'; }

# KiB that are not free, caches let go of; the overlay is in memory, too
used() {
	rm -f /tmp/disk.qcow2
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 0.5
	awk '/^MemTotal/ { t = $2 } /^MemFree/ { f = $2 } END { print t - f }' /proc/meminfo
}

# Through UEFI firmware, whose flash is a read-only memory slot
uefi() {
	name="boot through UEFI"
	cp /vmm/usr/share/AAVMF/AAVMF_VARS.fd /tmp/vars.fd
	BOOT_SECONDS=300
	if started "$name" -drive if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd \
		-drive if=pflash,format=raw,file=/tmp/vars.fd; then
		guest '[ -d /sys/firmware/efi ]' || fail "$name" "no EFI in the guest"
		ended "$name"
	fi
	BOOT_SECONDS=
}

# swaps PAUSE SECONDS
swaps() {
	name="swaps under load, $1 s apart"
	started "$name" || return
	load_begins "$2"
	[ -z "$KEEL" ] || swapping "$1"
	load_over "$name"
	if [ -n "$KEEL" ]; then
		if ! swapping_ends; then
			fail "$name" "$swaps"
		elif [ "$swaps" -lt 2 ]; then
			fail "$name" "only $swaps swaps"
		fi
		name="$name: $swaps"
	fi
	ended "$name"
}

# many_swaps N: so many under load, one after the other
many_swaps() {
	name="$1 swaps under load"
	started "$name" || return
	load_in_background || fail "$name" "no load"
	[ -z "$KEEL" ] || swap_times "$1" 0.02 || fail "$name" "$(cat /tmp/swap.out)"
	load_ends "$name"
	ended "$name"
}

# The two halves of tests/e2e/cross: the guest goes from one machine to the next on /dev/vdb. Its root is its initramfs: what
# it has written goes with its memory
send() {
	name="a guest is written to a file under load"
	APPEND="quiet keel.disk=no"
	started "$name" || return
	load_in_background '-d /tmp' || fail "$name" "no load"
	sleep 3
	qmp '{"execute":"migrate","arguments":{"uri":"exec:cat >/dev/vdb && sync"}}' >/dev/null || fail "$name" "$(cat $VM/answer)"
	if wait_for 300 migrated; then pass "$name"; else fail "$name" "$(qmp '{"execute":"query-migrate"}')"; fi
	qmp '{"execute":"quit"}' >/dev/null
	wait $qemu
}

receive() {
	name="a guest goes on from a file of another KVM"
	APPEND="quiet keel.disk=no"
	had=$failures
	if qemu_start -kernel /host/vmlinuz -initrd /host/initrd -append "console=ttyAMA0 panic=-1 $APPEND" \
		-incoming "exec:cat /dev/vdb" && wait_for 300 running; then
		load_ends "$name" 'rounds files ticks'
		ended "$name"
	else
		fail "$name" "the stream was not taken: $(tail -n 1 $VM/qemu)"
		guest_kill
	fi
}

load_host
case " $* " in *" mte "*) QEMU_MACHINE=$QEMU_MACHINE,mte=on ;; esac
# shellcheck disable=SC2034 # in host.sh
while [ $# -gt 0 ]; do
	case $1 in
	vmm=* | guest=*) ;; # for tests/e2e/run
	swaps=*) swaps "$(echo "${1#*=}" | cut -d, -f1)" "$(echo "${1#*=}" | cut -d, -f2)" ;;
	many=*) many_swaps "${1#*=}" ;;
	killed=*) killed "${1#*=}" ;;
	cpus=*) GUEST_CPUS=${1#*=} ;;
	swapping=*) [ -z "$KEEL" ] || swapping "${1#*=}" ;;
	*) $1 ;;
	esac
	shift
done
over
swaps_meanwhile
finish
