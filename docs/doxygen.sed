# The headers have plain comments. The first one is about the file, ...
/^ *\/\* SPDX/d
2s|^/\* |/** @file\n * |
# ... one at the start of a line about what follows, ...
s|^( *)/\* |\1/** |
# ... and one behind code about what stands before it.
s|([;,{a-z0-9_)]) +/\* |\1 /**< |
