/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is among those that wait for the same thing, of which there is
 * one at a time. Nothing is allocated, and everything takes the same time
 * however many wait. Loop thread only. */
#ifndef CE_CORE_STAGES_TURNS_H
#define CE_CORE_STAGES_TURNS_H

#include <stdbool.h>

/* A member of what waits; zero it. */
typedef struct ce_turn ce_turn;
struct ce_turn {
    ce_turn *before, *next;
    bool waits;
};

/* Zero it. The first one is the next. */
typedef struct ce_turns {
    ce_turn *first, *last;
} ce_turns;

/* Puts T behind all others when IS_REPEATED: it had its turn. Else before them:
 * it may do better. Harmless when it waits already. */
void ce_turns_wait(ce_turns *all, ce_turn *t, bool is_repeated);
/* Call when T takes its turn or waits no more, and before its memory goes.
 * Harmless when it does not wait. */
void ce_turns_leave(ce_turns *all, ce_turn *t);

#endif
