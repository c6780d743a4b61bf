/* SPDX-License-Identifier: Apache-2.0 */
/* A shift that is not defined; says when nobody has stopped it. */
#include <stdio.h>

int main(int argc, char **argv)
{
    (void)argv;
    printf("%d\n", 1 << (argc + 40));
    return puts("went on") == EOF;
}
