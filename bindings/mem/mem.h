/* SPDX-License-Identifier: Apache-2.0 */
/* The in-memory transport: the ends that its constant opens.
 *
 * Receivers and senders meet by name within the process (place.h), each on a
 * loop of its own. A parcel (parcel.h) carries a copy of a message to the
 * receiver's loop and brings the result back; either end may go while it is
 * under way. */
#ifndef CE_BINDINGS_MEM_MEM_H
#define CE_BINDINGS_MEM_MEM_H

#include <cloudevents/transport.h>

ce_status ce_mem_receiver_open(ce_receiver **out, const ce_endpoint *at,
                               ce_error *err);
ce_status ce_mem_sender_open(ce_sender **out, const ce_endpoint *at,
                             ce_error *err);

#endif
