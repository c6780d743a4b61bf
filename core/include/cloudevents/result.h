/* SPDX-License-Identifier: Apache-2.0 */
/* What became of an event: the answer to a send, and of a handler.
 *
 * A result is a value: keep, copy and return it as it is. There is nothing to
 * free. The functions may be called from any thread. */
#ifndef CLOUDEVENTS_RESULT_H
#define CLOUDEVENTS_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include <cloudevents/api.h>

CE_BEGIN_DECLS

struct ce_message;

/* Who is responsible for the event now, and whether to send it again. */
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

/* Enough for a sentence that quotes a value; longer ones are cut. */
enum { CE_REASON_SIZE = 200 };

/* A value to keep, copy and compare; zeroed it is a plain ACK. */
typedef struct ce_result {
    ce_verdict verdict;
    ce_fate fate;            /* with an ACK */
    bool malformed;          /* a NACK because the message is no valid event */
    bool exhausted;          /* UNDELIVERED, and it will not be tried again */
    bool shared;             /* it answers several events that were sent
                                together: see ce_delivery.alone */
    bool unsent;             /* UNDELIVERED, and the peer has seen nothing */
    int code;                /* 200 to 599: an HTTP status; else the
                                transport's own (MQTT reason, librdkafka
                                error), or 0 */
    unsigned attempts;       /* sends so far; 0 counts as 1 */
    uint32_t retry_after_ms; /* 0: the peer did not say */
    const struct ce_message *reply; /* from requesters, to responders, during
                                       the settlement only; else NULL */
    char reason[CE_REASON_SIZE];    /* one line, or empty */
} ce_result;

/* --- making --- */

/* Returns an ACK without more words. */
CE_API ce_result ce_result_ack(void);
/* Returns a result of this verdict. FMT, as for printf, says why; give one
 * line. Control characters become blanks. */
CE_API ce_result ce_result_make(ce_verdict verdict, const char *fmt, ...)
    CE_PRINTF(2, 3);
/* Returns UNDELIVERED of what the peer has seen nothing of. */
CE_API ce_result ce_result_unsent(const char *fmt, ...) CE_PRINTF(1, 2);
/* Returns what the HTTP status STATUS stands for: 2xx is an ACK; 408, 425, 429,
 * 500 and above are UNDELIVERED, since the same request may succeed later (RFC
 * 9110 15, RFC 6585 4, RFC 8470 5.2); everything else is a NACK. */
CE_API ce_result ce_result_http(int status, const char *fmt, ...)
    CE_PRINTF(2, 3);
/* Replaces the reason. It is cut to CE_REASON_SIZE, never inside a character,
 * and made one line. R's old reason may be an argument. */
CE_API void ce_result_explain(ce_result *r, const char *fmt, ...)
    CE_PRINTF(2, 3);

/* --- asking --- */

/* Exactly one of the next three is true. */

/* The peer has the event: forget it. */
CE_API bool ce_result_is_ack(const ce_result *r);
/* The peer refused: correct the event before you send it again. */
CE_API bool ce_result_is_nack(const ce_result *r);
/* The event may or may not have arrived: send it again, with the same id, so
 * that the peer can recognize it. */
CE_API bool ce_result_is_undelivered(const ce_result *r);
/* Returns whether the same event may be taken at another time. */
CE_API bool ce_result_is_retryable(const ce_result *r);
/* Returns the HTTP status, or -1 when the result has none. */
CE_API int ce_result_http_status(const ce_result *r);
/* Returns the reason; empty when there is none, never NULL. Valid as long as
 * R. */
CE_API const char *ce_result_message(const ce_result *r);
/* Returns whether A is worse than B: UNDELIVERED is worst, then NACK, then ACK.
 * The source of several events or sinks has to hear the worst result. */
CE_API bool ce_result_is_worse(const ce_result *a, const ce_result *b);

CE_END_DECLS

#endif
