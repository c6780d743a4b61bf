// SPDX-License-Identifier: Apache-2.0

// Partner sends and receives events with the CloudEvents SDK for Go.
//
//	partner send URI=MODE...   the events on stdin, as a JSON list; prints what became of each
//	partner receive URI...     prints "ready", then each event, until stdin ends
//
// MODE is binary, structured, protobuf or batch; README.md describes the lines.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/IBM/sarama"
	protobuf "github.com/cloudevents/sdk-go/binding/format/protobuf/v2"
	"github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/cloudevents/sdk-go/v2/protocol"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/cloudevents/sdk-go/v2/types"
)

// sample is one line of the protocol with the driver.
type sample struct {
	From       string         `json:"from,omitempty"`
	Attributes map[string]any `json:"attributes"`
	Data       *[]byte        `json:"data"`
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

var printing sync.Mutex

func printLine(value any) {
	printing.Lock()
	defer printing.Unlock()
	fmt.Println(string(must(json.Marshal(value))))
}

func (s sample) event() (cloudevents.Event, error) {
	e := cloudevents.NewEvent()
	for name, value := range s.Attributes {
		if number, ok := value.(float64); ok {
			value = int32(number)
		}
		text, _ := value.(string)
		switch name {
		case "specversion", "datacontenttype":
		case "id":
			e.SetID(text)
		case "type":
			e.SetType(text)
		case "source":
			e.SetSource(text)
		case "subject":
			e.SetSubject(text)
		case "dataschema":
			e.SetDataSchema(text)
		case "time":
			t, err := types.ParseTime(text)
			if err != nil {
				return e, err
			}
			e.SetTime(t)
		default:
			e.SetExtension(name, value)
		}
	}
	kind, _ := s.Attributes["datacontenttype"].(string)
	if kind != "" {
		e.SetDataContentType(kind)
	}
	if s.Data == nil {
		return e, e.Validate()
	}
	if kind == "" {
		e.DataEncoded = *s.Data
		return e, e.Validate()
	}
	if err := e.SetData(kind, *s.Data); err != nil {
		return e, err
	}
	return e, e.Validate()
}

func text(value any) string {
	s, err := types.Format(value)
	if err != nil {
		return err.Error()
	}
	return s
}

func describe(from string, e cloudevents.Event) sample {
	s := sample{From: from, Attributes: map[string]any{
		"specversion": e.SpecVersion(), "id": e.ID(), "type": e.Type(), "source": e.Source()}}
	for name, value := range map[string]string{"subject": e.Subject(),
		"datacontenttype": e.DataContentType(), "dataschema": e.DataSchema()} {
		if value != "" {
			s.Attributes[name] = value
		}
	}
	if !e.Time().IsZero() {
		s.Attributes["time"] = types.FormatTime(e.Time())
	}
	for name, value := range e.Extensions() {
		s.Attributes[name] = text(value)
	}
	if data := e.Data(); data != nil {
		s.Data = &data
	}
	return s
}

func kafkaConfig() *sarama.Config {
	c := sarama.NewConfig()
	c.Version = sarama.V2_1_0_0
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	return c
}

func kafkaPlace(uri string) ([]string, string) {
	u := must(url.Parse(uri))
	return []string{u.Host}, strings.TrimPrefix(u.Path, "/")
}

func sender(uri string) any {
	if strings.HasPrefix(uri, "http:") {
		return must(cehttp.New(cehttp.WithTarget(uri)))
	}
	brokers, topic := kafkaPlace(uri)
	return must(kafka_sarama.NewSender(brokers, kafkaConfig(), topic))
}

func sendBatch(uri string, events []cloudevents.Event) error {
	request, err := cehttp.NewHTTPRequestFromEvents(context.Background(), uri, events)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s", response.Status)
	}
	return nil
}

func report(to, id string, err error) {
	line := map[string]any{"to": to, "id": id, "error": nil}
	if err != nil && !protocol.IsACK(err) {
		line["error"] = err.Error()
	}
	printLine(line)
}

func send(uri, mode string, samples []sample) {
	var valid []cloudevents.Event
	for _, s := range samples {
		e, err := s.event()
		if err != nil {
			report(uri, fmt.Sprint(s.Attributes["id"]), err)
		} else {
			valid = append(valid, e)
		}
	}
	if mode == "batch" {
		err := sendBatch(uri, valid)
		for _, e := range valid {
			report(uri, e.ID(), err)
		}
		return
	}
	client := must(cloudevents.NewClient(sender(uri)))
	ctx := context.Background()
	switch mode {
	case "binary":
		ctx = cloudevents.WithEncodingBinary(ctx)
	case "protobuf":
		ctx = binding.UseFormatForEvent(ctx, protobuf.Protobuf)
		fallthrough
	default:
		ctx = cloudevents.WithEncodingStructured(ctx)
	}
	for _, e := range valid {
		report(uri, e.ID(), client.Send(ctx, e))
	}
}

func receiver(uri string) any {
	if strings.HasPrefix(uri, "http:") {
		u := must(url.Parse(uri))
		return must(cehttp.New(cehttp.WithListener(must(net.Listen("tcp", u.Host))), cehttp.WithPath(u.Path)))
	}
	brokers, topic := kafkaPlace(uri)
	return must(kafka_sarama.NewConsumer(brokers, kafkaConfig(), topic, topic))
}

func receive(uris []string) {
	for _, uri := range uris {
		client := must(cloudevents.NewClient(receiver(uri)))
		go func() {
			log.Fatal(client.StartReceiver(context.Background(), func(e cloudevents.Event) {
				printLine(describe(uri, e))
			}))
		}()
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func main() {
	sarama.Logger = log.New(io.Discard, "", 0)
	if os.Args[1] == "receive" {
		receive(os.Args[2:])
		return
	}
	var samples []sample
	if err := json.NewDecoder(os.Stdin).Decode(&samples); err != nil {
		log.Fatal(err)
	}
	for _, job := range os.Args[2:] {
		at := strings.LastIndex(job, "=")
		send(job[:at], job[at+1:], samples)
	}
}
