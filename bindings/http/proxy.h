/* SPDX-License-Identifier: Apache-2.0 */
/* The proxy of a sink. Its URL may hold a password. */
#ifndef CE_BINDINGS_HTTP_PROXY_H
#define CE_BINDINGS_HTTP_PROXY_H

#include <curl/curl.h>

#include <cloudevents/settings.h>

/* Refuses what is no URL of a proxy, without telling it. */
ce_status ce_http_proxy_check(const ce_settings *s, ce_error *err);
/* Whether nothing on the way to an http:// target encrypts for sure. */
bool ce_http_proxy_is_plain(const ce_settings *s);
void ce_http_proxy_apply(const ce_settings *s, CURL *easy);
/* TEXT of libcurl, or other words if it would tell the URL. */
const char *ce_http_proxy_hide(const ce_settings *s, const char *text);

#endif
