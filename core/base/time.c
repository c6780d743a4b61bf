/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3339, section 5.6, by hand: strptime knows neither fractions nor
 * offsets, and asks the locale. */
#include "core/base/time.h"

#include <stdint.h>
#include <stdio.h>

typedef struct reader {
    const char *p, *end;
    bool failed;
} reader;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly COUNT digits, between MIN and MAX. */
static int digits(reader *r, int count, int min, int max)
{
    int value = 0;

    if (r->end - r->p < count) {
        r->failed = true;
        return 0;
    }
    for (int i = 0; i < count; i++, r->p++) {
        if (!is_digit(*r->p))
            r->failed = true;
        value = value * 10 + (*r->p - '0');
    }
    if (value < min || value > max)
        r->failed = true;
    return r->failed ? 0 : value;
}

static bool accept(reader *r, char lower, char upper)
{
    if (r->p == r->end || (*r->p != lower && *r->p != upper))
        return false;
    r->p++;
    return true;
}

static void expect(reader *r, char lower, char upper)
{
    if (!accept(r, lower, upper))
        r->failed = true;
}

static long fraction(reader *r)
{
    long nanos = 0, unit = 100000000;

    if (!accept(r, '.', '.'))
        return 0;
    if (r->p == r->end || !is_digit(*r->p))
        r->failed = true;
    for (; r->p < r->end && is_digit(*r->p); r->p++) {
        nanos += (*r->p - '0') * unit;
        unit /= 10;
    }
    return nanos;
}

static int offset_seconds(reader *r)
{
    int sign, hours, minutes;

    if (accept(r, 'z', 'Z'))
        return 0;
    sign = accept(r, '-', '-') ? -1 : 1;
    if (sign > 0)
        expect(r, '+', '+');
    hours = digits(r, 2, 0, 23);
    expect(r, ':', ':');
    minutes = digits(r, 2, 0, 59);
    return sign * (hours * 3600 + minutes * 60);
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month)
{
    static const int days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Since 1970-01-01, in the proleptic Gregorian calendar. */
static int64_t days_since_epoch(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           719468;
}

ce_status ce_time_parse(ce_slice text, struct timespec *out)
{
    reader r = { text.ptr, text.ptr + text.len, false };
    int year = digits(&r, 4, 0, 9999), month, day, hour, minute, second;
    long nanos;
    int64_t seconds;

    expect(&r, '-', '-');
    month = digits(&r, 2, 1, 12);
    expect(&r, '-', '-');
    day = digits(&r, 2, 1, r.failed ? 31 : days_in(year, month));
    expect(&r, 't', 'T');
    hour = digits(&r, 2, 0, 23);
    expect(&r, ':', ':');
    minute = digits(&r, 2, 0, 59);
    expect(&r, ':', ':');
    second = digits(&r, 2, 0, 60);
    nanos = fraction(&r);
    seconds = -(int64_t)offset_seconds(&r);
    if (r.failed || r.p != r.end)
        return CE_ESYNTAX;
    seconds += days_since_epoch(year, month, day) * 86400 + hour * 3600 +
               minute * 60 + second;
    *out = (struct timespec){ (time_t)seconds, nanos };
    return CE_OK;
}

size_t ce_time_format(struct timespec t, char out[CE_TIME_MAX])
{
    struct tm tm;
    size_t len;

    if (t.tv_nsec < 0 || t.tv_nsec > 999999999 || !gmtime_r(&t.tv_sec, &tm) ||
        tm.tm_year < -1900 || tm.tm_year > 9999 - 1900) {
        *out = '\0';
        return 0;
    }
    len = (size_t)snprintf(out, CE_TIME_MAX, "%04d-%02d-%02dT%02d:%02d:%02d",
                           tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                           tm.tm_hour, tm.tm_min, tm.tm_sec);
    if (t.tv_nsec) {
        len +=
            (size_t)snprintf(out + len, CE_TIME_MAX - len, ".%09ld", t.tv_nsec);
        while (out[len - 1] == '0')
            len--;
    }
    out[len++] = 'Z';
    out[len] = '\0';
    return len;
}
