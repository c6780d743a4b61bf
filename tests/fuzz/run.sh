#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh FILE TARGET ARGUMENT...
# Runs a fuzz target, which leaves an input that fails in FILE. Its bytes are the
# last that is printed, behind the stack, so that a log is enough to run it again:
# base64 -d >input; TARGET input.
set -u

file=$1
shift
rm -f "$file"

"$@" -verbosity=0 -print_funcs=0 -print_final_stats=1 \
    -report_slow_units=3600 -exact_artifact_path="$file" && exit 0
status=$?

if [ -f "$file" ]; then
    echo "the input, $(wc -c <"$file") bytes in Base64:"
    base64 -w 0 "$file"
    echo
fi
exit "$status"
