# SPDX-License-Identifier: Apache-2.0
# What the scripts share: packages, builds, brokers, and the way to the end.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/cloudevents-c
started=()   # pids of background processes of ours
brokers=()   # "KIND DIR" of brokers of ours

build_packages=(gcc libc6-dev cmake ninja-build pkg-config
    libuv1-dev libcjson-dev liblmdb-dev librdkafka-dev libpaho-mqtt-dev
    libmicrohttpd-dev libcurl4-openssl-dev libgnutls28-dev zlib1g-dev
    libyaml-dev
    libexpat1-dev libmimalloc-dev)
broker_packages=(mosquitto mosquitto-clients kcat curl openssl python3
    default-jre-headless maven ca-certificates mount)
# Names without a version: each release has its own behind them.
test_packages=(doxygen g++ gdb binutils libcunit1-dev clang libclang-rt-dev
    python3-venv python3-jsonschema python3-yaml mandoc zsh
    fish valgrind)

say()
{
    printf '%s\n' "$*" >&2
}

die()
{
    say "error: $*"
    exit 1
}

# The given packages that are not installed.
missing_packages()
{
    local package

    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
            grep -q '^install ok installed$' || printf '%s\n' "$package"
    done
}

# Installs what is missing, and asks nobody when nothing is.
need_packages()
{
    local missing sudo=()

    if ! command -v dpkg-query >/dev/null; then
        say "not a Debian system: these packages are needed: $*"
        return
    fi
    mapfile -t missing < <(missing_packages "$@")
    if [ ${#missing[@]} -eq 0 ]; then
        return
    fi
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            die "not root and no sudo; install these: ${missing[*]}"
        sudo=(sudo)
    fi
    say "installing: ${missing[*]}"
    "${sudo[@]}" apt-get -q -q update
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -q -y \
        -o Dpkg::Use-Pty=0 --no-install-recommends install \
        "${missing[@]}" >/dev/null || die "apt-get could not install them"
}

# configure PRESET: CMakePresets.json says what and where.
configure()
{
    mkdir -p "$root/build"
    (cd "$root" && cmake --preset "$1") >"$root/build/$1.log" 2>&1 && return
    tail -n 60 "$root/build/$1.log" >&2
    return 1
}

# build PRESET [TARGET...]
build()
{
    local preset=$1

    shift
    configure "$preset" || return 1
    cmake --build "$root/build/$preset" -j "$(nproc)" \
        ${1+--target "$@"} >>"$root/build/$preset.log" 2>&1 && return
    tail -n 60 "$root/build/$preset.log" >&2
    return 1
}

# start_broker KIND DIR [OPTION...]: in the background of tests/brokers.
start_broker()
{
    local kind=$1 dir=$2

    shift 2
    mkdir -p "$dir"
    brokers+=("$kind $dir")
    "$root/tests/brokers/$kind.sh" start "$dir" "$@"
}

# Stops everything that was started here, the newest first. What has ended by
# itself does not keep the rest running, also where "set -e" is in force.
stop_all()
{
    local pid entry i

    for ((i = ${#started[@]} - 1; i >= 0; i--)); do
        pid=${started[i]}
        kill "$pid" 2>/dev/null || :
        wait "$pid" 2>/dev/null || :
    done
    for entry in ${brokers[@]+"${brokers[@]}"}; do
        "$root/tests/brokers/${entry%% *}.sh" stop "${entry#* }" \
            >/dev/null 2>&1 || :
    done
    started=()
    brokers=()
}

# until_true SECONDS COMMAND...: polls; fails when the time is over.
until_true()
{
    local end=$((SECONDS + $1))

    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

# Prints COUNT different ports that nobody listens on.
free_ports()
{
    python3 - "$1" <<'END'
import socket
import sys

held = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in held:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])
END
}
