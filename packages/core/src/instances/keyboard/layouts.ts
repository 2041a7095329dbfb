/**
 * Where characters lie on keyboards of 105 keys, as Linux's consoles and desktops have them. Rows from the top, each from the left; the
 * last begins with the key beside the left Shift. A space: nothing there. A combining character: a dead key, which waits
 * for a letter (or a space, for itself).
 */
import type { KeyboardLayout, KeyCode } from "@lodge/api";

export const rows: readonly (readonly KeyCode[])[] = [
  ["grave_accent", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "minus", "equal"],
  ["q", "w", "e", "r", "t", "y", "u", "i", "o", "p", "bracket_left", "bracket_right"],
  ["a", "s", "d", "f", "g", "h", "j", "k", "l", "semicolon", "apostrophe", "backslash"],
  ["less", "z", "x", "c", "v", "b", "n", "m", "comma", "dot", "slash"],
];

/** The four rows by what is held. */
export interface LayoutRows {
  readonly plain: Rows;
  readonly shift: Rows;
  readonly altgr?: Rows;
  readonly both?: Rows;
}
type Rows = readonly [string, string, string, string];

/** Dead keys. */
const [grave, acute, circumflex, diaeresis] = ["\u0300", "\u0301", "\u0302", "\u0308"];

export const layoutRows: Readonly<Record<KeyboardLayout, LayoutRows>> = {
  us: {
    plain: ["`1234567890-=", "qwertyuiop[]", "asdfghjkl;'\\", " zxcvbnm,./"],
    shift: ["~!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"|', " ZXCVBNM<>?"],
  },
  uk: {
    plain: ["`1234567890-=", "qwertyuiop[]", "asdfghjkl;'#", "\\zxcvbnm,./"],
    shift: ['¬!"£$%^&*()_+', "QWERTYUIOP{}", "ASDFGHJKL:@~", "|ZXCVBNM<>?"],
    altgr: ["    €        ", "            ", "            ", "           "],
  },
  de: {
    plain: [`${circumflex}1234567890ß${acute}`, "qwertzuiopü+", "asdfghjklöä#", "<yxcvbnm,.-"],
    shift: [`°!"§$%&/()=?${grave}`, "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", ">YXCVBNM;:_"],
    altgr: ["  ²³   {[]}\\ ", "@ €        ~", "            ", "|      µ   "],
  },
  fr: {
    plain: ["²&é\"'(-è_çà)=", `azertyuiop${circumflex}$`, "qsdfghjklmù*", "<wxcvbn,;:!"],
    shift: [" 1234567890°+", `AZERTYUIOP${diaeresis}£`, "QSDFGHJKLM%µ", ">WXCVBN?./§"],
    altgr: ["  ~#{[|`\\^@]}", "  €        ¤", "            ", "           "],
  },
  es: {
    plain: ["º1234567890'¡", `qwertyuiop${grave}+`, `asdfghjklñ${acute}ç`, "<zxcvbnm,.-"],
    shift: ['ª!"·$%&/()=?¿', `QWERTYUIOP${circumflex}*`, `ASDFGHJKLÑ${diaeresis}Ç`, ">ZXCVBNM;:_"],
    altgr: ["\\|@#~ ¬      ", "  €       []", "          {}", "           "],
  },
  it: {
    plain: ["\\1234567890'ì", "qwertyuiopè+", "asdfghjklòàù", "<zxcvbnm,.-"],
    shift: ['|!"£$%&/()=?^', "QWERTYUIOPé*", "ASDFGHJKLç°§", ">ZXCVBNM;:_"],
    altgr: ["           `~", "  €       []", "         @# ", "           "],
    both: ["             ", "          {}", "            ", "           "],
  },
  dvorak: {
    plain: ["`1234567890[]", "',.pyfgcrl/=", "aoeuidhtns-\\", " ;qjkxbmwvz"],
    shift: ["~!@#$%^&*(){}", '"<>PYFGCRL?+', "AOEUIDHTNS_|", " :QJKXBMWVZ"],
  },
};
