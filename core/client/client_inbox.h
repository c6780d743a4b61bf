/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox of a client whose source has to be answered at once. */
#ifndef CE_CORE_CLIENT_CLIENT_INBOX_H
#define CE_CORE_CLIENT_CLIENT_INBOX_H

#include <cloudevents/transport.h>

typedef struct ce_client_inbox {
    ce_inbox *inbox;     /* NULL: none */
    ce_receiver *replay; /* of the inbox */
    char name[48];       /* stable and unique for its directory; or empty */
} ce_client_inbox;

/* Opens an inbox if T needs one and the options of S want it: in DIR, else in
 * the first directory of the state that no other process has. */
ce_status ce_client_inbox_open(ce_client_inbox *y, const ce_transport *t,
                               ce_settings *s, const char *dir, ce_loop *l,
                               ce_error *err);
/* Call only when the replay is stopped and all of it is settled. */
void ce_client_inbox_close(ce_client_inbox *y);

#endif
