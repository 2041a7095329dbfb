/**
 * The shells' sides of completion: each hands the words so far to `lodge __complete` and offers what it prints. No blank follows on
 * what goes on (`web/`, `source=`, `user.`). Files are offered where nothing else is known, behind `key=`, and beside INSTANCE/path.
 */
export const completionScripts = {
  bash: `# Completion of lodge for bash.
_lodge() {
  local IFS=$'\\n' cur=\${COMP_WORDS[COMP_CWORD]} found
  found=$(lodge __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  # bash takes the = of key=value for a word of its own.
  if [[ $cur == = ]]; then cur=; fi
  COMPREPLY=($(compgen -W "$found" -- "$cur"))
  if [[ \${COMPREPLY[0]-} == *[/=.] ]]; then compopt -o nospace; fi
  if [[ \${#COMPREPLY[@]} -eq 0 || \${COMPREPLY[0]} == */ ]]; then
    compopt -o filenames
    COMPREPLY+=($(compgen -f -- "$cur"))
  fi
}
complete -F _lodge lodge
`,
  zsh: `#compdef lodge
# Completion of lodge for zsh.
_lodge() {
  local -a found
  found=(\${(f)"$(lodge __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#found} )); then
    compadd -S '' -- \${(M)found:#*[/=.]}
    compadd -- \${found:#*[/=.]}
  fi
  if [[ \${#found} -eq 0 || -n \${(M)found:#*/} ]]; then
    compset -P '*='
    _files
  fi
}
if [[ \${funcstack[1]-} == _lodge ]]; then _lodge "$@"; else compdef _lodge lodge; fi
`,
  fish: `# Completion of lodge for fish.
function __lodge_complete
    set -l token (commandline -ct)
    set -l words (commandline -opc) $token
    set -l found (lodge __complete -- $words[2..] 2>/dev/null)
    printf '%s\\n' $found
    if set -q found[1]; and not string match -q -- '*/' $found
        return
    end
    set -l key (string match -r -- '^[^=]*=' $token)
    for path in (__fish_complete_path (string replace -r -- '^[^=]*=' '' $token))
        echo "$key$path"
    end
end
complete -c lodge -f -a '(__lodge_complete)'
`,
} as const;
