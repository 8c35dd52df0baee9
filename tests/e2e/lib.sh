# SPDX-License-Identifier: GPL-2.0-only
#
# lib.sh: what a guest-side script of the end-to-end lane uses to tell results and to load keel. Results go
# through /dev/kmsg: each is one line of the kernel's log, so nothing else that prints can break it in two.

pass() { echo "keel-test: ok $*" >/dev/kmsg; }
skip() { local n=$1; shift; echo "keel-test: skip $n # $*" >/dev/kmsg; }
fail() { local n=$1; shift; failures=$((failures + 1)); echo "keel-test: not ok $n # $*" >/dev/kmsg; }
failures=0

# ends_with STATUS REGEX: this machine is about to end in a special way: with STATUS as scripts/vm tells it, and after a
# line of the log that matches.
ends_with() { echo "keel-test: ends $*" >/dev/kmsg; }

# finish: a script's last line; its status tells whether anything failed.
finish() { [ "$failures" -eq 0 ]; exit; }

# expect NAME COMMAND...: one test from one command; what it printed is on the console if it failed.
expect() {
	local name=$1
	shift
	if "$@" >/tmp/expect.out 2>&1; then
		pass "$name"
	else
		cat /tmp/expect.out
		fail "$name" "$(tail -n1 /tmp/expect.out)"
	fi
}

# load_keel [PERSONALITY]: anchor and personality. Without them nothing else makes sense, so it ends the script.
load_keel() {
	insmod /lib/keel/keel.ko && insmod "/lib/keel/${1:-keel-kvm}.ko" && [ -c /dev/kvm ] && return
	fail load "keel could not be loaded"
	exit 1
}

# load_both: and a second personality "b" to swap to, which takes nothing over by itself.
load_both() {
	load_keel
	insmod /lib/keel/keel-kvm-b.ko takeover=0 || { fail load "personality b"; exit 1; }
}

# start_guest ARGUMENTS...: the checking guest (tests/e2e/guest) in the background, until stop_guest; returns when it runs,
# its process is $guest, what it says in /tmp/guest.out. Not 0: it did not come so far in 20 s.
start_guest() {
	rm -f /tmp/ready
	swapguest -s 0 -r /tmp/ready "$@" >/tmp/guest.out 2>&1 &
	guest=$!
	i=0
	while [ ! -e /tmp/ready ] && [ $i -lt 400 ]; do sleep 0.05; i=$((i + 1)); done
	[ -e /tmp/ready ]
}

# stop_guest NAME: its own verdict is the test's
stop_guest() {
	kill -TERM $guest
	if wait $guest; then
		pass "$1: $(sed 's/.*\(iterations.*max_gap_us [0-9]*\).*/\1/' /tmp/guest.out | tr '\n' ';')"
	else
		cat /tmp/guest.out
		fail "$1" "$(tail -n1 /tmp/guest.out)"
	fi
}

# swap_times N [PAUSE]: forwards and back, PAUSE seconds after each
swap_times() {
	local n=$1 pause=${2:-0}
	while [ "$n" -gt 0 ]; do
		keelctl swap b >/tmp/swap.out 2>&1 && sleep "$pause" && keelctl swap a >/tmp/swap.out 2>&1 && sleep "$pause" || return 1
		n=$((n - 2))
	done
}

swapper=
# swapping PAUSE: all VMs, in the background, between personalities b and a until swapping_ends
swapping() {
	rm -f /tmp/swap-failed /tmp/swap-stop
	echo 0 >/tmp/swaps
	(
		n=0
		while [ ! -e /tmp/swap-stop ]; do
			for to in b a; do
				if keelctl swap $to >/tmp/swap.out 2>&1; then
					n=$((n + 1))
					echo $n >/tmp/swaps
				else
					echo "$to: $(tail -n1 /tmp/swap.out)" >>/tmp/swap-failed
				fi
				sleep "$1"
			done
		done
	) &
	swapper=$!
}

# swapping_ends: fails when one was refused. $swaps: their number, or then what was said; so not in a subshell
swapping_ends() {
	touch /tmp/swap-stop
	wait $swapper
	swapper=
	swaps=$(cat /tmp/swaps)
	[ -e /tmp/swap-failed ] || return 0
	swaps=$(sort /tmp/swap-failed | uniq -c | tr '\n' ';')
	return 1
}

# swaps_meanwhile [AT_LEAST]: the test of what swapping() did, where it was called
swaps_meanwhile() {
	[ -n "$swapper" ] || return 0
	if ! swapping_ends; then
		fail "swaps meanwhile" "$swaps"
	elif [ "$swaps" -lt "${1:-0}" ]; then
		fail "swaps meanwhile" "only $swaps"
	else
		pass "$swaps swaps meanwhile"
	fi
}

# under_swaps NAME N GUEST-ARGUMENTS...: the checking guest while it is swapped; its own verdict is the test's
under_swaps() {
	local name=$1 count=$2
	shift 2
	if ! start_guest "$@"; then
		kill -9 $guest
		fail "$name" "the guest did not start: $(cat /tmp/guest.out)"
		return
	fi
	if ! swap_times "$count"; then
		kill -9 $guest
		fail "$name" "$(cat /tmp/swap.out)"
		return
	fi
	stop_guest "$name"
}

# judge PREFIX PROGRAM ARGUMENT...: one result for each line of a program's that checks by itself (tests/e2e/guest);
# a guest that runs away ends it by a signal
judge() {
	local prefix=$1 verdict line status
	shift
	"$@" >/tmp/judge.out 2>&1
	status=$?
	while read -r verdict line; do
		case $verdict in
		ok) pass "$prefix$line" ;;
		skip) skip "$prefix${line%% #*}" "${line#*# }" ;;
		not) line=${line#ok }; fail "$prefix${line%% #*}" "${line#*# }" ;;
		esac
	done </tmp/judge.out
	[ $status -le 1 ] || fail "$prefix$1" "ended with status $status: $(tail -n1 /tmp/judge.out)"
}
