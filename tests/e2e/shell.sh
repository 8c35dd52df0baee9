# SPDX-License-Identifier: GPL-2.0-only
#
# shell.sh: before the shell of scripts/shell: keel loaded, and a few words.
if insmod /lib/keel/keel.ko && insmod /lib/keel/keel-kvm.ko && insmod /lib/keel/keel-kvm-b.ko takeover=0; then
	keelctl status
fi
# swaps PAUSE: swaps to and fro, until killed
cat >/bin/swaps <<'END'
#!/bin/sh
while keelctl swap b >/dev/null && sleep "$1" && keelctl swap a >/dev/null; do sleep "$1"; done
END
chmod +x /bin/swaps
cat <<'END'

keel is loaded, /dev/kvm is its. Things to try:
  swapguest -c 2 -s 0 &          a guest that checks itself, until killed (kill -TERM tells what it saw)
  keelctl swap b                 its KVM replaced under it; keelctl status shows where it is
  keelctl swap b --dry-run       would it work?
  /lib/selftests/TEST            the kernel's own KVM tests, by path
  swaps 1 &                      a swap every second
  poweroff -f                    the end
END
if [ -e /bin/guest ]; then
	echo
	echo "Now a Debian guest, with swaps under it every second. Ctrl-A X ends it, \`guest\` starts another."
	swaps 1 &
	guest
fi
