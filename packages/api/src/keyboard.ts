/** Names of keys and of keyboard layouts. Free of zod, so that the CLI can import it. */

/** Layouts of the guest's keyboard, by which a character is found on it; `us` is what firmware and boot loaders assume. */
export const keyboardLayouts = ["us", "uk", "de", "fr", "es", "it", "dvorak"] as const;
export type KeyboardLayout = (typeof keyboardLayouts)[number];

/**
 * Positions of keys, by QEMU's QKeyCode: those of characters are named by what a US keyboard has there (`z` is where a German keyboard
 * has Y; `less` is the key beside the left Shift that a US keyboard does not have).
 */
const characterCodes = [
  ...["grave_accent", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "minus", "equal"],
  ...["q", "w", "e", "r", "t", "y", "u", "i", "o", "p", "bracket_left", "bracket_right"],
  ...["a", "s", "d", "f", "g", "h", "j", "k", "l", "semicolon", "apostrophe", "backslash"],
  ...["less", "z", "x", "c", "v", "b", "n", "m", "comma", "dot", "slash", "spc"],
] as const;

const otherCodes = [
  ...["esc", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12"],
  ...["tab", "ret", "backspace", "insert", "delete", "home", "end", "pgup", "pgdn", "up", "down", "left", "right"],
  ...["shift", "shift_r", "ctrl", "ctrl_r", "alt", "alt_r", "meta_l", "meta_r"],
  ...["caps_lock", "num_lock", "scroll_lock", "print", "sysrq", "pause", "menu", "compose"],
  ...["kp_0", "kp_1", "kp_2", "kp_3", "kp_4", "kp_5", "kp_6", "kp_7", "kp_8", "kp_9"],
  ...["kp_add", "kp_subtract", "kp_multiply", "kp_divide", "kp_decimal", "kp_enter"],
  ...["power", "sleep", "wake", "volumeup", "volumedown", "audiomute"],
] as const;

export const keyCodes = [...characterCodes, ...otherCodes] as const;
export type KeyCode = (typeof keyCodes)[number];

const aliases: Readonly<Record<string, KeyCode>> = {
  enter: "ret",
  return: "ret",
  escape: "esc",
  space: "spc",
  del: "delete",
  ins: "insert",
  pageup: "pgup",
  pagedown: "pgdn",
  control: "ctrl",
  altgr: "alt_r",
  meta: "meta_l",
  super: "meta_l",
  win: "meta_l",
  capslock: "caps_lock",
  numlock: "num_lock",
  scrolllock: "scroll_lock",
};

/** Keys that have a name and no character, by every name that is understood: `enter` and `ret`, `f1`, `ctrl`. */
export const namedKeys: ReadonlyMap<string, KeyCode> = new Map([
  ...otherCodes.map((code) => [code, code] as const),
  ...Object.entries(aliases),
]);

/** The characters that a chord cannot name by themselves where it is written with `-` between its keys, or in `<>`. */
export const characterNames: ReadonlyMap<string, string> = new Map([
  ["minus", "-"],
  ["lt", "<"],
  ["gt", ">"],
]);

/** Keys that are held while others are pressed. */
export const modifierNames: ReadonlySet<string> = new Set(
  [...namedKeys].filter(([, code]) => /^(shift|ctrl|alt|meta)/.test(code)).map(([name]) => name),
);
