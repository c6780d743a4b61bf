# SPDX-License-Identifier: Apache-2.0
# cebridge on Debian 12: built in one stage, run in another without compiler
# and without root. The stage "test" runs the suites against other containers.

FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
        gcc libc6-dev cmake ninja-build pkg-config \
        libuv1-dev libcjson-dev liblmdb-dev librdkafka-dev libpaho-mqtt-dev \
        libmicrohttpd-dev libcurl4-openssl-dev zlib1g-dev libyaml-dev \
        libexpat1-dev libmimalloc-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cmake --preset demo -DCMAKE_INSTALL_PREFIX=/usr \
    && cmake --build --preset demo \
    && DESTDIR=/out cmake --install build/demo --strip

FROM build AS test
RUN apt-get update && apt-get install -y --no-install-recommends \
        doxygen libcunit1-dev g++ binutils python3 curl openssl ca-certificates kcat \
        mosquitto mosquitto-clients openjdk-17-jre-headless maven \
    && rm -rf /var/lib/apt/lists/*
RUN cmake --preset release && cmake --build --preset release
CMD ["ctest", "--test-dir", "build/release", "--output-on-failure", \
     "--label-regex", "unit|broker|e2e"]

FROM debian:12-slim AS run
RUN apt-get update && apt-get install -y --no-install-recommends \
        libuv1 libcjson1 liblmdb0 librdkafka1 libpaho-mqtt1.3 \
        libmicrohttpd12 libcurl4 zlib1g libyaml-0-2 libexpat1 \
        libmimalloc2.0 ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/cebridge \
        --create-home --shell /usr/sbin/nologin cebridge
COPY --from=build /out/usr/bin/cebridge /usr/bin/cebridge
USER cebridge
ENV STATE_DIRECTORY=/var/lib/cebridge
VOLUME /var/lib/cebridge
# Events come in on 8080; /livez, /readyz and /metrics are on 9090.
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:9090/livez"]
ENTRYPOINT ["cebridge"]
CMD ["run", "/etc/cebridge/bridge.yaml"]
