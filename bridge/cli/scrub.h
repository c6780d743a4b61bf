/* SPDX-License-Identifier: Apache-2.0 */
/* The command line as "ps" shows it to every user of the machine. */
#ifndef CE_BRIDGE_CLI_SCRUB_H
#define CE_BRIDGE_CLI_SCRUB_H

/* Returns a copy of ARGV that lives for ever, after it has overwritten the
 * passwords and tokens in ARGV itself. Returns ARGV without memory. */
char **br_scrub(int argc, char **argv);

#endif
