import { describe, expect, it } from "vitest";
import type { Value } from "./expression.ts";
import { parseTemplate, renderTemplate } from "./template.ts";

const config: Record<string, string> = { "user.user-data": "#cloud-config\n", "user.mode": "" };
const instance = { name: "web", type: "container", privileged: "false" };
const context = {
  values: { instance, container: instance, trigger: "create", properties: { default: "none" }, yes: true, number: 3 },
  functions: {
    config_get: (key: Value, fallback: Value) => (typeof key === "string" && config[key] ? config[key] : fallback),
  },
};
const render = (source: string) => renderTemplate(parseTemplate(source), context);

describe("a template", () => {
  it.each([
    ["", ""],
    ["127.0.1.1\t{{ container.name }}\n", "127.0.1.1\tweb\n"],
    ["{{instance.name}}-{{ nothing }}-{{ instance.none.more }}", "web--"],
    ["{# a {{ comment }} #}x", "x"],
    ['{{ config_get("user.user-data", properties.default) }}', "#cloud-config\n"],
    ["{{ config_get('user.none', properties.default) }}", "none"],
    ["{{ \"}}\" }}{{ '{%' }}", "}}{%"],
    ['{{ "a\\"b\\n" }}', 'a"b\n'],
    ["{{ yes }} {{ number }} {{ instance }}", "True 3 "],
    ['{% if config_get("user.mode", "") == "" %}dhcp{% else %}{{ config_get("user.mode") }}{% endif %}', "dhcp"],
    ['{% if instance.type == "virtual-machine" %}enp5s0{% else %}eth0{% endif %}', "eth0"],
    ['{% if trigger == "copy" %}c{% elif trigger != "create" %}o{% elif yes %}y{% endif %}.', "y."],
    ["{% if yes %}{% if nothing %}a{% else %}b{% endif %}{% endif %}", "b"],
    ["{% if not nothing and (yes or nothing) %}t{% endif %}", "t"],
    ["{% if !yes || number == 3 && yes %}t{% endif %}", "t"],
    ['{{ nothing|default:"d"|upper }}{{ " A "|trim|lower }}', "Da"],
    ["a { b } % c }} d", "a { b } % c }} d"],
  ])("%j makes %j", (source, made) => {
    expect(render(source)).toBe(made);
  });

  it.each([
    ["{{ a", "is not closed"],
    ["{% if a %}", 'has no "endif"'],
    ["{% endif %}", 'belongs to no "if"'],
    ["{% if a %}{% else %}{% else %}{% endif %}", 'follows on "else"'],
    ["{% for a in b %}{% endfor %}", 'there is no tag "for"'],
    ["{% include 'x' %}", "there is no tag"],
    ["{{ a b }}", "one word too many"],
    ["{{ }}", "ends where a value"],
    ["{{ a == }}", "ends where a value"],
    ["{{ a|safe }}", 'no filter "safe"'],
    ["{{ a + b }}", "is not understood"],
    ["{{ (a }}", '")" is missing'],
    [`{{ ${"(".repeat(40)}a${")".repeat(40)} }}`, "nested too deeply"],
    [`${"{% if a %}".repeat(40)}`, "nested too deeply"],
    ["x".repeat(70_000), "longer than"],
  ])("%.40j is refused", (source, problem) => {
    expect(() => parseTemplate(source)).toThrow(problem);
  });

  it("calls nothing that there is not", () => {
    expect(() => render("{{ file_exists('/etc/shadow') }}")).toThrow('no function "file_exists"');
    expect(() => render("{{ constructor() }}")).toThrow('no function "constructor"');
    expect(render("{{ constructor.name }}{{ instance.__proto__ }}")).toBe("");
  });
});
