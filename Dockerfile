# SPDX-License-Identifier: Apache-2.0
# cebridge on Debian 13: built in one stage as a Debian package, which knows what
# it needs, and run in another without compiler and without root. The stage
# "test" runs the suites against other containers.
ARG DEBIAN=debian:13-slim

FROM ${DEBIAN} AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
        gcc libc6-dev cmake ninja-build pkg-config dpkg-dev file \
        libuv1-dev libcjson-dev liblmdb-dev librdkafka-dev libpaho-mqtt-dev \
        libmicrohttpd-dev libcurl4-openssl-dev libgnutls28-dev zlib1g-dev \
        libyaml-dev libexpat1-dev libmimalloc-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN script/package && mkdir /out && cp build/deb/cebridge_*.deb /out/cebridge.deb

FROM build AS test
RUN apt-get update && apt-get install -y --no-install-recommends \
        doxygen libcunit1-dev g++ gdb binutils python3 curl openssl ca-certificates \
        kcat mosquitto mosquitto-clients default-jre-headless \
    && rm -rf /var/lib/apt/lists/*
RUN cmake --preset test && cmake --build --preset test
CMD ["script/test", "--here"]

FROM ${DEBIAN} AS run
COPY --from=build /out/cebridge.deb /tmp/
# The folder of the state begins empty, and belongs to a user that has a number:
# Kubernetes' runAsNonRoot cannot judge a name.
RUN apt-get update && apt-get install -y --no-install-recommends \
        /tmp/cebridge.deb ca-certificates \
    && rm -rf /var/lib/apt/lists/* /tmp/cebridge.deb \
    && groupadd --system --gid 10001 cebridge \
    && useradd --system --uid 10001 --gid 10001 --no-create-home \
        --home-dir /var/lib/cebridge --shell /usr/sbin/nologin cebridge \
    && install -d -o 10001 -g 10001 -m 0750 /var/lib/cebridge
USER 10001:10001
ENV STATE_DIRECTORY=/var/lib/cebridge
VOLUME /var/lib/cebridge
# Events come in on 8080; /livez, /readyz and /metrics are on 9090.
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["cebridge", "health", "http://127.0.0.1:9090/livez"]
ENTRYPOINT ["cebridge"]
CMD ["run", "/etc/cebridge/bridge.yaml"]
