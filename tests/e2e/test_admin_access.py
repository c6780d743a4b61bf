#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may ask the admin endpoint: by a login, by a unix socket, by its name."""

import os
import signal
import socket
import stat

import harness
import web
from harness import free_port, wait_until

TOKEN = "s3same-open"
BEARER = [("Authorization", f"Bearer {TOKEN}")]


class Access(harness.Test):
    def setUp(self):
        super().setUp()
        self.admin = free_port()
        self.socket = self.path("admin.sock")

    def config(self, admin):
        return self.write("bridge.yaml", f"""
admin: {admin}
routes:
  r: {{ from: "http://127.0.0.1:{free_port()}/e", to: "file:{self.path('o')}" }}
""")

    def run_admin(self, options, **kw):
        uri = f"http://127.0.0.1:{self.admin}"
        return self.start("run", self.config(
            f'{{ uri: "{uri}", {options} }}'), **kw)

    def ask(self, path, headers=(), method="GET", host="localhost"):
        with web.connect(self.admin) as connection:
            connection.sendall(web.head(method, path, headers, b"",
                                        host=host))
            return web.read_response(connection)

    def ask_socket(self, path, headers=()):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.socket)
            connection.sendall(web.head("GET", path, headers, b"",
                                        host="evil.example"))
            return web.read_response(connection)

    def assert_locked(self):
        for method, path in (("GET", "/metrics"), ("POST", "/reload"),
                             ("GET", "/none"), ("PUT", "/metrics")):
            answer = self.ask(path, method=method)
            self.assertEqual(answer.status, 401, path)
            self.assertEqual(answer.header("WWW-Authenticate"), "Bearer")
        for wrong in (TOKEN[:-1], TOKEN + "x", ""):
            self.assertEqual(self.ask("/metrics", [
                ("Authorization", "Bearer " + wrong)]).status, 401)

    def test_a_token_opens_all_but_the_probes_which_are_open(self):
        bridge = self.run_admin(f"token: {TOKEN}")
        self.assert_locked()
        for path in ("/livez", "/readyz"):
            self.assertEqual(self.ask(path).status, 200, path)
        self.assertEqual(self.ask("/metrics", BEARER).status, 200)
        self.assertEqual(self.ask("/reload", BEARER, "POST").status, 200)
        self.assertNotIn(TOKEN, bridge.stderr)

    def test_a_user_opens_it_too(self):
        self.run_admin("user: ops, password_file: "
                       + self.write("password", "opensesame\n"))
        self.assertEqual(self.ask("/metrics").header("WWW-Authenticate"),
                         'Basic realm="CloudEvents"')
        self.assertEqual(self.ask("/metrics", [
            ("Authorization", "Basic b3BzOm9wZW5zZXNhbWU=")]).status, 200)

    def test_a_token_that_changed_is_read_again(self):
        self.write("token", "before\n")
        self.run_admin("token_file: " + self.path("token"))
        self.write("token", TOKEN + "\n")
        answer = self.ask("/reload", [("Authorization", "Bearer before")],
                          "POST")
        self.assertEqual(answer.status, 200)
        self.assert_locked()
        self.assertEqual(self.ask("/metrics", BEARER).status, 200)

    def test_a_password_that_became_empty_opens_nothing(self):
        self.write("password", "opensesame\n")
        self.run_admin("user: ops, password_file: " + self.path("password"))
        self.write("password", "")
        right = [("Authorization", "Basic b3BzOm9wZW5zZXNhbWU=")]
        answer = self.ask("/reload", right, "POST")
        self.assertNotEqual(answer.status, 200)
        self.assertIn(b"the password is empty", answer.body)
        self.assertEqual(self.ask("/metrics", [
            ("Authorization", "Basic b3BzOg==")]).status, 401)
        self.assertEqual(self.ask("/metrics", right).status, 200)

    def test_names_that_nobody_gave_it_are_refused(self):
        self.run_admin("hosts: [bridge.example, other.example]")
        for host in ("127.0.0.1", "127.0.0.1:9090", "10.1.2.3:9090", "[::1]",
                     "[fe80::1]:9090", "localhost:80", "LocalHost",
                     "bridge.example:9090", "OTHER.example", "bridge.example."):
            self.assertEqual(self.ask("/livez", host=host).status, 200, host)
        for host in ("evil.example", "evil.example:9090",
                     "bridge.example.evil.example", "127.0.0.1.evil.example",
                     "localhost.evil.example", "1"):
            for method, path in (("GET", "/livez"), ("POST", "/reload")):
                answer = self.ask(path, method=method, host=host)
                self.assertEqual(answer.status, 421, host)
                self.assertIn(b"hosts", answer.body)

    def test_a_page_in_a_browser_reloads_nothing(self):
        bridge = self.run_admin(f"token: {TOKEN}")
        for origin in ("http://evil.example", "null"):
            answer = self.ask("/reload", BEARER + [("Origin", origin)],
                              "POST")
            self.assertEqual(answer.status, 403)
        self.assertEqual(self.ask("/reload", BEARER, "POST").status, 200)
        bridge.wait_for("reloaded")
        self.assertEqual(bridge.stderr.count("reloaded"), 1)

    def test_any_name_may_do(self):
        self.run_admin('hosts: "*"')
        self.assertEqual(self.ask("/livez", host="any.example").status, 200)

    def run_socket(self, options="", **kw):
        return self.start("run", self.config(
            f'{{ uri: "unix:{self.socket}"{options} }}'), **kw)

    def mode(self):
        return stat.S_IMODE(os.stat(self.socket).st_mode)

    def test_a_unix_socket_serves_and_is_removed(self):
        bridge = self.run_socket()
        self.assertEqual(self.mode(), 0o600)
        self.assertEqual(self.ask_socket("/metrics").status, 200)
        done = self.cebridge("health", "unix:" + self.socket)
        self.assertEqual((done.code, done.stderr), (0, ""))
        self.assertEqual(bridge.stop(), 0)
        self.assertFalse(os.path.exists(self.socket))
        done = self.cebridge("health", "unix:" + self.socket)
        self.assertEqual(done.code, 1)
        self.assertIn(self.socket, done.stderr)

    def test_its_mode_and_a_token(self):
        self.run_socket(f", file_mode: 0660, token: {TOKEN}")
        self.assertEqual(self.mode(), 0o660)
        self.assertEqual(self.ask_socket("/metrics").status, 401)
        self.assertEqual(self.ask_socket("/metrics", BEARER).status, 200)

    def reload_with(self, bridge, old, new):
        with open(self.path("bridge.yaml")) as file:
            text = file.read()
        self.assertIn(old, text)
        self.write("bridge.yaml", text.replace(old, new))
        bridge.signal(signal.SIGHUP)
        bridge.wait_for("reloaded: admin changed")

    def test_a_reload_changes_its_mode(self):
        bridge = self.run_socket()
        self.reload_with(bridge, '.sock"', '.sock", file_mode: 0666')
        self.assertEqual(self.mode(), 0o666)

    def test_a_reload_moves_it(self):
        bridge, before = self.run_socket(), self.socket
        self.socket = self.path("other.sock")
        self.reload_with(bridge, before, self.socket)
        self.assertEqual(self.ask_socket("/livez").status, 200)
        wait_until(lambda: not os.path.exists(before))

    def test_a_stale_socket_is_replaced_and_one_in_use_is_not(self):
        bridge = self.run_socket()
        second = self.run_socket(ready=False)
        self.assertEqual(second.wait(), 1)
        self.assertIn("Address already in use", second.stderr)
        self.assertEqual(self.ask_socket("/livez").status, 200)
        bridge.signal(signal.SIGKILL)
        bridge.wait()
        self.assertTrue(os.path.exists(self.socket))
        self.run_socket()
        self.assertEqual(self.ask_socket("/livez").status, 200)

    def test_a_socket_of_another_one_stays(self):
        first = self.run_socket()
        os.unlink(self.socket)
        self.run_socket()
        self.assertEqual(first.stop(), 0)
        self.assertEqual(self.ask_socket("/livez").status, 200)

    def test_a_file_that_is_no_socket_stays(self):
        self.write("admin.sock", "precious")
        self.assertEqual(self.run_socket(ready=False).wait(), 1)
        self.assertEqual(self.read("admin.sock"), b"precious")

    def test_check_finds_what_cannot_work(self):
        self.write("empty", "")
        for admin, said in (
                ("https://h:1", "http://HOST:PORT or unix:PATH"),
                ("{ token: x }", '"admin" has no "uri"'),
                ("{ uri: http://h:1, tokn: x }", 'did you mean "token"'),
                ("{ uri: http://h:1, hosts: [h:1] }", '"h:1" is no name'),
                ("{ uri: http://h:1, file_mode: 0600 }", "unix: only"),
                ("{ uri: unix:/a, hosts: [h] }", "http:// only"),
                ("{ uri: unix:/a, file_mode: 0777 }", "0600|0660|0666"),
                ("{ uri: http://h:1, token_file: /no/such }", "/no/such"),
                ("{ uri: http://h:1, user: me }", "has no password"),
                ("{ uri: http://h:1, password: p }", "has no user"),
                (f"{{ uri: http://h:1, token_file: {self.path('empty')} }}",
                 "token is empty"),
                ("{ uri: http://h:1, user: me, password_file: "
                 f"{self.path('empty')} }}", "password is empty")):
            with self.subTest(admin):
                done = self.cebridge("check", self.config(admin))
                self.assertEqual(done.code, 2, done)
                self.assertIn("bridge.yaml:2: ", done.stderr)
                self.assertIn(said, done.stderr)

    def test_relay_takes_them_as_parameters(self):
        bridge = self.start(
            "relay", "--admin", f"http://127.0.0.1:{self.admin}?token={TOKEN}",
            f"http://127.0.0.1:{free_port()}/e", "-")
        self.assert_locked()
        with open(f"/proc/{bridge.process.pid}/cmdline") as file:
            self.assertNotIn(TOKEN, file.read())


if __name__ == "__main__":
    harness.main()
