// SPDX-License-Identifier: Apache-2.0
// Sends and receives events with the CloudEvents SDK for JavaScript.
//
//   node partner.js send URI=MODE...   the events on stdin, as a JSON list; prints what became of each
//   node partner.js receive URI...     prints "ready", then each event, until stdin ends
//
// MODE is binary or structured; README.md describes the lines.
"use strict";

const http = require("http");
const { CloudEvent, HTTP, Kafka, MQTT } = require("cloudevents");
const { Kafka: KafkaClient, logLevel } = require("kafkajs");
const mqtt = require("mqtt");

const JSON_TYPE = /^[^;]*[/+]json\s*(;|$)/i;

const print = (value) => console.log(JSON.stringify(value));

function text(value) {
  return value instanceof Date ? value.toISOString() : String(value);
}

function stringified(object) {
  const there = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there.map(([name, value]) => [name, text(value)]));
}

// The SDK takes JSON as objects, text as strings, and all else as bytes.
function dataOf(sample) {
  const kind = sample.attributes.datacontenttype;
  if (sample.data === null) return undefined;
  const bytes = Buffer.from(sample.data, "base64");
  if (!kind || JSON_TYPE.test(kind)) return JSON.parse(bytes.toString());
  if (/^text\/|\/xml/.test(kind)) return bytes.toString();
  return new Uint8Array(bytes);
}

function eventOf(sample) {
  return new CloudEvent({ ...sample.attributes, data: dataOf(sample) });
}

function bytesOf(data, kind) {
  if (data === undefined || data === null) return null;
  if (ArrayBuffer.isView(data)) return Buffer.from(data).toString("base64");
  const json = typeof data !== "string" || (kind && JSON_TYPE.test(kind));
  return Buffer.from(json ? JSON.stringify(data) : data).toString("base64");
}

function show(from, event) {
  const attributes = {};
  for (const [name, value] of Object.entries(event))
    if (name !== "data" && name !== "data_base64" && value !== undefined && value !== null)
      attributes[name] = text(value);
  print({ from, attributes, data: bytesOf(event.data, event.datacontenttype) });
}

function guarded(from, read) {
  try {
    show(from, read());
  } catch (error) {
    print({ from, error: String(error.message || error) });
  }
}

// --- HTTP ---

function post(uri, message) {
  return new Promise((resolve, reject) => {
    const request = http.request(uri, { method: "POST", headers: message.headers }, (response) => {
      response.resume();
      response.on("end", () => {
        const ok = Math.floor(response.statusCode / 100) === 2;
        ok ? resolve() : reject(new Error(`status ${response.statusCode}`));
      });
    });
    request.on("error", reject);
    request.end(message.body);
  });
}

const httpSender = () => ({
  send: (uri, message) => post(uri, message),
  close: async () => {},
  binding: HTTP,
});

function receiveHttp(uri) {
  const { hostname, port } = new URL(uri);
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const kind = request.headers["content-type"] || "";
      const bytes = Buffer.concat(parts);
      // What an application does: bytes where the type says so, else text.
      const body = /octet-stream/.test(kind) ? new Uint8Array(bytes) : bytes.toString();
      guarded(uri, () => HTTP.toEvent({ headers: request.headers, body }));
      response.writeHead(204).end();
    });
  });
  return new Promise((resolve) => server.listen(Number(port), hostname, resolve));
}

// --- Kafka ---

function kafkaClient(uri) {
  const { host, pathname } = new URL(uri.replace("kafka:", "http:"));
  const client = new KafkaClient({ brokers: [host], logLevel: logLevel.NOTHING });
  return { client, topic: pathname.slice(1) };
}

async function kafkaSender(uri) {
  const { client, topic } = kafkaClient(uri);
  const producer = client.producer();
  await producer.connect();
  return {
    send: (_, message) => {
      // The client takes strings and buffers only.
      const value = message.value;
      const plain = typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
      const headers = stringified(message.headers);
      return producer.send({
        topic,
        messages: [{
          key: message.key,
          value: value === undefined ? null : plain ? JSON.stringify(value) : Buffer.from(value),
          headers,
        }],
      });
    },
    close: () => producer.disconnect(),
    binding: Kafka,
  };
}

async function receiveKafka(uri) {
  const { client, topic } = kafkaClient(uri);
  const consumer = client.consumer({ groupId: topic });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const headers = Object.fromEntries(Object.entries(message.headers).map(([k, v]) => [k, v.toString()]));
      const key = message.key === null ? undefined : message.key.toString();
      const kind = headers["content-type"] || "";
      const value = message.value === null || /octet-stream/.test(kind) ? message.value : message.value.toString();
      guarded(uri, () => Kafka.toEvent({ headers, key, value, body: value }));
    },
  });
}

// --- MQTT ---

function mqttClient(uri) {
  const { host, pathname } = new URL(uri.replace("mqtt:", "http:"));
  return mqtt.connectAsync(`mqtt://${host}`, { protocolVersion: 5 })
    .then((client) => ({ client, topic: pathname.slice(1) }));
}

async function mqttSender(uri) {
  const { client, topic } = await mqttClient(uri);
  return {
    send: (_, message) => {
      const body = message.body;
      const plain = typeof body === "object" && body !== null && !ArrayBuffer.isView(body);
      const payload = body === undefined ? "" : plain ? JSON.stringify(body) : Buffer.from(body);
      const userProperties = stringified(message["User Properties"]);
      const properties = {};
      // The client sends no packet for a property that is there and empty.
      if (Object.keys(userProperties).length) properties.userProperties = userProperties;
      if (message.PUBLISH["Content Type"]) properties.contentType = message.PUBLISH["Content Type"];
      return client.publishAsync(topic, payload, { qos: 1, properties });
    },
    close: () => client.endAsync(),
    binding: MQTT,
  };
}

async function receiveMqtt(uri) {
  const { client, topic } = await mqttClient(uri);
  client.on("message", (_, payload, packet) => {
    const { contentType, userProperties } = packet.properties || {};
    const kind = contentType || "";
    const body = /octet-stream/.test(kind) ? new Uint8Array(payload) : payload.toString();
    const headers = { ...userProperties };
    guarded(uri, () => MQTT.toEvent({ PUBLISH: { "Content Type": kind }, body, headers }));
  });
  await client.subscribeAsync(topic, { qos: 1 });
}

// --- commands ---

const SENDERS = { "http:": httpSender, "kafka:": kafkaSender, "mqtt:": mqttSender };
const RECEIVERS = { "http:": receiveHttp, "kafka:": receiveKafka, "mqtt:": receiveMqtt };
const schemeOf = (uri) => uri.slice(0, uri.indexOf(":") + 1);

async function send(jobs, samples) {
  for (const job of jobs) {
    const at = job.lastIndexOf("=");
    const [to, mode] = [job.slice(0, at), job.slice(at + 1)];
    const sender = await SENDERS[schemeOf(to)](to);
    for (const sample of samples) {
      let error = null;
      try {
        await sender.send(to, sender.binding[mode](eventOf(sample)));
      } catch (failure) {
        error = String(failure.message || failure);
      }
      print({ to, id: sample.attributes.id, error });
    }
    await sender.close();
  }
}

async function main([command, ...places]) {
  if (command === "receive") {
    await Promise.all(places.map((uri) => RECEIVERS[schemeOf(uri)](uri)));
    console.log("ready");
    process.stdin.on("end", () => process.exit(0)).resume();
    return;
  }
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  await send(places, JSON.parse(Buffer.concat(parts)));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
