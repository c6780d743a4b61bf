/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the HTTP binding share. */
#ifndef CE_BINDINGS_HTTP_HTTP_H
#define CE_BINDINGS_HTTP_HTTP_H

#include <cloudevents/transport.h>

#include "bindings/http/daemon.h"
#include "core/transport/names.h"

extern const ce_option ce_http_receiver_options[];
extern const ce_option ce_http_sender_options[];

ce_status ce_http_receiver_open(ce_receiver **out, const ce_endpoint *at,
                                ce_error *err);
ce_status ce_http_sender_open(ce_sender **out, const ce_endpoint *at,
                              ce_error *err);
ce_status ce_http_requester_open(ce_sender **out, const ce_endpoint *at,
                                 ce_error *err);
ce_status ce_http_ask(ce_role role, const ce_endpoint *at, uint64_t timeout_ms,
                      ce_error *err);

/* --- the codec: HTTP protocol binding 1.0, section 3 --- */

/* Collects the headers of a request or of a response. Set ARENA and LENIENT;
 * show it each header, then read the message. */
typedef struct ce_http_reader {
    ce_arena *arena;
    bool lenient;            /* a lone "%" stands for itself */
    unsigned max_attributes; /* 0: any number */
    ce_names names;
    ce_slice content_type;
    ce_slice data_content_type; /* of the header that should not be there */
    ce_attrs attrs;
    bool has_attribute, has_version, two_types;
    bool tolerated; /* LENIENT or NAMES was needed */
    const char *defect;
    bool failed; /* out of memory */
} ce_http_reader;

/* Call for each header, in any order. Copies what it keeps. */
void ce_http_read_header(ce_http_reader *r, ce_slice name, ce_slice value);
/* Makes the message of the headers and BODY, which it borrows. What is no event
 * has the mode none and a defect. Returns CE_ENOMEM or CE_OK. */
ce_status ce_http_read_message(ce_http_reader *r, ce_slice body,
                               ce_message *out, ce_defect *defect);

/* Takes a plain message in JSON, or without a content type, for a structured
 * event or a batch in JSON, where the user asks for it (assume=structured).
 * Whether it did. Set the body first. */
bool ce_http_assume(ce_message *m, ce_defect *defect);

/* Shows the headers of M, Content-Type first; VALUE is NULL for none. The
 * texts live in ARENA. CE_EINVAL: M has a content type or a name that could be
 * taken for another header. */
typedef ce_status ce_http_write_fn(void *arg, const char *name,
                                   const char *value);
ce_status ce_http_write_headers(const ce_message *m, ce_arena *arena,
                                ce_http_write_fn *fn, void *arg);

/* A problem of RFC 9457 as JSON. */
ce_slice ce_http_problem(ce_arena *arena, unsigned status, const char *detail);

#endif
