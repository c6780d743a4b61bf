/* SPDX-License-Identifier: Apache-2.0 */
/* The terms on which a transport's endpoints take and give events: what its
 * constant says, or the default where it says nothing. */
#ifndef CE_CORE_TRANSPORT_TERMS_H
#define CE_CORE_TRANSPORT_TERMS_H

#include <cloudevents/transport.h>

/* What an endpoint with these settings promises. */
ce_promise ce_promise_of(const ce_transport *t, ce_role role,
                         const ce_settings *s);
/* Why there must be no second endpoint with these settings; NULL: there may. */
const char *ce_alone_because(const ce_transport *t, ce_role role,
                             const ce_settings *s);

/* Whether a receiver writes what it has confirmed into an inbox. */
typedef enum ce_custody {
    CE_CUSTODY_NONE,
    CE_CUSTODY_KEPT,   /* a crash of the process loses nothing */
    CE_CUSTODY_FLUSHED /* nor does a loss of power */
} ce_custody;
/* NONE for transports that need no inbox, else what the option "inbox" says. */
ce_custody ce_custody_of(const ce_transport *t, const ce_settings *s);
/* Whether the user has set that option to anything but "off". */
bool ce_custody_is_asked_for(const ce_transport *t, const ce_settings *s);
/* Sets "inbox" to "off" unless the user has said something about it. */
ce_status ce_custody_decline(const ce_transport *t, ce_settings *s,
                             ce_error *err) CE_MUST_USE;

/* Whether the user has set an option that tells sources apart. */
bool ce_identity_is_given(const ce_transport *t, const ce_settings *s);
/* Lets the peer keep nothing for a receiver with these settings, unless the
 * user has said something about it. */
ce_status ce_leave_nothing(const ce_transport *t, ce_settings *s,
                           ce_error *err) CE_MUST_USE;

#endif
