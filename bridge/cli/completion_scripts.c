/* SPDX-License-Identifier: Apache-2.0 */
/* The scripts say how a shell asks and takes an answer; what the answer is,
 * they do not know. */
#include "bridge/cli/completion.h"

#include <string.h>

/* Bash breaks words at ':', '=' and '@' too, and replaces the last part only.
 * A word in quotes is whole, and a single answer would end it. */
static const char bash[] =
    "# bash completion of cebridge\n"
    "_cebridge()\n"
    "{\n"
    "    local line=$COMP_LINE word words=() quote='' part='' reply\n"
    "    for word in \"${COMP_WORDS[@]:0:COMP_CWORD+1}\"; do\n"
    "        if [[ -n $word && ${#words[@]} -gt 0 && $line == \"$word\"* ]]; "
    "then\n"
    "            words[-1]+=$word\n"
    "        else\n"
    "            line=${line#\"${line%%[![:space:]]*}\"}\n"
    "            words+=(\"$word\")\n"
    "        fi\n"
    "        line=${line#\"$word\"}\n"
    "    done\n"
    "    word=${words[-1]}\n"
    "    case $word in\n"
    "    [\\'\\\"]*) quote=${word:0:1} word=${word:1} ;;\n"
    "    *) word=${word//\\\\/} part=${word%\"${word##*[:=@]}\"} ;;\n"
    "    esac\n"
    "    words[-1]=$word\n"
    "    COMPREPLY=()\n"
    "    while IFS=$'\\t' read -r reply _; do\n"
    "        [ -n \"$quote\" ] || printf -v reply %q \"${reply#\"$part\"}\"\n"
    "        COMPREPLY+=(\"$reply\")\n"
    "    done < <(command cebridge completion --words -- \"${words[@]:1}\" "
    "2>/dev/null)\n"
    "    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:/.] ]]; then\n"
    "        compopt -o nospace\n"
    "        [ -z \"$quote\" ] || COMPREPLY+=(\"${COMPREPLY[0]}...\")\n"
    "    fi\n"
    "}\n"
    "complete -o default -F _cebridge cebridge\n";

static const char zsh[] =
    "#compdef cebridge\n"
    "_cebridge()\n"
    "{\n"
    "    local line word\n"
    "    local -a done open shown_done shown_open before\n"
    "    before=(\"${(@Q)words[2,CURRENT-1]}\" \"${(Q)PREFIX}\")\n"
    "    for line in \"${(@f)$(command cebridge completion --words -- "
    "$before[@] "
    "2>/dev/null)}\"; do\n"
    "        [[ -n $line ]] || continue\n"
    "        word=${line%%$'\\t'*}\n"
    "        line=\"$word  ${line#*$'\\t'}\"\n"
    "        if [[ $word == *[=:/.] ]]; then\n"
    "            open+=(\"$word\") shown_open+=(\"$line\")\n"
    "        else\n"
    "            done+=(\"$word\") shown_done+=(\"$line\")\n"
    "        fi\n"
    "    done\n"
    "    if (( ${#done} + ${#open} == 0 )); then\n"
    "        compset -P 'file:'\n"
    "        _files\n"
    "        return\n"
    "    fi\n"
    "    (( ${#done} == 0 )) || compadd -l -d shown_done -a done\n"
    "    (( ${#open} == 0 )) || compadd -l -S '' -d shown_open -a open\n"
    "}\n"
    "if [ \"$funcstack[1]\" = _cebridge ]; then\n"
    "    _cebridge \"$@\"\n"
    "else\n"
    "    compdef _cebridge cebridge\n"
    "fi\n";

static const char fish[] =
    "# fish completion of cebridge\n"
    "function __cebridge\n"
    "    set -l words (commandline -opc) (commandline -ct | string trim -lc "
    "\"'\\\"\")\n"
    "    set -l found (command cebridge completion --words -- $words[2..] "
    "2>/dev/null)\n"
    "    if set -q found[1]\n"
    "        printf '%s\\n' $found\n"
    "        return\n"
    "    end\n"
    "    set -l scheme (string match -r '^file:' -- $words[-1])\n"
    "    for path in (__fish_complete_path (string replace -r '^file:' '' -- "
    "$words[-1]))\n"
    "        echo \"$scheme$path\"\n"
    "    end\n"
    "end\n"
    "complete -c cebridge -f -a '(__cebridge)'\n";

const char *br_completion_script(const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        return bash;
    if (strcmp(shell, "zsh") == 0)
        return zsh;
    return strcmp(shell, "fish") == 0 ? fish : NULL;
}
