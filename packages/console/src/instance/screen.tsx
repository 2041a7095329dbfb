import type { InstanceFull } from "@lodge/api";
import { openScreenSocket, type ScreenSocket } from "@lodge/sdk/browser";
import RFB from "@novnc/novnc";
import { Button } from "@patternfly/react-core";
import { useEffect, useRef, useState } from "react";
import { Nothing } from "../parts/page.tsx";
import { Problem } from "../parts/problem.tsx";
import { saveBlob } from "../parts/save-blob.ts";
import { type Server, useServer } from "../server/server.tsx";

/** A VM's screen and keyboard. */
export default function Screen({ instance }: { readonly instance: InstanceFull }) {
  const server = useServer();
  const place = useRef<HTMLDivElement>(null);
  const viewer = useRef<RFB>(undefined);
  const [attempt, setAttempt] = useState(0);
  const [ended, setEnded] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const running = instance.status === "Running";
  const { name } = instance;

  useEffect(() => {
    if (!place.current || !running) return;
    setEnded(false);
    setProblem(undefined);
    const shown = show(place.current, server, name, () => setEnded(true));
    shown.viewer.then((made) => (viewer.current = made), setProblem);
    return shown.leave;
  }, [server, name, running, attempt]);

  if (!running) return <Nothing title="It does not run">Start {name} to see its screen.</Nothing>;
  const save = async () => {
    const { client: _client, transport, project } = server;
    const query = project === "default" ? "" : `?project=${encodeURIComponent(project)}`;
    const { body } = await transport.send({ method: "GET", path: `/1.0/instances/${name}/screenshot${query}` });
    const parts: BlobPart[] = [];
    for await (const part of body as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>) parts.push(part);
    saveBlob(new Blob(parts, { type: "image/png" }), `${name}.png`);
  };
  return (
    <div className="lodge-terminal">
      {problem !== undefined && <Problem title="No screen" error={problem} />}
      <div className="lodge-toolbar">
        <Button size="sm" variant="secondary" onClick={() => viewer.current?.sendCtrlAltDel()}>
          Ctrl-Alt-Del
        </Button>
        <Button size="sm" variant="secondary" onClick={() => void place.current?.requestFullscreen()}>
          Full screen
        </Button>
        <Button size="sm" variant="secondary" onClick={() => void save().catch(setProblem)}>
          Save picture
        </Button>
        {ended && (
          <Button size="sm" onClick={() => setAttempt((before) => before + 1)}>
            Connect again
          </Button>
        )}
      </div>
      <div ref={place} className="lodge-terminal-place" data-kind="screen" />
    </div>
  );
}

function show(place: HTMLElement, server: Server, name: string, onEnd: () => void) {
  let left = false;
  let session: ScreenSocket | undefined;
  let rfb: RFB | undefined;
  const open = async (): Promise<RFB> => {
    session = await openScreenSocket(server.transport, name, server.project === "default" ? undefined : server.project);
    if (left) session.close();
    // Its secret is in the path: the session's key is not asked for.
    const socket = new WebSocket(new URL(session.path, location.href.replace(/^http/, "ws")));
    rfb = new RFB(place, socket, { shared: true });
    rfb.scaleViewport = true;
    rfb.background = "#151515";
    rfb.addEventListener("disconnect", () => {
      if (!left) onEnd();
    });
    rfb.focus();
    return rfb;
  };
  return {
    viewer: open(),
    leave: () => {
      left = true;
      rfb?.disconnect();
      session?.close();
      place.replaceChildren();
    },
  };
}
