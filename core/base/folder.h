/* SPDX-License-Identifier: Apache-2.0 */
/* Folders on the disk: a file is there after a power loss when its name is on
 * the disk too. */
#ifndef CE_CORE_BASE_FOLDER_H
#define CE_CORE_BASE_FOLDER_H

/* Flushes the names in DIR; it blocks. Returns 0 or an errno; 0 too where the
 * file system flushes no folders. */
int ce_folder_flush(const char *dir);
/* The same for the folder of PATH. */
int ce_folder_flush_of(const char *path);

#endif
