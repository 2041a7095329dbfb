/** Finds the keys that leave a console among those that are typed. */
export interface DetachKeys {
  /** What is to be sent on of a piece of input, and whether the user wants to leave. */
  feed(input: Buffer): { readonly send: Buffer; readonly detach: boolean };
}

const quit = "q".charCodeAt(0);

/** The escape key and then `q` leaves; the escape key twice sends it once; before any other key both are sent. */
export function detachKeys(escape: number): DetachKeys {
  let escaped = false;
  return {
    feed(input) {
      const send: number[] = [];
      for (const byte of input) {
        if (escaped) {
          escaped = false;
          if (byte === quit) return { send: Buffer.from(send), detach: true };
          if (byte === escape) send.push(escape);
          else send.push(escape, byte);
        } else if (byte === escape) escaped = true;
        else send.push(byte);
      }
      return { send: Buffer.from(send), detach: false };
    },
  };
}

/** The byte of `^a`, `ctrl-a` or `C-a` (a letter or one of `@ [ \ ] ^ _`); undefined when it is none. */
export function parseKey(key: string): number | undefined {
  const character = /^(?:\^|ctrl-|c-)([a-z@[\\\]^_])$/i.exec(key)?.[1];
  return character === undefined ? undefined : character.toUpperCase().charCodeAt(0) & 0x1f;
}

/** `Ctrl-a`. */
export function keyName(byte: number): string {
  return `Ctrl-${String.fromCharCode(byte | 0x40).toLowerCase()}`;
}
