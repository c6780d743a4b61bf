#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SIGHUP and POST /reload apply a changed configuration route by route."""

import json
import os
import signal
import threading
import time

import harness
import web
from events import generate
from harness import event, free_port, wait_until


class Reload(harness.Test):
    def setUp(self):
        super().setUp()
        self.admin, self.a, self.b, self.c = [free_port() for _ in range(4)]
        self.one, self.two = web.Sink(), web.Sink()
        self.addCleanup(self.one.stop)
        self.addCleanup(self.two.stop)

    def route(self, name, port, sink, more=""):
        return (f"  {name}:\n    from: http://127.0.0.1:{port}/events\n"
                f"    to: {sink}\n{more}")

    def configure(self, *routes, top="", admin=None):
        port = self.admin if admin is None else admin
        return self.write("bridge.yaml", top + (
            f"admin: http://127.0.0.1:{port}\n" if port else "")
            + "routes:\n" + "".join(routes))

    def run_routes(self, *routes, **kw):
        return self.start("run", self.configure(*routes, **kw))

    def reload(self, status=200, port=None):
        answer = web.request(port or self.admin, "POST", "/reload")
        self.assertEqual(answer.status, status, answer.body)
        self.assertRegex(answer.body, rb"[^\n]\n\Z")
        return answer.body.decode().strip()

    def value(self, name):
        return self.scrape(self.admin)[name, None]

    def test_a_route_flows_while_others_change(self):
        kept = self.route("kept", self.a, self.one.uri)
        bridge = self.run_routes(kept, self.route("other", self.b,
                                                  self.two.uri))
        events, done = generate(3000), threading.Event()

        def feed():
            web.post_all(self.a, events, connections=4)
            done.set()

        thread = threading.Thread(target=feed)
        thread.start()
        self.addCleanup(thread.join)
        changed = self.route("other", self.b, self.two.uri,
                             "    filter: \"type <> 'no'\"\n")
        added = self.route("more", self.c, self.two.uri)
        for count, (routes, said) in enumerate([
                ((kept, changed), "reloaded: kept kept, other restarted"),
                ((kept, changed, added),
                 "reloaded: kept kept, other kept, more added"),
                ((kept, added),
                 "reloaded: kept kept, other removed, more kept")]):
            self.configure(*routes)
            self.assertEqual(self.reload(), said)
            bridge.wait_for("reloaded: ", count=count + 1)
        wait_until(lambda: web.status(self.c, event()) == 202)
        self.assertTrue(done.wait(60))
        self.assertEqual(sorted(e.id for e in self.one.events()),
                         sorted(e.id for e in events))
        self.assertEqual(self.value("cebridge_config_reload_success"), 1)
        self.assertNotIn("other", web.request(self.admin, "GET", "/readyz")
                         .body.decode())

    def test_an_inbox_that_no_route_has_any_more_is_told_of(self):
        """Until another one has it, which delivers what it holds."""
        inbox = self.path("inbox")
        kept = self.route("kept", self.a, self.one.uri)
        first, old = (self.route(name, self.b,
                                 f"http://127.0.0.1:{free_port()}/",
                                 f"    inbox: {inbox}\n")
                      for name in ("first", "old"))
        bridge = self.run_routes(kept, first)
        self.assertEqual(web.status(self.b, event()), 202)
        told = f"inbox {inbox} holds 1 events, and no route here has it"
        self.configure(kept, old)
        self.assertEqual(self.reload(),
                         "reloaded: kept kept, first removed, old added")
        bridge.wait_for("reloaded: kept kept, first removed, old added")
        self.assertNotIn("no route here", bridge.stderr)
        self.configure(kept)
        self.assertEqual(self.reload(), "reloaded: kept kept, old removed")
        bridge.wait_for(told)
        self.configure(kept, self.route("new", self.c, self.two.uri,
                                        f"    inbox: {inbox}\n"))
        self.assertEqual(self.reload(), "reloaded: kept kept, new added")
        self.two.wait(1)
        self.configure(kept)
        self.assertEqual(self.reload(), "reloaded: kept kept, new removed")
        bridge.wait_for("reloaded: kept kept, new removed")
        self.assertEqual(bridge.stderr.count("no route here"), 1)

    def test_a_faulty_configuration_changes_nothing(self):
        bridge = self.run_routes(self.route("r", self.a, self.one.uri))
        self.configure(self.route("r", self.a, self.one.uri,
                                  "    retyr: {}\n    upgrade: yes\n"))
        said = self.reload(422)
        self.assertRegex(said, r"^not reloaded: .*bridge\.yaml:6: unknown")
        bridge.signal(signal.SIGHUP)
        for line in (6, 7):
            bridge.wait_for(rf"not reloaded: .*bridge\.yaml:{line}: ",
                            count=2)
        self.assertEqual(self.value("cebridge_config_reload_success"), 0)
        self.assertEqual(web.post(self.a, event()).status, 202)

    def test_a_missing_configuration_changes_nothing(self):
        bridge = self.run_routes(self.route("r", self.a, self.one.uri))
        os.remove(self.path("bridge.yaml"))
        said = self.reload(422)
        self.assertRegex(said, r"^not reloaded: /.*bridge\.yaml: No such file")
        bridge.wait_for(r"error: not reloaded: /.*bridge\.yaml: No such file")

    def test_metrics_tell_when_the_configuration_was_loaded(self):
        """By a clock of seconds that may be some milliseconds late."""
        name = "cebridge_config_reload_timestamp_seconds"
        route, begin = self.route("r", self.a, self.one.uri), int(time.time())
        self.run_routes(route)
        loaded = self.value(name)
        self.assertTrue(begin - 1 <= loaded <= time.time())
        wait_until(lambda: time.time() >= loaded + 1.5)
        self.configure("faulty")
        self.reload(422)
        self.assertEqual(self.value(name), loaded)
        self.configure(route)
        self.assertEqual(self.reload(), "reloaded: r kept")
        self.assertGreater(self.value(name), loaded)

    def test_a_port_moves_from_one_route_to_another(self):
        bridge = self.run_routes(self.route("old", self.a, self.one.uri))
        self.configure(self.route("new", self.a, self.two.uri))
        bridge.signal(signal.SIGHUP)
        bridge.wait_for("reloaded: old removed, new added")
        wait_until(lambda: web.status(self.a, event()) == 202)
        self.assertEqual(len(self.two.requests), 1)

    def test_a_signal_in_the_middle_of_a_reload_is_not_forgotten(self):
        came, held = threading.Event(), threading.Event()
        self.addCleanup(held.set)

        def answer(request):
            came.set()
            return 202 if held.wait(30) else 503

        slow = web.Sink(answer)
        self.addCleanup(slow.stop)
        kept = self.route("kept", self.a, self.one.uri)
        bridge = self.run_routes(kept, self.route("old", self.b, slow.uri))
        sender = threading.Thread(target=web.status, args=(self.b, event()))
        sender.start()
        self.addCleanup(sender.join)
        self.assertTrue(came.wait(30))
        self.configure(kept)
        self.reload()
        self.configure(kept, self.route("new", self.c, self.two.uri))
        self.assertEqual(self.reload(422),
                         "not reloaded: another reload goes on")
        bridge.signal(signal.SIGHUP)
        bridge.wait_for("reloads again when this reload is done")
        held.set()
        bridge.wait_for("reloaded: kept kept, old removed")
        bridge.wait_for("reloaded: kept kept, new added")
        wait_until(lambda: web.status(self.c, event()) == 202)

    def test_a_route_that_cannot_start_leaves_the_others_alone(self):
        kept = self.route("kept", self.a, self.one.uri)
        bridge = self.run_routes(kept)
        self.configure(kept, self.route("bad", self.one.port, self.two.uri))
        self.reload()
        bridge.wait_for(f"bad: cannot listen on .*:{self.one.port}: ")
        self.assertEqual(web.post(self.a, event()).status, 202)
        self.configure(kept)
        self.assertEqual(self.reload(), "reloaded: kept kept, bad removed")

    def test_a_file_that_was_rotated_is_left_without_a_restart(self):
        out = self.path("out")
        self.run_routes(self.route("r", self.a, f"file:{out}"))
        self.assertEqual(web.post(self.a, event(id="1")).status, 202)
        os.rename(out, out + ".1")
        self.assertEqual(self.reload(), "reloaded: r kept")
        self.assertEqual(web.post(self.a, event(id="2")).status, 202)
        self.assertEqual(self.read("out").count(b"\n"), 1)

    def test_the_last_route_that_cannot_start_is_a_failure(self):
        inbox = self.path("inbox")
        self.start("relay", "--inbox", inbox, f"http://127.0.0.1:{self.b}/",
                   self.two.uri)
        bridge = self.run_routes(self.route("r", self.a, self.one.uri))
        self.configure(self.route("r", self.a, self.one.uri,
                                  f"    inbox: {inbox}\n"))
        self.reload()
        self.assertEqual(bridge.wait(20), 1)
        self.assertIn("in use by another process", bridge.stderr)
        self.assertNotRegex(bridge.stderr, "reloaded: ")

    def test_a_route_that_could_not_start_is_missed_at_the_end(self):
        inbox = self.path("inbox")
        self.start("relay", "--inbox", inbox, f"http://127.0.0.1:{self.b}/",
                   self.two.uri)
        ended = (f"  ended:\n    from: file:{self.write('in', '')}\n"
                 f"    to: {self.two.uri}\n")
        bridge = self.run_routes(ended, self.route("r", self.a, self.one.uri))
        self.configure(ended, self.route("r", self.a, self.one.uri,
                                         f"    inbox: {inbox}\n"))
        self.reload()
        self.assertEqual(bridge.wait(20), 1)
        self.assertIn("in use by another process", bridge.stderr)

    def test_a_secret_whose_path_has_a_variable_is_read_again(self):
        path = self.write("token", "one")
        self.environment["CE_FOLDER"] = os.path.dirname(path)
        self.run_routes(
            f"  r:\n    from: http://127.0.0.1:{self.a}/events\n"
            f"    to: \"{self.one.uri}?token_file=${{CE_FOLDER}}/token\"\n")
        self.write("token", "another")
        self.assertEqual(self.reload(), "reloaded: r restarted")

    def test_a_secret_that_changed_is_read_again(self):
        path = self.write("token", "one")
        source = f"http://127.0.0.1:{self.a}/events?token_file={path}"
        self.run_routes(f"  r:\n    from: \"{source}\"\n"
                        f"    to: {self.one.uri}\n")

        def status(token):
            headers = [("Authorization", f"Bearer {token}")]
            return web.status(self.a, event(), headers=headers)

        self.assertEqual(status("one"), 202)
        self.write("token", "another")
        self.assertEqual(self.reload(), "reloaded: r restarted")
        wait_until(lambda: status("another") == 202)
        self.assertEqual(status("one"), 401)

    def lives(self, port):
        try:
            return web.request(port, "GET", "/livez").status == 200
        except OSError:
            return False

    def test_admin_moves(self):
        route = self.route("r", self.a, self.one.uri)
        self.run_routes(route)
        self.configure(route, admin=self.b)
        self.assertEqual(self.reload(), "reloaded: admin changed, r kept")
        self.assertTrue(self.lives(self.b))
        wait_until(lambda: not self.lives(self.admin))
        self.configure(route)
        self.assertEqual(self.reload(port=self.b),
                         "reloaded: admin changed, r kept")
        wait_until(lambda: not self.lives(self.b))
        self.assertTrue(self.lives(self.admin))

    def test_admin_moves_while_it_answers(self):
        """Requests that wait for it are answered with what was in force."""
        route = self.route("r", self.a, self.one.uri)
        self.run_routes(route)
        self.reload()
        self.configure(route, admin=self.b)
        read = web.head("GET", "/readyz", [("Connection", "close")], b"")
        ask = web.head("POST", "/reload", [], b"")
        with web.connect(self.admin, 30) as one:
            one.sendall(ask + 5 * read)
            self.assertEqual(web.read_response(one).status, 200)
            web.read_to_end(one)
        wait_until(lambda: not self.lives(self.admin))
        self.assertTrue(self.lives(self.b))

    def test_a_place_that_was_kept_is_no_change(self):
        """The route writes the file of its position itself."""
        source = self.write("in", event().to_json() + b"\n")
        route = (f"  r:\n    from: {{ uri: 'file:{source}', follow: true,\n"
                 f"            position: {self.path('place')} }}\n"
                 f"    to: {self.one.uri}\n")
        self.run_routes(route)
        wait_until(lambda: self.one.requests and
                   os.path.exists(self.path("place")) and
                   self.read("place"))
        self.assertEqual(self.reload(), "reloaded: r kept")

    def test_admin_goes_and_comes(self):
        route = self.route("r", self.a, self.one.uri)
        bridge = self.run_routes(route)
        self.configure(route, admin=0)
        self.assertEqual(self.reload(), "reloaded: admin changed, r kept")
        wait_until(lambda: not self.lives(self.admin))
        self.configure(route)
        bridge.signal(signal.SIGHUP)
        wait_until(lambda: self.lives(self.admin))

    def test_an_address_of_admin_that_is_in_use_changes_nothing(self):
        route = self.route("r", self.a, self.one.uri)
        bridge = self.run_routes(route)
        self.configure(route, self.route("more", self.b, self.one.uri),
                       admin=self.one.port, top="log: error\n")
        said = self.reload(422)
        self.assertRegex(said, r"^not reloaded: .*bridge\.yaml:2: admin: "
                         rf"cannot listen on 127.0.0.1:{self.one.port}: ")
        self.assertEqual(self.value("cebridge_config_reload_success"), 0)
        self.configure(route)
        self.assertEqual(self.reload(), "reloaded: r kept")
        bridge.wait_for("reloaded: r kept")

    def test_the_log_changes_at_once(self):
        route = self.route("r", self.a, self.one.uri)
        bridge = self.run_routes(route, top="log: error\n")
        self.configure(route, top="log: { format: json }\n")
        self.assertEqual(self.reload(), "reloaded: log changed, r kept")
        line = bridge.wait_for("log changed")
        self.assertEqual(json.loads(line)["level"], "info")

    def test_options_of_the_command_line_stay_in_force(self):
        route = self.route("r", self.a, self.one.uri)
        self.start("run", "--log-level", "debug",
                   self.configure(route, top="log: error\n"))
        self.configure(route, top="log: info\n")
        self.assertEqual(self.reload(), "reloaded: r kept")

    def test_grace_counts_from_the_next_stop_on(self):
        silent = web.Sink(lambda request: None)
        self.addCleanup(silent.stop)
        # Nothing else ends the waiting.
        route = self.route("r", self.a, silent.uri + "?timeout=5m").replace(
            "/events\n", "/events?deadline=5m\n")
        bridge = self.run_routes(route, top="grace: 5m\n")
        thread = threading.Thread(target=web.status, args=(self.a, event()))
        thread.start()
        self.addCleanup(thread.join)
        silent.wait(1)
        self.configure(route, top="grace: 100ms\n")
        self.assertEqual(self.reload(), "reloaded: grace changed, r kept")
        self.assertEqual(bridge.stop(), 0)


if __name__ == "__main__":
    harness.main()
