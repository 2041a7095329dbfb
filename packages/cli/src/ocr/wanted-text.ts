import { LodgeError } from "@lodge/api/errors";

/** Looks for something in the text of a screen; gives the words in which it was found. */
export type WantedText = (screen: string) => string | undefined;

/** `/version (\d+)/i` is a regular expression; anything else is text, for which see `fold`. */
export function wantedText(text: string): WantedText {
  const [, source, flags] = /^\/(.+)\/([imsu]*)$/s.exec(text) ?? [];
  return source === undefined ? plainText(text) : expression(source, flags ?? "", text);
}

function expression(source: string, flags: string, text: string): WantedText {
  const pattern = compile(source, flags, text);
  return (screen) => pattern.exec(screen)?.[0];
}

function compile(source: string, flags: string, text: string): RegExp {
  try {
    return new RegExp(source, flags.includes("m") ? flags : `${flags}m`);
  } catch (cause) {
    const message = `${text} is no regular expression: ${cause instanceof Error ? cause.message : String(cause)}.`;
    throw new LodgeError({ code: "request_invalid", message, cause });
  }
}

/** Also where a line ends in the middle of it. */
function plainText(text: string): WantedText {
  const wanted = fold(text);
  if (wanted === "") {
    throw new LodgeError({
      code: "request_invalid",
      message: `"${text}" has no letter or digit to look for on a screen.`,
    });
  }
  return (screen) => {
    const line = screen.split("\n").find((each) => fold(each).includes(wanted));
    return line?.trim() ?? (fold(screen).includes(wanted) ? text : undefined);
  };
}

const lookAlikes: Readonly<Record<string, string>> = {
  o: "0",
  "©": "0",
  i: "1",
  l: "1",
  "|": "1",
  s: "5",
  z: "2",
  b: "8",
};

/** Of a text what can be read for certain: without case, spaces and punctuation, and O as 0, l and I as 1, S as 5, Z as 2, B as 8. */
function fold(text: string): string {
  return text
    .toLowerCase()
    .replace(/[ozilsb©|]/g, (letter) => lookAlikes[letter] ?? letter)
    .replace(/[^\p{L}\p{N}]/gu, "");
}
