#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A private mosquitto for tests, on loopback, with everything it keeps in DIR.
#
#   mosquitto.sh start DIR [--port N] [--tls CERTDIR] [--client-certificates]
#                [--password] [--fast] [--websockets] [--set LINE]
#   mosquitto.sh stop DIR
#   mosquitto.sh kill DIR
#
# start returns when the broker is ready. It writes DIR/mosquitto.address and
# mosquitto.pid, and with --tls mosquitto.tls; a DIR used before comes up with
# the same ports, data and options. With --client-certificates the TLS listener
# wants one of our authority. With --password only alice, password alice-secret,
# may log in. stop lets the broker save what it holds; kill does not. With --fast
# it saves only when it is stopped: saving at each change takes time that grows
# with what it holds. With --websockets it also listens for those, at the address
# in DIR/mosquitto.websocket. --set adds a line to its configuration, for all
# listeners, and may be given again.
set -u

here=$(cd "$(dirname "$0")" && pwd)

die()
{
    echo "mosquitto.sh: $*" >&2
    exit 1
}

usage()
{
    sed -n 's/^#   //p' "$0" >&2
    exit 2
}

program()
{
    PATH=$PATH:/usr/sbin:/usr/local/sbin command -v mosquitto ||
        die "mosquitto is not installed"
}

# A zombie counts as gone: its parent may take its time.
is_running()
{
    local pid state
    pid=$(cat "$dir/mosquitto.pid" 2>/dev/null) &&
        state=$(sed 's/.*) \(.\).*/\1/' "/proc/$pid/stat" 2>/dev/null) &&
        [ "$state" != Z ]
}

autosave()
{
    if [ -e "$dir/mosquitto.fast" ]; then
        echo "autosave_interval 0"
    else
        echo "autosave_interval 1"
        echo "autosave_on_changes true"
    fi
}

# Saving on each change is what makes an acknowledged message outlive a kill;
# the queue limits must never be what loses one.
write_config()
{
    cat <<END
user $(id -un)
persistence true
persistence_location $dir/
$(autosave)
max_queued_bytes 0
log_dest file $dir/mosquitto.log
log_type error
log_type warning
log_type notice
log_type information
END
    # In an option given twice mosquitto takes the last.
    echo "max_queued_messages 1000000"
    cat "$dir/mosquitto.set" 2>/dev/null
    if [ -e "$dir/mosquitto.users" ]; then
        echo "password_file $dir/mosquitto.users"
        echo "allow_anonymous false"
    else
        echo "allow_anonymous true"
    fi
    echo "listener $port 127.0.0.1"
    if [ -n "$websockets" ]; then
        echo "listener $websocket_port"
        echo "protocol websockets"
        echo "socket_domain ipv4"
    fi
    if [ -n "$certificates" ]; then
        echo "listener $tls_port 127.0.0.1"
        echo "cafile $certificates/ca.pem"
        echo "certfile $certificates/server.pem"
        echo "keyfile $certificates/server.key"
        [ ! -e "$dir/mosquitto.mutual" ] || echo "require_certificate true"
    fi
}

write_users()
{
    : >"$dir/mosquitto.users"
    chmod 600 "$dir/mosquitto.users"
    mosquitto_passwd -b "$dir/mosquitto.users" alice alice-secret ||
        die "cannot write the password file"
}

# Whether the broker that was just started is ready; it says so in its log,
# and it ends by itself when a port is taken.
became_ready()
{
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        grep -q 'mosquitto version .* running' "$dir/mosquitto.log" \
            2>/dev/null && return 0
        is_running || return 1
        sleep 0.05
    done
    return 1
}

launch()
{
    write_config >"$dir/mosquitto.conf"
    rm -f "$dir/mosquitto.log"
    setsid "$mosquitto" -c "$dir/mosquitto.conf" \
        </dev/null >"$dir/mosquitto.out" 2>&1 &
    echo $! >"$dir/mosquitto.pid"
    disown
    became_ready && return 0
    kill -KILL "$(cat "$dir/mosquitto.pid")" 2>/dev/null
    return 1
}

read_options()
{
    port= certificates= password= websockets=
    while [ $# -gt 0 ]; do
        case $1 in
        --port) port=${2:?} && shift ;;
        --tls) certificates=$(cd "${2:?}" && pwd) || exit 1 && shift ;;
        --client-certificates) : >"$dir/mosquitto.mutual" ;;
        --password) password=1 ;;
        --websockets) websockets=1 ;;
        --fast) : >"$dir/mosquitto.fast" ;;
        --set) echo "${2:?}" >>"$dir/mosquitto.set" && shift ;;
        *) usage ;;
        esac
        shift
    done
}

# What an earlier start has decided stays.
recall()
{
    local known
    known=$(cat "$dir/mosquitto.address" 2>/dev/null) && port=${known##*:}
    known=$(cat "$dir/mosquitto.tls" 2>/dev/null) && tls_port=${known##*:}
    known=$(cat "$dir/mosquitto.websocket" 2>/dev/null) &&
        websockets=1 websocket_port=${known##*:}
    [ -n "$certificates" ] ||
        certificates=$(sed -n 's,^cafile \(.*\)/ca.pem,\1,p' \
            "$dir/mosquitto.conf" 2>/dev/null)
}

start()
{
    local fixed tries free tls_port= websocket_port=
    read_options "$@"
    is_running && die "already running in $dir"
    mosquitto=$(program) || exit 1
    recall
    fixed=$port
    [ -z "$password" ] || [ -e "$dir/mosquitto.users" ] || write_users
    for ((tries = 0; tries < 10; tries++)); do
        mapfile -t free < <("$here/free_ports" 3)
        [ -n "$fixed" ] || port=${free[0]}
        [ -s "$dir/mosquitto.tls" ] || tls_port=${free[1]}
        [ -s "$dir/mosquitto.websocket" ] || websocket_port=${free[2]}
        if launch; then
            echo "127.0.0.1:$port" >"$dir/mosquitto.address"
            [ -z "$certificates" ] ||
                echo "127.0.0.1:$tls_port" >"$dir/mosquitto.tls"
            [ -z "$websockets" ] ||
                echo "127.0.0.1:$websocket_port" >"$dir/mosquitto.websocket"
            return 0
        fi
    done
    cat "$dir/mosquitto.out" "$dir/mosquitto.log" >&2 2>/dev/null
    die "mosquitto did not start"
}

wait_until_gone()
{
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        is_running || return 0
        sleep 0.05
    done
    return 1
}

stop()
{
    if is_running; then
        kill "-$1" "$(cat "$dir/mosquitto.pid")" 2>/dev/null
        wait_until_gone || {
            kill -KILL "$(cat "$dir/mosquitto.pid")" 2>/dev/null
            wait_until_gone || die "mosquitto does not end"
        }
    fi
    rm -f "$dir/mosquitto.pid"
}

[ $# -ge 2 ] || usage
command=$1
mkdir -p "$2" && dir=$(cd "$2" && pwd) || exit 1
shift 2
case $command in
start) start "$@" ;;
stop) stop TERM ;;
kill) stop KILL ;;
*) usage ;;
esac
