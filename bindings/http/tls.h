/* SPDX-License-Identifier: Apache-2.0 */
/* Client certificates: libmicrohttpd asks for them and leaves the check to
 * us. */
#ifndef CE_BINDINGS_HTTP_TLS_H
#define CE_BINDINGS_HTTP_TLS_H

#include <microhttpd.h>
#include <stdbool.h>

/* Whether the client has shown a certificate that our CA has signed. */
bool ce_http_tls_verified(struct MHD_Connection *c);

#endif
