/* SPDX-License-Identifier: Apache-2.0 */
/* The transport of files, standard input and standard output. */
#include "bindings/file/file.h"
#include "bindings/file/overlap.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const schemes[] = { "file", "-", NULL };

static const ce_option receiver_options[] = {
    { "follow", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "wait for more at the end of a file" },
    { "rotate_wait", CE_OPT_TIME, "5s", NULL, 0, 3600000,
      "how long a file that was rotated, and has a writer, is read after its "
      "last byte" },
    { "position", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "a file that keeps how far this one was read, for the next run" },
    { "lines", CE_OPT_CHOICE, "events", "events|text", 0, 0,
      "what a line is: an event, or a text that \"wrap\" makes one of" },
    CE_OPTION_MAX_EVENT_BYTES,
    CE_OPTION_MAX_IN_FLIGHT("1000"),
    CE_OPTION_END,
};

static const ce_option sender_options[] = {
    { "mode", CE_OPT_CHOICE, "keep", "keep|structured", 0, 0,
      "accepted for uniformity; lines are always structured" },
    { "sync", CE_OPT_BOOLEAN, "false", NULL, 0, 0,
      "confirm events when they are on the disk" },
    { "file_mode", CE_OPT_CHOICE, "0600", "0600|0640|0644|0660|0664|0666", 0, 0,
      "the permissions of a file that it creates" },
    CE_OPTION_END,
};

bool ce_file_is_standard(const ce_settings *s)
{
    const char *path = ce_settings_path(s);

    return !strcmp(ce_settings_scheme(s), "-") || !strcmp(path, "-");
}

/* Names do not tell: /dev/stdin and /dev/fd/63 may be anything. */
static bool is_pipe(const ce_settings *s)
{
    struct stat st;

    return !stat(ce_settings_path(s), &st) && !S_ISREG(st.st_mode) &&
           !S_ISDIR(st.st_mode);
}

static ce_status check(ce_role role, const ce_settings *s, ce_error *err)
{
    if (role != CE_ROLE_RECEIVER || !ce_settings_text(s, "position"))
        return CE_OK;
    if (ce_file_is_standard(s))
        return ce_fail(err, CE_EINVAL,
                       "position: standard input cannot be read again: give "
                       "the file by its name");
    if (is_pipe(s))
        return ce_fail(err, CE_EINVAL, "position: %s cannot be read again",
                       ce_settings_path(s));
    return CE_OK;
}

/* Who reads standard output has it, or the system. */
static ce_promise promise_of_sink(const ce_settings *s)
{
    bool is_safe = ce_file_is_standard(s) || ce_settings_boolean(s, "sync");

    return (ce_promise){
        .level = CE_AT_LEAST_ONCE,
        .but = is_safe
                   ? NULL
                   : "may lose on power failure because the file is not flushed"
    };
}

/* Lines of a pipe come once, whatever name it has. NULL: they come again. */
static const char *why_once(const ce_settings *s)
{
    if (ce_file_is_standard(s))
        return "standard input cannot be read again after a crash";
    if (is_pipe(s))
        return "a pipe or device cannot be read again after a crash";
    return NULL;
}

/* What a file that does not stay as it is may take with it. */
static const char *losses_of(const ce_settings *s)
{
    if (!ce_settings_boolean(s, "follow"))
        return NULL;
    if (ce_settings_text(s, "position"))
        return "may lose lines that are cut off before they are read "
               "(copytruncate) or come into a rotated file after rotate_wait";
    return "may lose lines that are cut off before they are read "
           "(copytruncate), come into a rotated file after rotate_wait, or are "
           "left in one at a restart (position= finds them)";
}

static ce_promise promise_of_source(const ce_settings *s)
{
    const char *why = why_once(s);

    if (why)
        return (ce_promise){ .level = CE_UNLESS_KEPT, .text = why };
    return (ce_promise){
        .level = CE_AT_LEAST_ONCE,
        .text = ce_settings_text(s, "position")
                    ? NULL
                    : "a run that was cut short begins again at the file's "
                      "first line",
        .but = losses_of(s),
    };
}

static ce_promise promise(ce_role role, const ce_settings *s)
{
    return role == CE_ROLE_RECEIVER ? promise_of_source(s) : promise_of_sink(s);
}

static const char *alone(ce_role role, const ce_settings *s)
{
    (void)s;
    return role == CE_ROLE_RECEIVER ? "readers would each read the file" : NULL;
}

/* The program opens what was closed for the other direction: to try again
 * would be in vain. */
static ce_status check_open(const ce_settings *s, int fd, ce_error *err)
{
    bool is_input = fd == STDIN_FILENO;
    int flags;

    if (!ce_file_is_standard(s))
        return CE_OK;
    flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) != (is_input ? O_WRONLY : O_RDONLY))
        return CE_OK;
    return ce_fail(err, CE_EIO, "standard %s is not open",
                   is_input ? "input" : "output");
}

static ce_status open_receiver(ce_receiver **out, const ce_endpoint *at,
                               ce_error *err)
{
    ce_status status = check_open(at->settings, STDIN_FILENO, err);

    return status == CE_OK ? ce_file_receiver_open(out, at, err) : status;
}

static ce_status open_sender(ce_sender **out, const ce_endpoint *at,
                             ce_error *err)
{
    ce_status status = check_open(at->settings, STDOUT_FILENO, err);

    return status == CE_OK ? ce_file_sender_open(out, at, err) : status;
}

const ce_transport ce_transport_file = {
    .abi = CE_TRANSPORT_ABI,
    .name = "file",
    .schemes = schemes,
    .help = "file:PATH or -: structured JSON, one event a line; a source takes "
            "lines of text, too",
    .receiver_options = receiver_options,
    .sender_options = sender_options,
    .sender_rule = CE_URI_STRICT,
    .receiver = open_receiver,
    .sender = open_sender,
    .check = check,
    .promise = promise,
    .alone = alone,
    .ask = ce_file_ask,
    .returns = ce_file_returns,
    .name_of = ce_file_name_of,
};
