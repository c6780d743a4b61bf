/* SPDX-License-Identifier: Apache-2.0 */
/* What all event formats decide in the same way. */
#ifndef CE_CORE_MESSAGE_ENVELOPE_H
#define CE_CORE_MESSAGE_ENVELOPE_H

#include <cloudevents/format.h>

/* How E's data is to be written: as JSON, as a text or as bytes. Bytes are
 * looked at, since transports do not say what they carry. */
ce_data_kind ce_envelope_kind(const ce_event *e);
/* What a text is that a format's reader has found to be text. Whether it is
 * JSON is asked when it is written. */
ce_data_kind ce_envelope_kind_of_text(const ce_event *e);
/* A reader implied the content type application/json; written anew, it is
 * said. Not in a signed event, which must stay as it was. */
bool ce_envelope_implies_type(const ce_event *e);
/* The findings of a format whose reader, without checking the event, has ended
 * with STATUS and ERR: that one, or all that is wrong with E. */
ce_status ce_envelope_findings(ce_status status, const ce_error *err,
                               const ce_event *e, ce_finding_fn *fn, void *arg);
/* Fails with CE_ENOTSUP, and names what of E the format F cannot carry. */
ce_status ce_envelope_check(const ce_event *e, const ce_format *f,
                            ce_error *err);
/* Puts the INDEX of a batch's event before the error's text. */
ce_status ce_envelope_name_event(ce_status status, size_t index, ce_error *err);

/* A batch has one specversion: that of its first event. */
typedef struct ce_batch_version {
    unsigned batch; /* which batch it is of, from 1; 0: none yet */
    char text[8];
} ce_batch_version;

/* Whether E, of batch BATCH, has the version that V holds, or is the first.
 * BATCH 0 is no batch. */
ce_status ce_batch_version_check(ce_batch_version *v, unsigned batch,
                                 const ce_event *e, ce_error *err);

#endif
