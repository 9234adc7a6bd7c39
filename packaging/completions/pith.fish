# SPDX-License-Identifier: Apache-2.0
# Completion of pith for fish: `pith complete WORD...` knows the candidates, this hands them on.

function __pith_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($words[1] complete $words[2..-1] "$current" 2>/dev/null)
    if string match -q 'files *' -- $lines[1]
        set -l length (string replace 'files ' '' -- $lines[1])
        set -l prefix (string sub -l $length -- "$current")
        for name in (__fish_complete_path (string sub -s (math $length + 1) -- "$current"))
            echo -- "$prefix$name"
        end
        return
    end
    printf '%s\n' $lines[2..-1]
end

complete -c pith -f -k -a '(__pith_complete)'
