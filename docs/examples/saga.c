/* SPDX-License-Identifier: Apache-2.0 */
/* A saga: a trip is a flight, a hotel and a car. If one is not available, the
 * program cancels the earlier bookings in reverse order. It repeats each
 * cancellation until it is done.
 *
 *     saga http://127.0.0.1:8080/bookings
 */
#include "example.h"

static const char *const things[] = { "flight", "hotel", "car" };

/* The service: it has no cars. */
static ce_result book(void *arg, const ce_event *event, ce_event **reply)
{
    ce_slice subject = ce_event_text(event, "subject");

    (void)arg;
    (void)reply;
    if (is_type(event, "com.example.booking.cancel"))
        return ce_result_ack();
    if (ce_slice_eq(subject, CE_SLICE("car")))
        return ce_result_http(409, "no car is left");
    return ce_result_ack();
}

static ce_result tell(ce_client *service, const char *type, const char *thing,
                      const char *trip)
{
    ce_event *e = new_event(type, "/trips", "{}");
    ce_error err;
    ce_result r;

    need(ce_event_set(e, "subject", thing, &err), &err);
    need(ce_event_set(e, "correlationid", trip, &err), &err);
    r = ce_client_send(service, e);
    printf("%s %s: %s\n", strrchr(type, '.') + 1, thing,
           ce_result_is_ack(&r) ? "done" : ce_result_message(&r));
    ce_event_free(e);
    return r;
}

/* The client sends undelivered events again; see main. */
static void cancel(ce_client *service, unsigned count, const char *trip)
{
    while (count-- > 0) {
        ce_result r =
            tell(service, "com.example.booking.cancel", things[count], trip);

        if (!ce_result_is_ack(&r))
            printf("%s needs a person\n", things[count]);
    }
}

static bool travel(ce_client *service, const char *trip)
{
    for (unsigned i = 0; i < sizeof things / sizeof *things; i++) {
        ce_result r =
            tell(service, "com.example.booking.book", things[i], trip);

        if (ce_result_is_ack(&r))
            continue;
        cancel(service, i, trip);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    const ce_retry_policy patient = { .max_attempts = 10 };
    const ce_client_options options = { .retry = &patient };
    ce_client *receiver, *service;

    if (argc != 2)
        usage("saga URI");
    receiver = receive(argv[1], book, NULL);
    service = open_client(argv[1], &options);
    if (!travel(service, "trip-1"))
        printf("the trip is off\n");
    ce_client_close(service);
    ce_client_close(receiver);
    return 0;
}
