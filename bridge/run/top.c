/* SPDX-License-Identifier: Apache-2.0 */
/* Only the admin endpoint can fail: it comes first. */
#include "bridge/run/top.h"

#include "bridge/run/reload.h"

/* --- the admin endpoint --- */

static ce_status blame(const br_plan *plan, ce_status status, ce_error *err)
{
    if (status == CE_OK || !plan->file)
        return status;
    return ce_fail(err, status, "%s:%u: admin: %s", plan->file,
                   plan->admin_line, err->text);
}

static ce_status open_admin(const br_top *t, const br_plan *plan,
                            br_admin **out, ce_error *err)
{
    br_admin_config c = t->config;

    c.settings = plan->admin;
    *out = NULL;
    return c.settings ? blame(plan, br_admin_open(out, &c, err), err) : CE_OK;
}

static void on_leave(ce_task *task)
{
    br_top *t = CE_OWNER(task, br_top, leave);

    br_admin_close(t->leaving);
    t->leaving = NULL;
}

static ce_status move_admin(br_top *t, const br_plan *now, ce_error *err)
{
    br_admin *moved;
    ce_status status;

    if (t->leaving)
        return ce_fail(err, CE_EIO, "admin: the one before is still closing");
    status = open_admin(t, now, &moved, err);
    if (status != CE_OK)
        return status;
    t->leaving = t->admin;
    t->left = t->plan;
    t->admin = moved;
    ce_loop_post(t->config.loop, &t->leave);
    return CE_OK;
}

static ce_status adopt_admin(br_top *t, const br_plan *now, ce_error *err)
{
    if (t->admin && now->admin && br_admin_is_at(t->admin, now->admin))
        return blame(now, br_admin_update(t->admin, now->admin, err), err);
    return t->admin || now->admin ? move_admin(t, now, err) : CE_OK;
}

/* --- all of it --- */

ce_status br_top_open(br_top *t, const br_plan *plan, ce_error *err)
{
    t->plan = plan;
    t->leave.run = on_leave;
    return open_admin(t, plan, &t->admin, err);
}

static bool has_other_log(const br_plan *a, const br_plan *b)
{
    return a->log != b->log || a->log_form != b->log_form;
}

ce_status br_top_adopt(br_top *t, const br_plan *now, ce_buf *said,
                       ce_error *err)
{
    const br_plan *before = t->plan;
    ce_status status = adopt_admin(t, now, err);

    if (status != CE_OK)
        return status;
    if (now->admin_mark != before->admin_mark)
        br_reload_say(said, "admin", "changed");
    if (now->grace_ms != before->grace_ms) {
        br_team_set_grace(t->team, now->grace_ms);
        br_reload_say(said, "grace", "changed");
    }
    if (has_other_log(now, before)) {
        br_console_set(now->log, now->log_form);
        br_reload_say(said, "log", "changed");
    }
    t->plan = now;
    return CE_OK;
}

bool br_top_holds(const br_top *t, const br_plan *plan)
{
    return t->leaving && t->left == plan;
}

void br_top_close(br_top *t)
{
    if (t->leaving)
        ce_loop_unpost(t->config.loop, &t->leave);
    br_admin_close(t->leaving);
    br_admin_close(t->admin);
}
