/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions that are the same in all event formats. */
#ifndef CE_CORE_MESSAGE_ENVELOPE_H
#define CE_CORE_MESSAGE_ENVELOPE_H

#include <cloudevents/format.h>

/* Returns how E's data is to be written: as JSON, as a text or as bytes. Looks
 * at the bytes, since transports do not say what they carry. */
ce_data_kind ce_envelope_kind(const ce_event *e);
/* Call for data that a format's reader has found to be text. Returns its kind;
 * ce_envelope_kind finds out later whether it is JSON. */
ce_data_kind ce_envelope_kind_of_text(const ce_event *e);
/* Returns whether a writer has to add the content type application/json, which
 * the format of the reader implied (JSON format 3.1). Not in a signed event,
 * which must stay as it was. */
bool ce_envelope_implies_type(const ce_event *e);
/* Call after a reader that does not check the event and ended with STATUS and
 * ERR. Calls FN for that error, or for all that is wrong with E. */
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
