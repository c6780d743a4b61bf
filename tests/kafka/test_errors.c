/* SPDX-License-Identifier: Apache-2.0 */
/* What is said when something does not work helps to make it work. */
#include "bindings/kafka/errors.h"
#include "tests/support/ce_test.h"

/* librdkafka's words, of 2.0 and of 2.8. */
static const struct {
    rd_kafka_resp_err_t code;
    const char *text, *said;
} rows[] = {
    { RD_KAFKA_RESP_ERR__TRANSPORT,
      "h:9093/bootstrap: Disconnected while requesting ApiVersion: might "
      "be caused by incorrect security.protocol configuration (connecting "
      "to a SSL listener?) or broker version is < 0.10 (see "
      "api.version.request) (after 1ms in state APIVERSION_QUERY)",
      "h:9093: the peer hung up; it may want TLS: kafkas://, ca=" },
    { RD_KAFKA_RESP_ERR__TRANSPORT,
      "ssl://h:9093/bootstrap: Disconnected while requesting ApiVersion: "
      "might be caused by incorrect security.protocol configuration",
      "h:9093: the peer hung up; it may want a certificate: cert=, "
      "key_file=" },
    { RD_KAFKA_RESP_ERR__TRANSPORT,
      "h:80/bootstrap: Receive failed: Invalid response size 1213486160 "
      "(0..100000000): increase receive.message.max.bytes",
      "h:80: the peer does not speak Kafka; see the port, or try TLS: "
      "kafkas://, ca=" },
    { RD_KAFKA_RESP_ERR__SSL,
      "ssl://h:9092/bootstrap: SSL handshake failed: error:0A000126:SSL "
      "routines::unexpected eof while reading (after 2ms in state "
      "SSL_HANDSHAKE, 1 identical error(s) suppressed)",
      "h:9092: TLS: no handshake: unexpected eof while reading; no TLS at "
      "this port? Without it the URI is kafka://" },
    { RD_KAFKA_RESP_ERR__SSL,
      "ssl://h:9092/bootstrap: SSL handshake failed: Disconnected: "
      "connecting to a PLAINTEXT broker listener? (after 2ms in state "
      "SSL_HANDSHAKE)",
      "h:9092: TLS: no handshake; no TLS at this port? Without it the URI "
      "is kafka://" },
    { RD_KAFKA_RESP_ERR__SSL,
      "sasl_ssl://h:9093/1: SSL handshake failed: error:0A000086:SSL "
      "routines::certificate verify failed: broker certificate could not "
      "be verified, verify that ssl.ca.location is correctly configured "
      "or root CA certificates are installed (install ca-certificates "
      "package) (after 10ms in state SSL_HANDSHAKE)",
      "h:9093: TLS: certificate verify failed; ca= names the authority, "
      "and the URI the host of the certificate" },
    { RD_KAFKA_RESP_ERR__SSL,
      "ssl://h:9093/bootstrap: SSL handshake failed: error:0A00045C:SSL "
      "routines::tlsv13 alert certificate required (after 3ms in state "
      "SSL_HANDSHAKE)",
      "h:9093: TLS: refused: tlsv13 alert certificate required; see cert= "
      "and key_file=" },
    { RD_KAFKA_RESP_ERR__TRANSPORT,
      "h:9094/bootstrap: Disconnected: verify that security.protocol is "
      "correctly configured, broker might require SASL authentication "
      "(after 0ms in state UP)",
      "h:9094: the broker hung up without a login; see user=, "
      "password_file= and sasl=" },
    { RD_KAFKA_RESP_ERR__AUTHENTICATION,
      "sasl_plaintext://h:9092/bootstrap: SASL PLAIN mechanism handshake "
      "failed: Broker: Request not valid in current SASL state: broker's "
      "supported mechanisms:  (after 0ms in state AUTH_HANDSHAKE)",
      "h:9092: the broker takes no login at this port; leave out user=, or "
      "try another port" },
    { RD_KAFKA_RESP_ERR__AUTHENTICATION,
      "sasl_plaintext://h:9094/bootstrap: SASL authentication error: "
      "Authentication failed: Invalid username or password (after 301ms "
      "in state AUTH_REQ)",
      "h:9094: login failed: Authentication failed: Invalid username or "
      "password; see user=, password_file= and sasl=" },
    { RD_KAFKA_RESP_ERR__AUTHENTICATION,
      "sasl_plaintext://h:9094/bootstrap: SASL OAUTHBEARER mechanism "
      "handshake failed: Broker: Unsupported SASL mechanism: broker's "
      "supported mechanisms: PLAIN,SCRAM-SHA-256 (after 300ms in state "
      "AUTH_HANDSHAKE)",
      "h:9094: the broker has other mechanisms of login: "
      "PLAIN,SCRAM-SHA-256; see sasl=" },
    { RD_KAFKA_RESP_ERR__AUTHENTICATION,
      "Failed to acquire SASL OAUTHBEARER token: no server",
      "Failed to acquire SASL OAUTHBEARER token: no server; see the "
      "options rdkafka.sasl.oauthbearer" },
    { RD_KAFKA_RESP_ERR__RESOLVE,
      "h:9092/bootstrap: Failed to resolve 'h:9092': Name or service not "
      "known (after 1ms in state CONNECT)",
      "h:9092: unknown host; is its name right?" },
    { RD_KAFKA_RESP_ERR__RESOLVE,
      "kafka-1:9092/1: Failed to resolve 'kafka-1:9092': Name or service "
      "not known (after 1ms in state CONNECT)",
      "kafka-1:9092: unknown host; the brokers' advertised.listeners name "
      "it" },
    { RD_KAFKA_RESP_ERR__TRANSPORT,
      "[::1]:9092/bootstrap: Connect to ipv6#[::1]:9092 failed: "
      "Connection refused (after 0ms in state CONNECT)",
      "[::1]:9092: connection refused; nobody listens at this host and "
      "port" },
    { RD_KAFKA_RESP_ERR__TRANSPORT,
      "GroupCoordinator: h:9092: Connect to ipv4#10.0.0.1:9092 failed: "
      "Connection refused (after 0ms in state CONNECT)",
      "h:9092: connection refused; the broker is down, or its "
      "advertised.listeners are wrong" },
    { RD_KAFKA_RESP_ERR__TRANSPORT,
      "h:9092/bootstrap: Connection setup timed out in state CONNECT "
      "(after 30000ms in state CONNECT)",
      "h:9092: no answer in time; see host, port and firewalls" },
    { RD_KAFKA_RESP_ERR_NO_ERROR,
      "ssl.ca.location failed: error:05800088:x509 certificate "
      "routines::no certificate or crl found",
      "TLS: no certificates: no certificate or crl found; ca= is a PEM "
      "file" },
    { RD_KAFKA_RESP_ERR_NO_ERROR,
      "ssl.key.location failed: error:05800074:x509 certificate "
      "routines::key values mismatch",
      "TLS: key values mismatch; key_file= is not the key of cert=" },
    { RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
      "Subscribed topic not available: t: Broker: Unknown topic or "
      "partition",
      "Subscribed topic not available: t: Broker: Unknown topic or "
      "partition; create it: the broker does not do so by itself" },
    { RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, NULL,
      "unknown topic; create it: the broker does not do so by itself" },
    { RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL,
      "JoinGroup failed: Broker: Inconsistent group protocol",
      "JoinGroup failed: Broker: Inconsistent group protocol; "
      "rdkafka.partition.assignment.strategy must be the same" },
    { RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, NULL,
      "this machine's clock is too far from the broker's; set the clocks, or "
      "see message.timestamp.after.max.ms of the topic" },
    { RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, NULL,
      "not authorized; give the login READ or WRITE on this topic" },
    { RD_KAFKA_RESP_ERR__TRANSPORT, NULL,
      "no broker answers; see host and port" },
    { RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, NULL,
      "Broker: Throttling quota has been exceeded" },
    { RD_KAFKA_RESP_ERR__TRANSPORT, "words: of its own", "words: of its own" },
};

static void each_cause_has_a_text_and_a_remedy(void)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        char said[CE_KAFKA_REASON_SIZE];

        ce_kafka_explain(said, rows[i].code, rows[i].text);
        EXPECT_TEXT_ROW(rows[i].said, ce_slice_of(said), rows[i].said);
    }
}

static void a_failure_of_scram_may_be_the_library_s(void)
{
    char said[CE_KAFKA_REASON_SIZE];
    bool is_old = rd_kafka_version() < 0x020601ff;

    ce_kafka_explain(said, RD_KAFKA_RESP_ERR__AUTHENTICATION,
                     "sasl_plaintext://h:1/1: SASL authentication error: "
                     "Authentication failed during authentication due to "
                     "invalid credentials with SASL mechanism SCRAM-SHA-256");
    EXPECT_CONTAINS(said, is_old ? "SCRAM failed; librdkafka before 2.6.1"
                                 : "invalid credentials");
    EXPECT_CONTAINS(said, "user=");
}

static void a_known_cause_is_not_followed_by_an_unknown_one(void)
{
    char why[CE_KAFKA_REASON_SIZE] = "";

    ce_kafka_note_cause(why, RD_KAFKA_RESP_ERR__FAIL, "something else");
    EXPECT_CONTAINS(why, "something else");
    ce_kafka_note_cause(why, RD_KAFKA_RESP_ERR__RESOLVE,
                        "h:1/bootstrap: Failed to resolve 'h:1'");
    EXPECT_CONTAINS(why, "unknown host");
    ce_kafka_note_cause(why, RD_KAFKA_RESP_ERR__FAIL, "something else");
    ce_kafka_note_cause(why, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
                        "1/1 brokers are down");
    EXPECT_CONTAINS(why, "unknown host");
}

/* The time of a record is this machine's: the event is not to blame. */
static void a_clock_that_is_wrong_refuses_no_event(void)
{
    EXPECT(!ce_kafka_is_refusal(RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP));
    EXPECT(!ce_kafka_is_of_batch(RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP));
    EXPECT(ce_kafka_is_of_clock(RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP));
}

TESTS("kafka/errors", TEST(each_cause_has_a_text_and_a_remedy),
      TEST(a_failure_of_scram_may_be_the_library_s),
      TEST(a_known_cause_is_not_followed_by_an_unknown_one),
      TEST(a_clock_that_is_wrong_refuses_no_event))
