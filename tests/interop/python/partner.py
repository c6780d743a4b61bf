# SPDX-License-Identifier: Apache-2.0
"""Sends and receives events with the CloudEvents SDK for Python.

    python partner.py send URI=MODE...   the events on stdin, as a JSON list;
                                         prints what became of each
    python partner.py receive URI...     prints "ready", then each event,
                                         until stdin ends

MODE is binary or structured; README.md describes the lines."""

import base64
import datetime
import http.client
import http.server
import json
import re
import sys
import threading
from urllib.parse import urlsplit

from cloudevents.core.bindings import http as cehttp
from cloudevents.core.bindings import kafka as cekafka
from cloudevents.core.v1.event import CloudEvent
from dateutil.parser import isoparse
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

JSON_TYPE = re.compile(r"^[^;]*[/+]json\s*(;|$)", re.I)
WRITE = {
    ("http", "binary"): cehttp.to_binary_event,
    ("http", "structured"): cehttp.to_structured_event,
    ("kafka", "binary"): cekafka.to_binary_event,
    ("kafka", "structured"): cekafka.to_structured_event,
}
printing = threading.Lock()


def show(**line):
    with printing:
        print(json.dumps(line), flush=True)


def data_of(sample):
    """The SDK takes JSON as values, text as str, and all else as bytes."""
    kind = sample["attributes"].get("datacontenttype")
    if sample["data"] is None:
        return None
    data = base64.b64decode(sample["data"])
    if kind is None or JSON_TYPE.match(kind):
        return json.loads(data)
    if re.match(r"text/|.*[/+]xml", kind):
        return data.decode()
    return data


def event_of(sample):
    attributes = dict(sample["attributes"])
    if "time" in attributes:
        attributes["time"] = isoparse(attributes["time"])
    return CloudEvent(attributes, data_of(sample))


def text_of(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def bytes_of(event):
    data, kind = event.get_data(), event.get_datacontenttype()
    if data is None:
        return None
    if not isinstance(data, bytes):
        is_json = kind is None or JSON_TYPE.match(kind)
        plain = isinstance(data, str) and not is_json
        data = (data if plain else json.dumps(data)).encode()
    return base64.b64encode(data).decode()


def receive_one(place, read, message):
    try:
        event = read(message)
    except Exception as error:  # whatever it is, the driver shall see it
        show(**{"from": place, "error": repr(error)})
        return
    attributes = {k: text_of(v) for k, v in event.get_attributes().items()
                  if v is not None}
    show(**{"from": place, "attributes": attributes, "data": bytes_of(event)})


# HTTP ----------------------------------------------------------------------


def http_sender(uri):
    at = urlsplit(uri)

    def send(message):
        connection = http.client.HTTPConnection(at.hostname, at.port, 30)
        connection.request("POST", at.path, message.body, message.headers)
        status = connection.getresponse().status
        connection.close()
        if status // 100 != 2:
            raise OSError(f"status {status}")

    return send


def receive_http(uri):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            message = cehttp.HTTPMessage(dict(self.headers), body)
            receive_one(uri, cehttp.from_http_event, message)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 128

    at = urlsplit(uri)
    server = Server((at.hostname, at.port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


# Kafka ---------------------------------------------------------------------


def kafka_sender(uri):
    at = urlsplit(uri)
    producer = KafkaProducer(bootstrap_servers=at.netloc)

    def send(message):
        key = message.key
        if isinstance(key, str):
            key = key.encode()
        producer.send(at.path[1:], message.value, key,
                      list(message.headers.items())).get(30)

    return send


def receive_kafka(uri):
    at = urlsplit(uri)
    topic = at.path[1:]
    consumer = KafkaConsumer(bootstrap_servers=at.netloc,
                             auto_offset_reset="earliest")
    parts = [TopicPartition(topic, p)
             for p in consumer.partitions_for_topic(topic)]
    consumer.assign(parts)

    def run():
        for record in consumer:
            message = cekafka.KafkaMessage(dict(record.headers), record.key,
                                           record.value)
            receive_one(uri, cekafka.from_kafka_event, message)

    threading.Thread(target=run, daemon=True).start()


# Commands ------------------------------------------------------------------


def send(job, samples):
    uri, _, mode = job.rpartition("=")
    scheme = urlsplit(uri).scheme
    sender = {"http": http_sender, "kafka": kafka_sender}[scheme](uri)
    for sample in samples:
        error = None
        try:
            sender(WRITE[scheme, mode](event_of(sample)))
        except Exception as failure:
            error = repr(failure)
        show(to=uri, id=sample["attributes"]["id"], error=error)


def main(command, *places):
    if command == "send":
        samples = json.load(sys.stdin)
        for place in places:
            send(place, samples)
        return
    for uri in places:
        receivers = {"http": receive_http, "kafka": receive_kafka}
        receivers[urlsplit(uri).scheme](uri)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
