/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts, the statuses they come from, and the sentence that explains one. */
#include <cloudevents/result.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/utf8.h"

/* Cuts off the beginning of a character that did not fit. */
static void trim_character(char *text, size_t len)
{
    size_t end = len;

    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && (unsigned char)text[end - 1] >= 0xC0)
        text[end - 1] = '\0';
}

/* Characters that end a line, or turn the direction of what follows: who reads
 * a log or a letter has to see what is there. */
static bool is_harmful(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
           (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* A blank takes the place of each of them. Bytes that are no UTF-8 stay:
 * letters quote them. */
static void keep_one_line(char *text)
{
    const char *end = text + strlen(text), *from = text;

    while (from < end) {
        uint32_t c = 'x';
        unsigned len = ce_utf8_decode(from, end, &c);

        if (len == 0)
            len = 1;
        if (is_harmful(c)) {
            *text++ = ' ';
        } else {
            memmove(text, from, len);
            text += len;
        }
        from += len;
    }
    *text = '\0';
}

static void explain(ce_result *r, const char *fmt, va_list args)
    CE_PRINTF(2, 0);

static void explain(ce_result *r, const char *fmt, va_list args)
{
    char text[CE_REASON_SIZE]; /* an argument may be the old reason */
    int len = vsnprintf(text, sizeof text, fmt, args);

    if (len < 0)
        text[0] = '\0';
    if (len >= (int)sizeof text)
        trim_character(text, sizeof text - 1);
    keep_one_line(text);
    memcpy(r->reason, text, strlen(text) + 1);
}

void ce_result_explain(ce_result *r, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    explain(r, fmt, args);
    va_end(args);
}

ce_result ce_result_ack(void)
{
    return (ce_result){ .verdict = CE_ACK };
}

ce_result ce_result_make(ce_verdict verdict, const char *fmt, ...)
{
    ce_result r = { .verdict = verdict };
    va_list args;

    va_start(args, fmt);
    explain(&r, fmt, args);
    va_end(args);
    return r;
}

ce_result ce_result_unsent(const char *fmt, ...)
{
    ce_result r = { .verdict = CE_UNDELIVERED, .unsent = true };
    va_list args;

    va_start(args, fmt);
    explain(&r, fmt, args);
    va_end(args);
    return r;
}

static ce_verdict verdict_of(int status)
{
    if (status >= 200 && status <= 299)
        return CE_ACK;
    if (status == 408 || status == 425 || status == 429 || status >= 500)
        return CE_UNDELIVERED;
    return CE_NACK;
}

ce_result ce_result_http(int status, const char *fmt, ...)
{
    ce_result r = { .verdict = verdict_of(status), .code = status };
    va_list args;

    va_start(args, fmt);
    explain(&r, fmt, args);
    va_end(args);
    return r;
}

bool ce_result_is_ack(const ce_result *r)
{
    return r->verdict == CE_ACK;
}

bool ce_result_is_nack(const ce_result *r)
{
    return !ce_result_is_ack(r) && !ce_result_is_undelivered(r);
}

bool ce_result_is_undelivered(const ce_result *r)
{
    return r->verdict == CE_UNDELIVERED;
}

bool ce_result_is_retryable(const ce_result *r)
{
    return ce_result_is_undelivered(r);
}

int ce_result_http_status(const ce_result *r)
{
    return r->code >= 200 && r->code <= 599 ? r->code : -1;
}

const char *ce_result_message(const ce_result *r)
{
    return r->reason;
}

static int badness(const ce_result *r)
{
    return ce_result_is_undelivered(r) ? 2 : ce_result_is_nack(r) ? 1 : 0;
}

bool ce_result_is_worse(const ce_result *a, const ce_result *b)
{
    return badness(a) > badness(b);
}
