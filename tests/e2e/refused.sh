# SPDX-License-Identifier: GPL-2.0-only
#
# refused.sh: incoming personalities that cannot have a VM are refused by what stands in the way, and the guest goes on in
# the outgoing one (INV-6). The module keel-odd knows no record; its parameters make it want what nobody has.
#
#vm --smp 2 --mem 512M --timeout 300
#vm --file $TOP/build/guest/swapguest:/bin/swapguest --file $TOP/build/tools/keelctl:/bin/keelctl
. /lib/keel/lib.sh

load_both
start_guest -c 2 -M -H

# refused NAME PARAMETERS...: insmod fails, the VM is where it was, and the next swap works
refused() {
	name=$1
	shift
	if insmod /lib/keel/keel-odd.ko "$@" 2>/tmp/err; then
		rmmod keel_odd
		fail "$name" "it was loaded"
	elif [ -d /sys/module/keel_odd ] || ! keelctl status | grep -q '\<a\>' || [ -e /dev/kvm-odd ]; then
		fail "$name" "something is left of it"
	elif keelctl swap b >/tmp/swap.out 2>&1 && keelctl swap a >/tmp/swap.out 2>&1; then
		pass "$name: $(sed 's/.*: //' /tmp/err); $(dmesg | grep 'keel: ' | grep -v ' to [ab]' | tail -n1 | sed 's/.*keel: //')"
	else
		fail "$name" "the next swap: $(cat /tmp/swap.out)"
	fi
}

refused "a personality that does not know a critical record"
refused "a personality that wants a newer nucleus" abi_minor=999
refused "a personality with no version of the records in common" state=999
refused "a personality for a newer anchor" host_api=999
stop_guest "the guest noticed nothing"
finish
