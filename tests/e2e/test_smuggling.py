#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ambiguous requests, sent to a source directly and through nginx: the source
reads no request where nginx, another reader of the same bytes, reads none."""

import os
import shutil
import subprocess
import unittest

import harness
import web
from harness import free_port, wait_until

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

CONFIG = """
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    log_format ids "id=$http_ce_id status=$status passed=$upstream_status";
    access_log {folder}/access.log ids;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    underscores_in_headers on;
    ignore_invalid_headers off;
    upstream source {{ server 127.0.0.1:{source}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://source;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_request_buffering {buffers};
        }}
    }}
}}
"""


def head(name, line="POST / HTTP/1.1", host="Host: h"):
    return (f"{line}\r\n{host}\r\nce-specversion: 1.0\r\nce-id: {name}\r\n"
            f"ce-source: /s\r\nce-type: t\r\n")


HIDDEN = head("hidden") + "Content-Length: 0\r\n\r\n"
SIZE = f"{len(HIDDEN):x}"
CHUNKED = "Transfer-Encoding: chunked\r\n"
LAST = "0\r\n\r\n"


def first(fields, body="", **kw):
    """A request whose body may be read in two ways, and one behind it."""
    return head("first", **kw) + fields + "\r\n" + body


def lengths(value):
    return first(f"Content-Length: {value}\r\n", HIDDEN)


def coding(line):
    """The request behind the last chunk is hidden from who reads a length."""
    body = LAST + HIDDEN
    return first(f"Content-Length: {len(body)}\r\n{line}\r\n", body)


def coded(line):
    return first(line + "\r\n", LAST + HIDDEN)


def chunks(text):
    return first(CHUNKED, text + HIDDEN)


CASES = {
    "two in a line": first("Content-Length: 0\r\n", HIDDEN),
    "a body that looks like a request": lengths(len(HIDDEN)),
    "no length": first("", HIDDEN),
    "two lengths": first("Content-Length: 0\r\n"
                         f"Content-Length: {len(HIDDEN)}\r\n", HIDDEN),
    "a list of lengths": lengths(f"0, {len(HIDDEN)}"),
    "a length with a sign": lengths("+0"),
    "a negative length": lengths("-1"),
    "a length in hexadecimal": lengths("0x0"),
    "a length with a blank": lengths("0 0"),
    "a length beyond 64 bits": lengths("18446744073709551616"),
    "no digits of a length": lengths(""),
    "a length with a blank before its colon":
        first("Content-Length : 0\r\n", HIDDEN),
    "a length behind a bare line feed":
        first(f"x: y\nContent-Length: {len(HIDDEN)}\r\n", HIDDEN),
    "a length behind a lone carriage return":
        first(f"x: y\rContent-Length: {len(HIDDEN)}\r\n", HIDDEN),
    "a folded length": first(f"Content-Length:\r\n {len(HIDDEN)}\r\n", HIDDEN),
    "a length in a folded header":
        first(f"x: y\r\n Content-Length: {len(HIDDEN)}\r\n", HIDDEN),
    "a NUL in a name": first(f"Content-Len\0gth: {len(HIDDEN)}\r\n", HIDDEN),
    "a NUL in a value": first("x: \0\r\nContent-Length: 0\r\n", HIDDEN),
    "both": coding("Transfer-Encoding: chunked"),
    "both, identity": coding("Transfer-Encoding: identity"),
    "both, an unknown coding": coding("Transfer-Encoding: x"),
    "both, two codings": coding("Transfer-Encoding: chunked, identity"),
    "both, in quotes": coding('Transfer-Encoding: "chunked"'),
    "both, a vertical tab": coding("Transfer-Encoding:\vchunked"),
    "both, a blank before the colon": coding("Transfer-Encoding : chunked"),
    "both, folded": coding("Transfer-Encoding:\r\n chunked"),
    "both, an underscore": coding("Transfer_Encoding: chunked"),
    "both, a bare line feed": coding("x: y\nTransfer-Encoding: chunked"),
    "both, in capitals": coding("TRANSFER-ENCODING: CHUNKED"),
    "chunked": coded("Transfer-Encoding: chunked"),
    "chunked twice": coded("Transfer-Encoding: chunked\r\n"
                           "Transfer-Encoding: chunked"),
    "chunked, then gzip": coded("Transfer-Encoding: chunked, gzip"),
    "chunked as a parameter": coded("Transfer-Encoding: x;chunked"),
    "1.0 and chunked": first(CHUNKED, LAST + HIDDEN, line="POST / HTTP/1.0"),
    "1.0, both": first(f"Content-Length: {len(LAST + HIDDEN)}\r\n" + CHUNKED
                       + "Connection: keep-alive\r\n", LAST + HIDDEN,
                       line="POST / HTTP/1.0"),
    "1.0, kept": first("Content-Length: 0\r\nConnection: keep-alive\r\n",
                       HIDDEN, line="POST / HTTP/1.0"),
    "a chunk extension": chunks("2;a=b\r\n{}\r\n" + LAST),
    "a quoted extension": chunks('2;a="\r\n0\r\n\r\n"\r\n{}\r\n' + LAST),
    "a line feed in an extension": chunks(f"2;a\n{{}}\r\n{SIZE}\r\n"),
    "a carriage return in an extension": chunks("2;a\rb\r\n{}\r\n" + LAST),
    "a chunk line that ends with a line feed": chunks("2\n{}\r\n" + LAST),
    "a chunk that ends with a line feed": chunks("2\r\n{}\n" + LAST),
    "a chunk longer than it says": chunks("1\r\n{}\r\n" + LAST),
    "a chunk size with a sign": chunks("+2\r\n{}\r\n" + LAST),
    "a chunk size with 0x": chunks("0x2\r\n{}\r\n" + LAST),
    "a chunk size with a blank": chunks(" 2\r\n{}\r\n" + LAST),
    "a chunk size beyond 64 bits": chunks("10000000000000000\r\n" + LAST),
    "no chunk size": chunks("\r\n" + LAST),
    "a last chunk of many digits": chunks("2\r\n{}\r\n000000000000\r\n\r\n"),
    "a trailer": chunks("2\r\n{}\r\n0\r\nx: y\r\n\r\n"),
    "a length as a trailer":
        chunks(f"0\r\nContent-Length: {len(HIDDEN)}\r\n\r\n"),
    "a trailer with a line feed": chunks("0\r\nx: y\n\r\n"),
    "a trailer that ends with line feeds": chunks("0\r\nx: y\n\n"),
    "a folded trailer": chunks("0\r\nx: y\r\n z\r\n\r\n"),
    "a trailer with a NUL": chunks("0\r\nx: \0\r\n\r\n"),
    "a trailer that is a request": first(CHUNKED, "0\r\n" + HIDDEN),
    "two hosts": first("Host: other\r\nContent-Length: 0\r\n", HIDDEN),
    "another host in the target": first("Content-Length: 0\r\n", HIDDEN,
                                        line="POST http://other/ HTTP/1.1"),
    "a head that ends with line feeds":
        first("Content-Length: 0\n\n", HIDDEN),
    "lines before the request": "\r\n\r\n" + lengths(0),
    "a line without a colon": first("x\r\nContent-Length: 0\r\n", HIDDEN),
    "a header without a name": first(": x\r\nContent-Length: 0\r\n", HIDDEN),
    "a blank before the first header":
        first("Content-Length: 0\r\n", HIDDEN, host=" x: y\r\nHost: h"),
    "no version": first("Content-Length: 0\r\n", HIDDEN, line="POST /"),
    "a version that is not there":
        first("Content-Length: 0\r\n", HIDDEN, line="POST / HTTP/1.2"),
    "an upgrade": first("Connection: Upgrade\r\nUpgrade: h2c\r\n"
                        "Content-Length: 0\r\n", HIDDEN),
    "an expectation": first("Expect: 100-continue\r\n"
                            f"Content-Length: {len(HIDDEN)}\r\n", HIDDEN),
    "a GET with a body": first(f"Content-Length: {len(HIDDEN)}\r\n", HIDDEN,
                               line="GET / HTTP/1.1"),
}

# What both read, so that the others are no accident.
PLAIN = {
    "two in a line": ["first", "hidden", "end"],
    "a body that looks like a request": ["first", "end"],
    "an expectation": ["first", "end"],
}


@unittest.skipUnless(NGINX, "nginx is not installed")
class Smuggling(harness.Test):
    def setUp(self):
        super().setUp()
        self.sink = web.Sink()
        self.addCleanup(self.sink.stop)
        self.port = free_port()
        self.start("relay", f"http://127.0.0.1:{self.port}/", self.sink.uri)

    def start_nginx(self, buffers):
        port = free_port()
        config = self.write("nginx.conf", CONFIG.format(
            folder=self.directory, source=self.port, port=port,
            buffers=buffers))
        process = subprocess.Popen(
            [NGINX, "-c", config, "-p", self.directory],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)
        wait_until(lambda: web.is_open(port), what="nginx")
        return port

    def arrived(self, port, text):
        """The ids of the events that came of it. Every request that is read
        has its answer, so that nothing comes later."""
        before = len(self.sink.events())
        with web.connect(port, timeout=2) as connection:
            connection.sendall(text.encode("latin-1"))
            connection.sendall((head("end", line="POST / HTTP/1.1")
                                + "Content-Length: 0\r\n"
                                + "Connection: close\r\n\r\n").encode())
            self.read_all(connection)
        return [e.id for e in self.sink.events()[before:]]

    def read_all(self, connection):
        """Until the other side has ended, or waits for more of a body."""
        try:
            while connection.recv(65536):
                pass
        except OSError:
            pass

    def logged(self, count):
        """What nginx has read since so many lines."""
        path = self.path("access.log")
        if not os.path.exists(path):
            return []
        with open(path, encoding="latin-1") as log:
            lines = log.read().splitlines()[count:]
        return [dict(part.split("=", 1) for part in line.split(" ")
                     if "=" in part) for line in lines]

    def logged_at_least(self, passed, count):
        """nginx writes its line after it has answered."""
        def written():
            lines = self.logged(count)
            return len([r for r in lines
                        if r.get("passed") == "202"]) >= passed and (lines,)

        return wait_until(written, 10, "lines of nginx are missing")[0]

    def compare(self, buffers):
        port = self.start_nginx(buffers)
        for name, text in CASES.items():
            with self.subTest(name):
                count = len(self.logged(0))
                behind = self.arrived(port, text)
                direct = self.arrived(self.port, text)
                read = self.logged_at_least(len(behind), count)
                passed = [r["id"] for r in read if r["passed"] == "202"]
                self.assertEqual(behind, passed)
                if name in PLAIN:
                    self.assertEqual(direct, PLAIN[name])
                for id_ in direct:
                    self.assertIn(id_, [r["id"] for r in read])

    def test_no_request_is_hidden_from_a_proxy_that_waits_for_the_body(self):
        self.compare("on")

    def test_no_request_is_hidden_from_a_proxy_that_passes_on_at_once(self):
        self.compare("off")


if __name__ == "__main__":
    harness.main()
