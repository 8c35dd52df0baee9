# SPDX-License-Identifier: GPL-2.0-only
#
# host.sh: what a script of the host machine uses to run Debian guests under Debian's QEMU, which is at /vmm
# (scripts/vm --vmm). Works on keel and on the built-in KVM alike. It knows one machine at a time, by its directory $VM:
# fifos of guest console and QMP, logs of both, the kernel's console in serial. Source lib.sh first.

VM=/tmp/vm GUEST_CPUS=2 GUEST_MEM=384 QEMU_MACHINE=virt,gic-version=host QEMU_CPU=host
SERVER_PORT=7777
qemu=

# load_host: keel with a second personality where it is in the machine, else the kernel's own KVM. $KEEL tells which.
load_host() {
	KEEL=
	if [ -e /lib/keel/keel.ko ]; then
		KEEL=yes
		load_keel
		insmod /lib/keel/keel-kvm-b.ko takeover=0 || { fail load "personality b"; finish; }
	elif [ ! -c /dev/kvm ]; then
		fail load "neither keel nor a KVM of the kernel"
		finish
	fi
	host_side
}

# host_side: the guest's kernel where QEMU sees it, and the other half of the guest's load
host_side() {
	mount --bind /guest /vmm/host
	load serve $SERVER_PORT &
}

# alive: QEMU, and not only its exit status that nobody has taken yet
alive() {
	case "$(sed 's/.*) //' "/proc/${qemu:-none}/stat" 2>/dev/null)" in
	'' | Z*) return 1 ;;
	esac
}

# wait_for SECONDS COMMAND...: until it succeeds. It is asked seldom: a process more is dear on an emulated CPU
wait_for() {
	local tries=$(($1 * 2))
	shift
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		[ -z "$qemu" ] || alive || "$@" >/dev/null 2>&1 || return 1
		sleep 0.5
	done
}

# said FILE REGEX
said() { tr -d '\r' <"$1" | grep -qE -- "$2"; }

# overlay: what the guest writes to its disk goes to a file in memory
overlay() { [ -e /tmp/disk.qcow2 ] || chroot /vmm qemu-img create -q -f qcow2 -b /dev/vda -F raw /tmp/disk.qcow2; }

# vmm ARGUMENTS...: becomes QEMU with the guest's devices. The console is the chardev "con" among the arguments. The disk
# is Debian's root file system.
vmm() {
	overlay
	exec chroot /vmm qemu-system-aarch64 -M $QEMU_MACHINE -cpu $QEMU_CPU -accel kvm -smp $GUEST_CPUS -m $GUEST_MEM \
		-nodefaults -display none -device virtio-serial-pci -device virtconsole,chardev=con \
		-drive if=none,id=disk,file=/tmp/disk.qcow2,format=qcow2 -device virtio-blk-pci,drive=disk \
		-netdev user,id=net -device virtio-net-pci,netdev=net -device virtio-rng-pci \
		-device pcie-root-port,id=hotslot,chassis=1 "$@"
}

# qemu_start ARGUMENTS...: in the background, its process is $qemu; returns when its monitor answers
qemu_start() {
	rm -rf $VM
	mkdir -p $VM
	mkfifo $VM/con.in $VM/con.out $VM/qmp.in $VM/qmp.out
	cat $VM/con.out >$VM/con &
	cat $VM/qmp.out >$VM/qmp &
	vmm -serial file:$VM/serial -chardev pipe,id=con,path=$VM/con -chardev pipe,id=qmp,path=$VM/qmp \
		-mon chardev=qmp,mode=control "$@" </dev/null >$VM/qemu 2>&1 &
	qemu=$!
	wait_for 60 said $VM/qmp '"QMP"' && qmp '{"execute":"qmp_capabilities"}' >/dev/null
}

# guest_start [ARGUMENTS...]: until the guest's shell answers; $APPEND goes onto its kernel's command line
guest_start() {
	qemu_start -kernel /host/vmlinuz -initrd /host/initrd -append "console=ttyAMA0 panic=-1 keel.shell=script ${APPEND:-quiet}" "$@" || return
	shell_up
}

# shell_up: the guest's shell is there and answers
shell_up() {
	wait_for ${BOOT_SECONDS:-150} said $VM/serial 'guest: shell on|Kernel panic' && ! said $VM/serial 'Kernel panic' && guest :
}

# next: a number that was not there before, in subshells neither
next() {
	echo >>/tmp/numbers
	wc -l </tmp/numbers
}

# guest COMMAND [SECONDS]: in the guest's shell; prints what it printed, and has its status
guest() {
	guest_begin "$1" || { echo "no QEMU"; return 99; }
	guest_join "${2:-60}"
}

# guest_begin COMMAND, guest_join SECONDS: the two halves of it
guest_begin() {
	local n
	# A fifo without a reader would hold the writer for ever
	alive || return
	next >$VM/begun
	n=$(cat $VM/begun)
	printf '%s\n' "echo KEEL-BEGIN-$n; { $1; } </dev/null 2>&1; printf '\\nKEEL-END-$n %d\\n' \$?" >$VM/con.in
}

guest_join() {
	local n
	n=$(cat $VM/begun)
	wait_for "$1" said $VM/con "^KEEL-END-$n [0-9]+\$" || { echo "no answer from the guest"; return 99; }
	# All lines between the marks; the last one only if there is something in it
	tr -d '\r' <$VM/con | awk -v begin="KEEL-BEGIN-$n\$" -v end="^KEEL-END-$n [0-9]+\$" '
		on && $0 ~ end { exit }
		on { if (n++) print last; last = $0 }
		$0 ~ begin { on = 1 }
		END { if (last != "") print last }'
	return "$(tr -d '\r' <$VM/con | sed -n "s/^KEEL-END-$n \([0-9][0-9]*\)\$/\1/p")"
}

# qmp JSON [SECONDS]: prints the answer; fails when it is an error
qmp() {
	local q
	alive || { echo "no QEMU"; return 99; }
	q=$(next)
	echo "$1" | sed "s/^{/{\"id\":\"k$q\",/" >$VM/qmp.in
	wait_for "${2:-60}" said $VM/qmp "\"id\": \"k$q\"" || { echo "no answer from QEMU"; return 99; }
	tr -d '\r' <$VM/qmp | grep "\"id\": \"k$q\"" | tee $VM/answer
	! grep -q '"error"' $VM/answer
}

# hmp COMMAND [SECONDS]: of the human monitor; it answers errors as text
hmp() { qmp "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"$1\"}}" "${2:-60}"; }

# no_reports: the guest's kernel log has none, in its own words and on its console
no_reports() {
	guest 'dmesg -r 2>/dev/null | grep -E "^<[0-3]>|Call trace|BUG|WARNING|rcu:.*stall|soft lockup|Oops" || true' >$VM/reports
	grep -v -E "$ALLOWED_REPORTS" $VM/reports | grep . && return 1
	! grep -E 'Kernel panic|Call trace|BUG:|WARNING:|soft lockup|rcu_.*(stall|kthread)' $VM/serial
}
# On a debug host in an emulator, which the VMM's threads get seconds of at a time, packets wait for as long
ALLOWED_REPORTS='no such message'
[ ! -e /proc/lockdep ] || ALLOWED_REPORTS='NETDEV WATCHDOG|TX timeout on queue'

gone() { ! alive; }

# guest_off: power-off from inside; QEMU has to end by itself, with 0
guest_off() {
	alive && echo '/keel/busybox poweroff -f' >$VM/con.in
	wait_for ${1:-60} gone || { echo "QEMU is still there"; guest_kill; return 1; }
	wait $qemu
}

guest_kill() {
	kill -9 $qemu 2>/dev/null
	wait $qemu 2>/dev/null
	qemu=
}
