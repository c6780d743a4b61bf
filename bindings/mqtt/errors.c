/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/mqtt/errors.h"

#include <MQTTAsync.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

/* Return codes of CONNACK in version 3.1.1 (3.2.2.3 there), and the reason
 * codes of MQTT 5 (2.4) that a user can do something about. */
static const struct {
    int code;
    const char *text, *remedy;
} answers[] = {
    { 1, "refused: protocol version", "try another version=" },
    { 0x84, "refused: protocol version", "try another version=" },
    { 2, "refused: client id", "try another client_id=" },
    { 0x85, "refused: client id", "try another client_id=" },
    { 3, "refused: server unavailable", NULL },
    { 4, "refused: bad user name or password", "see user= and password_file=" },
    { 0x86, "refused: bad user name or password",
      "see user= and password_file=" },
    { 5, "refused: not authorized", "see user= and password_file=" },
    { 0x87, "refused: not authorized", "see user= and password_file=" },
    { 0x8A, "refused: banned", NULL },
    { 0x8E, "session taken over",
      "another client has the same client id: give each its own client_id=" },
    { 0x95, "packet too large", NULL },
};

/* What the TLS library says, in parts of its words. */
static const struct {
    const char *part, *remedy;
} tls_texts[] = {
    { "certificate verify failed",
      "ca= names the authority, and the URI the host of the certificate" },
    { "wrong version number", "no TLS there: try mqtt://, or another port" },
    { "alert", "see cert= and key_file=" },
    { "key values mismatch", "key_file= is not the key of cert=" },
    { "no start line", "ca=, cert= and key_file= are PEM files" },
    { "no such file", "see ca=, cert= and key_file=" },
    { "system lib", "see ca=, cert= and key_file=" },
};

/* What paho says when no answer of the broker's came. */
static const struct {
    const char *message;
    bool tls;
    const char *text, *remedy;
} failures[] = {
    { "TCP/TLS connect failure", false, "connection refused",
      "nobody listens at this host and port" },
    { "TCP/TLS connect failure", true,
      "connection refused, or no TLS at this port",
      "without TLS it is mqtt://" },
    { "TCP connect completion failure", false,
      "connected, but the peer hung up without an answer",
      "it may want TLS (mqtts://) or another version=" },
    { "TCP connect completion failure", true,
      "connected, but the peer hung up without an answer",
      "it may want a certificate (cert=) or another version=" },
    { "TCP connect timeout", false, "no answer in time", NULL },
    { "TCP connect timeout", true, "no answer in time", NULL },
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void say(char *out, size_t size, const char *text, int code,
                const char *remedy)
{
    snprintf(out, size, "%s (%d)%s%s", text, code, remedy ? "; " : "",
             remedy ? remedy : "");
}

static void say_code(char *out, size_t size, int code)
{
    const char *text = NULL;

    for (size_t i = 0; i < COUNT(answers); i++)
        if (answers[i].code == code) {
            say(out, size, answers[i].text, code, answers[i].remedy);
            return;
        }
    if (code >= 0x80)
        text = MQTTReasonCode_toString((enum MQTTReasonCodes)code);
    say(out, size, text ? text : "refused", code, NULL);
}

/* OpenSSL's lines are THREAD:error:CODE:library:function:REASON:file:line:. */
static const char *reason_of_tls(const char *line)
{
    const char *at = strstr(line, "error:");

    for (int i = 0; at && i < 4; i++) {
        at = strchr(at, ':');
        at = at ? at + 1 : NULL;
    }
    return at && *at ? at : line;
}

static void say_tls(char *out, size_t size, const char *line)
{
    const char *reason = reason_of_tls(line), *remedy = NULL;
    int len = (int)strcspn(reason, ":");

    for (size_t i = 0; i < COUNT(tls_texts) && !remedy; i++)
        if (strstr(reason, tls_texts[i].part))
            remedy = tls_texts[i].remedy;
    snprintf(out, size, "TLS: %.*s%s%s", len, reason, remedy ? "; " : "",
             remedy ? remedy : "");
}

void ce_mqtt_explain(char *out, size_t size, const ce_mqtt_failure *f)
{
    if (f->tls[0]) {
        say_tls(out, size, f->tls);
        return;
    }
    if (f->code > 0) {
        say_code(out, size, f->code);
        return;
    }
    for (size_t i = 0; f->message && i < COUNT(failures); i++)
        if (failures[i].tls == f->wants_tls &&
            !strcmp(failures[i].message, f->message)) {
            say(out, size, failures[i].text, f->code, failures[i].remedy);
            return;
        }
    /* Paho has no words for an address that cannot be reached. */
    say(out, size, f->message ? f->message : "cannot connect: no route to it",
        f->code, NULL);
}

const char *ce_mqtt_explain_lookup(int code)
{
    switch (code) {
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_FAIL:
        return "unknown host; is its name right?";
    case EAI_AGAIN:
        return "unknown host, as no name server answers";
    default:
        return gai_strerror(code);
    }
}

void ce_mqtt_explain_end(char *out, size_t size, int code)
{
    char text[160];

    say_code(text, sizeof text, code);
    snprintf(out, size, "disconnected: %s", text);
}
