/** A command that is the user's own shell where it has one that can be used, else bash, else sh. */
export const loginShell: readonly string[] = [
  "/bin/sh",
  "-c",
  `shell=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f7)
case $shell in "" | */nologin | */false) shell=$(command -v bash || command -v sh) ;; esac
exec "$shell" -l`,
];
