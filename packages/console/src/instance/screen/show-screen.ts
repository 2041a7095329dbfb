import { openScreenSocket, type ScreenSocket } from "@lodge/sdk/browser";
import RFB from "@novnc/novnc";
import type { Server } from "../../server/server.tsx";

export interface ShownScreen {
  readonly viewer: Promise<RFB>;
  readonly leave: () => void;
}

/** Puts an instance's screen into a place. `onEnd`: the connection has ended by itself. */
export function showScreen(place: HTMLElement, server: Server, name: string, onEnd: () => void): ShownScreen {
  let left = false;
  let session: ScreenSocket | undefined;
  let rfb: RFB | undefined;
  const open = async (): Promise<RFB> => {
    session = await openScreenSocket(server.transport, name, server.project === "default" ? undefined : server.project);
    if (left) session.close();
    // Its secret is in the path: the session's key is not asked for.
    const socket = new WebSocket(new URL(session.path, location.href.replace(/^http/, "ws")));
    rfb = new RFB(place, socket, { shared: true });
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
