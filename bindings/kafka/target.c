/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/target.h"

#include <regex.h>
#include <string.h>

#include "bindings/kafka/group.h"
#include "bindings/kafka/key.h"

/* Brokers refuse all other names. */
#define NAME_CHARACTERS                                                        \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
enum { NAME_MAX_LEN = 249 };

static const char *broken_name(const char *name)
{
    if (!*name)
        return "no topic";
    if (*name == '^')
        return "a pattern is no topic to send to";
    if (name[strspn(name, NAME_CHARACTERS)])
        return "a topic is made of letters, digits, '.', '_' and '-'";
    if (strlen(name) > NAME_MAX_LEN)
        return "a topic has at most 249 characters";
    if (!strcmp(name, ".") || !strcmp(name, ".."))
        return "no topic may be called so";
    return NULL;
}

static const char *broken_item(const char *item)
{
    if (item[strspn(item, NAME_CHARACTERS "*")])
        return "a topic is made of letters, digits, '.', '_' and '-', and '*' "
               "stands for any of them";
    return NULL;
}

static const ce_target_rules rules = {
    .noun = "topic",
    .option = "topics",
    .place = CE_IN_TEXT,
    .broken = broken_name,
    .broken_item = broken_item,
    .allows = ce_target_glob,
};

ce_status ce_kafka_target_open(ce_target **out, const ce_settings *s,
                               ce_error *err)
{
    return ce_target_open(out, &rules, ce_settings_path(s),
                          ce_settings_text(s, "topics"), err);
}

static ce_status tell_key(const ce_settings *s, ce_delivery *d, ce_buf *out,
                          ce_error *err)
{
    ce_template *made;
    ce_status status = ce_kafka_key_open(&made, s, err);
    ce_slice key = { NULL, 0 };

    if (status == CE_OK)
        key = ce_kafka_key_of(made, d);
    if (key.ptr && ce_buf_printf(out, ", key \"%.*s\"", CE_ARG(key)) != CE_OK)
        status = ce_no_memory(err);
    ce_template_free(made);
    return status;
}

ce_status ce_kafka_aim(const ce_settings *s, ce_delivery *d, ce_buf *out,
                       ce_error *err)
{
    ce_status status = ce_target_tell(ce_kafka_target_open, s, d, out, err);

    return status == CE_OK ? tell_key(s, d, out, err) : status;
}

static ce_status check_pattern(const char *pattern, ce_error *err)
{
    char why[100];
    regex_t made;
    int code = regcomp(&made, pattern, REG_EXTENDED | REG_NOSUB);

    if (code == 0) {
        regfree(&made);
        return CE_OK;
    }
    regerror(code, &made, why, sizeof why);
    return ce_fail(err, CE_EINVAL, "topic \"%.100s\": %s", pattern, why);
}

static ce_status check_topic(const ce_settings *s, ce_error *err)
{
    const char *topic = ce_settings_path(s), *broken;

    if (*topic == '^')
        return check_pattern(topic, err);
    broken = broken_name(topic);
    if (!broken)
        return CE_OK;
    return ce_fail(err, CE_EINVAL, "topic \"%.100s\": %s", topic, broken);
}

static ce_status check_source(const ce_settings *s, ce_error *err)
{
    ce_status status = check_topic(s, err);

    return status == CE_OK ? ce_kafka_group_check(s, err) : status;
}

ce_status ce_kafka_check(ce_role role, const ce_settings *s, ce_error *err)
{
    if (role == CE_ROLE_RECEIVER || role == CE_ROLE_RESPONDER)
        return check_source(s, err);
    return ce_target_check(&rules, ce_settings_path(s),
                           ce_settings_text(s, "topics"), err);
}
