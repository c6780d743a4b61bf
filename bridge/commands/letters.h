/* SPDX-License-Identifier: Apache-2.0 */
/* A source of dead letters: each is shown, or passed on as what it was. */
#ifndef CE_BRIDGE_COMMANDS_LETTERS_H
#define CE_BRIDGE_COMMANDS_LETTERS_H

#include <cloudevents/cesql.h>

#include "bridge/commands/quiet.h"
#include "bridge/run/plan.h"

typedef enum br_letters_verb {
    BR_LETTERS_LIST,
    BR_LETTERS_SHOW,
    BR_LETTERS_REPLAY,
    BR_LETTERS_DROP
} br_letters_verb;

/* What is done with which letters. Zero counts at the beginning. */
typedef struct br_letters {
    br_letters_verb verb;
    const char *id;          /* NULL: of any id */
    const ce_filter *filter; /* NULL: all */
    br_patience patience;    /* with the source */
    bool holds;              /* what is not done stays out until the end, so
                                that the source does not pass it */
    unsigned found, refused, undelivered, failed;
    unsigned unreadable; /* left where they are */
    bool is_cut_short;   /* those left behind have filled the room for them, and
                            what comes after was not read */
} br_letters;

/* Makes FROM a source of letters. Only one at a time; L outlives the run. */
void br_letters_read(br_endpoint_plan *from, br_letters *l);

/* The letters in an inbox as a source: what it keeps as refused, or all that
 * FILLER puts there first. */
typedef struct br_inbox_letters {
    const char *dir;
    const ce_transport *filler; /* opened with the endpoint's settings; or
                                   NULL */
    br_patience patience;       /* with FILLER */
} br_inbox_letters;

extern const ce_transport br_inbox_letters_transport;
void br_inbox_letters_set(const br_inbox_letters *from);

#endif
