/* SPDX-License-Identifier: Apache-2.0 */
/* Events that are difficult to carry. */
#ifndef CE_TESTS_SUPPORT_CONFORMANCE_SAMPLES_H
#define CE_TESTS_SUPPORT_CONFORMANCE_SAMPLES_H

#include <cloudevents/event.h>

typedef struct sample {
    const char *name;
    const char *type, *data;
    size_t len;
    ce_data_kind kind;
    const char *extension;
} sample;

extern const sample samples[];
extern const unsigned sample_count;

/* The caller's to free. */
ce_event *sample_event(const sample *s);

#endif
