/* SPDX-License-Identifier: Apache-2.0 */
#include "core/template/moment.h"

#include <string.h>

#include "core/base/time.h"

ce_moment ce_moment_named(ce_slice name)
{
    static const char *const names[] = { "", "epoch_ms", "epoch_s", "utc" };

    for (int i = CE_MOMENT_EPOCH_MS; i <= CE_MOMENT_UTC; i++)
        if (ce_slice_eq(name, ce_slice_of(names[i])))
            return (ce_moment)i;
    return CE_MOMENT_NONE;
}

/* Takes the digits at the front of *TEXT; fifteen are enough for each year that
 * a timestamp can have. */
static bool take_digits(ce_slice *text, int64_t *out)
{
    size_t n = 0;

    *out = 0;
    for (; n < text->len && text->ptr[n] >= '0' && text->ptr[n] <= '9'; n++)
        if (n < 15)
            *out = *out * 10 + (text->ptr[n] - '0');
    *text = ce_slice_skip(*text, n);
    return n > 0 && n <= 15;
}

/* ".5": digits beyond nanoseconds are cut. */
static bool take_fraction(ce_slice *text, long *nanos)
{
    long unit = 100000000;
    size_t n = 1;

    *nanos = 0;
    if (text->len == 0)
        return true;
    if (text->ptr[0] != '.' || text->len == 1)
        return false;
    for (; n < text->len; n++, unit /= 10) {
        if (text->ptr[n] < '0' || text->ptr[n] > '9')
            return false;
        *nanos += (text->ptr[n] - '0') * unit;
    }
    *text = ce_slice_skip(*text, n);
    return true;
}

static bool read_seconds(ce_slice text, struct timespec *out)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    int64_t seconds;
    long nanos;

    text = ce_slice_skip(text, negative);
    if (!take_digits(&text, &seconds) || !take_fraction(&text, &nanos))
        return false;
    if (negative)
        seconds = -seconds - (nanos > 0);
    if (negative && nanos > 0)
        nanos = 1000000000 - nanos;
    *out = (struct timespec){ .tv_sec = (time_t)seconds, .tv_nsec = nanos };
    return true;
}

static struct timespec of_ms(int64_t ms)
{
    int64_t seconds = ms / 1000 - (ms % 1000 < 0);

    return (struct timespec){ .tv_sec = (time_t)seconds,
                              .tv_nsec =
                                  (long)(ms - seconds * 1000) * 1000000 };
}

/* A fraction of a millisecond is below what such clocks know: it is cut. */
static bool read_ms(ce_slice text, struct timespec *out)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    int64_t ms;
    long ignored;

    text = ce_slice_skip(text, negative);
    if (!take_digits(&text, &ms) || !take_fraction(&text, &ignored))
        return false;
    *out = of_ms(negative ? -ms : ms);
    return true;
}

/* "2026-01-02 03:04:05.6", with a blank or 'T'. */
static bool read_utc(ce_slice text, struct timespec *out)
{
    char made[CE_TIME_MAX];

    if (text.len < 19 || text.len > sizeof made - 2)
        return false;
    memcpy(made, text.ptr, text.len);
    if (made[10] == ' ')
        made[10] = 'T';
    made[text.len] = 'Z';
    return ce_time_parse((ce_slice){ made, text.len + 1 }, out) == CE_OK;
}

static bool read_moment(ce_moment form, ce_slice text, struct timespec *out)
{
    switch (form) {
    case CE_MOMENT_EPOCH_MS:
        return read_ms(text, out);
    case CE_MOMENT_EPOCH_S:
        return read_seconds(text, out);
    case CE_MOMENT_UTC:
        return read_utc(text, out);
    case CE_MOMENT_NONE:
        break;
    }
    return false;
}

static ce_status write_moment(struct timespec t, ce_arena *arena, ce_slice *out)
{
    char text[CE_TIME_MAX];
    size_t len = ce_time_format(t, text);

    if (len == 0)
        return CE_OK;
    return ce_arena_copy(arena, (ce_slice){ text, len }, out);
}

ce_status ce_moment_read(ce_moment form, ce_slice text, ce_arena *arena,
                         ce_slice *out)
{
    struct timespec t;

    *out = (ce_slice){ NULL, 0 };
    return read_moment(form, text, &t) ? write_moment(t, arena, out) : CE_OK;
}

ce_status ce_moment_of_ms(int64_t ms, ce_arena *arena, ce_slice *out)
{
    *out = (ce_slice){ NULL, 0 };
    return write_moment(of_ms(ms), arena, out);
}
