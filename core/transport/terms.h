/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about a transport's endpoints, from its constant, or the default
 * where that has none. */
#ifndef CE_CORE_TRANSPORT_TERMS_H
#define CE_CORE_TRANSPORT_TERMS_H

#include <cloudevents/transport.h>

/* Returns the promise of an endpoint with these settings. */
ce_promise ce_promise_of(const ce_transport *t, ce_role role,
                         const ce_settings *s);
/* Returns why there must be no second endpoint with these settings; NULL: there
 * may be. */
const char *ce_alone_because(const ce_transport *t, ce_role role,
                             const ce_settings *s);

/* Whether a receiver writes what it has confirmed into an inbox. */
typedef enum ce_custody {
    CE_CUSTODY_NONE,
    CE_CUSTODY_KEPT,   /* a crash of the process loses nothing */
    CE_CUSTODY_FLUSHED /* nor does a loss of power */
} ce_custody;
/* Returns NONE for transports that need no inbox, else the value of the option
 * "inbox". */
ce_custody ce_custody_of(const ce_transport *t, const ce_settings *s);
/* Returns whether the user has set that option to anything but "off". */
bool ce_custody_is_asked_for(const ce_transport *t, const ce_settings *s);
/* Sets "inbox" to "off" unless the user has set it. */
ce_status ce_custody_decline(const ce_transport *t, ce_settings *s,
                             ce_error *err) CE_MUST_USE;

/* Returns whether events of a receiver are to take the traces of their
 * messages. */
bool ce_traces_are_taken(const ce_transport *t, const ce_settings *s);
/* Returns whether what a receiver takes is no event before a wrap makes one of
 * it. */
bool ce_needs_wrap(const ce_transport *t, const ce_settings *s);

/* Returns whether the user has set an option that tells sources apart. */
bool ce_identity_is_given(const ce_transport *t, const ce_settings *s);
/* Call for a receiver that will not come again: lets the peer keep nothing for
 * it, unless the user has set that option. */
ce_status ce_leave_nothing(const ce_transport *t, ce_settings *s,
                           ce_error *err) CE_MUST_USE;

#endif
