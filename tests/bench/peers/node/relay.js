// SPDX-License-Identifier: Apache-2.0
// A relay made of the CloudEvents SDK for JavaScript, kafkajs and MQTT.js.
//
//     node relay.js SOURCE SINK    of http://, kafka:// and mqtt:// URIs
'use strict';
const http = require('http');
const { HTTP, Kafka: KafkaMessage, MQTT } = require('cloudevents');
const { Kafka, Partitioners, logLevel } = require('kafkajs');
const mqtt = require('mqtt');

const IN_FLIGHT = 64;
const isText = (type) => !type || /json|text|xml/.test(type);
const body = (bytes, type) => (isText(type) ? bytes.toString() : bytes);
const name = (uri) => uri.pathname.slice(1);

function bytes(data) {
  if (data === undefined || data === null) return Buffer.alloc(0);
  if (Buffer.isBuffer(data)) return data;
  return Buffer.from(typeof data === 'object' ? JSON.stringify(data) : String(data));
}

function defined(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([, v]) => v !== undefined));
}

function kafkaClient(uri) {
  return new Kafka({ clientId: 'relay', brokers: [uri.host], logLevel: logLevel.NOTHING });
}

// --- sinks: each is a function from an event to a promise -------------------

function httpSink(uri) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  const to = { hostname: uri.hostname, port: uri.port, path: uri.pathname, method: 'POST', agent };
  return (event) => new Promise((ok, bad) => {
    const message = HTTP.binary(event);
    const content = bytes(message.body);
    const headers = { ...defined(message.headers), 'content-length': content.length };
    const request = http.request({ ...to, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => (answer.statusCode < 300 ? ok() : bad(new Error(answer.statusCode))));
    });
    request.on('error', bad);
    request.end(content);
  });
}

function record(event) {
  const message = KafkaMessage.binary(event);
  const headers = Object.entries(defined(message.headers)).map(([k, v]) => [k, String(v)]);
  return { key: message.key, headers: Object.fromEntries(headers), value: bytes(message.value) };
}

// The events of one turn of the loop share a request.
async function kafkaSink(uri) {
  const producer = kafkaClient(uri).producer({
    createPartitioner: Partitioners.DefaultPartitioner, maxInFlightRequests: 5 });
  await producer.connect();
  let pending = [];
  function flush() {
    const batch = pending;
    pending = [];
    producer.send({ topic: name(uri), acks: -1, messages: batch.map((p) => p.message) })
      .then(() => batch.forEach((p) => p.ok()), (e) => batch.forEach((p) => p.bad(e)));
  }
  return (event) => new Promise((ok, bad) => {
    if (pending.push({ message: record(event), ok, bad }) === 1) setImmediate(flush);
  });
}

async function mqttSink(uri) {
  const client = await mqtt.connectAsync(`mqtt://${uri.host}`, { protocolVersion: 5 });
  return (event) => {
    const message = MQTT.binary(event);
    const properties = Object.entries(defined(message['User Properties'] || message.headers));
    const user = Object.fromEntries(properties.map(([k, v]) => [k, String(v)]));
    return client.publishAsync(name(uri), bytes(message.body), { qos: 1,
      properties: { contentType: event.datacontenttype, userProperties: user } });
  };
}

// --- sources ----------------------------------------------------------------

function httpSource(uri, send) {
  http.createServer((request, response) => {
    const parts = [];
    const answer = (status) => response.writeHead(status, { 'content-length': 0 }).end();
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      let event;
      try {
        const type = request.headers['content-type'];
        event = HTTP.toEvent({ headers: request.headers, body: body(Buffer.concat(parts), type) });
      } catch (e) {
        return answer(400);
      }
      send(event).then(() => answer(202), () => answer(503));
    });
  }).listen(+uri.port, uri.hostname);
}

async function patiently(send, event) {
  for (;;) {
    try {
      return await send(event);
    } catch (e) {
      await new Promise((go) => setTimeout(go, 200));
    }
  }
}

function fromRecord(message) {
  const headers = {};
  for (const [k, v] of Object.entries(message.headers || {})) headers[k] = String(v);
  const value = body(message.value, headers['content-type']);
  return KafkaMessage.toEvent({ headers, key: message.key && String(message.key), value, body: value });
}

async function passBatch({ batch, resolveOffset, heartbeat, commitOffsetsIfNecessary }, send) {
  for (let i = 0; i < batch.messages.length; i += IN_FLIGHT) {
    const part = batch.messages.slice(i, i + IN_FLIGHT);
    await Promise.all(part.map((m) => patiently(send, fromRecord(m))));
    resolveOffset(part[part.length - 1].offset);
    await commitOffsetsIfNecessary();
    await heartbeat();
  }
}

async function kafkaSource(uri, send) {
  const consumer = kafkaClient(uri).consumer({ groupId: uri.searchParams.get('group') });
  await consumer.connect();
  await consumer.subscribe({ topics: [name(uri)], fromBeginning: true });
  await consumer.run({ autoCommitInterval: 1000, eachBatchAutoResolve: false,
    eachBatch: (batch) => passBatch(batch, send) });
}

function fromPublish(packet) {
  const { userProperties, contentType } = packet.properties || {};
  const payload = body(packet.payload, contentType);
  return MQTT.toEvent({ headers: { ...userProperties, 'content-type': contentType },
    body: payload, payload, PUBLISH: { 'Content Type': contentType },
    'User Properties': userProperties });
}

// Acknowledged when "done" is called: one event after the other.
async function mqttSource(uri, send) {
  const client = mqtt.connect(`mqtt://${uri.host}`, { protocolVersion: 5, clean: false,
    clientId: uri.searchParams.get('client_id'),
    properties: { sessionExpiryInterval: 3600, receiveMaximum: 1000 } });
  client.handleMessage = (packet, done) => {
    patiently(send, fromPublish(packet)).then(() => done(), done);
  };
  client.on('connect', () => client.subscribe(decodeURI(name(uri)), { qos: 1 }));
}

const sinks = { 'http:': httpSink, 'kafka:': kafkaSink, 'mqtt:': mqttSink };
const sources = { 'http:': httpSource, 'kafka:': kafkaSource, 'mqtt:': mqttSource };

async function main() {
  const [from, to] = process.argv.slice(2).map((text) => new URL(text));
  await sources[from.protocol](from, await sinks[to.protocol](to));
}

process.on('SIGTERM', () => process.exit(0));
main().catch((e) => {
  console.error(e);
  process.exit(1);
});
