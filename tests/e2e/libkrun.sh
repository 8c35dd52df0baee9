# SPDX-License-Identifier: GPL-2.0-only
#
# libkrun.sh [mainline]: a VMM that is none of QEMU's: libkrun, a relative of Firecracker's, with the guest kernel that it
# brings, as microsandbox packs it (scripts/fetch libkrun). Guests with virtio-mmio, a virtio-fs root and an agent behind vsock
# work, on keel while all swaps to and fro. The guest's own words are compared with what is known beforehand.
#
#vm --smp 2 --mem 3G --timeout 900 --file $CACHE/libkrun:/krun
#vm $([ -n "$mainline" ] || echo --file $TOP/build/tools/keelctl:/bin/keelctl)
. /lib/keel/lib.sh

# msb SECONDS ARGUMENT...: a microVM of the host's busybox; its output
msb() {
	local seconds=$1
	shift
	HOME=/tmp chroot /krun /bin/busybox timeout "$seconds" /bin/msb run "$@" </dev/null 2>/tmp/msb.err
}

# works NAME CPUS: sums of the same bytes on all vCPUs at once, sleeps, and the bytes of a file behind virtio-fs
works() {
	local want got
	want="cpus $2
$(dd if=/dev/zero bs=1M count=8 2>/dev/null | md5sum)
slept
$(md5sum </krun/bin/busybox)"
	got=$(msb 300 -c "$2" /rootfs -- /bin/sh -c 'echo "cpus $(nproc)"
for c in $(seq $(nproc)); do for n in 1 2 3 4 5 6 7 8; do dd if=/dev/zero bs=1M count=8 2>/dev/null | md5sum; done >/tmp/sums.$c & done
wait
cat /tmp/sums.* | sort -u
for n in 1 2 3 4 5 6 7 8 9 10; do sleep 0.2; done; echo slept
md5sum </bin/busybox
dmesg | grep -E "Call trace|BUG|WARNING|Oops|stall"')
	if [ "$got" = "$want" ]; then pass "$1"; else fail "$1" "$(tail -n 1 /tmp/msb.err) $(echo "$got" | tail -n 1)"; fi
}

if [ "$1" != mainline ]; then load_both; fi
for d in proc sys dev tmp; do mount --bind /$d /krun/$d; done
works "a guest of libkrun" 2
[ "$1" = mainline ] || swapping 0.1
works "a guest with 4 vCPUs" 4
for n in 1 2 3; do
	rm -f /krun/rootfs/alive
	msb 300 -c 2 /rootfs -- /bin/sh -c 'echo >/alive; while :; do md5sum </bin/busybox; done' >/dev/null &
	for tries in $(seq 240); do [ ! -e /krun/rootfs/alive ] || break; sleep 0.5; done
	[ -e /krun/rootfs/alive ] || fail "killed, round $n" "its guest never worked: $(tail -n 1 /tmp/msb.err)"
	killall -9 msb
	wait $!
done
works "a guest after three whose VMM was killed" 2
swaps_meanwhile 20
[ "$1" = mainline ] || expect "no VM is left" sh -c '! keelctl status | grep -q "^ *vm [0-9]"'
finish
