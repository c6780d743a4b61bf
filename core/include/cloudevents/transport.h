/* SPDX-License-Identifier: Apache-2.0 */
/* For people who write transports: receivers, senders, and the constant that
 * joins them. Everything runs on the endpoint's loop thread, unless it says
 * otherwise. */
#ifndef CLOUDEVENTS_TRANSPORT_H
#define CLOUDEVENTS_TRANSPORT_H

#include <cloudevents/pipeline.h>
#include <cloudevents/settings.h>

CE_BEGIN_DECLS

/* What an endpoint is opened with; borrowed for its whole life. */
typedef struct ce_endpoint {
    ce_loop *loop;
    const ce_settings *settings;
    const char *name; /* stable and unique, such as the route's: for logs and
                         for derived client ids */
    ce_inbox *inbox;  /* custody for transports that must confirm at once;
                         NULL: none */
    bool direct;      /* a caller waits for each event: a sender that connects
                         per event tries them all, however the last one went */
    bool unordered;   /* events may overtake each other: a sender need not pay
                         for their order */
    bool is_trial;    /* it is opened to see whether it can be, and closed; no
                         start follows. What only the start would find may be
                         looked for, without a peer. */
} ce_endpoint;

typedef struct ce_receiver ce_receiver;
/* What a receiver tells metrics about itself: core/transport/gauges.h. */
typedef struct ce_gauges ce_gauges;

/* What a receiver can do. Called in the order start, stop, close. */
typedef struct ce_receiver_ops {
    /* Begins to receive into INTO. A peer that is away is no error: wait for
     * it, and let health say so. Fail for what can never work: a port in use,
     * an unreadable file. */
    ce_status (*start)(ce_receiver *r, ce_stage *into, ce_error *err);
    /* Must not push any more after this returns. Deliveries that are out stay
     * valid, and their results still reach the source. Idempotent. */
    void (*stop)(ce_receiver *r);
    /* Says the last words to the source, such as a commit, and frees R. May
     * block for some seconds. Called only after the stop, when every delivery
     * is home. */
    void (*close)(ce_receiver *r);
} ce_receiver_ops;

/* The first member of a receiver's own struct. */
struct ce_receiver {
    const ce_receiver_ops *ops;
    ce_pool *pool; /* the deliveries that it hands out */
    ce_health health;
    bool interactive; /* callers wait for the result and can repeat */
    bool ordered;     /* events with one key arrive in an order */
    unsigned port;    /* that it listens on, once started; 0: it does not */
    void (*ended)(ce_receiver *r, void *arg); /* set by the owner: the source
                                                 is at its end, nothing more
                                                 will be pushed but what comes
                                                 back; if health is down, it is
                                                 a failure for that reason */
    void *ended_arg;
    void (*tolerated)(ce_receiver *r, void *arg); /* set by the owner: see
                                                     below; any thread */
    void *tolerated_arg;
    bool (*ready)(ce_receiver *r, void *arg); /* set by the owner, or NULL: see
                                                 below; loop thread */
    void *ready_arg;
    void (*lost)(ce_receiver *r, uint64_t count, void *arg); /* set by the
                                                                owner: see
                                                                below */
    void *lost_arg;
    ce_gauges *gauges; /* set by the owner, or NULL: nobody asks */
};

/* Call for each message that was read only because a switch of the settings
 * allows it; the owner counts them. Any thread. */
CE_API void ce_receiver_tolerated(ce_receiver *r);
/* Returns whether events may come, for receivers that tell their peers: what
 * the owner says, or else whether R is up. */
CE_API bool ce_receiver_is_ready(ce_receiver *r);
/* Call when COUNT messages are gone that the source believes to be safe, in the
 * close at the latest; the owner counts them, and fails in the end. Loop
 * thread. */
CE_API void ce_receiver_lost(ce_receiver *r, uint64_t count);

typedef struct ce_sender ce_sender;

/* What a sender can do besides being a stage. */
typedef struct ce_sender_ops {
    /* Begins to connect; the rules are those of a receiver's start. */
    ce_status (*start)(ce_sender *s, ce_error *err);
    /* Must settle everything that it holds; what has no answer after TIMEOUT_MS
     * milliseconds is UNDELIVERED. Calls DONE with ARG, once, when it holds
     * nothing any more, perhaps at once. Deliveries pushed later are settled
     * UNDELIVERED. */
    void (*stop)(ce_sender *s, unsigned timeout_ms, void (*done)(void *arg),
                 void *arg);
    /* Few events come any more: from now on none may wait for others to be sent
     * with. NULL: none does. */
    void (*hurry)(ce_sender *s);
} ce_sender_ops;

/* Sending is pushing. A sender that knows that its peer is away settles
 * UNDELIVERED at once. Its health has to say soon after the start that the peer
 * is there, or why not: where events are tried again, none is pushed before
 * that. What waits in it for the peer may be abandoned
 * meanwhile: then it is not sent (ce_delivery_next). It closes like a stage. */
struct ce_sender {
    ce_stage stage;
    const ce_sender_ops *ops;
    ce_health health;
    bool keeps_order; /* messages confirmed are in the order pushed, as long as
                         none was UNDELIVERED, and
                         no batch of several refused */
    void (*late)(ce_sender *s, void *arg); /* set by the owner of a requester:
                                              a reply came after its call had
                                              ended; it is dropped */
    void *late_arg;
    void (*ended)(ce_sender *s, void *arg); /* set by the owner, or NULL: the
                                               peer is gone for good, such as
                                               the reader of a pipe; nothing
                                               will be delivered any more */
    void *ended_arg;
};

/* Make an endpoint, which does nothing before its start. Read the settings,
 * allocate, and check what can be checked without a peer. AT lives as long as
 * the endpoint. The close function of the endpoint frees *OUT. */
typedef ce_status ce_receiver_open_fn(ce_receiver **out, const ce_endpoint *at,
                                      ce_error *err);
typedef ce_status ce_sender_open_fn(ce_sender **out, const ce_endpoint *at,
                                    ce_error *err);

/* The part that an endpoint plays: which open function opens it. */
typedef enum ce_role {
    CE_ROLE_RECEIVER,
    CE_ROLE_RESPONDER,
    CE_ROLE_SENDER,
    CE_ROLE_REQUESTER
} ce_role;

/* What becomes of an event when a process or a machine dies. */
typedef enum ce_promise_level {
    /* A source keeps an event until it is settled; a sink's ACK means that the
     * peer has it. */
    CE_AT_LEAST_ONCE,
    /* A source keeps no event that it has given: only an inbox can. */
    CE_UNLESS_KEPT,
    /* An event can get lost without a trace. */
    CE_AT_MOST_ONCE
} ce_promise_level;

typedef struct ce_promise {
    ce_promise_level level;
    const char *text; /* the reason for people, one clause in lower case: "an
                         offset is stored after the sink has confirmed"; or
                         NULL */
    const char *but;  /* what a promise of at least once leaves out: "may lose
                         on power failure because ..."; or NULL */
} ce_promise;

enum { CE_TRANSPORT_ABI = 6 };

/* Fill in abi, name, schemes and the roles that there are; everything else may
 * stay zero. NULL roles are not supported. Open functions read the settings,
 * allocate and check what can be checked without a peer. The functions that
 * take a role are asked before an endpoint is opened, on any thread, and look
 * at the settings alone. */
/* Where a sender sends to, for a receiver. */
typedef enum ce_overlap {
    CE_APART, /* it does not read there */
    CE_AMONG, /* one of the places of its pattern */
    CE_SAME   /* the very place that it names */
} ce_overlap;

typedef struct ce_transport {
    unsigned abi;               /* CE_TRANSPORT_ABI when compiled */
    const char *name;           /* "kafka" */
    const char *const *schemes; /* { "kafka", "kafkas", NULL } */
    const char *help;           /* one line: the URI forms */
    const ce_option *receiver_options, *sender_options;
    ce_uri_rule sender_rule;        /* what a sender's query may hold */
    bool needs_inbox;               /* receivers confirm before the sink does:
                                       without at->inbox an event is lost in a
                                       crash; see CE_OPTION_INBOX */
    bool batches;                   /* senders take messages of many events */
    ce_receiver_open_fn *receiver;  /* takes events in */
    ce_receiver_open_fn *responder; /* ... and carries replies back; CE_ENOTSUP:
                                       this endpoint has none */
    ce_sender_open_fn *sender;      /* sends events */
    ce_sender_open_fn *requester;   /* ... and brings replies */
    /* Fails for settings that can never work together, or not keep the promise:
     * a configuration is refused for what it says. The open functions check the
     * same. NULL: any may. */
    ce_status (*check)(ce_role role, const ce_settings *s, ce_error *err);
    /* What an endpoint with these settings promises. NULL: at least once, but
     * for receivers that need an inbox, which promise it with one only. */
    ce_promise (*promise)(ce_role role, const ce_settings *s);
    /* NULL, or why there must be no second endpoint with these settings, as
     * the end of a sentence that begins with their number: "readers would each
     * read the file". NULL: any number may share the work. */
    const char *(*alone)(ce_role role, const ce_settings *s);
    /* A receiver's options that tell sources apart besides the URI, such as a
     * client id: { "client_id", NULL }. What is kept for a source is found
     * again by them. NULL: the URI says it all. */
    const char *const *identity;
    /* A receiver's boolean option that leaves nothing behind with the peer,
     * such as a session: it is set for receivers that will not come again.
     * NULL: they leave nothing anyway. */
    const char *clean_option;
    /* Whoever sends to a receiver hears what has become of each event, and so
     * of one that is refused. */
    bool answers;
    /* For receivers that listen: whether two with these settings share what
     * listens, if they are on one loop. CE_OK: they do. CE_ENOENT: they listen
     * at different addresses. CE_EINVAL: they would have to and cannot; ERR
     * says why. NULL: none listens. */
    ce_status (*share)(const ce_settings *a, const ce_settings *b,
                       ce_error *err);
    /* Asks the peer whether an endpoint would work: connects, logs in, looks
     * for its topics. No event is read or written, and nothing is left behind.
     * Blocks for about TIMEOUT_MS at most, and may run the loop of AT, which
     * nobody else runs. CE_ENOTSUP: there is no peer in this role, and nothing
     * is wrong. Any other failure: ERR says why, as the health of the endpoint
     * would. NULL: there are no peers. */
    ce_status (*ask)(ce_role role, const ce_endpoint *at, uint64_t timeout_ms,
                     ce_error *err);
    /* Appends to OUT, for people, where a sender with these settings sends the
     * event of D: "topic orders". CE_ENOENT: the sender refuses it for the
     * reason in ERR. Any thread; opens nothing. NULL: the URI says it. */
    ce_status (*aim)(const ce_settings *s, ce_delivery *d, ce_buf *out,
                     ce_error *err);
    /* Whether what a sender with the settings TO sends comes to a receiver with
     * the settings FROM. A sender that chooses a place for each event is apart
     * from all. NULL: so are others. */
    ce_overlap (*returns)(const ce_settings *from, const ce_settings *to);
    /* Append to OUT, for people: "client id \"x\"". Two of one text at one
     * authority have the same. Any thread; CE_ENOMEM is the only failure. NULL,
     * and nothing appended: there is none. */
    /* ... the name by which the peer knows the endpoint, if it serves only one
     * of that name at a time; or what only one can read, such as a pipe. */
    ce_status (*name_of)(ce_role role, const ce_settings *s, ce_buf *out);
    /* ... what receivers read together, so that each event comes to one of them
     * only. */
    ce_status (*part_of)(ce_role role, const ce_settings *s, ce_buf *out);
} ce_transport;

/* Returns the transport of URI's scheme, or NULL. "-" and "file:PATH" belong to
 * one too. Any thread. */
CE_API const ce_transport *ce_transport_find(const char *uri);
/* Walks the known transports: INDEX from 0 until NULL. */
CE_API const ce_transport *ce_transport_at(unsigned index);
/* Adds the application's own transport, which must live for ever. Not
 * thread-safe: call it before endpoints are opened. Fails with CE_EINVAL when
 * it was compiled for another abi, and with CE_ENOMEM when the table is
 * full. */
CE_API ce_status ce_transport_register(const ce_transport *t,
                                       ce_error *err) CE_MUST_USE;

/* How a sender is to write what it sends, by its options "mode" and "format".
 * CE_MODE_NONE: as it came. */
typedef struct ce_content {
    ce_mode mode;
    const ce_format *format; /* of structured mode */
} ce_content;
/* Call in a sender's open function: reads "mode" and "format". A sender whose
 * table has no such rows sends messages as they came. Fails when the options
 * contradict each other, and when this build does not have the format. */
CE_API ce_status ce_content_of(const ce_transport *t, const ce_settings *s,
                               ce_content *out, ce_error *err) CE_MUST_USE;

/* Rows with one meaning in all tables. A transport has those that fit it. Two
 * more names are known everywhere: a responder's "deadline" (how long its
 * callers wait, CE_OPT_TIME) and a requester's "timeout" (how long a reply is
 * waited for). */
#define CE_OPTION_MODE                                                         \
    {                                                                          \
        "mode", CE_OPT_CHOICE, "keep", "keep|binary|structured", 0, 0,         \
            "content mode of what is sent"                                     \
    }
#define CE_OPTION_FORMAT                                                       \
    {                                                                          \
        "format", CE_OPT_CHOICE, "json", ce_format_names, 0, 0,                \
            "event format of mode=structured"                                  \
    }
#define CE_OPTION_MAX_EVENT_BYTES                                              \
    {                                                                          \
        "max_event_bytes", CE_OPT_SIZE, "1MiB", NULL, 1, 1 << 30,              \
            "larger messages are refused"                                      \
    }
/* For metadata that is read one by one, where each new name is looked for among
 * those before it. No event of a real system has a tenth of them. */
#define CE_OPTION_MAX_ATTRIBUTES                                               \
    {                                                                          \
        "max_attributes", CE_OPT_INTEGER, "256", NULL, 4, 65535,               \
            "messages with more attributes are malformed"                      \
    }
#define CE_OPTION_NAMES                                                        \
    {                                                                          \
        "names", CE_OPT_CHOICE, "exact", "exact|lower|drop", 0, 0,             \
            "attribute names that are not allowed: malformed, made of "        \
            "lower-case letters and digits, or left out"                       \
    }
#define CE_OPTION_QUOTED                                                       \
    {                                                                          \
        "quoted", CE_OPT_BOOLEAN, "false", NULL, 0, 0,                         \
            "read values that are JSON strings as their text (Spring, Kafka "  \
            "Connect)"                                                         \
    }
/* Of receivers and senders: bridge and client obey a receiver's themselves. */
#define CE_OPTION_TRACE                                                        \
    {                                                                          \
        "trace", CE_OPT_BOOLEAN, "false", NULL, 0, 0,                          \
            "traceparent and tracestate of the message are those of its "      \
            "event: taken where it has none, and shown"                        \
    }
#define CE_OPTION_MAX_IN_FLIGHT(preset)                                        \
    {                                                                          \
        "max_in_flight", CE_OPT_INTEGER, preset, NULL, 1, 65535,               \
            "events that may be unsettled at once"                             \
    }
/* For receivers that need an inbox: whether they get one, and whether each
 * record is flushed to disk. Without this row they get one. */
#define CE_OPTION_INBOX                                                        \
    {                                                                          \
        "inbox", CE_OPT_CHOICE, "on", "on|sync|off", 0, 0,                     \
            "keep messages on disk until they are delivered"                   \
    }
CE_END_DECLS

#endif
