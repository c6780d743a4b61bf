#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A private Kafka for tests: one KRaft node from the jars of Maven Central (or of
# the mirror that CE_MAVEN names; kafka.jars lists them with their sums), or
# librdkafka's mock cluster where those cannot be had.
#
#   kafka.sh start DIR [--port N] [--advertise N] [--tls CERTDIR] [--sasl]
#   kafka.sh stop DIR     asks it to end, and insists
#   kafka.sh kill DIR     as a crash would
#
# "start" returns when it answers. DIR holds its data and tells about it:
# kafka.address (host:port), kafka.kind (kafka or mock), kafka.pid, kafka.tls
# and kafka.sasl (host:port of these listeners). Started again in the same DIR
# it comes up on the same ports with the same data.
# CE_TEST_KAFKA_KIND=mock asks for the mock cluster. With --advertise clients are
# told another port than the broker's own, such as that of a proxy before it.
set -u

version=4.3.1
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/cloudevents-c
usage="usage: kafka.sh start DIR [--port N] [--advertise N] [--tls CERTDIR]
                      [--sasl]
       kafka.sh stop DIR
       kafka.sh kill DIR"

die()
{
    printf 'kafka.sh: %s\n' "$*" >&2
    exit 1
}

say()
{
    printf 'kafka.sh: %s\n' "$*" >&2
}

# --- the jars ---

# The jars that kafka.jars names, with the sum that each must have.
fetch_jars()
{
    local base=${CE_MAVEN:-https://repo.maven.apache.org/maven2}

    sed "s|^[0-9a-f]*  \\(.*\\)|url = \"$base/\\1\"\noutput = \"\\1\"|" \
        "$here/kafka.jars" |
        timeout 300 curl -fsS --retry 3 --create-dirs --parallel --config - &&
        sha256sum --quiet --check "$here/kafka.jars"
}

# Fetches them once; the folder appears whole or not at all.
need_jars()
{
    local new why status=0

    jars=$cache/kafka-$version
    command -v java >/dev/null || return 1
    [ ! -d "$jars" ] || return 0
    mkdir -p "$cache" && new=$(mktemp -d "$cache/kafka.XXXXXX") || return 1
    say "fetching Kafka $version"
    if why=$(cd "$new" && fetch_jars 2>&1) && mkdir "$new/jars" &&
        find "$new" -name '*.jar' -exec mv -t "$new/jars" {} +; then
        mv -T "$new/jars" "$jars" 2>/dev/null || [ -d "$jars" ] || status=1
    else
        say "$(grep -m 1 -E '^curl: |FAILED' <<<"$why")"
        status=1
    fi
    rm -rf "$new"
    return $status
}

# --- the configuration ---

# The ports of the last start, or new ones: plain, controller, TLS, SASL.
choose_ports()
{
    local all

    if [ -f "$dir/kafka.ports" ]; then
        read -r plain_port controller_port tls_port sasl_port \
            <"$dir/kafka.ports"
    else
        mapfile -t all < <("$here/free_ports" 4)
        [ ${#all[@]} -eq 4 ] || die "no free ports"
        plain_port=${all[0]} controller_port=${all[1]}
        tls_port=${all[2]} sasl_port=${all[3]}
    fi
    plain_port=${port:-$plain_port}
    printf '%s %s %s %s\n' "$plain_port" "$controller_port" "$tls_port" \
        "$sasl_port" >"$dir/kafka.ports"
}

properties()
{
    local listeners=PLAINTEXT://127.0.0.1:$plain_port
    local advertised module=org.apache.kafka.common.security

    [ -z "$tls" ] || listeners+=,TLS://127.0.0.1:$tls_port
    [ -z "$sasl" ] || listeners+=,LOGIN://127.0.0.1:$sasl_port
    advertised=${listeners/:$plain_port/:${advertise:-$plain_port}}
    listeners+=,CONTROLLER://127.0.0.1:$controller_port
    cat <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
listeners=$listeners
advertised.listeners=$advertised
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,LOGIN:SASL_PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$dir/data
num.partitions=1
auto.create.topics.enable=true
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=4194304
num.network.threads=2
num.io.threads=4
END
    if [ -n "$tls" ]; then
        cat <<END
ssl.keystore.type=PEM
ssl.keystore.location=$dir/server-store.pem
ssl.truststore.type=PEM
ssl.truststore.location=$tls/ca.pem
ssl.client.auth=requested
END
    fi
    if [ -n "$sasl" ]; then
        cat <<END
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256
listener.name.login.plain.sasl.jaas.config=$module.plain.PlainLoginModule required user_alice="alice-secret";
listener.name.login.scram-sha-256.sasl.jaas.config=$module.scram.ScramLoginModule required;
END
    fi
}

logging()
{
    cat <<END
rootLogger.level = WARN
rootLogger.appenderRef.err.ref = err
appender.err.type = Console
appender.err.name = err
appender.err.target = SYSTEM_ERR
appender.err.layout.type = PatternLayout
appender.err.layout.pattern = %d %p %m (%c)%n
END
}

# Only a new folder is formatted; the user for SCRAM is part of the format.
format()
{
    local id

    if [ -f "$dir/data/meta.properties" ]; then
        return
    fi
    id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')
    java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
        "-Dlog4j2.configurationFile=$dir/log4j2.properties" \
        -cp "$jars/*" kafka.tools.StorageTool format -t "a${id:1}" \
        --add-scram 'SCRAM-SHA-256=[name=alice,password=alice-secret]' \
        -c "$dir/server.properties" >"$dir/format.log" 2>&1 ||
        die "cannot format: $(tail -n 3 "$dir/format.log")"
}

# --- start and stop ---

is_running()
{
    local pid

    pid=$(cat "$dir/kafka.pid" 2>/dev/null) && [ -n "$pid" ] &&
        is_alive "$pid"
}

answers()
{
    kcat -b "127.0.0.1:$plain_port" -L -m 2 2>/dev/null |
        grep -q '^ 1 brokers'
}

# Runs the command in the background, deaf to the terminal, its pid kept.
launch()
{
    nohup setsid "$@" </dev/null >>"$dir/kafka.log" 2>&1 &
    echo $! >"$dir/kafka.pid"
    disown
}

wait_until_it_answers()
{
    local end=$((SECONDS + 60))

    until answers; do
        is_running || return 1
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

start_kafka()
{
    local attempt

    logging >"$dir/log4j2.properties"
    if [ -n "$tls" ]; then
        (umask 077 && cat "$tls/server.key" "$tls/server.pem" \
            >"$dir/server-store.pem") || die "no certificates in $tls"
    fi
    for attempt in 1 2 3; do
        choose_ports
        properties >"$dir/server.properties"
        format
        launch java -Xms256m -Xmx512m -XX:+UseSerialGC \
            -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
            "-Dlog4j2.configurationFile=$dir/log4j2.properties" \
            -cp "$jars/*" kafka.Kafka "$dir/server.properties"
        wait_until_it_answers && break
        end KILL
        # Another process may have been faster: a new broker is free to move.
        if [ "$attempt" = 3 ] || [ -n "$port" ] ||
            [ -f "$dir/kafka.address" ] ||
            ! grep -q 'Address already in use' "$dir/kafka.log"; then
            tail -n 20 "$dir/kafka.log" >&2
            die "it does not start"
        fi
        rm -rf "$dir/kafka.ports" "$dir/data"
    done
    echo kafka >"$dir/kafka.kind"
    echo "127.0.0.1:$plain_port" >"$dir/kafka.address"
    [ -z "$tls" ] || echo "127.0.0.1:$tls_port" >"$dir/kafka.tls"
    [ -z "$sasl" ] || echo "127.0.0.1:$sasl_port" >"$dir/kafka.sasl"
}

start_mock()
{
    local end=$((SECONDS + 20)) program=$dir/kafka_mock

    say "no Kafka here: using librdkafka's mock cluster" \
        "(no TLS, no logins, no data after a restart)"
    "${CC:-cc}" -O1 -o "$program" "$here/kafka_mock.c" -lrdkafka ||
        die "cannot compile the mock cluster"
    rm -f "$dir/kafka.address"
    launch "$program" "$dir/kafka.address"
    until [ -s "$dir/kafka.address" ]; do
        is_running || die "it does not start: $(tail -n 3 "$dir/kafka.log")"
        [ "$SECONDS" -lt "$end" ] || die "it does not answer"
        sleep 0.05
    done
    echo mock >"$dir/kafka.kind"
}

# A dead process that nobody has waited for, as in a container without an init,
# is as good as gone.
is_alive()
{
    kill -0 "$1" 2>/dev/null &&
        ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null
}

# end SIGNAL: waits until it is gone, and insists after 20 seconds.
end()
{
    local pid end=$((SECONDS + 20))

    if is_running; then
        pid=$(cat "$dir/kafka.pid")
        kill -s "$1" "$pid" 2>/dev/null
        while is_alive "$pid"; do
            [ "$SECONDS" -lt "$end" ] || kill -s KILL "$pid" 2>/dev/null
            sleep 0.05
        done
    fi
    rm -f "$dir/kafka.pid"
}

command=${1-}
dir=${2-}
[ -n "$dir" ] || die "$usage"
shift 2
port='' advertise='' tls='' sasl=''
while [ $# -gt 0 ]; do
    case $1 in
    --port)
        port=${2:?$usage}
        shift
        ;;
    --advertise)
        advertise=${2:?$usage}
        shift
        ;;
    --tls)
        tls=$(cd "${2:?$usage}" && pwd) || exit 1
        shift
        ;;
    --sasl) sasl=yes ;;
    *) die "$usage" ;;
    esac
    shift
done

case $command in
start)
    mkdir -p "$dir" && dir=$(cd "$dir" && pwd) || exit 1
    if is_running; then
        die "it runs already in $dir"
    fi
    # What it was started with once it keeps.
    if [ -z "$tls" ] && [ -f "$dir/kafka.tls" ]; then
        tls=$(cat "$dir/tls.folder")
    fi
    if [ -n "$tls" ]; then
        printf '%s\n' "$tls" >"$dir/tls.folder"
    fi
    if [ -f "$dir/kafka.sasl" ]; then
        sasl=yes
    fi
    if [ "${CE_TEST_KAFKA_KIND-}" != mock ] && need_jars; then
        start_kafka
    else
        start_mock
    fi
    ;;
stop) end TERM ;;
kill) end KILL ;;
*) die "$usage" ;;
esac
