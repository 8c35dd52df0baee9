# SPDX-License-Identifier: GPL-2.0-only
#
# rust-vmm.sh [mainline]: the tests of rust-vmm's crate kvm-ioctls, unmodified (scripts/fetch rust-vmm): what Firecracker,
# cloud-hypervisor and their like call KVM with. On keel then all of them again, under swaps.
#
# One of the tests wants four CPUs
#vm --smp 4 --file $CACHE/rust-vmm/kvm-ioctls:/bin/kvm-ioctls
#vm $([ -n "$mainline" ] || echo --file $TOP/build/tools/keelctl:/bin/keelctl)
. /lib/keel/lib.sh

# tests: what it says of each, in judge()'s words; a crash has no summary
tests() {
	kvm-ioctls --test-threads=1 2>&1 | tee /tmp/rust-vmm.out | awk '
		/^test .* \.\.\. ok$/ { print "ok", $2 }
		/^test .* \.\.\. ignored/ { print "skip", $2, "# ignored by rust-vmm" }
		/^test .* \.\.\. FAILED$/ { print "not ok", $2, "# it failed" }
		/^test result:/ { whole = 1 }
		END { if (!whole) print "not ok kvm-ioctls # it ended early" }'
	grep -A 2 panicked /tmp/rust-vmm.out >/dev/kmsg
}

if [ "$1" = mainline ]; then
	judge '' tests
	finish
fi
load_both
judge '' tests
swapping 0.1
for n in 1 2 3; do expect "all of them under swaps, round $n" kvm-ioctls --test-threads=1; done
swaps_meanwhile 3
finish
