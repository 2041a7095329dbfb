import type { Api, RouteContext } from "../api.ts";
import { accepted, sync } from "../envelope.ts";
import { notSupported } from "../errors.ts";

/** `/1.0/lodge/host` and its instances' end (extension `lodge_host_shutdown`), and the host's hardware at LXD's `/1.0/resources`. */
export async function hostRoutes(app: Api, { services, https, metricsHttps }: RouteContext): Promise<void> {
  app.get("/lodge/host", async () => {
    const [info, { instances: _, ...governor }] = await Promise.all([
      services.host.info(),
      services.governor.view(() => false),
    ]);
    return sync({ ...info, governor });
  });
  app.post("/lodge/host/shutdown", async (_request, reply) => accepted(reply, await services.host.shutDown()));
  app.post("/lodge/certificate", async () => {
    if (!https) return notSupported("HTTPS");
    const made = await https.renewCertificate();
    metricsHttps?.useCertificate(made);
    const { certificate, fingerprint } = made;
    return sync({ certificate, fingerprint });
  });
  app.get("/resources", async () => sync(await services.host.resources()));
}
