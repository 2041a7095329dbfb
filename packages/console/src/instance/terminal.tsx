import "@xterm/xterm/css/xterm.css";
import type { InstanceFull } from "@lodge/api";
import { openTerminal, type TerminalSession } from "@lodge/sdk/browser";
import { Button } from "@patternfly/react-core";
import { FitAddon } from "@xterm/addon-fit";
import { Terminal as Xterm } from "@xterm/xterm";
import { useEffect, useRef, useState } from "react";
import { Nothing } from "../parts/page.tsx";
import { Problem } from "../parts/problem.tsx";
import { type Server, useServer } from "../server/server.tsx";

interface TerminalProps {
  readonly instance: InstanceFull;
  /** A shell of its own, or what the instance's console shows. */
  readonly kind: "shell" | "console";
}

/** Milliseconds until a console that ended is connected to again. */
const retryAfter = 1500;

/** As a login on the instance has it: the user's own shell where there is a passwd file, else what there is. */
const shell = [
  "sh",
  "-c",
  'cd "$HOME" 2>/dev/null; if command -v bash >/dev/null; then exec bash -l; else exec sh -l; fi',
];

export default function Terminal({ instance, kind }: TerminalProps) {
  const server = useServer();
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef<ShownTerminal>(undefined);
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<"open" | "ended">("open");
  const [problem, setProblem] = useState<unknown>();
  const running = instance.status === "Running";
  const { name } = instance;

  useEffect(() => {
    if (!place.current || !running) return;
    setState("open");
    setProblem(undefined);
    const made = show(place.current, { server, name, kind }, () => setState("ended"), setProblem);
    shown.current = made;
    return () => {
      shown.current = undefined;
      made.leave();
    };
  }, [server, name, kind, running, attempt]);
  // A console ends with the daemon, and is there again with it. A shell is a new one: that is for the user to want.
  useEffect(() => {
    if (state !== "ended" || kind !== "console" || !running) return;
    const again = setTimeout(() => setAttempt((before) => before + 1), retryAfter);
    return () => clearTimeout(again);
  }, [state, kind, running]);

  if (!running)
    return (
      <Nothing title="It does not run">
        Start {name} to see its {kind}.
      </Nothing>
    );
  return (
    <div className="lodge-terminal">
      {problem !== undefined && <Problem title={`No ${kind}`} error={problem} />}
      <div className="lodge-toolbar lodge-files-toolbar">
        <Button size="sm" variant="secondary" onClick={() => void shown.current?.copy().catch(setProblem)}>
          Copy
        </Button>
        <Button size="sm" variant="secondary" onClick={() => void shown.current?.paste().catch(setProblem)}>
          Paste
        </Button>
        <Button size="sm" variant="secondary" onClick={() => void place.current?.requestFullscreen()}>
          Full screen
        </Button>
        {state === "open" && (
          <span className="lodge-hint">Ctrl-Shift-C copies what is marked, Ctrl-Shift-V pastes.</span>
        )}
        {(state === "ended" || problem !== undefined) && (
          <>
            <span role="status">The session has ended.</span>
            <Button size="sm" onClick={() => setAttempt((before) => before + 1)}>
              Connect again
            </Button>
          </>
        )}
      </div>
      <div ref={place} className="lodge-terminal-place" data-kind={kind} />
    </div>
  );
}

interface Shown {
  readonly server: Server;
  readonly name: string;
  readonly kind: TerminalProps["kind"];
}

interface ShownTerminal {
  /** What is marked, to the clipboard. */
  copy(): Promise<void>;
  paste(): Promise<void>;
  /** Takes away what was shown, and ends the session. */
  leave(): void;
}

/** Puts a terminal into a place and a session behind it. */
function show(
  place: HTMLElement,
  { server, name, kind }: Shown,
  onEnd: () => void,
  onProblem: (e: unknown) => void,
): ShownTerminal {
  const xterm = new Xterm({
    cursorBlink: true,
    fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
    fontSize: 14,
    scrollback: 5000,
    screenReaderMode: false,
    theme: { background: "#151515" },
  });
  const fit = new FitAddon();
  xterm.loadAddon(fit);
  xterm.open(place);
  fit.fit();
  xterm.focus();
  let session: TerminalSession | undefined;
  let left = false;
  openTerminal(server.transport, {
    instance: name,
    ...(server.project !== "default" && { project: server.project }),
    columns: xterm.cols,
    rows: xterm.rows,
    ...(kind === "shell" && { command: shell }),
    onOutput: (bytes) => xterm.write(bytes),
    onEnd: () => {
      if (!left) onEnd();
    },
  }).then(
    (opened) => {
      session = opened;
      if (left) opened.close();
      else opened.resize(xterm.cols, xterm.rows);
    },
    (error: unknown) => {
      if (!left) onProblem(error);
    },
  );
  xterm.onData((text) => session?.write(text));
  xterm.onResize(({ cols, rows }) => session?.resize(cols, rows));
  const sizes = new ResizeObserver(() => fit.fit());
  sizes.observe(place);
  const copy = async () => {
    // With nothing marked, what was copied before stays.
    if (xterm.hasSelection()) await navigator.clipboard.writeText(xterm.getSelection());
    xterm.focus();
  };
  // Browsers paste by Ctrl-Shift-V themselves, and have no key to copy that a terminal does not need.
  xterm.attachCustomKeyEventHandler((event) => {
    if (event.type !== "keydown" || !event.ctrlKey || !event.shiftKey || event.code !== "KeyC") return true;
    event.preventDefault();
    void copy().catch(onProblem);
    return false;
  });
  return {
    copy,
    paste: async () => {
      xterm.paste(await navigator.clipboard.readText());
      xterm.focus();
    },
    leave: () => {
      left = true;
      sizes.disconnect();
      session?.close();
      xterm.dispose();
    },
  };
}
