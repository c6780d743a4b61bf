/* SPDX-License-Identifier: Apache-2.0 */
/* The transport of HTTP. */
#include "bindings/http/auth.h"
#include "bindings/http/circle.h"
#include "bindings/http/http.h"
#include "bindings/http/path.h"
#include "bindings/http/sharing.h"
#include "bindings/http/target.h"

const ce_option ce_http_receiver_options[] = {
    CE_OPTION_MAX_EVENT_BYTES,
    CE_OPTION_MAX_ATTRIBUTES,
    CE_OPTION_MAX_IN_FLIGHT("1024"),
    /* An event of 64 KiB may be all headers (CloudEvents 1.0, "Size Limits").
     * The rest is for what libmicrohttpd notes of each header, 64 bytes, and
     * for the answer: enough for 120 headers. */
    { "max_header_bytes", CE_OPT_SIZE, "72KiB", NULL, 4096, 16 << 20,
      "larger heads of requests are refused" },
    { "max_connections", CE_OPT_INTEGER, "4096", NULL, 1, 65535,
      "connections that may be open at once" },
    { "max_connections_per_address", CE_OPT_INTEGER, "0", NULL, 0, 65535,
      "of them from one address (IPv6: one /64); 0 is all but a sixteenth" },
    { "header_timeout", CE_OPT_TIME, "5s", NULL, 100, 3600000,
      "longest time for the head of a request" },
    { "min_rate", CE_OPT_SIZE, "1KiB", NULL, 0, 1 << 30,
      "bytes per second that a body brings, beside pauses of idle_timeout; 0 "
      "is any" },
    { "idle_timeout", CE_OPT_TIME, "10s", NULL, 1000, 3600000,
      "longest time between two bytes of a request" },
    { "request_timeout", CE_OPT_TIME, "30s", NULL, 100, 3600000,
      "longest time for a whole request" },
    { "deadline", CE_OPT_TIME, "25s", NULL, 0, 0,
      "answer with 504 when the sink takes longer; 0s waits for ever" },
    CE_HTTP_LOGIN_OPTIONS("bearer token that senders have to show",
                          "user that senders have to be (Basic)"),
    { "cert", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "PEM file of the server's certificate (https)" },
    { "key_file", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "PEM file of the certificate's key (https)" },
    { "ca", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "PEM file; clients need a certificate that it has signed (https)" },
    { "tls_min", CE_OPT_CHOICE, "1.2", "1.2|1.3", 0, 0,
      "oldest version of TLS that is spoken (https)" },
    { "tls_ciphers", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "priorities of GnuTLS in place of NORMAL, such as SECURE256 (https)" },
    { "reuse_port", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "share the port with other workers and processes" },
    { "webhook_origins", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "hosts that may send webhooks, with commas between, or * for all" },
    { "webhook_rate", CE_OPT_INTEGER, NULL, NULL, 1, 999999999,
      "events per minute that each of them may send" },
    { "webhook_callback", CE_OPT_CHOICE, "off", "off|https|any", 0, 0,
      "consent by calling back who offers that: at public https:// URLs, or "
      "at any" },
    { "cors_origins", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "origins (https://HOST) of pages that may send, with commas between, or "
      "* for all" },
    { "health_path", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "path where GET is answered with 200 when ready, else with 503" },
    { "details", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "tell senders the addresses in the reasons of 502 and 503, too" },
    { "lenient", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "take a header value that is not percent-encoded as it stands" },
    { "assume", CE_OPT_CHOICE, "plain", "plain|structured", 0, 0,
      "what JSON without ce- headers is taken for: structured also takes "
      "batches" },
    CE_OPTION_NAMES,
    CE_OPTION_TRACE,
    CE_OPTION_END,
};

const ce_option ce_http_sender_options[] = {
    { "mode", CE_OPT_CHOICE, "keep", "keep|binary|structured|batch", 0, 0,
      "content mode of what is sent; batch puts several events in a request" },
    { "batch_events", CE_OPT_INTEGER, "100", NULL, 1, 65535,
      "most events of one request (mode=batch)" },
    { "batch_bytes", CE_OPT_SIZE, "1MiB", NULL, 1, 1 << 30,
      "most bytes of one request with several events (mode=batch)" },
    { "batch_delay", CE_OPT_TIME, "10ms", NULL, 0, 60000,
      "how long an event waits for others (mode=batch)" },
    CE_OPTION_FORMAT,
    CE_OPTION_MAX_EVENT_BYTES,
    CE_OPTION_MAX_IN_FLIGHT("64"),
    { "paths", CE_OPT_LIST, NULL, NULL, 0, 0,
      "what a path with placeholders may become; * stands for any "
      "characters" },
    { "timeout", CE_OPT_TIME, "30s", NULL, 1, 3600000,
      "longest time for a request and its answer" },
    { "connect_timeout", CE_OPT_TIME, "5s", NULL, 1, 3600000,
      "longest time to connect" },
    CE_HTTP_LOGIN_OPTIONS("bearer token to send", "user to log in as (Basic)"),
    { "proxy", CE_OPT_SECRET, NULL, NULL, 0, 0,
      "URL of a proxy that tunnels, or none; without it the variables "
      "http_proxy, https_proxy, all_proxy and no_proxy say" },
    { "verify", CE_OPT_BOOLEAN, "true", NULL, 0, 0,
      "check the server's certificate and name" },
    { "ca", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "PEM file to check the server's certificate with" },
    { "cert", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "PEM file of the certificate to show" },
    { "key_file", CE_OPT_TEXT, NULL, NULL, 0, 0, "PEM file of its key" },
    { "gzip", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "send bodies with Content-Encoding: gzip where that is shorter" },
    { "gzip_min", CE_OPT_SIZE, "1KiB", NULL, 0, 0,
      "shorter bodies are sent as they are" },
    { "webhook", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "the target is a webhook: ask for its consent, and obey it" },
    { "webhook_origin", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "host name to ask as; without it this machine's" },
    { "webhook_rate", CE_OPT_INTEGER, NULL, NULL, 1, 999999999,
      "events per minute to ask for, and not to exceed" },
    { "webhook_callback", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "http(s):// URL where the target may consent later" },
    { "webhook_listen", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "http://HOST:PORT where its calls arrive, if not at that URL" },
    { "header.", CE_OPT_FAMILY, NULL, NULL, 0, 0,
      "header to send with every event, such as header.X-Tenant" },
    CE_OPTION_TRACE,
    CE_OPTION_END,
};

static ce_status check(ce_role role, const ce_settings *s, ce_error *err)
{
    if (role == CE_ROLE_SENDER || role == CE_ROLE_REQUESTER)
        return ce_http_target_check(s, role == CE_ROLE_REQUESTER, err);
    return CE_OK;
}

static ce_promise promise(ce_role role, const ce_settings *s)
{
    ce_promise p = { .level = CE_AT_LEAST_ONCE };

    (void)s;
    if (role == CE_ROLE_RECEIVER)
        p.text = "the sender is answered after the sink has confirmed";
    return p;
}

/* Each loop binds the port for itself.
 * Webhook 4.2.2: the rate is allowed to the origin as a whole, and each sender
 * counts its own events only. */
static const char *alone(ce_role role, const ce_settings *s)
{
    bool sends = role == CE_ROLE_SENDER || role == CE_ROLE_REQUESTER;

    if (!sends && !ce_settings_boolean(s, "reuse_port"))
        return "loops share a port only with reuse_port=true";
    if (sends && ce_settings_boolean(s, "webhook"))
        return "senders would each be as fast as the webhook allows";
    return NULL;
}

static const char *const schemes[] = { "http", "https", NULL };

const ce_transport ce_transport_http = {
    .abi = CE_TRANSPORT_ABI,
    .name = "http",
    .schemes = schemes,
    .help = "http://HOST:PORT/PATH, https:// with TLS; a source listens there, "
            "a sink gets POST requests",
    .receiver_options = ce_http_receiver_options,
    .sender_options = ce_http_sender_options,
    .sender_rule = CE_URI_FOREIGN,
    .batches = true,
    .receiver = ce_http_receiver_open,
    .responder = ce_http_receiver_open,
    .sender = ce_http_sender_open,
    .requester = ce_http_requester_open,
    .check = check,
    .promise = promise,
    .alone = alone,
    .answers = true,
    .share = ce_http_share,
    .ask = ce_http_ask,
    .aim = ce_http_aim,
    .returns = ce_http_returns,
};
