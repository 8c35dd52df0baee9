# SPDX-License-Identifier: GPL-2.0-only
#
# selftests.sh [expect-MODE|keel|keel-swaps] GROUP...: runs the KVM selftests that selftests.table lists for the groups, on
# whatever /dev/kvm there is: the built-in KVM's (expect-MODE: results are compared with mainline.expect) or
# keel's (loaded here; keel-swaps: and swapped between two personalities every 100 ms). A test that fails on mainline in the same mode, and here too, is told as a skip with the
# reason; a pass always counts.
#
#vm --smp 2 --mem 1536M --timeout 3600
#vm --file $CACHE/selftests/6.12/bin:/lib/selftests --file $HERE/selftests.table:/lib/keel/selftests.table
#vm --file $HERE/mainline.expect:/lib/keel/mainline.expect --file $TOP/build/tools/keelctl:/bin/keelctl
#vm --file $HERE/keel.expect:/lib/keel/keel.expect
. /lib/keel/lib.sh

what=$1
shift
groups=" $* "

mode_of_keel() {
	case $(cat /proc/cmdline) in
	*mode=protected*) echo protected ;;
	*mode=nvhe*) echo nvhe ;;
	*) echo vhe ;;
	esac
}

slower=1
case $what in
keel) load_keel; mode=$(mode_of_keel) ;;
keel-swaps)
	what=keel
	load_both
	mode=$(mode_of_keel) slower=2
	swapping 0.1 ;;
*) mode=${what#expect-} ;;
esac
ulimit -l unlimited
# Cortex-A57 has 44 bits of physical address, the others 48 or more (see selftests.table).
guest_mode=3
! grep -q 'CPU part.*0xd07' /proc/cpuinfo || guest_mode=6

# mainline NAME: the line about a test in this mode, without name and mode: "pass", or "RESULT WORD REASON...".
mainline() {
	local line
	line=$(awk -v t="$1" -v m="$mode" '$1 == t && ($2 == m || $2 == "*") { $1 = $2 = ""; print; exit }' \
		/lib/keel/mainline.expect)
	echo ${line:-pass}
}

# known_difference NAME GOT: the reason why keel's result is not mainline's, if keel.expect knows one
known_difference() {
	awk -v t="$1" -v m="$mode" -v r="$2" '$1 == t && ($2 == m || $2 == "*") && $3 == r {
		$1 = $2 = $3 = ""; print; found = 1; exit } END { exit !found }' /lib/keel/keel.expect
}

# as_mainline GOT WHY LINE: the same result, and if it is a failure, the same place of failure.
as_mainline() {
	set -- "$1" "$2" $3
	if [ "$3" = either ]; then
		[ "$1" != pass ] || return 0
		set -- "$1" "$2" fail "$4"
	fi
	[ "$1" = "$3" ] || return 1
	[ "$1" != fail ] || case $2 in
	*"$4"*) ;;
	*) return 1 ;;
	esac
}

# The first lines of an assertion say what failed, the last line of the output is often a back trace.
reason() {
	if grep -q 'Test Assertion Failure' /tmp/out; then
		grep -A1 'Test Assertion Failure' /tmp/out | sed -n '2s/^ *//p'
		sed '1,/Test Assertion Failure/d' /tmp/out | grep -v 'addr2line\|pid=\|^ *[0-9]*\t' | sed -n '2,$p' | tail -n1
	else
		grep -v '^$' /tmp/out | tail -n1
	fi | tr '\n' ' ' | cut -c1-200
}

# classify STATUS SECONDS: prints pass, skip or fail, and why.
classify() {
	case $1 in
	0) echo pass ;;
	4) echo "skip $(grep -v '^$' /tmp/out | tail -n1 | cut -c1-160)" ;;
	124 | 137 | 143) echo "fail no end in $2 s" ;;
	*) echo "fail status $1: $(reason)" ;;
	esac
}

judge() {
	local name=$1 took=$2 got=$3 why expected reason
	shift 3
	why=$*
	expected=$(mainline "$name")
	if [ "$got" = pass ] && [ "$what" = keel ]; then
		pass "$name ($took s)"
	elif [ "$what" = keel ] && reason=$(known_difference "$name" "$got"); then
		skip "$name" "not as on mainline:$(echo "$reason" | tr -s ' ')"
	elif ! as_mainline "$got" "$why" "$expected"; then
		fail "$name" "$got: $why; on mainline: $expected ($took s)"
	elif [ "$what" = keel ]; then
		skip "$name" "on mainline too: $(echo "$expected" | cut -s -d' ' -f3-)"
	else
		pass "$name ($got as expected, $took s) $(echo "$expected" | cut -s -d' ' -f3-)"
	fi
}

run_one() {
	local name=$1 limit=$(($2 * slower)) test=$3 start status=0
	shift 3
	start=$(cut -d. -f1 /proc/uptime)
	[ "$1" != @ ] || { shift; set -- -m "$guest_mode" "$@"; }
	timeout -s KILL "$limit" "/lib/selftests/$test" "$@" >/tmp/out 2>&1 || status=$?
	[ "$status" -eq 0 ] || tail -n 15 /tmp/out
	# shellcheck disable=SC2046 # words on purpose
	judge "$name" $(($(cut -d. -f1 /proc/uptime) - start)) $(classify "$status" "$limit")
}

# The table is read through another descriptor: a test must not eat it as its input.
while read -r name group limit test arguments <&3; do
	case $name in
	'' | '#'*) continue ;;
	esac
	case $groups in
	*" $group "*) ;;
	*) continue ;;
	esac
	run_one "$name" "$limit" "$test" $arguments
done 3</lib/keel/selftests.table

swaps_meanwhile
finish
