# SPDX-License-Identifier: Apache-2.0
# Completion of pith for bash: `pith complete WORD...` knows the candidates, this hands them on.

_pith()
{
	local rest=$COMP_LINE typed=${COMP_WORDS[COMP_CWORD]} words=() lines=() word gap current prefix i IFS=$' \t\n'

	# bash splits words at = and : too; pith is asked about those that the line has.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		gap=${rest%%[![:blank:]]*}
		rest=${rest:${#gap}}
		rest=${rest:${#word}}
		if [[ -n $gap || $i -eq 0 ]]; then
			words+=("$word")
		else
			words[-1]+=$word
		fi
	done
	current=${words[-1]}
	# Candidates take the place of the part that bash has for a word.
	if [[ $typed == [=:] ]]; then typed=''; fi
	prefix=${current:0:${#current}-${#typed}}

	mapfile -t lines < <("${words[0]/#\~/$HOME}" complete "${words[@]:1}" 2>/dev/null)
	if [[ ${lines[0]} == files\ * ]]; then
		word=${lines[0]#files }
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "${current:word}")
		if [[ ${#prefix} -lt $word ]]; then COMPREPLY=("${COMPREPLY[@]/#/${current:${#prefix}:word-${#prefix}}}"); fi
		return
	fi
	COMPREPLY=("${lines[@]:1}")
	COMPREPLY=("${COMPREPLY[@]%%$'\t'*}")
	COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
	# An address goes on after its colon.
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *: ]]; then compopt -o nospace; fi
}

complete -F _pith pith
