import { LodgeError } from "@lodge/api/errors";
import type { ExecRequest } from "@lodge/core";

/** A kernel takes no longer single argument (MAX_ARG_STRLEN), and sshd passes the whole command to the shell as one. */
const commandLimit = 128 * 1024 - 1;

/** What an exec begins with, as the containers of this house and those of LXD have it. */
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * For the guest's /bin/sh with the arguments UID GID CWD, then KEY=VALUE words, then the command. Goes to where the command is to run,
 * and leaves as arguments what runs it as that user: `env` takes the KEY=VALUE words, finds the command and gives the statuses 126 and
 * 127. Busybox has a setpriv without users, which its shell may prefer to the real one unless that is named by its path; its
 * start-stop-daemon serves users that have a name.
 */
export const makeReady = `
uid=$1 gid=$2 cwd=$3
shift 3
export PATH=${searchPath}
user= home=/
[ "$uid" = 0 ] && user=root home=/root
while IFS=: read -r name _ id _ _ dir _; do
  if [ "$id" = "$uid" ]; then user=$name home=$dir; break; fi
done </etc/passwd
if [ -n "$cwd" ]; then
  cd -- "$cwd" || exit 126
else
  cd -- "$home" 2>/dev/null || cd /
fi
set -- env -i PATH="$PATH" HOME="$home" \${user:+USER="$user"} LANG=C.UTF-8 "$@"
if [ "$uid:$gid" != 0:0 ]; then
  able=
  for setpriv in /usr/bin/setpriv /bin/setpriv; do
    case $("$setpriv" --help 2>&1) in
    *--reuid*) able=$setpriv && break ;;
    esac
  done
  if [ -n "$able" ]; then
    set -- "$able" --reuid="$uid" --regid="$gid" --clear-groups -- "$@"
  else
    shift
    set -- start-stop-daemon -S -p /nonexistent -c "$uid:$gid" -x "$(command -v env)" -- "$@"
  fi
fi
`.trim();

/** Arguments: TOKEN, then those of `makeReady`. The pid that it reports stays the command's: signals are sent to that process group. */
const script = `
printf '%s %s\\n' "$1" "$$" >&2
shift
${makeReady}
exec "$@"
`.trim();

/**
 * The command line for sshd that carries out a request. The line `TOKEN PID` on stderr (or the terminal) tells the
 * pid; what comes before it is noise of the guest's shell.
 */
export function execCommand(request: ExecRequest, token: string): string {
  const command = ["/bin/sh", "-c", script, "lodge-exec", token, ...execWords(request)];
  const line = `exec ${command.map(quoteWord).join(" ")}`;
  if (Buffer.byteLength(line) > commandLimit) {
    throw invalid(`the command and its environment are longer than ${commandLimit} bytes; pass data by standard input`);
  }
  return line;
}

/** The arguments for `makeReady`. */
export function execWords(request: ExecRequest): string[] {
  const { uid, gid, cwd = "", command } = request;
  return [String(uid), String(gid), cwd, ...assignments(request), ...guardedCommand(command)];
}

function assignments({ environment, terminal }: ExecRequest): string[] {
  const terminalType = terminal ? ["TERM=xterm-256color"] : [];
  const given = Object.entries(environment).map(([name, value]) => {
    if (name === "" || name.includes("=")) throw invalid(`the environment variable name ${JSON.stringify(name)}`);
    return `${name}=${value}`;
  });
  return [...terminalType, ...given];
}

/** `env` would take a program whose name holds an equals sign for one more variable. */
function guardedCommand(command: readonly string[]): readonly string[] {
  return command[0]?.includes("=") ? ["/bin/sh", "-c", 'exec "$@"', "sh", ...command] : command;
}

/** One word for a POSIX shell, whatever it holds. */
export function quoteWord(word: string): string {
  if (word.includes("\0")) throw invalid("a NUL byte in the command or its environment");
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function invalid(what: string): LodgeError {
  return new LodgeError({ code: "request_invalid", message: `The command cannot be run: ${what}.` });
}
