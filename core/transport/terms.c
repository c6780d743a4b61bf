/* SPDX-License-Identifier: Apache-2.0 */
/* Asks transports, and answers for those that say nothing. */
#include "core/transport/terms.h"

#include <string.h>

static bool receives(ce_role role)
{
    return role == CE_ROLE_RECEIVER || role == CE_ROLE_RESPONDER;
}

static ce_promise ask(const ce_transport *t, ce_role role, const ce_settings *s)
{
    if (t->promise)
        return t->promise(role, s);
    if (receives(role) && t->needs_inbox)
        return (ce_promise){ .level = CE_UNLESS_KEPT };
    return (ce_promise){ .level = CE_AT_LEAST_ONCE };
}

/* What is to be said of most transports in a role; NULL: nothing. */
static const char *usual_text(ce_promise_level level, ce_role role)
{
    if (level == CE_UNLESS_KEPT && receives(role))
        return "without an inbox a message is confirmed before the sink has it";
    if (level == CE_AT_LEAST_ONCE && role == CE_ROLE_RESPONDER)
        return "the sender has the sink's reply, or hears that there is none "
               "and may repeat its request";
    return NULL;
}

ce_promise ce_promise_of(const ce_transport *t, ce_role role,
                         const ce_settings *s)
{
    ce_promise p = ask(t, role, s);

    if (!p.text)
        p.text = usual_text(p.level, role);
    return p;
}

const char *ce_alone_because(const ce_transport *t, ce_role role,
                             const ce_settings *s)
{
    return t->alone ? t->alone(role, s) : NULL;
}

/* --- custody --- */

static const char inbox[] = "inbox"; /* CE_OPTION_INBOX */

ce_custody ce_custody_of(const ce_transport *t, const ce_settings *s)
{
    const char *wish;

    if (!t->needs_inbox)
        return CE_CUSTODY_NONE;
    if (!ce_option_find(t->receiver_options, inbox))
        return CE_CUSTODY_KEPT;
    wish = ce_settings_text(s, inbox);
    if (strcmp(wish, "off") == 0)
        return CE_CUSTODY_NONE;
    return strcmp(wish, "sync") == 0 ? CE_CUSTODY_FLUSHED : CE_CUSTODY_KEPT;
}

bool ce_custody_is_asked_for(const ce_transport *t, const ce_settings *s)
{
    return ce_option_find(t->receiver_options, inbox) &&
           ce_settings_has(s, inbox) && ce_custody_of(t, s) != CE_CUSTODY_NONE;
}

static ce_status set_unless_given(const ce_transport *t, ce_settings *s,
                                  const char *name, const char *value,
                                  ce_error *err)
{
    if (!ce_option_find(t->receiver_options, name) || ce_settings_has(s, name))
        return CE_OK;
    return ce_settings_set(s, name, value, err);
}

ce_status ce_custody_decline(const ce_transport *t, ce_settings *s,
                             ce_error *err)
{
    if (!t->needs_inbox)
        return CE_OK;
    return set_unless_given(t, s, inbox, "off", err);
}

/* --- what the peer keeps --- */

bool ce_identity_is_given(const ce_transport *t, const ce_settings *s)
{
    const char *const *name = t->identity;

    while (name && *name && !ce_settings_has(s, *name))
        name++;
    return name && *name;
}

ce_status ce_leave_nothing(const ce_transport *t, ce_settings *s, ce_error *err)
{
    if (!t->clean_option)
        return CE_OK;
    return set_unless_given(t, s, t->clean_option, "true", err);
}

/* --- what is taken for an event --- */

bool ce_traces_are_taken(const ce_transport *t, const ce_settings *s)
{
    return ce_option_find(t->receiver_options, "trace") &&
           ce_settings_boolean(s, "trace");
}

bool ce_needs_wrap(const ce_transport *t, const ce_settings *s)
{
    return ce_option_find(t->receiver_options, "lines") &&
           !strcmp(ce_settings_text(s, "lines"), "text");
}
