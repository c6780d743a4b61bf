/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/errors.h"

#include <stdio.h>
#include <string.h>

#include <cloudevents/slice.h>

bool ce_kafka_is_down(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
        return true;
    default:
        return false;
    }
}

bool ce_kafka_is_refusal(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
        return true;
    default:
        return false;
    }
}

/* What librdkafka since 2.5 makes of a refusal of another record in the batch
 * (RD_KAFKA_RESP_ERR__INVALID_DIFFERENT_RECORD); older headers lack its name.
 */
enum { OF_ANOTHER_RECORD = -138 };

bool ce_kafka_is_of_batch(rd_kafka_resp_err_t code)
{
    if ((int)code == OF_ANOTHER_RECORD)
        return true;
    /* librdkafka's own word is for one record. */
    return ce_kafka_is_refusal(code) && code > 0;
}

bool ce_kafka_is_of_topic(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
           code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

bool ce_kafka_is_of_clock(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP;
}

bool ce_kafka_is_forbidden(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
           code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
           code == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
}

/* --- reasons --- */

typedef enum condition {
    ALWAYS,
    WITH_TLS,
    IN_CLUSTER,  /* an address that the cluster has named, not the user */
    OLD_LIBRARY, /* before 2.6.1 */
    IN_SILENCE,  /* librdkafka says nothing of it */
} condition;

typedef struct cause {
    rd_kafka_resp_err_t code; /* 0: any */
    const char *part;         /* of librdkafka's text */
    condition when;
    const char *text;   /* what it means; NULL: as librdkafka says */
    const char *tail;   /* after what in its text the rest is quoted, or NULL */
    const char *remedy; /* NULL: none */
} cause;

/* The first one that fits counts: those with a condition stand before those
 * without. Where librdkafka has a text, a code alone adds only its remedy. */
static const cause causes[] = {
    /* TLS */
    { 0, "while requesting ApiVersion", WITH_TLS, "the peer hung up", NULL,
      "it may want a certificate: cert=, key_file=" },
    { 0, "while requesting ApiVersion", ALWAYS, "the peer hung up", NULL,
      "it may want TLS: kafkas://, ca=" },
    { 0, "Invalid response size", ALWAYS, "the peer does not speak Kafka", NULL,
      "see the port, or try TLS: kafkas://, ca=" },
    { 0, "certificate verify failed", ALWAYS, "TLS: certificate verify failed",
      NULL,
      "ca= names the authority, and the URI the host of the certificate" },
    { 0, "alert", WITH_TLS, "TLS: refused",
      "routines::", "see cert= and key_file=" },
    { 0, "authentication might be required", WITH_TLS,
      "TLS: the broker wants a certificate", NULL, "see cert= and key_file=" },
    { 0, "unexpected eof", WITH_TLS, "TLS: no handshake",
      "routines::", "no TLS at this port? Without it the URI is kafka://" },
    { 0, "handshake failed", WITH_TLS, "TLS: no handshake",
      "routines::", "no TLS at this port? Without it the URI is kafka://" },
    { 0, "no such file", ALWAYS, "TLS: no such file", NULL,
      "see ca=, cert= and key_file=" },
    { 0, "key values mismatch", ALWAYS, "TLS: key values mismatch", NULL,
      "key_file= is not the key of cert=" },
    { 0, "ssl.ca.location failed", ALWAYS, "TLS: no certificates",
      "routines::", "ca= is a PEM file" },
    { 0, "ssl.certificate.location failed", ALWAYS, "TLS: no certificate",
      "routines::", "cert= is a PEM file" },
    { 0, "ssl.key.location failed", ALWAYS, "TLS: no key",
      "routines::", "key_file= is a PEM file without a password" },
    /* Login */
    { 0, "might require SASL", ALWAYS, "the broker hung up without a login",
      NULL, "see user=, password_file= and sasl=" },
    { 0, "current SASL state", ALWAYS, "the broker takes no login at this port",
      NULL, "leave out user=, or try another port" },
    { 0, "Unsupported SASL mechanism", ALWAYS,
      "the broker has other mechanisms of login", "supported mechanisms",
      "see sasl=" },
    /* Brokers of the 4.x line check what these get wrong. */
    { 0, "SASL mechanism SCRAM", OLD_LIBRARY, "login by SCRAM failed", NULL,
      "librdkafka before 2.6.1 cannot do it with Kafka 4; "
      "else see user= and password_file=" },
    { 0, "OAUTHBEARER", ALWAYS, NULL, NULL,
      "see the options rdkafka.sasl.oauthbearer" },
    { 0, "invalid_token", ALWAYS, NULL, NULL,
      "see the options rdkafka.sasl.oauthbearer" },
    { RD_KAFKA_RESP_ERR__AUTHENTICATION, "SASL authentication error", ALWAYS,
      "login failed", "authentication error",
      "see user=, password_file= and sasl=" },
    /* Connection */
    { 0, "Temporary failure in name resolution", ALWAYS,
      "unknown host, as no name server answers", NULL, NULL },
    { 0, "Failed to resolve", IN_CLUSTER, "unknown host", NULL,
      "the brokers' advertised.listeners name it" },
    { 0, "Failed to resolve", ALWAYS, "unknown host", NULL,
      "is its name right?" },
    { 0, "Connection refused", IN_CLUSTER, "connection refused", NULL,
      "the broker is down, or its advertised.listeners are wrong" },
    { 0, "Connection refused", ALWAYS, "connection refused", NULL,
      "nobody listens at this host and port" },
    { 0, "setup timed out", ALWAYS, "no answer in time", NULL,
      "see host, port and firewalls" },
    /* What needs no text */
    { RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, NULL, ALWAYS, "no topic has this name",
      NULL, "a name has up to 249 letters, digits, '.', '_' and '-'" },
    { RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, NULL, ALWAYS, "unknown topic",
      NULL, "create it: the broker does not do so by itself" },
    { RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, NULL, ALWAYS, "unknown topic", NULL,
      "create it: the broker does not do so by itself" },
    { RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, NULL, ALWAYS,
      "the topic has no such partition", NULL, NULL },
    { RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, NULL, ALWAYS,
      "not authorized", NULL, "give the login READ or WRITE on this topic" },
    { RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, NULL, ALWAYS,
      "not authorized", NULL, "give the login READ on this group" },
    { RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, NULL, ALWAYS,
      "not authorized", NULL,
      "give the login IDEMPOTENT_WRITE, or set "
      "rdkafka.enable.idempotence=false" },
    { RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, NULL, ALWAYS,
      "other members of the group assign partitions otherwise", NULL,
      "rdkafka.partition.assignment.strategy must be the same" },
    { RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, NULL, ALWAYS,
      "this machine's clock is too far from the broker's", NULL,
      "set the clocks, or see message.timestamp.after.max.ms of the topic" },
    { RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, NULL, ALWAYS, "no confirmation in time",
      NULL, "see timeout=" },
    { RD_KAFKA_RESP_ERR__PURGE_QUEUE, NULL, ALWAYS,
      "given up before it was sent", NULL, NULL },
    { RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, NULL, ALWAYS,
      "given up before it was confirmed", NULL, NULL },
    { RD_KAFKA_RESP_ERR__TRANSPORT, NULL, IN_SILENCE, "no broker answers", NULL,
      "see host and port" },
    { RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, NULL, IN_SILENCE,
      "no broker answers", NULL, "see host and port" },
    { RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, IN_SILENCE,
      "no broker answers in time", NULL, "see host, port and firewalls" },
};

/* What librdkafka says of a connection begins with PROTOCOL://HOST:PORT/NODE,
 * and ends with times and counts. */
typedef struct report {
    bool has_tls, in_cluster;
    int address_len, len;
    const char *address, *text;
} report;

static bool skip(const char **text, const char *prefix)
{
    size_t len = strlen(prefix);

    if (strncmp(*text, prefix, len) != 0)
        return false;
    *text += len;
    return true;
}

static void read_address(report *r)
{
    const char *end = strstr(r->text, ": ");
    const char *protocol = strstr(r->text, "://");
    const char *at = r->text, *slash;

    if (!end)
        return;
    if (protocol && protocol < end)
        at = protocol + 3;
    /* An address has a port, and no spaces. */
    if (strcspn(at, " ") < (size_t)(end - at) ||
        strcspn(at, ":") == (size_t)(end - at))
        return;
    slash = memchr(at, '/', (size_t)(end - at));
    r->in_cluster = r->in_cluster || !slash || slash[1] != 'b';
    r->address = at;
    r->address_len = (int)((slash ? slash : end) - at);
    r->text = end + 2;
}

static report read_report(const char *text)
{
    report r = { .text = text, .address = "" };
    const char *end;

    r.in_cluster = skip(&r.text, "GroupCoordinator: ");
    r.has_tls =
        !strncmp(r.text, "ssl://", 6) || !strncmp(r.text, "sasl_ssl:", 9);
    read_address(&r);
    end = strstr(r.text, " (after ");
    r.len = end ? (int)(end - r.text) : (int)strlen(r.text);
    return r;
}

static bool holds(condition when, const report *r)
{
    switch (when) {
    case WITH_TLS:
        return r->has_tls;
    case IN_CLUSTER:
        return r->in_cluster;
    case OLD_LIBRARY:
        return rd_kafka_version() < 0x020601ff;
    case IN_SILENCE:
        return r->len == 0;
    default:
        return true;
    }
}

static const cause *find_cause(rd_kafka_resp_err_t code, const report *r)
{
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) {
        const cause *c = &causes[i];

        if (c->code && c->code != code)
            continue;
        if (c->part && !strstr(r->text, c->part))
            continue;
        if (holds(c->when, r))
            return c;
    }
    return NULL;
}

/* What R says behind the last TAIL. */
static ce_slice tail_of(const report *r, const char *tail)
{
    ce_slice found = { "", 0 };

    for (const char *at = tail ? strstr(r->text, tail) : NULL; at;
         at = strstr(at, tail)) {
        at += strlen(tail);
        at += strspn(at, ": ");
        found.ptr = at;
        found.len = at < r->text + r->len ? (size_t)(r->text + r->len - at) : 0;
    }
    return found;
}

static void say(char *out, const report *r, const cause *c)
{
    bool quotes = !c->text || (!c->part && r->len);
    ce_slice tail = tail_of(r, c->tail);
    int n = snprintf(out, CE_KAFKA_REASON_SIZE, "%.*s%s%.*s%s%.*s",
                     r->address_len, r->address, r->address_len ? ": " : "",
                     quotes ? r->len : (int)strlen(c->text),
                     quotes ? r->text : c->text, tail.len ? ": " : "",
                     CE_ARG(tail));

    if (c->remedy && n < CE_KAFKA_REASON_SIZE)
        snprintf(out + n, (size_t)(CE_KAFKA_REASON_SIZE - n), "; %s",
                 c->remedy);
}

bool ce_kafka_explain(char *out, rd_kafka_resp_err_t code, const char *text)
{
    static const cause unknown = { .text = NULL };
    report r = read_report(text ? text : "");
    const cause *c = find_cause(code, &r);

    if (!c && !text)
        r = read_report(rd_kafka_err2str(code));
    say(out, &r, c ? c : &unknown);
    return c != NULL;
}

void ce_kafka_note_cause(char *why, rd_kafka_resp_err_t code, const char *text)
{
    char reason[CE_KAFKA_REASON_SIZE];

    /* It comes after what says why. */
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        return;
    if (ce_kafka_explain(reason, code, text) || !why[0])
        memcpy(why, reason, sizeof reason);
}
