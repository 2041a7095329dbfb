import { describeVolumes } from "./describe-volumes.ts";
import { FakeVolumes } from "./fake-volumes.ts";

describeVolumes("the fake pool", async () => {
  const volumes = new FakeVolumes();
  return {
    volumes,
    async write(id, letter) {
      const volume = volumes.kept.get(id);
      if (volume) volume.content = letter;
    },
    read: async (id) => volumes.kept.get(id)?.content ?? "",
    reopen: () => volumes,
    close: async () => undefined,
  };
});
