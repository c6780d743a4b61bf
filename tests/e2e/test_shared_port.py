#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Routes whose HTTP sources have the same address share its port, by path."""

import json
import threading

import harness
import web
from events import generate
from harness import event, free_port, wait_until

ROUTES = ("ingest", "audit", "rest")
PATHS = {"ingest": "/ingest", "audit": "/audit", "rest": "/ingest/rest"}


class SharedPort(harness.Test):
    def setUp(self):
        super().setUp()
        self.admin, self.port = free_port(), free_port()
        self.sinks = {name: web.Sink() for name in ROUTES}
        for sink in self.sinks.values():
            self.addCleanup(sink.stop)

    def route(self, name, more=""):
        return (f"  {name}:\n    from: http://127.0.0.1:{self.port}"
                f"{PATHS[name]}{more}\n    to: {self.sinks[name].uri}\n")

    def configure(self, *routes, top=""):
        return self.write("bridge.yaml", top +
                          f"admin: http://127.0.0.1:{self.admin}\nroutes:\n"
                          + "".join(routes))

    def status(self, name, **kw):
        return web.status(self.port, event(), target=PATHS[name], **kw)

    def reload(self):
        return web.request(self.admin, "POST", "/reload").body.decode().strip()

    def test_each_route_has_its_path_and_its_rules(self):
        path = self.configure(self.route("ingest", "?token=secret"),
                              self.route("audit"), self.route("rest"))
        self.assertIn(f"\ningest, audit and rest share 127.0.0.1:{self.port}\n",
                      self.cebridge("check", path).stdout)
        self.start("run", path)
        self.assertEqual(self.status("audit"), 202)
        self.assertEqual(self.status("rest"), 202)
        self.assertEqual(self.status("ingest"), 401)
        token = [("Authorization", "Bearer secret")]
        self.assertEqual(self.status("ingest", headers=token), 202)
        self.assertEqual(web.post(self.port, event(), target="/").status, 404)
        for name, sink in self.sinks.items():
            self.assertEqual(len(sink.events()), 1, name)
        values = self.assert_balanced(self.admin)
        for name in ROUTES:
            self.assertEqual(
                values["cebridge_events_delivered_total", name], 1)

    def test_a_sink_that_is_slow_concerns_its_own_route(self):
        self.sinks["ingest"].answer = lambda request: None
        self.start("run", self.configure(
            self.route("ingest", "?deadline=1s"), self.route("audit")))
        with web.connect(self.port) as waiting:
            headers, body = event().to_http(False)
            waiting.sendall(web.head("POST", "/ingest", headers, body))
            self.sinks["ingest"].wait(1)
            self.assertEqual(self.status("audit"), 202)
            self.assertEqual(web.read_response(waiting).status, 504)

    def test_a_reload_restarts_them_together_and_loses_nothing(self):
        audit = self.route("audit")
        bridge = self.start("run", self.configure(self.route("ingest"), audit))
        events, done = generate(2000), threading.Event()
        load = web.Load(self.port, [e.to_http(False) for e in events],
                        connections=4, target="/ingest", pause=0.02)

        def feed():
            load.run()
            done.set()

        thread = threading.Thread(target=feed)
        thread.start()
        self.addCleanup(thread.join)
        for count, (routes, said) in enumerate([
                ((self.route("ingest"), audit, self.route("rest")),
                 "reloaded: ingest restarted (shares its port with rest), "
                 "audit restarted (shares its port with rest), rest added"),
                ((self.route("ingest"), self.route("rest")),
                 "reloaded: ingest restarted (shares its port with audit), "
                 "audit removed, "
                 "rest restarted (shares its port with audit)")]):
            self.configure(*routes)
            self.assertEqual(self.reload(), said)
            bridge.wait_for("reloaded: ", count=count + 1)
            wait_until(lambda: self.status("rest") == 202)
        self.assertTrue(done.wait(60))
        self.assertEqual(load.refused, [])
        self.assertEqual({e.id for e in self.sinks["ingest"].events()},
                         {e.id for e in events})
        self.assertEqual(self.status("audit"), 404)

    def test_a_route_that_cannot_start_leaves_the_others(self):
        audit = self.route("audit")
        bridge = self.start("run", self.configure(audit))
        broken = self.route("ingest").replace(
            self.sinks["ingest"].uri, f"file:{self.path('no/such/folder')}")
        self.configure(audit, broken)
        self.assertIn("ingest added", self.reload())
        bridge.wait_for("no/such/folder")
        wait_until(lambda: self.status("audit") == 202)

    def test_a_line_of_the_log_names_whom_it_is_about(self):
        self.sinks["audit"].stop()
        bridge = self.start("run", self.configure(
            *(self.route(name, "?max_connections=1")
              for name in ("ingest", "audit")),
            top="log: { format: json }\n"), ready=False)
        bridge.wait_for('"ready"')
        self.assertEqual(self.status("audit"), 503)
        for words, route in (('"endpoint":', "audit"),
                             ("connections are taken", "ingest+audit")):
            row = json.loads(bridge.wait_for(words))
            self.assertEqual(row["route"], route, row)

    def test_workers_share_it_too(self):
        workers = "    workers: 2\n"
        bridge = self.start("run", self.configure(
            self.route("ingest", "?reuse_port=true") + workers,
            self.route("audit", "?reuse_port=true") + workers))
        for _ in range(16):
            for name in ("ingest", "audit"):
                self.assertEqual(self.status(name), 202)
        self.assertEqual(bridge.stop(), 0)


if __name__ == "__main__":
    harness.main()
