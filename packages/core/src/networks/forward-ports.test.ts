import { describe, expect, it } from "vitest";
import { parsePorts, portRules, portTakenTwice } from "./forward-ports.ts";

const port = (listen: string, target = "") => ({
  description: "",
  protocol: "tcp" as const,
  listen_port: listen,
  target_port: target,
  target_address: "10.0.0.2",
});
const rule = { protocol: "tcp", target: "10.0.0.2" };

describe("ports", () => {
  it("are numbers and ranges", () => {
    expect(parsePorts("80, 8000-8010")).toEqual([
      { first: 80, last: 80 },
      { first: 8000, last: 8010 },
    ]);
  });

  it.each(["", "0", "65536", "80-70", "http", "80,,90", "-5", "1-2-3"])("are not %j", (text) =>
    expect(parsePorts(text)).toBeUndefined(),
  );
});

describe("the rules of a forwarded port", () => {
  it.each([
    [
      "80,8000-8001",
      "",
      [
        { first: 80, last: 80 },
        { first: 8000, last: 8001 },
      ],
    ],
    [
      "80,8000-8001",
      "90",
      [
        { first: 80, last: 80, targetPort: 90 },
        { first: 8000, last: 8001, targetPort: 90 },
      ],
    ],
    [
      "80,443",
      "8080-8081",
      [
        { first: 80, last: 80, targetPort: 8080 },
        { first: 443, last: 443, targetPort: 8081 },
      ],
    ],
  ])("%s to %j", (listen, target, rules) => {
    expect(portRules(port(listen, target))).toEqual(rules.map((each) => ({ ...rule, ...each })));
  });

  it("say what is wrong", () => {
    expect(portRules(port("80-82", "1-2"))).toContain("as many as");
    expect(portRules(port("x"))).toContain('listen_port "x"');
    expect(portRules(port("80", "x"))).toContain('target_port "x"');
  });

  it("name each port once", () => {
    const rule = { protocol: "tcp", target: "10.0.0.2" } as const;
    const twice = [
      { ...rule, first: 80, last: 90 },
      { ...rule, first: 85, last: 85 },
    ];
    expect(portTakenTwice(twice)).toBe("tcp 85");
    expect(portTakenTwice(twice.slice(0, 1))).toBeUndefined();
  });
});
