# SPDX-License-Identifier: GPL-2.0-only
#
# sve.sh [mainline]: SVE. What a VMM may ask for and a guest sees (tests/e2e/guest/sve.c), with a swap before every entry
# too; a checking guest whose SVE registers are full, alone, preempted and under a swap every 100 ms; programs of the host's
# that have theirs full beside it; the kernel's own test of register lists. mainline: the first on the built-in KVM.
#
#vm --smp 2 --mem 1G --timeout 400
#vm --file $TOP/build/guest/sve:/bin/sve --file $TOP/build/guest/hostsve:/bin/hostsve
#vm --file $TOP/build/guest/swapguest:/bin/swapguest --file $TOP/build/tools/keelctl:/bin/keelctl
#vm --file $CACHE/selftests/6.12/bin/get-reg-list:/bin/get-reg-list
. /lib/keel/lib.sh

if [ "$1" = mainline ]; then
	judge "" sve
	expect get-reg-list get-reg-list
	expect "two vCPUs keep their SVE registers" swapguest -S -c 2 -s 5
	finish
fi
load_both

# both CPUs NAME COMMAND...: programs of the host's with SVE registers of different lengths on both CPUs while it runs
beside_hosts() {
	name=$1
	shift
	for cpu in 0 1; do
		taskset -c $cpu hostsve 256 8 >/tmp/host.$cpu 2>&1 &
		eval "long_$cpu=\$!"
		taskset -c $cpu hostsve 32 8 >/tmp/short.$cpu 2>&1 &
		eval "short_$cpu=\$!"
	done
	"$@"
	for pid in $long_0 $short_0 $long_1 $short_1; do
		wait $pid || fail "$name: the host's SVE registers" "$(cat /tmp/host.? /tmp/short.? | grep -v rounds | head -n1)"
	done
	pass "$name: $(cat /tmp/host.? /tmp/short.? | tr '\n' ';')"
}

swaps() { swap_times 30 0.1 || fail swaps "$(tail -n1 /tmp/swap.out)"; }

# under NAME GUEST-ARGUMENT... -- COMMAND...
under() {
	name=$1 args=''
	shift
	while [ "$1" != -- ]; do args="$args $1"; shift; done
	shift
	if ! start_guest $args; then
		kill -9 $guest
		fail "$name" "the guest did not start: $(cat /tmp/guest.out)"
		return
	fi
	"$@"
	stop_guest "$name"
}

judge "" sve
judge swapped- sve swap
expect get-reg-list get-reg-list
under "4 vCPUs with SVE share 2 CPUs" -S -c 4 -- sleep 3
under "30 swaps, 2 vCPUs with SVE" -S -c 2 -- swaps
under "30 swaps, 2 vCPUs with SVE that use a device" -S -c 2 -M -- swaps
# A guest that has no SVE uses the same registers
under "host programs with SVE beside guests that only have FP" -c 2 -- beside_hosts "beside FP guests" sleep 1
under "host programs with SVE beside guests with SVE" -S -c 2 -- beside_hosts "beside SVE guests" swaps
finish
