import { describe, expect, it } from "vitest";
import { type HostFacts, kernelFindings } from "./findings.ts";

const good: HostFacts = {
  release: "6.1.0",
  layout: "v2",
  controllers: ["cpuset", "cpu", "io", "memory", "pids"],
  filesystems: "nodev\toverlay\n",
  mountinfo: "27 1 254:0 / / rw - ext4 /dev/vda rw,prjquota\n",
  status: "CapEff:\t000001ffffffffff\n",
  maxUserNamespaces: "1000\n",
  maxInotify: "128\n",
  lodgeDir: "/var/lib/lodge",
  pressure: true,
  vhostNet: true,
  iommu: true,
  swap: 1 << 30,
};

describe("findings about the kernel", () => {
  it("are all well on a good host", () => {
    expect(kernelFindings(good).filter(({ ok }) => !ok)).toEqual([]);
  });

  it.each<[string, Partial<HostFacts>, string]>([
    ["cgroup", { layout: undefined }, "nothing can run"],
    ["limits", { controllers: ["cpu", "pids"] }, "have no memory"],
    ["user-namespaces", { maxUserNamespaces: "0\n" }, "privileged"],
    ["overlayfs", { filesystems: "\text4\n" }, "overlay"],
    ["idmapped-layers", { release: "5.10.0" }, "5.19"],
    ["pressure", { pressure: false }, "psi=1"],
    ["project-quota", { mountinfo: "27 1 254:0 / / rw - ext4 /dev/vda rw\n" }, "ext4 of /var/lib/lodge"],
    ["vhost-net", { vhostNet: false }, "CPU"],
    ["iommu", { iommu: false }, "intel_iommu=on"],
    ["swap", { swap: 0 }, "none"],
    ["inotify", { maxInotify: "16" }, "fs.inotify"],
    ["privileges", { status: "CapEff:\t000001fffeffffff\n" }, "CAP_SYS_RESOURCE"],
    ["privileges", { status: "CapEff:\t0\n" }, "not root"],
  ])("say what a missing %s costs", (name, change, words) => {
    const bad = kernelFindings({ ...good, ...change }).filter(({ ok }) => !ok);
    expect(bad).toEqual([{ name, ok: false, detail: expect.stringContaining(words) }]);
  });

  it("name what older control groups lack", () => {
    const [cgroup] = kernelFindings({ ...good, layout: "hybrid" });
    expect(cgroup).toMatchObject({ ok: true, detail: expect.stringContaining("memory.reclaim") });
  });
});
