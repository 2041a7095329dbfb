import type { HostInfo } from "@lodge/api";
import type { Api, RouteContext } from "../api.ts";
import { accepted, sync } from "../envelope.ts";
import { notSupported } from "../errors.ts";

/** `/1.0/lodge/host` and its instances' end (extension `lodge_host_shutdown`), and of LXD's `/1.0/resources` what is known here. */
export async function hostRoutes(app: Api, { services, https }: RouteContext): Promise<void> {
  app.get("/lodge/host", async () => sync(await services.host.info()));
  app.post("/lodge/host/shutdown", async (_request, reply) => accepted(reply, await services.host.shutDown()));
  app.post("/lodge/certificate", async () => {
    if (!https) return notSupported("HTTPS");
    const { certificate, fingerprint } = await https.renewCertificate();
    return sync({ certificate, fingerprint });
  });
  app.get("/resources", async () => sync(resources(await services.host.info())));
}

function resources(host: HostInfo): object {
  const none = (noun: string) => ({ [noun]: [], total: 0 });
  return {
    cpu: { architecture: host.architecture, sockets: [], total: host.cpus },
    memory: {
      nodes: [],
      hugepages_total: 0,
      hugepages_used: 0,
      hugepages_size: 0,
      used: host.memory_total - host.memory_available,
      total: host.memory_total,
    },
    gpu: none("cards"),
    network: none("cards"),
    storage: none("disks"),
    usb: none("devices"),
    pci: none("devices"),
  };
}
