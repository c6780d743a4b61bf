#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes certificates for tests: an authority, a server, a client, and a server that
# may be no client.
#
#   certificates.sh DIR
set -eu

usage="usage: certificates.sh DIR"
dir=${1:?$usage}
mkdir -p "$dir"
cd "$dir"
umask 077

# certificate NAME SUBJECT EXTENSIONS: NAME.key and NAME.pem, signed by us.
certificate()
{
    openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" \
        -subj "$2"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key \
        -CAcreateserial -days 30 -out "$1.pem" -extfile <(printf '%s\n' "$3")
    rm -f "$1.csr"
}

{
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 \
        -keyout ca.key -out ca.pem -subj "/CN=test authority" \
        -addext keyUsage=critical,keyCertSign,cRLSign
    certificate server /CN=localhost \
        "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"
    certificate client /CN=alice "extendedKeyUsage=clientAuth"
    certificate server-only /CN=localhost "extendedKeyUsage=serverAuth"
} >certificates.log 2>&1 || {
    cat certificates.log >&2
    exit 1
}
