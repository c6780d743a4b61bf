#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Requests while their broker dies and comes back."""

import harness
import kafka
import web
from events import Event
from harness import Broker, event, free_port, query, wait_until
from replies import KafkaRequester, answer_to


class Outage(harness.Test):
    def test_replies_and_requests_outlive_the_broker(self):
        """The broker dies between a request and its reply: the reply waits for
        it, and new requests are refused at once until it is back."""
        broker = Broker("kafka", self.path("kafka"))
        self.addCleanup(broker.stop)
        broker.skip_unless_it_keeps(self)
        topic, port = self.topic("requests"), free_port()
        uri = f"kafka://{broker.address()}/{topic}"
        kafka.create(broker.address(), topic)

        def answer(request):
            if len(service.requests) == 1:
                broker.kill()
            fields, body = answer_to(request.event()).to_http()
            return 200, fields, body

        service = web.Sink(answer)
        self.addCleanup(service.stop)
        requester = KafkaRequester(self, topic, broker.address())
        self.start("relay", "--request",
                   uri + query({"group": self.topic("group")}), service.uri)
        self.start("relay", "--request",
                   f"http://127.0.0.1:{port}/events", uri)

        def ask():
            one = event()
            return one, web.post(port, one, timeout=40)

        def answered():
            one, answer = ask()
            if answer.status == 200:
                self.assertEqual(
                    Event.from_http(answer.headers, answer.body)
                    .attributes["subject"], one.id)
            return answer.status == 200

        def refused():
            answer = ask()[1]
            return answer.status == 503 and answer.header("retry-after")

        wait_until(answered, 60, "no reply")
        one = event()
        requester.send(one)
        service.wait(2)
        wait_until(refused, 60, "no 503")
        broker.start()
        _, reply = requester.reply(60)
        self.assertEqual(reply.attributes["subject"], one.id)
        wait_until(answered, 60, "no reply after the restart")


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA")
