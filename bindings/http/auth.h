/* SPDX-License-Identifier: Apache-2.0 */
/* Who may send: a bearer token, or user and password. */
#ifndef CE_BINDINGS_HTTP_AUTH_H
#define CE_BINDINGS_HTTP_AUTH_H

#include <cloudevents/settings.h>

#include "bindings/http/daemon.h"

typedef struct ce_http_auth {
    char *token; /* or NULL */
    char *basic; /* the expected credentials in Base64, or NULL */
} ce_http_auth;

/* The options of a login, shown here or there: what is said of the token, and
 * of the user. */
#define CE_HTTP_LOGIN_OPTIONS(of_token, of_user)                                 \
    { "token", CE_OPT_SECRET, NULL, NULL, 0, 0, of_token },                      \
        { "token_file",                                                          \
          CE_OPT_TEXT,                                                           \
          NULL,                                                                  \
          NULL,                                                                  \
          0,                                                                     \
          0,                                                                     \
          "file that holds the token" },                                         \
        { "user", CE_OPT_TEXT, NULL, NULL, 0, 0, of_user },                      \
        { "password", CE_OPT_SECRET, NULL, NULL, 0, 0, "password of the user" }, \
    {                                                                            \
        "password_file", CE_OPT_TEXT, NULL, NULL, 0, 0,                          \
            "file that holds the password"                                       \
    }

/* Reads what S says. Close A also when this fails: not all is undone. */
ce_status ce_http_auth_open(ce_http_auth *a, const ce_settings *s,
                            ce_error *err);
void ce_http_auth_close(ce_http_auth *a);
/* Whether R shows what is configured. Without any all may send. */
bool ce_http_auth_allows(const ce_http_auth *a, const ce_http_request *r);
/* Whether it is the query parameter access_token that opens, and no header. */
bool ce_http_auth_is_by_query(const ce_http_auth *a, const ce_http_request *r);
/* The value for WWW-Authenticate (RFC 9110 11.6.1). */
const char *ce_http_auth_challenge(const ce_http_auth *a);

#endif
