#!/usr/bin/env bash
#
# quickstart.sh - see sinkbound work: a real Unbound that blocks a small list.
#
#	contrib/quickstart.sh        set up, start, show, and leave it running
#	contrib/quickstart.sh stop   stop it
#
# It serves 127.0.0.1 port 5335 (another: PORT=5336 contrib/quickstart.sh), as
# whoever starts it, and keeps everything in .deps/quickstart. It needs no
# Internet once it is set up: the names it is asked for here are in a zone of
# its own.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

port=${PORT:-5335}
state=$deps/quickstart
unbound=$deps/unbound/sbin/unbound
sinkbound=("$root/tools/sinkbound" -c "$state/sinkbound.yaml")

# In the shipped list, below a name of it, and in no list.
blocked=www.seized-shop.example
allowed=www.honest-shop.example

usage() {
	say "usage: [PORT=5335] contrib/quickstart.sh [stop]" >&2
	exit 2
}

# The process of an earlier run, if it still is that.
running_pid() {
	local pid
	pid=$(cat "$state/unbound.pid" 2>/dev/null) || return 0
	if tr '\0' ' ' <"/proc/$pid/cmdline" | grep -F " -c $state/unbound.conf " >/dev/null; then
		printf '%s' "$pid"
	fi 2>/dev/null
}

stop() {
	local pid tries
	pid=$(running_pid)
	[[ -n $pid ]] || return 0
	kill "$pid"
	for ((tries = 100; tries > 0; tries--)); do
		[[ -e /proc/$pid ]] || return 0
		sleep 0.1
	done
	die "Unbound (process $pid) does not end; see $state/unbound.log"
}

check_port() {
	local users
	users=$(ss -H -lntup "sport = :$port" |
		awk '$5 ~ /^(127\.0\.0\.1|0\.0\.0\.0|\*|\[::\])(%[^:]*)?:/ { print $7 }' |
		sed -n 's/.*(("\([^"]*\)",pid=\([0-9]*\).*/\1 (process \2)/p; t; s/.*/another user'"'"'s process/p' |
		sort -u | paste -s -d ,)
	[[ -z $users ]] || die "port $port is taken by $users. Stop that," \
		"or choose another port: PORT=$((port + 1)) contrib/quickstart.sh"
}

write_configuration() {
	cat >"$state/sinkbound.yaml" <<-END
		database: $state/policy.mdb
		log: $state/queries.jsonl
		feeds:
		  - name: quickstart
		    file: $root/contrib/example/blocklist.txt
		    format: domains
	END
	cat >"$state/example.zone" <<-END
		example.    3600 SOA localhost. nobody.invalid. 1 3600 600 86400 300
		example.    3600 NS localhost.
		*.example.  3600 A 192.0.2.10
		*.example.  3600 AAAA 2001:db8::10
	END
	cat >"$state/unbound.conf" <<-END
		server:
		    interface: 127.0.0.1@$port
		    access-control: 127.0.0.0/8 allow
		    module-config: "dynlib validator iterator"
		    username: ""
		    chroot: ""
		    directory: "$state"
		    pidfile: "$state/unbound.pid"
		    use-syslog: no
		    logfile: "$state/unbound.log"
		    log-time-ascii: yes
		    do-daemonize: yes
		dynlib:
		    dynlib-file: "$root/module/.libs/sinkbound.so"
		# The names that the demonstration asks for.
		auth-zone:
		    name: example
		    zonefile: "$state/example.zone"
		    for-downstream: no
		    for-upstream: yes
	END
}

# ask NAME: dig's answer, shortened to what matters.
ask() {
	dig @127.0.0.1 -p "$port" +time=2 +tries=1 "$1" A |
		sed -n -E -e 's/^;; ->>HEADER.*status: ([A-Z]+).*/\1/p; t' \
			-e 's/^; (EDE: .*)/\1/p; t' \
			-e '/^[^;]/s/[[:space:]]+/ /gp'
}

start() {
	local tries
	: >"$state/unbound.log"
	SINKBOUND_DB=$state/policy.mdb "$unbound" -c "$state/unbound.conf" ||
		die "Unbound did not start; see $state/unbound.log"
	# It returns before it serves.
	for ((tries = 50; tries > 0; tries--)); do
		if ask "$allowed" >/dev/null 2>&1; then
			return 0
		fi
		sleep 0.1
	done
	tail -n 10 "$state/unbound.log" >&2
	die "Unbound does not answer; see $state/unbound.log"
}

# show NAME PATTERN...: ask for the name and show the answer, in which each of
# the patterns must be.
show() {
	local name=$1 answer pattern
	shift
	answer=$(ask "$name") || die "no answer for $name; see $state/unbound.log"
	say "\$ dig @127.0.0.1 -p $port $name"
	say "$answer" | sed 's/^/    /'
	for pattern; do
		grep -q -E -e "$pattern" <<<"$answer" ||
			die "that is not the answer expected ($pattern); see $state/unbound.log"
	done
}

# The record is written by a thread of its own, soon after the answer.
# LOGGED octets of the log are from before.
show_record() {
	local logged=$1 record tries
	for ((tries = 50; tries > 0; tries--)); do
		record=$(tail -c "+$((logged + 1))" "$state/queries.jsonl" 2>/dev/null |
			grep -F "\"$blocked\"" | head -n 1) || true
		if [[ -n $record ]]; then
			say "\$ tail -n 1 ${state#"$root"/}/queries.jsonl"
			say "    $record"
			return 0
		fi
		sleep 0.1
	done
	die "no record of the blocked query in $state/queries.jsonl;" \
		"see $state/unbound.log"
}

demonstrate() {
	local logged
	logged=$(stat -c %s "$state/queries.jsonl" 2>/dev/null) || logged=0
	say
	say "A name below one of the list. Without sinkbound it would be 192.0.2.10:"
	show "$blocked" '^NOERROR$' "^$blocked. 30 IN A 0\.0\.0\.0$" '^EDE: 15 '
	say
	say "A name that is in no list:"
	show "$allowed" '^NOERROR$' "^$allowed. [0-9]+ IN A 192\.0\.2\.10$"
	say
	say "The log record of the blocked one:"
	show_record "$logged"
}

advise() {
	cat <<-END

		It goes on running (process $(running_pid)). Try:
		    tools/sinkbound -c ${state#"$root"/}/sinkbound.yaml block bad.example
		    tools/sinkbound -c ${state#"$root"/}/sinkbound.yaml explain www.bad.example
		    dig @127.0.0.1 -p $port www.bad.example
		    contrib/quickstart.sh stop

		To have it in the Unbound of this machine, go on with "Install" in
		README.md: what is built here can be used.
	END
}

case $#:${1-} in
0:) ;;
1:stop)
	stop
	exit
	;;
*) usage ;;
esac
if ! [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65535)); then
	die "PORT=$port is no port number"
fi

"$root/contrib/setup.sh"
cd "$root"
mkdir -p "$state"
stop
check_port
write_configuration
say "filling the database"
# An older version's database would be refused, and nothing in it is missed.
"${sinkbound[@]}" status >/dev/null 2>&1 || rm -f "$state/policy.mdb" "$state/policy.mdb-lock"
"${sinkbound[@]}" apply || die "the database could not be filled"
say "starting Unbound on 127.0.0.1 port $port"
start
demonstrate
advise
