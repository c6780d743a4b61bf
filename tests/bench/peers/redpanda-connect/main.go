// SPDX-License-Identifier: Apache-2.0

// A relay made of Redpanda Connect, with its components for HTTP and Kafka.
//
//	relay SOURCE SINK    of http:// and kafka:// URIs
//
// It maps the names of headers, and leaves values as HTTP has encoded them. Its
// client for MQTT speaks 3.1.1, where an event in binary mode has no attributes.
package main

import (
	"context"
	"fmt"
	"log"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	_ "github.com/redpanda-data/benthos/v4/public/components/io"
	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"
	_ "github.com/redpanda-data/connect/v4/public/components/kafka"
)

const httpInput = `
  http_server:
    address: %s
    path: %s
    allowed_verbs: [ POST ]
    timeout: 30s
    sync_response: { status: "202" }
`

// As many on their way as the bridge has.
const kafkaInput = `
  redpanda:
    seed_brokers: [ %q ]
    topics: [ %q ]
    consumer_group: %q
    commit_period: 1s
    unordered_processing: { enabled: true, checkpoint_limit: 1024 }
`

const httpOutput = `
  http_client:
    url: %s
    verb: POST
    headers: { Content-Type: '${! meta("content-type").or("") }' }
    metadata: { include_prefixes: [ ce- ] }
    max_in_flight: 64
    retry_period: 200ms
    max_retry_backoff: 1s
`

// Of seven settings that were tried these cost least.
const kafkaOutput = `
  kafka:
    addresses: [ %q ]
    topic: %q
    key: '${! meta("ce_partitionkey").or("") }'
    partitioner: fnv1a_hash
    ack_replicas: true
    max_in_flight: 64
    batching: { count: 64, period: 1ms }
    target_version: 2.1.0
`

// The prefix of attributes is the sink's; no other header goes along.
const stream = `
logger: { level: ERROR }
input: %s
pipeline:
  processors:
    - mapping: |
        meta = @.filter(kv -> kv.key.lowercase().re_match("^(ce[-_]|content-type$)")).map_each_key(k -> if k.lowercase() == "content-type" { "content-type" } else { "%s" + k.slice(3).lowercase() })
output: %s
`

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func parse(text string) *url.URL {
	u, err := url.Parse(text)
	must(err)
	if u.Scheme != "http" && u.Scheme != "kafka" {
		log.Fatalf("%s: only http and kafka", u.Scheme)
	}
	return u
}

func topic(u *url.URL) string {
	return strings.TrimPrefix(u.Path, "/")
}

func input(u *url.URL) string {
	if u.Scheme == "http" {
		return fmt.Sprintf(httpInput, u.Host, u.Path)
	}
	return fmt.Sprintf(kafkaInput, u.Host, topic(u), u.Query().Get("group"))
}

func output(u *url.URL) (prefix, config string) {
	if u.Scheme == "http" {
		return "ce-", fmt.Sprintf(httpOutput, u)
	}
	return "ce_", fmt.Sprintf(kafkaOutput, u.Host, topic(u))
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	prefix, sink := output(parse(os.Args[2]))
	b := service.NewStreamBuilder()
	must(b.SetYAML(fmt.Sprintf(stream, input(parse(os.Args[1])), prefix, sink)))
	s, err := b.Build()
	must(err)
	if err := s.Run(ctx); ctx.Err() == nil {
		must(err)
	}
}
