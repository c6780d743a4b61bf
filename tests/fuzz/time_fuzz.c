/* SPDX-License-Identifier: Apache-2.0 */
/* Timestamps: what is read can be written and is the same instant. */
#include "core/base/time.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    ce_slice text = { (const char *)bytes, size };
    struct timespec t, again;
    char written[CE_TIME_MAX];
    size_t len;

    if (ce_time_parse(text, &t) != CE_OK)
        return 0;
    check(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
    len = ce_time_format(t, written);
    /* An offset may move the instant out of the four-digit years. */
    if (len == 0)
        return 0;
    check(len < CE_TIME_MAX);
    check(ce_time_parse((ce_slice){ written, len }, &again) == CE_OK);
    check(t.tv_sec == again.tv_sec && t.tv_nsec == again.tv_nsec);
    return 0;
}
