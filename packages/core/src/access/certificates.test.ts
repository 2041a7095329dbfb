import { X509Certificate } from "node:crypto";
import { beforeEach, expect, it } from "vitest";
import { EventBus } from "../events/bus.ts";
import { Lock } from "../instances/lock.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { isValidAt, readCertificate } from "./certificate-content.ts";
import { Certificates, type CertificatesDependencies } from "./certificates.ts";
import { desktopCertificate, laptopCertificate } from "./testing/certificates.ts";

const der = (pem: string) => new X509Certificate(pem).raw.toString("base64");
const laptop = readCertificate(laptopCertificate);
const desktop = readCertificate(desktopCertificate);

let deps: CertificatesDependencies & { now: () => Date };
let certificates: Certificates;
let actions: string[];
beforeEach(() => {
  const events = new EventBus(() => new Date());
  actions = [];
  events.subscribe(({ metadata }) => actions.push((metadata as { action: string }).action));
  const projects = { names: async () => ["web"] };
  const now = () => new Date("2030-01-01");
  deps = { store: new MemoryStore(), events, projects, lock: new Lock(), now };
  certificates = new Certificates(deps);
});

it("are read as PEM and as LXD's clients send them", () => {
  expect(readCertificate(der(laptopCertificate))).toEqual(laptop);
  expect(laptop).toMatchObject({ name: "root@laptop", fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
  for (const text of ["", "AAAA", laptopCertificate.slice(0, 200), "x".repeat(40_000)])
    expect(() => readCertificate(text)).toThrow(expect.objectContaining({ code: "certificate_invalid" }));
});

it("are valid within their time", () => {
  const day = 86_400_000;
  expect(isValidAt(laptop, laptop.validFrom)).toBe(true);
  expect(isValidAt(laptop, new Date(laptop.validFrom.getTime() - day))).toBe(false);
  expect(isValidAt(laptop, new Date(laptop.validTo.getTime() + day))).toBe(false);
});

it("make callers of strangers", async () => {
  expect(certificates.callerOf(laptop.fingerprint)).toEqual({ kind: "untrusted", fingerprint: laptop.fingerprint });
  await certificates.add({ certificate: der(laptopCertificate) });
  const { fingerprint } = laptop;
  expect(certificates.callerOf(fingerprint)).toEqual({ kind: "trusted", fingerprint, name: "root@laptop" });
  await certificates.update(fingerprint, (current) => ({ ...current, restricted: true, projects: ["web"] }));
  const manager = { kind: "restricted", role: "manager", projects: ["web"] };
  expect(certificates.callerOf(fingerprint)).toMatchObject(manager);
  await certificates.update(fingerprint, (current) => ({ ...current, type: "metrics" }));
  expect(certificates.callerOf(fingerprint)).toMatchObject({ kind: "metrics", projects: ["web"] });
  // Another daemon, later.
  expect((await Certificates.open(deps)).list()).toEqual(certificates.list());
  await certificates.remove(fingerprint.slice(0, 12));
  expect([certificates.list(), await deps.store.certificates.list()]).toEqual([[], []]);
  expect(actions).toEqual(["certificate-created", ...Array(2).fill("certificate-updated"), "certificate-deleted"]);
});

it("are replaced under another fingerprint", async () => {
  await certificates.add({ certificate: laptopCertificate, name: "mine" });
  await certificates.update(laptop.fingerprint, () => ({ certificate: desktopCertificate }));
  expect(certificates.list()).toMatchObject([{ fingerprint: desktop.fingerprint, name: "mine" }]);
  expect(certificates.callerOf(laptop.fingerprint)).toMatchObject({ kind: "untrusted" });
  expect(await deps.store.certificates.list()).toHaveLength(1);
});

it("are refused when they are known, cannot be used, or are not found", async () => {
  await certificates.add({ certificate: laptopCertificate });
  const failures: [Promise<unknown>, string][] = [
    [certificates.add({ certificate: laptopCertificate }), "certificate_exists"],
    [certificates.remove(desktop.fingerprint), "certificate_not_found"],
    [certificates.add({ certificate: desktopCertificate, restricted: true, projects: ["none"] }), "project_not_found"],
  ];
  for (const [failure, code] of failures) await expect(failure).rejects.toMatchObject({ code });
  const late = new Certificates({ ...deps, now: () => new Date("2200-01-01") });
  await expect(late.add({ certificate: desktopCertificate })).rejects.toMatchObject({
    code: "certificate_invalid",
    message: expect.stringContaining("expired on"),
  });
  expect(() => certificates.get("")).toThrow(expect.objectContaining({ code: "request_invalid" }));
});
