# SPDX-License-Identifier: GPL-2.0-only
#
# libvirt.sh [mainline]: an unmodified libvirt of Debian's finds KVM on this host: its check of the host, and what it says a
# domain can have, for which it starts a QEMU and asks that.
#
#vm --smp 2 --mem 2G --timeout 400 --vmm 10
. /lib/keel/lib.sh

[ "$1" = mainline ] || load_keel

# The root file system is read-only, and no package of it was configured: root is given the names that libvirt asks for
for d in run var/lib/libvirt var/cache/libvirt var/log; do
	mount -t tmpfs tmpfs /vmm/$d || { fail "room for libvirt" $d; finish; }
done
mount --bind /vmm/run /vmm/var/run
cp -r /vmm/etc /tmp/etc
for name in root libvirt-qemu; do
	echo "$name:x:0:0::/root:/bin/sh" >>/tmp/etc/passwd
	echo "$name:x:0:" >>/tmp/etc/group
done
echo 'kvm:x:0:' >>/tmp/etc/group
echo 'security_driver = "none"' >/tmp/etc/libvirt/qemu.conf
mount --bind /tmp/etc /vmm/etc

# answers REGEX COMMAND...: what it prints has the line
answers() {
	local want=$1
	shift
	chroot /vmm "$@" >/tmp/answer 2>&1
	tr '\n' ' ' </tmp/answer | sed 's/  */ /g' | grep -qE -- "$want" && return
	cat /tmp/answer
	return 1
}

expect "virt-host-validate: /dev/kvm exists" answers "device '?/dev/kvm'? exists *: PASS" virt-host-validate qemu
expect "virt-host-validate: /dev/kvm is accessible" answers "device '?/dev/kvm'? is accessible *: PASS" \
	virt-host-validate qemu

chroot /vmm libvirtd >/tmp/libvirtd 2>&1 &
virsh="timeout 100 virsh -q -c qemu:///system"
tries=30
while ! chroot /vmm $virsh version >/tmp/answer 2>&1 && kill -0 $! && [ $tries -gt 0 ]; do
	tries=$((tries - 1))
	sleep 1
done
capabilities="$virsh domcapabilities --virttype kvm --arch aarch64 --machine virt"
expect "a domain of KVM's" answers '<domain>kvm</domain>' $capabilities
expect "the host's CPU" answers "<mode name='host-passthrough' supported='yes'>" $capabilities
expect "a GICv3" answers "<gic supported='yes'> <enum name='version'>.*<value>3</value>.*</gic>" $capabilities
[ $failures -eq 0 ] || cat /tmp/libvirtd
finish
