/** The shells' sides of completion: each hands the words so far to `lodge __complete` and offers what it prints. */
export const completionScripts = {
  bash: `# Completion of lodge for bash.
_lodge() {
  local IFS=$'\\n' cur=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=($(compgen -W "$(lodge __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "$cur"))
  if [[ \${#COMPREPLY[@]} -eq 0 ]]; then COMPREPLY=($(compgen -f -- "$cur")); fi
  if [[ \${COMPREPLY[0]-} == */ ]]; then compopt -o nospace; fi
}
complete -F _lodge lodge
`,
  zsh: `#compdef lodge
# Completion of lodge for zsh.
_lodge() {
  local -a found
  found=(\${(f)"$(lodge __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#found} )); then
    compadd -S '' -- \${(M)found:#*/}
    compadd -- \${found:#*/}
  else
    _files
  fi
}
if [[ \${funcstack[1]-} == _lodge ]]; then _lodge "$@"; else compdef _lodge lodge; fi
`,
  fish: `# Completion of lodge for fish.
function __lodge_complete
    set -l words (commandline -opc) (commandline -ct)
    lodge __complete -- $words[2..] 2>/dev/null
end
complete -c lodge -a '(__lodge_complete)'
`,
} as const;
