#!/usr/bin/env bash
#
# setup.sh - from a bare Debian 12 to a built sinkbound.
#
#	contrib/setup.sh           what it takes to build and to run it
#	contrib/setup.sh --tests   what `make check` and `make bench` need as well
#
# Installs Debian packages (through sudo where not root), builds Debian's own
# Unbound with support for modules into .deps/, then configures and builds
# sinkbound for that Unbound. What is there already is used again: a second
# run takes seconds and no network. Nothing of the machine's configuration is
# changed, and no service is installed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

packages=(
	# sinkbound itself
	build-essential autoconf automake libtool pkg-config
	liblmdb-dev libldns-dev libxxhash-dev libidn2-dev libjansson-dev libfyaml-dev
	libmaxminddb-dev libpsl-dev libssl-dev publicsuffix zlib1g-dev
	libzstd-dev libbz2-dev libcurl4-openssl-dev
	# Unbound, as Debian configures it
	bison debhelper flex libevent-dev libexpat1-dev libnghttp2-dev
	libprotobuf-c-dev libsystemd-dev protobuf-c-compiler
	python3-dev swig
	# to look at what it does
	bind9-dnsutils iproute2
)
test_packages=(
	libcmocka-dev python3-pytest python3-dnspython ldnsutils dnsperf
	libfstrm0 # for nsd
)

usage() {
	say "usage: contrib/setup.sh [--tests]" >&2
	exit 2
}

check_machine() {
	if [[ $(. /etc/os-release && say "${ID-}") != debian ]]; then
		die "this script knows Debian only. Elsewhere, build Unbound with" \
			"--with-dynlibmodule, then ./configure --with-unbound=DIR"
	fi
	# Neither configure nor libtool can live there.
	if [[ $root =~ [^A-Za-z0-9/_.,+:@%-] ]]; then
		die "the path $root has a character that the build tools do not" \
			"bear, such as a space: move the tree elsewhere"
	fi
}

# Those of the packages given that are not installed.
missing() {
	comm -13 <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
		sed -n 's/^installed //p' | sort -u) <(printf '%s\n' "$@" | sort -u)
}

install_packages() {
	local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
	# One unreachable third party is no reason to stop; a package that
	# cannot be had is, and then the installation says so.
	as_root "${apt[@]}" update || true
	as_root "${apt[@]}" install --yes --no-install-recommends "$@"
}

# The tests ask a real authoritative server. Taken out of its package into
# .deps/nsd and not installed, it starts no service, now or at the next boot.
unpack_nsd() {
	rm -rf "$deps/nsd.tmp"
	mkdir "$deps/nsd.tmp"
	cd "$deps/nsd.tmp"
	apt-get -o APT::Sandbox::User=root download nsd
	dpkg-deb --extract nsd_*.deb .
	rm nsd_*.deb
	usr/sbin/nsd -v 2>&1 | grep '^NSD version' >/dev/null
	mv "$deps/nsd.tmp" "$deps/nsd"
}

# Is there a configuration for our Unbound that is not out of date? Other
# options that somebody configured with are left to him.
configured() {
	[[ Makefile -nt configure && Makefile -nt .deps/unbound/VERSION ]] &&
		grep -q -x -F "UNBOUND_BUILD = $deps/unbound-build" Makefile &&
		{ [[ -z $tests ]] || ! grep -q -e '^HAVE_CMOCKA_TRUE = #' \
			-e '^PYTEST = *$' Makefile; }
}

build() {
	cd "$root"
	if [[ ! -e configure || -n $(find configure.ac Makefile.am m4/sb_*.m4 -newer configure) ]]; then
		say "making configure"
		logged autoreconf autoreconf -fi
	fi
	if ! configured; then
		say "configuring sinkbound"
		logged configure ./configure "--with-unbound=$deps/unbound-build"
	fi
	say "building sinkbound"
	logged make make "-j$(nproc)"
}

tests=
case $#:${1-} in
0:) ;;
1:--tests) tests=yes ;;
*) usage ;;
esac
check_machine

# Two at once would build over each other.
mkdir -p "$deps"
exec 9>"$deps/lock"
if ! flock -n 9; then
	say "waiting for another set-up of this tree to end"
	flock 9
fi

[[ -z $tests ]] || packages+=("${test_packages[@]}")
mapfile -t wanted < <(missing "${packages[@]}")
if ((${#wanted[@]} > 0)); then
	say "installing ${#wanted[@]} Debian packages: ${wanted[*]}"
	logged packages install_packages "${wanted[@]}"
fi
"$root/contrib/build-unbound.sh" 9>&-
if [[ -n $tests && ! -e $deps/nsd ]]; then
	say "fetching nsd for the tests"
	logged nsd unpack_nsd
fi
build
say "ready: tools/sinkbound and module/.libs/sinkbound.so, for .deps/unbound/sbin/unbound"
