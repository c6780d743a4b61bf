// SPDX-License-Identifier: Apache-2.0

// A relay made of the CloudEvents SDK for Go and nothing else. Messages pass at
// the binding level, which is the cheapest way that the SDK offers.
//
//	relay SOURCE SINK    of http://, kafka:// and mqtt:// URIs
//
// Up to 64 events are on their way. From Kafka that loses what a crash meets,
// since each acknowledgement covers all before it; one would be safe and slow.
package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/IBM/sarama"
	"github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	"github.com/cloudevents/sdk-go/protocol/mqtt_paho/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cecontext "github.com/cloudevents/sdk-go/v2/context"
	"github.com/cloudevents/sdk-go/v2/protocol"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/eclipse/paho.golang/paho"
)

const inFlight = 64

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func name(u *url.URL) string {
	return strings.TrimPrefix(u.Path, "/")
}

func kafkaConfig() *sarama.Config {
	c := sarama.NewConfig()
	c.Version = sarama.V2_1_0_0
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	return c
}

// mqttClient of a session that is kept while it is away.
func mqttClient(ctx context.Context, u *url.URL, o mqtt_paho.Option) *mqtt_paho.Protocol {
	conn, err := net.Dial("tcp", u.Host)
	must(err)
	id := u.Query().Get("client_id")
	expiry, most := uint32(3600), uint16(1000)
	config := &paho.ClientConfig{ClientID: id, Conn: conn, OnClientError: must}
	connect := &paho.Connect{ClientID: id, KeepAlive: 30, Properties: &paho.ConnectProperties{
		SessionExpiryInterval: &expiry, ReceiveMaximum: &most}}
	p, err := mqtt_paho.New(ctx, config, mqtt_paho.WithConnect(connect), o)
	must(err)
	return p
}

func httpSender(u *url.URL) protocol.Sender {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxIdleConns = 2*inFlight, 0
	p, err := cehttp.New(cehttp.WithTarget(u.String()), cehttp.WithRoundTripper(t))
	must(err)
	return p
}

func openSink(ctx context.Context, u *url.URL) protocol.Sender {
	switch u.Scheme {
	case "kafka":
		s, err := kafka_sarama.NewSender([]string{u.Host}, kafkaConfig(), name(u))
		must(err)
		return s
	case "mqtt":
		return mqttClient(ctx, u, mqtt_paho.WithPublish(&paho.Publish{Topic: name(u), QoS: 1}))
	default:
		return httpSender(u)
	}
}

func accept(w http.ResponseWriter, r *http.Request, to protocol.Sender) {
	m := cehttp.NewMessageFromHttpRequest(r)
	if m.ReadEncoding() == binding.EncodingUnknown {
		w.WriteHeader(http.StatusBadRequest)
	} else if protocol.IsACK(to.Send(r.Context(), m)) {
		w.WriteHeader(http.StatusAccepted)
	} else {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func serve(ctx context.Context, u *url.URL, to protocol.Sender) {
	l, err := net.Listen("tcp", u.Host)
	must(err)
	go func() { <-ctx.Done(); l.Close() }()
	_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accept(w, r, to)
	}))
}

// keep leaves Finish to the relay: the HTTP sender finishes with success
// whatever the sink has answered.
type keep struct {
	binding.Message
	binding.MessageMetadataReader
}

func (keep) Finish(error) error { return nil }

func pass(ctx context.Context, m binding.Message, to protocol.Sender) {
	bare := binding.UnwrapMessage(m)
	if bare.ReadEncoding() == binding.EncodingUnknown {
		_ = m.Finish(nil)
		return
	}
	err := to.Send(ctx, keep{bare, bare.(binding.MessageMetadataReader)})
	if !protocol.IsACK(err) {
		log.Print("send: ", err)
	}
	_ = m.Finish(err)
}

func forward(ctx context.Context, from protocol.Receiver, to protocol.Sender) {
	patient := cecontext.WithRetriesConstantBackoff(ctx, 200*time.Millisecond, 1<<30)
	for {
		m, err := from.Receive(ctx)
		if err != nil {
			return
		}
		pass(patient, m, to)
	}
}

type inbound interface {
	protocol.Receiver
	protocol.Opener
}

func openSource(ctx context.Context, u *url.URL) inbound {
	if u.Scheme == "mqtt" {
		topic := paho.SubscribeOptions{Topic: name(u), QoS: 1}
		return mqttClient(ctx, u, mqtt_paho.WithSubscribe(&paho.Subscribe{
			Subscriptions: []paho.SubscribeOptions{topic}}))
	}
	c, err := kafka_sarama.NewConsumer([]string{u.Host}, kafkaConfig(), u.Query().Get("group"), name(u))
	must(err)
	return c
}

func relay(ctx context.Context, from inbound, to protocol.Sender) {
	for i := 0; i < inFlight; i++ {
		go forward(ctx, from, to)
	}
	must(from.OpenInbound(ctx))
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if len(os.Args) != 3 {
		log.Fatal("usage: relay SOURCE SINK")
	}
	from, err := url.Parse(os.Args[1])
	must(err)
	u, err := url.Parse(os.Args[2])
	must(err)
	to := openSink(ctx, u)
	if from.Scheme == "http" {
		serve(ctx, from, to)
		return
	}
	relay(ctx, openSource(ctx, from), to)
}
