/* SPDX-License-Identifier: Apache-2.0 */
/* Fire and forget: sends an event and looks at the result.
 *
 *     fire_and_forget http://localhost:8080/events
 */
#include "example.h"

int main(int argc, char **argv)
{
    ce_client *client;
    ce_event *event;
    ce_result r;

    if (argc != 2)
        usage("fire_and_forget URI");
    client = open_client(argv[1], NULL);
    event = new_event("com.example.user.created", "/users",
                      "{\"id\":1,\"name\":\"Ada\"}");
    r = ce_client_send(client, event);
    if (ce_result_is_ack(&r))
        printf("delivered\n");
    else if (ce_result_is_nack(&r))
        printf("refused, do not repeat: %s\n", ce_result_message(&r));
    else
        printf("not delivered, repeat with the same id: %s\n",
               ce_result_message(&r));
    ce_event_free(event);
    ce_client_close(client);
    return ce_result_is_ack(&r) ? 0 : 1;
}
