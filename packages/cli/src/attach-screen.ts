import type { Socket } from "node:net";
import { finished } from "node:stream/promises";
import { asLodgeError } from "@lodge/api/errors";
import type { ScreenSession } from "@lodge/sdk";
import type { Context } from "./context.ts";
import { addressText, type ListenAddress, listen } from "./screen/listen.ts";
import { connectedByUser } from "./screen/socket-owner.ts";
import { findViewer, runViewer } from "./screen/viewer.ts";
import { endedBySignal } from "./terminal/signals.ts";

export interface ScreenOptions {
  /** Default: the first free port of 127.0.0.1 from 5900 on. */
  readonly listen?: ListenAddress;
  /** Whether a viewer is started where there is one. */
  readonly viewer: boolean;
}

/** Offers an instance's screen to VNC viewers on this host until the user, the viewer that was started, or the daemon ends it. */
export async function attachScreen(context: Context, instance: string, options: ScreenOptions): Promise<void> {
  const { signals, env } = context.surroundings;
  const client = await context.client();
  const session = await client.instances.screen(instance);
  using signal = endedBySignal(signals);
  try {
    await using listener = await listen(options.listen, (socket) => void serve(context, session, socket));
    const address = addressText(listener.address);
    const viewer = options.viewer ? await findViewer(listener.address, env) : undefined;
    context.print(address);
    const whom = typeof listener.address === "number" ? " Only your own programs may connect." : "";
    context.note(`The screen of ${instance} is at ${address} until Ctrl-C.${whom}`);
    await Promise.race([signal.ended, session.ended, ...(viewer ? [runViewer(viewer, env)] : [])]);
    context.note(`The screen of ${instance} is no longer offered.`);
  } finally {
    session.close();
  }
}

async function serve(context: Context, session: ScreenSession, socket: Socket): Promise<void> {
  socket.on("error", () => undefined);
  try {
    if (!(await connectedByUser(socket, context.surroundings.env))) {
      context.note("A program of another user tried to see the screen and was refused.");
      return;
    }
    const screen = await session.view();
    socket.pipe(screen).pipe(socket);
    // The end of either is the other's.
    await Promise.race([finished(socket), finished(screen)]).catch(() => undefined);
    screen.destroy();
  } catch (error) {
    context.note(`The screen cannot be shown: ${asLodgeError(error).message}`);
  } finally {
    socket.destroy();
  }
}
