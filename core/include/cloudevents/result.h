/* SPDX-License-Identifier: Apache-2.0 */
/* What became of an event: the answer to a send, and of a handler. */
#ifndef CLOUDEVENTS_RESULT_H
#define CLOUDEVENTS_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include <cloudevents/api.h>

CE_BEGIN_DECLS

struct ce_message;

typedef enum ce_verdict {
    CE_ACK,         /* the peer has taken responsibility */
    CE_UNDELIVERED, /* no answer, or "not now"; may be tried again */
    CE_NACK         /* the peer refused; do not try again */
} ce_verdict;

/* What an ACK stands for; the meter counts them apart. */
typedef enum ce_fate {
    CE_DELIVERED,    /* the sink has it */
    CE_STORED,       /* our own durable store has it */
    CE_FILTERED,     /* the route does not want it */
    CE_DUPLICATE,    /* the sink has had it before */
    CE_DEAD_LETTERED /* the dead-letter target has it */
} ce_fate;

enum { CE_REASON_SIZE = 200 };

/* A value to keep, copy and compare; zeroed it is a plain ACK. */
typedef struct ce_result {
    ce_verdict verdict;
    ce_fate fate;            /* with an ACK */
    bool malformed;          /* a NACK because the message is no valid event */
    bool exhausted;          /* UNDELIVERED, and nobody will try again */
    int code;                /* 200 to 599: an HTTP status; else the
                                transport's own (MQTT reason, librdkafka
                                error), or 0 */
    unsigned attempts;       /* sends so far; 0 counts as 1 */
    uint32_t retry_after_ms; /* 0: the peer did not say */
    const struct ce_message *reply; /* from requesters, to responders, during
                                       the settlement only; else NULL */
    char reason[CE_REASON_SIZE];    /* one line, or empty */
} ce_result;

/* An ACK without more words. */
CE_API ce_result ce_result_ack(void);
/* A result of this verdict that says why. */
CE_API ce_result ce_result_make(ce_verdict verdict, const char *fmt, ...)
    CE_PRINTF(2, 3);
/* The result that STATUS stands for: 2xx is an ACK; 408, 425, 429 and 5xx are
 * UNDELIVERED; everything else is a NACK. */
CE_API ce_result ce_result_http(int status, const char *fmt, ...)
    CE_PRINTF(2, 3);
/* Replaces the reason: one line, cut to the size between two characters. */
CE_API void ce_result_explain(ce_result *r, const char *fmt, ...)
    CE_PRINTF(2, 3);

/* Exactly one of the three is true. */
CE_API bool ce_result_is_ack(const ce_result *r);
CE_API bool ce_result_is_nack(const ce_result *r);
CE_API bool ce_result_is_undelivered(const ce_result *r);
/* Whether the same event may be taken at another time. */
CE_API bool ce_result_is_retryable(const ce_result *r);
/* The HTTP status, or -1 when the result has none. */
CE_API int ce_result_http_status(const ce_result *r);
/* The reason; empty when there is none, never NULL. */
CE_API const char *ce_result_message(const ce_result *r);
/* Whichever a source of several has to hear: UNDELIVERED, else NACK, else
 * ACK. */
CE_API bool ce_result_is_worse(const ce_result *a, const ce_result *b);

CE_END_DECLS

#endif
