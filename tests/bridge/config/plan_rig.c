/* SPDX-License-Identifier: Apache-2.0 */
/* Transports that a configuration can name, and what it plans with them. */
#include "tests/bridge/config/plan_rig.h"

#include "bridge/config/keys.h"
#include "bridge/config/yaml.h"

/* A transport that needs an inbox, and one with foreign parameters. */
static ce_status never_receive(ce_receiver **out, const ce_endpoint *at,
                               ce_error *err)
{
    (void)out;
    (void)at;
    return ce_fail(err, CE_ENOTSUP, "a configuration opens nothing");
}

static ce_status never_send(ce_sender **out, const ce_endpoint *at,
                            ce_error *err)
{
    (void)out;
    (void)at;
    return ce_fail(err, CE_ENOTSUP, "a configuration opens nothing");
}

static const ce_option source_rows[] = {
    { "qos", CE_OPT_CHOICE, "1", "0|1|2", 0, 0, "level" },
    CE_OPTION_INBOX,
    CE_OPTION_MAX_EVENT_BYTES,
    CE_OPTION_END,
};
static const ce_option sink_rows[] = {
    CE_OPTION_MODE,
    CE_OPTION_FORMAT,
    { "qos", CE_OPT_CHOICE, "1", "0|1|2", 0, 0, "level" },
    { "rdkafka.", CE_OPT_FAMILY, NULL, NULL, 0, 0, "any property" },
    CE_OPTION_END,
};
static bool is_zero(const ce_settings *s, const char *name)
{
    const char *text = ce_settings_text(s, name);

    return text && strcmp(text, "0") == 0;
}

static ce_promise promise(ce_role role, const ce_settings *s)
{
    ce_promise p = { .level = CE_AT_LEAST_ONCE };

    if (role == CE_ROLE_RESPONDER)
        p = (ce_promise){ .level = CE_AT_MOST_ONCE,
                          .text = "a request that is lost" };
    else if (role == CE_ROLE_RECEIVER && is_zero(s, "qos"))
        p = (ce_promise){ .level = CE_AT_MOST_ONCE,
                          .text = "the source sends with qos=0" };
    else if (role == CE_ROLE_RECEIVER)
        p.level = CE_UNLESS_KEPT;
    else if (is_zero(s, "qos") || is_zero(s, "rdkafka.acks"))
        p = (ce_promise){ .level = CE_AT_MOST_ONCE,
                          .text = "the sink does not confirm" };
    return p;
}

static const char *alone(ce_role role, const ce_settings *s)
{
    (void)s;
    return role == CE_ROLE_RECEIVER ? "subscribers would each get every message"
                                    : NULL;
}

static const char *const custody_schemes[] = { "custody", NULL };
static const ce_transport custody = {
    .abi = CE_TRANSPORT_ABI,
    .name = "custody",
    .schemes = custody_schemes,
    .receiver_options = source_rows,
    .sender_options = sink_rows,
    .sender_rule = CE_URI_STRICT,
    .needs_inbox = true,
    .receiver = never_receive,
    .responder = never_receive,
    .sender = never_send,
    .promise = promise,
    .alone = alone,
};
static const char *const foreign_schemes[] = { "foreign", NULL };
static const ce_transport foreign = {
    .abi = CE_TRANSPORT_ABI,
    .name = "foreign",
    .schemes = foreign_schemes,
    .receiver_options = source_rows + 2,
    .sender_options = sink_rows,
    .sender_rule = CE_URI_FOREIGN,
    .receiver = never_receive,
    .responder = never_receive,
    .sender = never_send,
    .requester = never_send,
};
static const char *const mute_schemes[] = { "mute", NULL };
static const ce_transport mute = {
    .abi = CE_TRANSPORT_ABI,
    .name = "mute",
    .schemes = mute_schemes,
    .receiver_options = source_rows,
    .receiver = never_receive,
};

br_plan plan;
br_faults faults;

void plan_text(const char *text)
{
    static bool registered;
    br_node *tree;

    if (!registered) {
        REQUIRE_OK(ce_transport_register(&custody, NULL));
        REQUIRE_OK(ce_transport_register(&foreign, NULL));
        REQUIRE_OK(ce_transport_register(&mute, NULL));
        registered = true;
    }
    br_plan_free(&plan);
    br_faults_free(&faults);
    faults.file = "bridge.yaml";
    tree = br_config_parse(ce_slice_of(text), &faults);
    if (tree)
        br_config_plan(&plan, tree, &faults);
    br_node_free(tree);
}

void forget(void)
{
    br_plan_free(&plan);
    br_faults_free(&faults);
}

bool is_planned(const char *text)
{
    plan_text(text);
    if (faults.count)
        fprintf(stderr, "%.*s", CE_ARG(ce_buf_slice(&faults.text)));
    return faults.count == 0;
}
