#!/usr/bin/env bash
#
# build-unbound.sh - build Debian's own Unbound with support for modules.
#
# Debian configures its package without --with-dynlibmodule. This takes the
# source package from wherever this machine gets its Debian packages, adds that
# one option to the package's own configure line, and leaves
#
#	.deps/unbound-build   the source and build tree, for the module's build
#	.deps/unbound/sbin    unbound, -control, -control-setup, -checkconf
#	.deps/unbound/VERSION Debian's version and the recipe's checksum
#
# What is there is used again while the recipe stays the same. To build a newer
# Debian version, remove .deps/unbound and run this again.
#
# contrib/setup.sh runs it and installs what it needs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=functions.sh
. "$(dirname "$0")/functions.sh"

work=$deps/unbound.tmp # everything of an unfinished build
apt=$work/apt
new=$work/source/unbound

# The machine's own entries for this release of Debian, one "FILE:NUMBER SUITE"
# a line: no third party's, no backports, no installation disc. Apt knows an
# entry's origin only once it has fetched its lists.
debian_entries() {
	local codename
	codename=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
	# shellcheck disable=SC2016 # apt-get expands these
	apt-get indextargets --format '$(SOURCESENTRY) $(RELEASE) $(CODENAME) $(SITE)' \
	    'Created-By: Packages' 'Origin: Debian' 'Component: main' |
		awk -v codename="$codename" '
			$3 ~ "^" codename "(-updates|-security)?$" &&
			$4 !~ /^cdrom:/ { print $1, $2 }' | sort -u
}

# source_entry FILE NUMBER SUITE: that entry of the file with its mirror and
# options, but for source packages.
source_entry() {
	case $1 in
	*.sources)
		# NUMBER counts the stanzas that hold more than comments.
		awk -v number="$2" -v suite="$3" '
			/^[[:space:]]*$/ { inside = 0; next }
			/^#/ { next }
			!inside { inside = 1; stanza++ }
			stanza != number { next }
			/^[^[:space:]]/ {
				replaced = tolower($0) ~ /^(types|suites|components):/
			}
			!replaced
			END {
				print "Types: deb-src"
				print "Suites: " suite
				print "Components: main\n"
			}' "$1" >>"$apt/sources/machine.sources"
		;;
	*)
		sed -n "$2s/^[[:space:]]*deb[[:space:]]/deb-src /p" "$1" \
			>>"$apt/sources/machine.list"
		;;
	esac
}

# A configuration for apt that leaves the machine's own alone.
configure_apt() {
	local entries entry suite
	entries=$(debian_entries)
	if [[ -z $entries ]]; then
		as_root apt-get update
		entries=$(debian_entries)
	fi
	[[ -n $entries ]] || die "apt has no source of Debian packages for this" \
		"release: see /etc/apt/sources.list and /etc/apt/sources.list.d"
	mkdir -p "$apt"/{sources,lists/partial,cache/archives/partial}
	while read -r entry suite; do
		source_entry "${entry%:*}" "${entry##*:}" "$suite"
	done <<<"$entries"
	# What other packages hook into an update is not for these lists.
	cat >"$apt/apt.conf" <<-END
		Dir::Etc::SourceList "/dev/null";
		Dir::Etc::SourceParts "$apt/sources";
		Dir::State::Lists "$apt/lists";
		Dir::Cache "$apt/cache";
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	END
}

# Debian's source package, unpacked and patched, in $new.
fetch_source() {
	configure_apt
	apt-get -c "$apt/apt.conf" update
	mkdir "$work/source"
	cd "$work/source"
	apt-get -c "$apt/apt.conf" source --download-only --only-source unbound
	dpkg-source --extract unbound_*.dsc "$new"
}

# Have debian/rules configure in the source tree itself, with modules.
edit_rules() {
	cd "$new"
	sed -i -e 's|b/unbound|.|g' \
		-e 's/^CONFIGURE_ARGS = \\$/&\n\t--with-dynlibmodule \\/' debian/rules
	if ! grep -q -e '^	--with-dynlibmodule ' debian/rules ||
	    ! grep -q -e '^	    dh_auto_configure -B\. ' debian/rules; then
		die "debian/rules of this Unbound is not as expected:" \
			"$0 must be changed to add --with-dynlibmodule to it"
	fi
}

# Nothing of the user's environment goes in: a CFLAGS or another python3 first
# in the PATH would make an Unbound other than Debian's.
compile() {
	local clean=(env -i HOME="$work" LC_ALL=C.UTF-8
		PATH=/usr/sbin:/usr/bin:/sbin:/bin)
	cd "$new"
	"${clean[@]}" make -f debian/rules unbound-config
	"${clean[@]}" make "-j$(nproc)" \
		unbound unbound-control unbound-checkconf unbound-control-setup
	./unbound -V | grep -e '^Linked modules:.* dynlib' >/dev/null ||
		die "the Unbound just built cannot load modules"
}

# .deps/unbound goes first and comes last: it is there only with all the rest.
install_build() {
	local installed=$work/installed
	cd "$new"
	install -D -t "$installed/sbin" \
		unbound unbound-control unbound-control-setup unbound-checkconf
	printf 'unbound %s\nrecipe %s\n' \
		"$(dpkg-parsechangelog -S Version)" "$recipe" >"$installed/VERSION"
	cd "$deps"
	rm -rf unbound unbound-build
	mv "$new" unbound-build
	mv "$installed" unbound
	rm -rf "$work"
}

recipe=$(declare -f fetch_source edit_rules compile install_build | sha256sum)
recipe=${recipe%% *}
if grep -q -s -x -e "recipe $recipe" "$deps/unbound/VERSION" &&
    [[ -e $deps/unbound-build/config.h ]]; then
	exit 0
fi

rm -rf "$work"
mkdir -p "$work"
say "fetching the source of Debian's Unbound"
logged fetch-unbound fetch_source
edit_rules
say "building Unbound $(dpkg-parsechangelog -l "$new/debian/changelog" -S Version)" \
	"with loadable modules (a minute or two)"
logged build-unbound compile
install_build
