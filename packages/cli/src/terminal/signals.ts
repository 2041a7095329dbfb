import { constants } from "node:os";
import { Leaving } from "../report-error.ts";
import type { SignalSource } from "./streams.ts";

/** What a shell or a supervisor sends to a command that it runs. */
const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGCONT"] as const;
/** What ends a program that has the terminal to itself; its keys go to the guest, not to the kernel. */
const ending = ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT"] as const;

/** Passes this process's signals on, by number. */
export function forwardSignals(signals: SignalSource, send: (signal: number) => void): Disposable {
  return listen(signals, forwarded, (name) => send(constants.signals[name]));
}

/** Rejects with the status of a process that the signal ended, so that what was set up is put back. */
export function endedBySignal(signals: SignalSource): { ended: Promise<never> } & Disposable {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const listening = listen(signals, ending, (name) => reject(new Leaving(128 + constants.signals[name])));
  return { ended: promise, [Symbol.dispose]: () => listening[Symbol.dispose]() };
}

function listen<Name extends string>(
  signals: SignalSource,
  names: readonly Name[],
  heard: (name: Name) => void,
): Disposable {
  const listeners = names.map((name) => [name, () => heard(name)] as const);
  for (const [name, listener] of listeners) signals.on(name, listener);
  return {
    [Symbol.dispose]: () => {
      for (const [name, listener] of listeners) signals.off(name, listener);
    },
  };
}
