/* SPDX-License-Identifier: Apache-2.0 */
/* The damaged file of a store, beside the new store that takes what is readable
 * of it. Until all is there a mark names the file, so that a salvage that was
 * cut short is no sound store. */
#ifndef CE_CORE_INBOX_ASIDE_H
#define CE_CORE_INBOX_ASIDE_H

#include <cloudevents/error.h>

/* The file whose salvage has not come to its end, which is the caller's to
 * free. *FILE is NULL when there is none. */
ce_status ce_aside_find(const char *dir, char **file, ce_error *err);
/* Marks and renames the store's file, so that the next one begins anew; its
 * path is the caller's to free. *FILE is NULL when there is none. */
ce_status ce_aside_put(const char *dir, char **file, ce_error *err);
/* Removes what there is of the new store. */
ce_status ce_aside_begin_anew(const char *dir, ce_error *err);
/* Removes the mark. Call it when the new store has all, and is flushed. */
ce_status ce_aside_end(const char *dir, ce_error *err);

#endif
