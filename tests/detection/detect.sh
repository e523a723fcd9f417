#!/bin/bash
# detect.sh - how well the shipped rules tell generated names apart.
#
# Usage: detect.sh [NAMES [SEED]]          NAMES of each class and half
#        detect.sh --sequence FILE CONFIG  a recorded one, under a policy
#
# The rules are those of contrib/example/sinkbound.yaml, put in enforce mode;
# all else, also the memory for states of names, is as it is by default. Their
# thresholds were chosen while both halves of seed 1 were looked at: what they
# make of names that nobody tuned them for, another SEED shows.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
sinkbound=${SINKBOUND:-tools/sinkbound}
replay=${REPLAY:-tests/detection/replay}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

if [ "${1-}" = --sequence ]; then
	sed "s|^database:.*||" "$3" >"$folder/sinkbound.yaml"
	echo "database: $folder/policy.mdb" >>"$folder/sinkbound.yaml"
	"$sinkbound" apply --config "$folder/sinkbound.yaml" >&2
	"$replay" "$folder/policy.mdb" <"$2"
	exit
fi

names=${1:-1000}
seed=${2:-1}
/usr/bin/python3 "$here/generate.py" "$folder" "$names" "$seed"
{
	cat <<-END
		database: $folder/policy.mdb
		log: none
		feeds:
		  - {name: networks, file: asns.csv, format: asns, triggers: rules}
		origin:
		  - {file: origin.csv, format: ip-location-db}
	END
	# From "rules:" to the next line that begins with a word.
	sed -n '/^rules:/,/^[a-z#]/{/^rules:/p;/^[ \t]/p}' \
		"$top/contrib/example/sinkbound.yaml" |
		sed 's/mode: shadow/mode: enforce/'
} >"$folder/sinkbound.yaml"
"$sinkbound" apply --config "$folder/sinkbound.yaml" >&2
"$replay" "$folder/policy.mdb" <"$folder/sequence" >"$folder/result"
echo "seed $seed"
/usr/bin/python3 "$here/report.py" "$folder/labels" "$folder/result"
