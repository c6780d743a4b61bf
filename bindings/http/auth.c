/* SPDX-License-Identifier: Apache-2.0 */
/* Compares credentials without telling by the time it takes. */
#include "bindings/http/auth.h"

#include <string.h>

#include <cloudevents/alloc.h>

#include "core/base/base64.h"

/* RFC 7617 2: Base64 of USER:PASSWORD. */
static ce_status make_basic(ce_http_auth *a, const char *user,
                            const char *password, ce_error *err)
{
    ce_buf plain = { NULL, 0, 0 }, text = { NULL, 0, 0 };
    ce_status status = ce_buf_printf(&plain, "%s:%s", user, password);

    if (status == CE_OK)
        status = ce_base64_encode(ce_buf_slice(&plain), &text);
    if (status == CE_OK)
        a->basic = ce_strndup(text.ptr, text.len);
    ce_buf_free(&plain);
    ce_buf_free(&text);
    return a->basic ? CE_OK : ce_no_memory(err);
}

/* A password alone asks for nothing, and everything would be open. */
static ce_status check_no_password(const ce_settings *s, ce_error *err)
{
    if (ce_settings_has(s, "password") || ce_settings_has(s, "password_file") ||
        ce_settings_password(s))
        return ce_fail(err, CE_EINVAL, "the password has no user");
    return CE_OK;
}

static ce_status read_basic(ce_http_auth *a, const ce_settings *s,
                            const char *user, ce_error *err)
{
    char *secret = NULL;
    const char *password;
    ce_status status =
        ce_settings_secret(s, "password", "password_file", &secret, err);

    if (status != CE_OK)
        return status;
    password = secret ? secret : ce_settings_password(s);
    if (!password)
        status = ce_fail(err, CE_EINVAL, "user \"%s\" has no password", user);
    else if (!*password)
        status = ce_fail(err, CE_EINVAL, "the password is empty");
    else
        status = make_basic(a, user, password, err);
    ce_free(secret);
    return status;
}

ce_status ce_http_auth_open(ce_http_auth *a, const ce_settings *s,
                            ce_error *err)
{
    const char *user = ce_settings_text(s, "user");
    ce_status status;

    *a = (ce_http_auth){ NULL, NULL };
    status = ce_settings_secret(s, "token", "token_file", &a->token, err);
    /* Everybody can show that one. */
    if (status == CE_OK && a->token && !*a->token)
        return ce_fail(err, CE_EINVAL, "the token is empty");
    if (!user)
        user = ce_settings_user(s);
    if (status != CE_OK)
        return status;
    return user ? read_basic(a, s, user, err) : check_no_password(s, err);
}

void ce_http_auth_close(ce_http_auth *a)
{
    if (a->token)
        memset(a->token, 0, strlen(a->token));
    if (a->basic)
        memset(a->basic, 0, strlen(a->basic));
    ce_free(a->token);
    ce_free(a->basic);
}

/* The time depends on what is given, not on how much of it is right. */
static bool is_same(ce_slice given, const char *expected)
{
    size_t len = strlen(expected);
    unsigned char different = given.len != len;

    for (size_t i = 0; i < given.len; i++)
        different |=
            (unsigned char)(given.ptr[i] ^ expected[len ? i % len : 0]);
    return !different;
}

/* RFC 9110 11.1: the name of a scheme is read in any case. */
static bool has_scheme(ce_slice header, ce_slice scheme, ce_slice *out)
{
    if (!ce_slice_starts_nocase(header, scheme))
        return false;
    *out = ce_slice_trim(ce_slice_skip(header, scheme.len));
    return true;
}

static bool has_header(const ce_http_auth *a, const ce_http_request *r)
{
    ce_slice header = ce_http_header(r, "Authorization"), given;

    if (a->token && has_scheme(header, CE_SLICE("Bearer "), &given) &&
        is_same(given, a->token))
        return true;
    return a->basic && has_scheme(header, CE_SLICE("Basic "), &given) &&
           is_same(given, a->basic);
}

/* RFC 6750 2.3, Web Hooks 3.2: for senders that cannot set a header. */
static bool has_parameter(const ce_http_auth *a, const ce_http_request *r)
{
    ce_slice given = { NULL, 0 };

    if (a->token)
        given = ce_http_parameter(r, "access_token");
    return given.ptr && is_same(given, a->token);
}

bool ce_http_auth_allows(const ce_http_auth *a, const ce_http_request *r)
{
    if (!a->token && !a->basic)
        return true;
    return has_header(a, r) || has_parameter(a, r);
}

bool ce_http_auth_is_by_query(const ce_http_auth *a, const ce_http_request *r)
{
    return has_parameter(a, r) && !has_header(a, r);
}

const char *ce_http_auth_challenge(const ce_http_auth *a)
{
    return a->token ? "Bearer" : "Basic realm=\"CloudEvents\"";
}
