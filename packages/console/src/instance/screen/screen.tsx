import type { InstanceFull } from "@lodge/api";
import type RFB from "@novnc/novnc";
import { Button, Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import { useEffect, useRef, useState } from "react";
import { Nothing } from "../../parts/page.tsx";
import { Problem } from "../../parts/problem.tsx";
import { saveBlob } from "../../parts/save-blob.ts";
import { type Server, useServer } from "../../server/server.tsx";
import { chords } from "./chords.ts";
import { PasteText } from "./paste-text.tsx";
import { showScreen } from "./show-screen.ts";

/** Milliseconds until another attempt, when the connection ended by itself while the machine runs. */
const retryAfter = 1500;

/** A VM's screen and keyboard. */
export default function Screen({ instance: { name, status } }: { readonly instance: InstanceFull }) {
  const server = useServer();
  const place = useRef<HTMLDivElement>(null);
  const [viewer, setViewer] = useState<RFB>();
  const [attempt, setAttempt] = useState(0);
  const [ended, setEnded] = useState(false);
  const [fits, setFits] = useState(true);
  const [pasting, setPasting] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const running = status === "Running";

  useEffect(() => {
    if (!place.current || !running) return;
    setEnded(false);
    setProblem(undefined);
    const shown = showScreen(place.current, server, name, () => setEnded(true));
    shown.viewer.then(setViewer, setProblem);
    return () => {
      setViewer(undefined);
      shown.leave();
    };
  }, [server, name, running, attempt]);
  // It ends with every restart of the machine or the daemon: nobody has to ask for it again.
  useEffect(() => {
    if (!ended || !running) return;
    const again = setTimeout(() => setAttempt((before) => before + 1), retryAfter);
    return () => clearTimeout(again);
  }, [ended, running]);
  useEffect(() => {
    if (viewer) viewer.scaleViewport = fits;
  }, [viewer, fits]);

  if (!running) return <Nothing title="It does not run">Start {name} to see its screen.</Nothing>;
  const press = async (chord: readonly string[]) => {
    setProblem(undefined);
    try {
      await (await server.client.instances.pressKeys(name, { keys: [{ chord: [...chord] }] })).wait();
    } catch (error) {
      setProblem(error);
    }
    viewer?.focus();
  };
  return (
    <div className="lodge-terminal">
      {problem !== undefined && <Problem title="That did not work" error={problem} />}
      <div className="lodge-toolbar lodge-files-toolbar">
        <Button size="sm" variant="secondary" onClick={() => viewer?.sendCtrlAltDel()}>
          Ctrl-Alt-Del
        </Button>
        <KeyMenu onPress={(chord) => void press(chord)} />
        <Button size="sm" variant="secondary" onClick={() => setPasting(true)}>
          Paste text
        </Button>
        <Button size="sm" variant="secondary" aria-pressed={!fits} onClick={() => setFits(!fits)}>
          {fits ? "Actual size" : "Fit to the page"}
        </Button>
        <Button size="sm" variant="secondary" onClick={() => void place.current?.requestFullscreen()}>
          Full screen
        </Button>
        <Button size="sm" variant="secondary" onClick={() => void savePicture(server, name).catch(setProblem)}>
          Save picture
        </Button>
        {(ended || problem !== undefined) && (
          <>
            <span role="status">{ended ? "Disconnected; connecting again…" : ""}</span>
            <Button size="sm" onClick={() => setAttempt((before) => before + 1)}>
              Connect again
            </Button>
          </>
        )}
      </div>
      <div ref={place} className="lodge-terminal-place" data-kind="screen" data-scaled={fits} />
      {pasting && (
        <PasteText
          onClose={() => setPasting(false)}
          onPaste={(text, layout) => server.client.instances.pressKeys(name, { keys: [{ text }], layout })}
          onDone={() => viewer?.focus()}
        />
      )}
    </div>
  );
}

/** Keys that the browser or the desktop takes for itself. */
function KeyMenu({ onPress }: { readonly onPress: (chord: readonly string[]) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={open}
      isScrollable
      onOpenChange={setOpen}
      toggle={(toggle) => (
        <MenuToggle ref={toggle} size="sm" isExpanded={open} onClick={() => setOpen(!open)}>
          Keys
        </MenuToggle>
      )}
    >
      <DropdownList>
        {chords.map(({ title, keys }) => (
          <DropdownItem
            key={title}
            onClick={() => {
              setOpen(false);
              onPress(keys);
            }}
          >
            {title}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}

async function savePicture({ transport, project }: Server, name: string): Promise<void> {
  const query = project === "default" ? "" : `?project=${encodeURIComponent(project)}`;
  const { body } = await transport.send({ method: "GET", path: `/1.0/instances/${name}/screenshot${query}` });
  const parts: BlobPart[] = [];
  for await (const part of body as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>) parts.push(part);
  saveBlob(new Blob(parts, { type: "image/png" }), `${name}.png`);
}
