// SPDX-License-Identifier: Apache-2.0
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.message.Encoding;
import io.cloudevents.core.provider.EventFormatProvider;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.http.impl.HttpMessageWriter;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.CloudEventDeserializer;
import io.cloudevents.kafka.CloudEventSerializer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Sends and receives events with the CloudEvents SDK for Java.
 *
 * <pre>
 * Partner send URI=MODE...   the events on stdin, as a JSON list; prints what became of each
 * Partner receive URI...     prints "ready", then each event, until stdin ends
 * </pre>
 *
 * MODE is binary, structured or protobuf; README.md describes the lines.
 */
public final class Partner {
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> FORMATS =
        Map.of("structured", JsonFormat.CONTENT_TYPE, "protobuf", "application/cloudevents+protobuf");

    interface Sender extends AutoCloseable {
        void send(CloudEvent event) throws Exception;

        @Override
        default void close() {
        }
    }

    private static synchronized void print(ObjectNode line) {
        try {
            System.out.println(JSON.writeValueAsString(line));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
        System.out.flush();
    }

    private static CloudEvent eventOf(JsonNode sample) throws IOException {
        CloudEventBuilder b = CloudEventBuilder.v1();
        JsonNode attributes = sample.get("attributes");

        for (var i = attributes.fields(); i.hasNext();) {
            var entry = i.next();
            JsonNode value = entry.getValue();
            String text = value.asText();

            switch (entry.getKey()) {
            case "specversion" -> {
            }
            case "id" -> b = b.withId(text);
            case "type" -> b = b.withType(text);
            case "source" -> b = b.withSource(URI.create(text));
            case "subject" -> b = b.withSubject(text);
            case "dataschema" -> b = b.withDataSchema(URI.create(text));
            case "datacontenttype" -> b = b.withDataContentType(text);
            case "time" -> b = b.withTime(OffsetDateTime.parse(text));
            default -> b = extension(b, entry.getKey(), value);
            }
        }
        if (!sample.get("data").isNull())
            b = b.withData(sample.get("data").binaryValue());
        return b.build();
    }

    private static CloudEventBuilder extension(CloudEventBuilder b, String name, JsonNode value) {
        if (value.isBoolean())
            return b.withExtension(name, value.booleanValue());
        if (value.isInt())
            return b.withExtension(name, value.intValue());
        return b.withExtension(name, value.asText());
    }

    private static void show(String from, CloudEvent e) {
        ObjectNode line = JSON.createObjectNode().put("from", from);
        ObjectNode attributes = line.putObject("attributes");

        for (String name : e.getAttributeNames())
            if (e.getAttribute(name) != null)
                attributes.put(name, e.getAttribute(name).toString());
        for (String name : e.getExtensionNames())
            attributes.put(name, e.getExtension(name).toString());
        line.putNull("data");
        if (e.getData() != null)
            line.put("data", e.getData().toBytes());
        print(line);
    }

    private interface Read {
        CloudEvent event() throws Exception;
    }

    private static void guarded(String from, Read read) {
        try {
            show(from, read.event());
        } catch (Exception e) {
            print(JSON.createObjectNode().put("from", from).put("error", e.toString()));
        }
    }

    // --- HTTP ---

    private static void post(URI uri, String mode, CloudEvent event) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        HttpMessageWriter writer = HttpMessageFactory.createWriter(request::header,
            body -> request.POST(body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body)));

        if (mode.equals("binary"))
            writer.writeBinary(event);
        else
            writer.writeStructured(event, FORMATS.get(mode));
        int status = HTTP.send(request.build(), BodyHandlers.discarding()).statusCode();
        if (status / 100 != 2)
            throw new IOException("status " + status);
    }

    private static void receiveHttp(URI uri) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(uri.getHost(), uri.getPort()), 0);

        server.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();

            guarded(uri.toString(),
                () -> HttpMessageFactory.createReaderFromMultimap(exchange.getRequestHeaders(), body).toEvent());
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
    }

    // --- Kafka ---

    private static Sender kafkaSender(URI uri, String mode) {
        Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", uri.getAuthority()));
        CloudEventSerializer serializer = new CloudEventSerializer();

        config.put(CloudEventSerializer.ENCODING_CONFIG, mode.equals("binary") ? Encoding.BINARY : Encoding.STRUCTURED);
        if (!mode.equals("binary"))
            config.put(CloudEventSerializer.EVENT_FORMAT_CONFIG, FORMATS.get(mode));
        serializer.configure(config, false);
        var producer = new KafkaProducer<>(Map.of("bootstrap.servers", uri.getAuthority()), new StringSerializer(), serializer);
        return new Sender() {
            @Override
            public void send(CloudEvent event) throws Exception {
                producer.send(new ProducerRecord<>(uri.getPath().substring(1), event)).get();
            }

            @Override
            public void close() {
                producer.close();
            }
        };
    }

    private static void receiveKafka(URI uri) {
        String topic = uri.getPath().substring(1);
        Map<String, Object> config = Map.of("bootstrap.servers", uri.getAuthority(), "group.id", topic,
            "auto.offset.reset", "earliest");
        var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());

        consumer.subscribe(List.of(topic));
        Thread thread = new Thread(() -> {
            var deserializer = new CloudEventDeserializer();

            while (true)
                for (ConsumerRecord<byte[], byte[]> r : consumer.poll(Duration.ofMillis(200))) {
                    Headers headers = r.headers();

                    guarded(uri.toString(), () -> deserializer.deserialize(topic, headers, r.value()));
                }
        });
        thread.setDaemon(true);
        thread.start();
    }

    // --- commands ---

    private static Sender sender(URI uri, String mode) {
        return uri.getScheme().equals("http") ? event -> post(uri, mode, event) : kafkaSender(uri, mode);
    }

    private static void send(String job, JsonNode samples) {
        int at = job.lastIndexOf('=');
        URI uri = URI.create(job.substring(0, at));

        try (Sender sender = sender(uri, job.substring(at + 1))) {
            for (JsonNode sample : samples) {
                ObjectNode line = JSON.createObjectNode().put("to", uri.toString());

                line.put("id", sample.get("attributes").get("id").asText()).putNull("error");
                try {
                    sender.send(eventOf(sample));
                } catch (Exception e) {
                    line.put("error", e.toString());
                }
                print(line);
            }
        }
    }

    public static void main(String[] args) throws IOException {
        EventFormatProvider.getInstance().resolveFormat(JsonFormat.CONTENT_TYPE);
        if (args[0].equals("send")) {
            JsonNode samples = JSON.readTree(System.in);

            for (int i = 1; i < args.length; i++)
                send(args[i], samples);
            return;
        }
        for (int i = 1; i < args.length; i++) {
            URI uri = URI.create(args[i]);

            if (uri.getScheme().equals("http"))
                receiveHttp(uri);
            else
                receiveKafka(uri);
        }
        System.out.println("ready");
        while (System.in.read() >= 0)
            ;
        System.exit(0);
    }
}
