import type { Input } from "./streams.ts";

/**
 * Puts a terminal into raw mode: keys go to the guest as they are. The mode is put back by disposing, and when the
 * process ends in any other way than by SIGKILL. Without a terminal nothing happens.
 */
export function rawMode(input: Input, onExit: Pick<NodeJS.EventEmitter, "on" | "off"> = process): Disposable {
  if (!input.isTTY || !input.setRawMode) return { [Symbol.dispose]: () => undefined };
  const restore = () => void input.setRawMode?.(false);
  onExit.on("exit", restore);
  input.setRawMode(true);
  return {
    [Symbol.dispose]: () => {
      onExit.off("exit", restore);
      restore();
    },
  };
}
