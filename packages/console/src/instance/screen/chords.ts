export interface Chord {
  readonly title: string;
  readonly keys: readonly string[];
}

const functions = Array.from({ length: 12 }, (_, index) => `f${index + 1}`);

/** Keys that a browser or a desktop takes for itself, and a virtual machine wants. */
export const chords: readonly Chord[] = [
  { title: "Ctrl-Alt-Backspace", keys: ["ctrl", "alt", "backspace"] },
  { title: "Alt-Tab", keys: ["alt", "tab"] },
  { title: "Alt-F4", keys: ["alt", "f4"] },
  { title: "Super (Windows)", keys: ["super"] },
  { title: "Esc", keys: ["esc"] },
  { title: "Print", keys: ["print"] },
  { title: "Alt-SysRq-S (write all to disk)", keys: ["alt", "sysrq", "s"] },
  ...functions.map((key) => ({ title: key.toUpperCase(), keys: [key] })),
  ...functions.slice(0, 8).map((key) => ({ title: `Ctrl-Alt-${key.toUpperCase()}`, keys: ["ctrl", "alt", key] })),
];
