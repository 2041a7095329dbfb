/** QEMU's options that would take away what protects the host, or the daemon's hold on the machine. */
const refused = [
  ...["sandbox", "runas", "run-with", "chroot", "daemonize", "pidfile", "readconfig", "writeconfig"],
  ...["qmp", "qmp-pretty", "mon", "monitor", "action", "no-reboot", "no-shutdown", "trace", "D", "S", "incoming"],
];

/** Words of a shell's line: quotes hold together, a backslash keeps the next character. Undefined: a quote is not closed. */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === "\\" && quote !== "'") word = (word ?? "") + line.charAt(++at);
    else if (quote) {
      if (character === quote) quote = "";
      else word = (word ?? "") + character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote) return undefined;
  return word === undefined ? words : [...words, word];
}

/** What is wrong with a value of `raw.qemu`, or undefined. */
export function rawArgumentsProblem(value: string): string | undefined {
  const words = splitWords(value);
  if (!words) return "has a quote that is not closed";
  const taken = words.find((word) => refused.includes(word.replace(/^--?/, "")) && word.startsWith("-"));
  return taken && `must not have ${taken}: Lodge's hold on QEMU, and QEMU's sandbox, depend on it`;
}
