#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the peers that script/bench compares with, in DIR; what they are built
# of comes from the network. Each is "relay SOURCE SINK" in a folder of its own.
#
#   build.sh DIR
#
# CE_SDK_GO names another place to clone the SDK for Go from.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?usage: build.sh DIR}"
dir=$(cd "$1" && pwd)
mq_bridge_version=1.2.0
sdk_go_commit=d6f403090375c4e07e693d28e1d4d8c7dd4475e9

# build_go PEER
build_go()
{
    local at=$dir/$1

    mkdir -p "$at"
    cp "$here/$1"/{go.mod,go.sum,main.go} "$at"
    (cd "$at" && go build -trimpath -ldflags "-s -w" -o relay .)
}

# The MQTT module of the SDK is taken from its repository.
build_sdk_go()
{
    local checkout=$dir/sdk-go/checkout

    [ -d "$checkout" ] ||
        git clone -q "${CE_SDK_GO:-https://github.com/cloudevents/sdk-go}" \
            "$checkout"
    git -C "$checkout" checkout -q "$sdk_go_commit"
    build_go sdk-go
}

build_redpanda_connect()
{
    build_go redpanda-connect
}

build_node()
{
    local at=$dir/node

    mkdir -p "$at"
    cp "$here"/node/{package.json,relay.js} "$at"
    (cd "$at" && npm install --silent --no-audit --no-fund)
    printf '#!/bin/sh\nexec node "%s/relay.js" "$@"\n' "$at" >"$at/relay"
    chmod +x "$at/relay"
}

build_mq_bridge()
{
    local at=$dir/mq-bridge

    mkdir -p "$at"
    cp "$here/mq-bridge/relay.py" "$at"
    python3 -m venv "$at/python"
    "$at/python/bin/pip" install -q "mq-bridge==$mq_bridge_version"
    printf '#!/bin/sh\nexec "%s/python/bin/python" "%s/relay.py" "$@"\n' \
        "$at" "$at" >"$at/relay"
    chmod +x "$at/relay"
}

# build PEER TOOL FUNCTION
build()
{
    if command -v "$2" >/dev/null; then
        "$3"
    else
        echo "no $2 here, so no peer $1" >&2
    fi
}

build sdk-go go build_sdk_go
build redpanda-connect go build_redpanda_connect
build mq-bridge python3 build_mq_bridge
build node npm build_node
