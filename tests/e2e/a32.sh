# SPDX-License-Identifier: GPL-2.0-only
#
# a32.sh [none]: guests that are AArch32 at EL1: what a VMM may ask for and what such a guest finds (tests/e2e/guest/a32.c),
# with a swap before every entry too; a checking guest under a swap every 100 ms; the kernel's own test. none: a CPU that
# has no AArch32 at EL1, where they have to be refused.
#
#vm --smp 2 --mem 1G --timeout 300
#vm --file $TOP/build/guest/a32:/bin/a32 --file $TOP/build/guest/swapguest:/bin/swapguest
#vm --file $TOP/build/tools/keelctl:/bin/keelctl
#vm --file $CACHE/selftests/6.12/bin/vcpu_width_config:/bin/vcpu_width_config
. /lib/keel/lib.sh

# judge PREFIX ARGUMENT...: one result for each of the program's
judge() {
	prefix=$1
	shift
	a32 "$@" >/tmp/a32.out 2>&1
	status=$?
	while read -r verdict line; do
		case $verdict in
		ok) pass "$prefix$line" ;;
		not) line=${line#ok }; fail "$prefix${line%% #*}" "${line#*# }" ;;
		esac
	done </tmp/a32.out
	[ $status -le 1 ] || fail "${prefix}a32" "ended with status $status: $(tail -n1 /tmp/a32.out)"
}

load_keel
if [ "$1" = none ]; then
	a32
	[ $? -eq 4 ] && pass "the feature is refused" || fail "the feature is refused" "$(tail -n1 /tmp/a32.out)"
	vcpu_width_config
	[ $? -eq 4 ] && pass "vcpu_width_config skips" || fail "vcpu_width_config skips" "it ran"
	finish
fi
expect vcpu_width_config vcpu_width_config
judge ""
insmod /lib/keel/keel-kvm-b.ko takeover=0 || { fail load "personality b"; finish; }
judge swapped- swap

name="30 swaps, 2 vCPUs that are AArch32"
swapguest -A -c 2 -s 0 -r /tmp/ready >/tmp/guest.out 2>&1 &
guest=$!
i=0
while [ ! -e /tmp/ready ] && [ $i -lt 200 ]; do sleep 0.1; i=$((i + 1)); done
n=0
while [ $n -lt 15 ] && keelctl swap b >/tmp/swap.out 2>&1 && sleep 0.1 && keelctl swap a >/tmp/swap.out 2>&1; do
	sleep 0.1
	n=$((n + 1))
done
kill -TERM $guest
wait $guest
status=$?
cat /tmp/guest.out
if [ $n -eq 15 ] && [ $status -eq 0 ]; then
	pass "$name: $(sed 's/.*\(iterations [0-9]*\).*/\1/' /tmp/guest.out | tr '\n' ';')"
else
	fail "$name" "$n rounds of swaps, guest $status: $(tail -n1 /tmp/guest.out) $(tail -n1 /tmp/swap.out)"
fi
finish
