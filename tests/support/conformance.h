/* SPDX-License-Identifier: Apache-2.0 */
/* What every transport promises, checked through its constant alone.
 *
 *     int main(void)
 *     {
 *         static const ce_conformance c = {
 *             .transport = &ce_transport_scripted, .meet = meet, ... };
 *         return ce_conformance_main("mem conformance", &c);
 *     }
 */
#ifndef CE_TESTS_SUPPORT_CONFORMANCE_H
#define CE_TESTS_SUPPORT_CONFORMANCE_H

#include <cloudevents/transport.h>

enum { CE_CONFORMANCE_URI = 512 };

typedef struct ce_conformance {
    const ce_transport *transport;
    /* Makes the URIs of a receiver and a sender that meet and that nobody has
     * used before. Both buffers have room for CE_CONFORMANCE_URI bytes. */
    void (*meet)(char *receiver, char *sender);
    /* A sender's URI where no peer is; NULL: a peer is never away. */
    void (*away)(char *sender);
    /* The sender hears what became of the message at the receiver. */
    bool answers;
    /* What was not acknowledged comes again after a restart of the
     * receiver. */
    bool keeps;
    /* The sender hands on what it is given at once: nothing waits in it. */
    bool sends_at_once;
    /* All events arrive in structured mode. */
    bool structured_only;
    /* Binary mode cannot carry empty data: it arrives as no data... */
    bool empty_is_none;
    /* ... or no data arrives as empty data. */
    bool none_is_empty;
} ce_conformance;

/* Runs the suite: the value for main. */
int ce_conformance_main(const char *suite, const ce_conformance *c);

#endif
