/** The shell's side of commands that a guest's agent begins and that its sshd may take over. */
import type { ExecRequest } from "@lodge/core";
import { execWords, makeReady, quoteWord } from "./exec-command.ts";

/** Where a command that was begun has its pipes, and where it says what it is. */
const baseOf = (token: string): string => `/run/lodge/${token}`;

/** Says in `BASE.runs` which process the command is and where its pipes are. For the process that becomes the command. */
const tellRuns = `
read -r self _ </proc/self/stat
echo "$self $pipes" >"$base.runs"
`.trim();

/**
 * Arguments: BASE, then those of `makeReady`. The command's output goes into pipes with names, which hold 64 KiB until somebody reads
 * them; a guest that was made ready for its forks has the first ones. When it has ended and nobody has come for its output, that goes
 * where the agent collects it; otherwise its status goes into a third pipe. `BASE.over` is made by one of the two sides and decides;
 * `BASE.done` says that none needs these files any more.
 *
 * The command has a session of its own, and belongs to the service that it would belong to if sshd had begun it.
 */
const begin = `
base=$1
shift
umask 022
${makeReady}
exec 3>&2 2>/dev/null
set -C
pipes=/run/lodge/pipes
if [ ! -p "$pipes.status" ] || ! true >"$pipes.taken"; then
  pipes=$base
  mkfifo -m 600 "$pipes.out" "$pipes.err" "$pipes.status" 2>&3 || exit 126
fi
exec 4<>"$pipes.out" 5<>"$pipes.err"
for group in /sys/fs/cgroup/system.slice/lodge-ssh.service /sys/fs/cgroup/systemd/system.slice/lodge-ssh.service; do
  [ ! -w "$group/cgroup.procs" ] || echo "$$" >"$group/cgroup.procs"
done
(
${tellRuns}
exec setsid "$@" >"$pipes.out" 2>"$pipes.err" 3>&- 4>&- 5>&-
)
status=$?
if true >"$base.over"; then
  exec 6<"$pipes.out" 7<"$pipes.err" 4>&- 5>&-
  cat <&6 &
  out=$!
  cat <&7 >&3 &
  echo "$out $!" >"$base.cats"
  wait
  true >"$base.done"
  exit "$status"
fi
echo "$status" >"$pipes.status"
`.trim();

/**
 * The same for a shell that waits for commands and calls this with them: arguments as for `makeReady`, and BASE as a variable. The
 * command's output goes to descriptor 3, and what it complains of into `BASE.errors`. It is a process of its own.
 */
export const callRun = `
run() (
umask 022
: >"$base.errors"
exec 2>"$base.errors"
${makeReady}
exec 2>/dev/null
set -C
pipes=/run/lodge/pipes
if [ ! -p "$pipes.status" ] || ! true >"$pipes.taken"; then
  pipes=$base
  mkfifo -m 600 "$pipes.out" "$pipes.err" "$pipes.status" || exit 126
fi
exec 4<>"$pipes.out" 5<>"$pipes.err"
(
${tellRuns}
exec setsid "$@" >"$pipes.out" 2>"$pipes.err" 3>&- 4>&- 5>&- 9>&-
)
status=$?
if true >"$base.over"; then
  exec 6<"$pipes.out" 7<"$pipes.err" 4>&- 5>&-
  cat <&6 >&3 &
  out=$!
  cat <&7 >>"$base.errors" 3>&- &
  echo "$out $!" >"$base.cats"
  wait
  true >"$base.done"
  exit "$status"
fi
echo "$status" >"$pipes.status"
)
`.trimStart();

/**
 * Arguments: BASE. Status 0: the command's output is the caller's from now on. 2: it has not begun yet, or never will. Else it has ended, and
 * all that it said is on its way: what it has left running keeps the pipes open, and is heard until it has said nothing for a second.
 */
const claim = `
exec 2>/dev/null
[ -s "$1.runs" ] || exit 2
set -C
if true >"$1.over"; then exit 0; fi
quiet=0
rounds=0
until [ -e "$1.done" ] || [ "$quiet" = 2 ] || [ "$rounds" = 60 ]; do
  sleep 0.5
  quiet=$((quiet + 1))
  rounds=$((rounds + 1))
  read -r cats <"$1.cats" || quiet=0
  for cat in $cats; do
    read -r _ name state _ <"/proc/$cat/stat" || continue
    [ "$name $state" = "(cat) S" ] || quiet=0
  done
done
[ -e "$1.done" ] || kill $cats
exit 1
`.trim();

/**
 * Arguments: BASE TOKEN, of what was claimed. When nobody can be given its output any more, it is told as by any pipe. This ends when all that the command said has been passed on, however long that takes: the readers have come to
 * the end, or both were found waiting for more twice, because what the command has left running keeps the pipes open. A reader that waits
 * for room to write (its first argument is another descriptor than its input) has something still.
 */
const attach = `
base=$1
read -r pid pipes <"$base.runs" || exit 126
printf '%s %s\\n' "$2" "$pid" >&2
exec 3<"$pipes.out" 4<"$pipes.err"
{ cat <&3 || kill -13 "-$pid"; } 2>/dev/null &
readers=$!
{ cat <&4 || kill -13 "-$pid"; } >&2 &
readers="$readers $!"
exec 3<&- 4<&-
read -r status <"$pipes.status"
rm -f "$base".*
idle() {
  cats=
  for reader in $readers; do
    read -r _ _ state _ <"/proc/$reader/stat" || continue
    [ "$state" != Z ] || continue
    cat=
    read -r cat _ <"/proc/$reader/task/$reader/children"
    read -r _ name state _ <"/proc/$cat/stat" || return 1
    [ "$name $state" = "(cat) S" ] || return 1
    ! read -r _ waits _ <"/proc/$cat/syscall" || [ "$waits" = 0x0 ] || return 1
    cats="$cats $cat"
  done
}
{
  quiet=0
  until [ "$quiet" = 2 ]; do
    sleep 0.5
    quiet=$((quiet + 1))
    idle || quiet=0
  done
  trap '' TERM
  kill $readers $cats
} >/dev/null 2>&1 &
watch=$!
wait $readers 2>/dev/null
kill "$watch" 2>/dev/null
exit "$status"
`.trim();

/** For the agent's guest-exec. */
export function beginWords(
  request: ExecRequest,
  token: string,
  base = baseOf(token),
): { readonly path: string; readonly arg: string[] } {
  return { path: "/bin/sh", arg: ["-c", begin, "lodge-begin", base, ...execWords(request)] };
}

/** For sshd. */
export const claimCommand = (token: string, base = baseOf(token)): string => line([claim, "lodge-claim", base]);
export const attachCommand = (token: string, base = baseOf(token)): string =>
  line([attach, "lodge-attach", base, token]);

const line = (words: readonly string[]): string => `exec /bin/sh -c ${words.map(quoteWord).join(" ")}`;
