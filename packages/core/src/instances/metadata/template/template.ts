/**
 * The templates of images, as far as those of the field go: LXD's are pongo2's, a language like Django's. Here are `{{ expression }}`,
 * `{% if %}` with `elif` and `else`, and comments; everything else is refused.
 */
import { type Expression, readExpression, type Value } from "./expression.ts";
import { invalidTemplate } from "./invalid.ts";
import { cutTemplate, type Piece, type Word } from "./pieces.ts";

export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "output"; readonly expression: Expression }
  | { readonly kind: "if"; readonly branches: readonly Branch[] };

interface Branch {
  /** Missing: `else`. */
  readonly condition?: Expression;
  readonly nodes: readonly Node[];
}

/** Characters of a template. */
export const longestTemplate = 65_536;
const deepest = 32;

/** `template_file_invalid`. */
export function parseTemplate(source: string): readonly Node[] {
  if (source.length > longestTemplate) throw invalidTemplate(`it is longer than ${longestTemplate} characters`);
  const rest = cutTemplate(source)[Symbol.iterator]();
  const { nodes, end } = readNodes(rest, 0);
  if (end) throw invalidTemplate(`"${end.tag}" belongs to no "if"`);
  return nodes;
}

interface Ended {
  readonly nodes: Node[];
  /** The tag that ended them. */
  readonly end?: { readonly tag: string; readonly words: readonly Word[] };
}

function readNodes(rest: Iterator<Piece>, depth: number): Ended {
  const nodes: Node[] = [];
  for (let next = rest.next(); !next.done; next = rest.next()) {
    const piece = next.value;
    if (piece.kind === "text") nodes.push(piece);
    else if (piece.kind === "output") nodes.push({ kind: "output", expression: readExpression(piece.words) });
    else {
      const [first, ...words] = piece.words;
      const tag = first?.kind === "name" ? first.text : "";
      if (tag === "elif" || tag === "else" || tag === "endif") return { nodes, end: { tag, words } };
      if (tag !== "if") throw invalidTemplate(`there is no tag "${tag}" here; there are if, elif, else and endif`);
      if (depth >= deepest) throw invalidTemplate("its conditions are nested too deeply");
      nodes.push({ kind: "if", branches: readBranches(rest, words, depth + 1) });
    }
  }
  return { nodes };
}

function readBranches(rest: Iterator<Piece>, first: readonly Word[], depth: number): Branch[] {
  const branches: Branch[] = [];
  let condition: Expression | undefined = readExpression(first);
  for (;;) {
    const { nodes, end } = readNodes(rest, depth);
    branches.push({ nodes, ...(condition && { condition }) });
    if (!end) throw invalidTemplate('an "if" has no "endif"');
    if (end.tag === "endif") return branches;
    if (!condition) throw invalidTemplate(`"${end.tag}" follows on "else"`);
    condition = end.tag === "elif" ? readExpression(end.words) : undefined;
  }
}

/** What names stand for, and what functions answer. */
export interface Context {
  readonly values: { readonly [name: string]: Value };
  readonly functions: { readonly [name: string]: (...given: Value[]) => Value };
}

/** `template_file_invalid` where a function is called that there is not. Names that stand for nothing are empty. */
export function renderTemplate(nodes: readonly Node[], context: Context): string {
  return nodes.map((node) => renderNode(node, context)).join("");
}

function renderNode(node: Node, context: Context): string {
  if (node.kind === "text") return node.text;
  if (node.kind === "output") return text(evaluate(node.expression, context));
  const branch = node.branches.find(({ condition }) => !condition || holds(evaluate(condition, context)));
  return branch ? renderTemplate(branch.nodes, context) : "";
}

function evaluate(expression: Expression, context: Context): Value {
  switch (expression.kind) {
    case "value":
      return expression.value;
    case "path":
      return lookUp(context.values, expression.path);
    case "call": {
      const { name, given } = expression;
      const work = Object.hasOwn(context.functions, name) ? context.functions[name] : undefined;
      if (!work) throw invalidTemplate(`there is no function "${name}"`);
      return work(...given.map((each) => evaluate(each, context)));
    }
    case "not":
      return !holds(evaluate(expression.of, context));
    case "and":
      return holds(evaluate(expression.left, context)) && holds(evaluate(expression.right, context));
    case "or":
      return holds(evaluate(expression.left, context)) || holds(evaluate(expression.right, context));
    case "==":
      return text(evaluate(expression.left, context)) === text(evaluate(expression.right, context));
    case "!=":
      return text(evaluate(expression.left, context)) !== text(evaluate(expression.right, context));
    case "filter": {
      const value = evaluate(expression.of, context);
      if (expression.name === "default")
        return holds(value) ? value : expression.given && evaluate(expression.given, context);
      if (expression.name === "lower") return text(value).toLowerCase();
      return expression.name === "upper" ? text(value).toUpperCase() : text(value).trim();
    }
  }
}

function lookUp(values: Context["values"], path: readonly string[]): Value {
  let value: Value = values;
  for (const name of path) {
    if (typeof value !== "object" || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

const holds = (value: Value): boolean =>
  typeof value === "object" ? Object.keys(value).length > 0 : value !== undefined && value !== "" && !!value;

function text(value: Value): string {
  if (value === undefined || typeof value === "object") return "";
  if (typeof value === "boolean") return value ? "True" : "False";
  return String(value);
}
