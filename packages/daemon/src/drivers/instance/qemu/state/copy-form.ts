import type { QmpClient } from "@lodge/qmp";
import { sendState, setCapabilities, streamName } from "./migration.ts";
import type { StateForm } from "./save.ts";
import { checksumOf, type StateDirectory } from "./state-directory.ts";

/** Memory and devices in one file. */
export async function copyForm(qmp: QmpClient, directory: StateDirectory): Promise<StateForm> {
  const file = await directory.createStream();
  return {
    async depart(departure, signal) {
      await setCapabilities(qmp, ["auto-converge", "pause-before-switchover"]);
      await qmp.executeWithDescriptor(file.fd, "getfd", { fdname: streamName });
      await sendState(qmp, departure, signal);
    },
    async finish() {
      await file.sync();
      return { stream: await checksumOf(directory.stream) };
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
