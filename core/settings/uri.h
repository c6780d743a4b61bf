/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an endpoint's URI. */
#ifndef CE_CORE_SETTINGS_URI_H
#define CE_CORE_SETTINGS_URI_H

#include <cloudevents/slice.h>

typedef struct ce_uri {
    char *scheme;          /* in lower case */
    char *authority;       /* without user information; "" without one */
    char *host;            /* the first one, without brackets */
    char *path;            /* decoded, without the first '/' */
    char *base;            /* as written, without user information and query */
    char *user, *password; /* decoded, or NULL */
    unsigned port;         /* with has_port */
    bool has_port;
    ce_slice query; /* borrowed from the text, or absent */
} ce_uri;

/* Free it also after a failure. */
ce_status ce_uri_parse(ce_uri *out, const char *text, ce_error *err);
/* Wipes everything. */
void ce_uri_free(ce_uri *u);

/* Sets *OUT to a percent-decoded copy; free it with ce_free or ce_wipe. Fails
 * with CE_ESYNTAX; *OUT is not touched then. */
ce_status ce_uri_decode(ce_slice text, char **out, ce_error *err);
/* Overwrites and frees TEXT, or accepts NULL. */
void ce_wipe(char *text);

#endif
