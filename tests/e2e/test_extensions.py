#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A relay carries every extension, knows none, and logs no data."""

import json

import harness
import web
from harness import event, free_port

# The documented extensions, as their specifications show them.
DOCUMENTED = {
    "authtype": "user", "authid": "u-1", "authclaims": '{"a":1}',
    "bamtxid": "t-1", "bamptxcompleted": "true",
    "correlationid": "c-1", "causationid": "c-0",
    "dataclassification": "confidential", "dataregulation": "GDPR,HIPAA",
    "dataref": "https://example.com/data/1",
    "deprecated": "true", "deprecationsunset": "2030-01-01T00:00:00Z",
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "tracestate": "a=b,c=d", "expirytime": "2001-01-01T00:00:00Z",
    "opcuametadatamajorversion": "1", "partitionkey": "k",
    "recordedtime": "2024-05-01T12:00:00.100+02:00", "sampledrate": "30",
    "sequence": "00042", "severitynumber": "9", "severitytext": "INFO",
    "dssematerial": "eyJwYXlsb2FkIjoiIn0=",
}


class Extensions(harness.Test):
    def setUp(self):
        super().setUp()
        self.sink = web.Sink()
        self.addCleanup(self.sink.stop)
        self.port = free_port()

    def relay(self, *options, sink=None):
        return self.start("relay", *options,
                          f"http://127.0.0.1:{self.port}/events",
                          sink or self.sink.uri)

    def test_documented_and_unknown_extensions_go_along(self):
        """CORE-06 CORE-64 EXT-01 EXT-02 EXT-10 EXT-15 EXT-16"""
        self.relay()
        sent = event(**DOCUMENTED, unknown="x", expirytime2="never",
                     data=b"{}", datacontenttype="application/json")
        for structured in (False, True):
            self.assertEqual(
                web.post(self.port, sent, structured).status, 202)
        for request in self.sink.wait(2):
            self.assertEqual(request.event().canonical(), sent.canonical())

    def test_the_header_of_a_trace_is_not_its_attribute(self):
        """EXT-10 EXT-11 HTTP-25"""
        self.relay()
        headers, body = event(traceparent=DOCUMENTED["traceparent"]).to_http()
        hop = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        answer = web.request(self.port, target="/events", body=body,
                             headers=headers + [("traceparent", hop)])
        self.assertEqual(answer.status, 202)
        request = self.sink.wait(1)[0]
        self.assertEqual(request.header("ce-traceparent"),
                         DOCUMENTED["traceparent"])
        headers, body = event().to_http()
        web.request(self.port, target="/events", body=body,
                    headers=headers + [("traceparent", hop)])
        self.assertIsNone(self.sink.wait(2)[1].header("ce-traceparent"))

    def test_a_signed_event_gets_no_content_type(self):
        """EXT-17 EXT-18"""
        self.relay(sink=self.sink.uri + "?mode=binary")
        sent = event(dssematerial=DOCUMENTED["dssematerial"])
        body = sent.to_json()[:-1] + b',"data": {"a" : 1.50}}'
        answer = web.request(
            self.port, target="/events", body=body,
            headers=[("Content-Type", "application/cloudevents+json")])
        self.assertEqual(answer.status, 202)
        self.assertEqual(self.sink.wait(1)[0].body, body)

    def test_a_changed_event_loses_its_signature(self):
        """EXT-17"""
        self.relay("--set", "subject=changed")
        web.post(self.port, event(dssematerial=DOCUMENTED["dssematerial"]))
        got = self.sink.wait(1)[0].event().attributes
        self.assertEqual(got["subject"], "changed")
        self.assertNotIn("dssematerial", got)

    def test_data_is_in_no_log(self):
        """CORE-70"""
        bridge = self.relay("--log-level", "debug", "--filter",
                            "type <> 'filtered'",
                            sink=self.sink.uri)
        secret = "moonlight-and-roses"
        data = json.dumps({"secret": secret}).encode()
        web.post(self.port, event(data=data))
        web.post(self.port, event(type="filtered", data=data))
        web.post(self.port, event(specversion="9", data=data))
        self.sink.answer = lambda request: 400
        web.post(self.port, event(
            data=data, datacontenttype="application/json"))
        self.assertEqual(bridge.stop(), 0)
        self.assertNotIn(secret, bridge.stderr)
        done = self.cebridge("relay", "-", "-", stdin=(
            b'{"specversion":"1.0","id":"","source":"/s","type":"t","data":'
            + data + b"}\n"))
        self.assertEqual(done.code, 3)
        self.assertNotIn(secret, done.stderr)


if __name__ == "__main__":
    harness.main()
