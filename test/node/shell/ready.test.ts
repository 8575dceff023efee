// What runs before anything else: which Node and which folder the commands accept, and where relative paths start.
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { hindrance, root, whereTheUserStands } from "../../../scripts/lib/ready.mjs";
import { start, tempered } from "../../support/command.ts";

const { scripts, bin } = JSON.parse(readFileSync("package.json", "utf8"));

describe("Node that is too old", () => {
  test.each(["12.22.9", "18.20.4", "20.10.0", "20.18.3"])("%s is named, with what is needed", (version) => {
    expect(hindrance(version, ">=20.19", "/a/")).toBe(
      `Node 20.19 or newer is needed, this is ${version}: get it from nodejs.org`,
    );
  });
  test.each(["20.19.0", "20.20.2", "22.1.0", "24.0.0"])("%s is new enough", (version) => {
    expect(hindrance(version, ">=20.19", "/a/")).toBeNull();
  });

  test("is named before anything is installed or imported", async () => {
    const fake =
      'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"18.20.4"}})';
    const { code, stderr } = await start(process.execPath, ["--import", fake, "scripts/tempered.mjs", "start"]).over;
    expect(code).toBe(1);
    expect(stderr).toBe("Node 20.19 or newer is needed, this is 18.20.4: get it from nodejs.org\n");
  });

  test.each(["scripts/tempered.mjs", "scripts/lib/ready.mjs"])("%s has no syntax that Node 12 cannot read", (file) => {
    const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
    const young: string[] = [];
    const visit = (node: ts.Node, inFunction: boolean): void => {
      const { kind } = node;
      const topAwait = kind === ts.SyntaxKind.AwaitExpression && !inFunction;
      const tooYoung = [
        ts.SyntaxKind.QuestionQuestionToken,
        ts.SyntaxKind.QuestionDotToken,
        ts.SyntaxKind.QuestionQuestionEqualsToken,
        ts.SyntaxKind.BarBarEqualsToken,
        ts.SyntaxKind.PrivateIdentifier,
      ].includes(kind);
      if (topAwait || tooYoung) young.push(node.getText(source));
      node.forEachChild((child) => visit(child, inFunction || ts.isFunctionLike(node)));
    };
    visit(source, false);
    expect(young).toEqual([]);
    // Nothing else is loaded before the check but what is as old.
    const imported = [...source.text.matchAll(/^import .* from "(.*)"/gm)].map(([, from]) => from);
    expect(imported.filter((from) => !from.startsWith("node:") && from !== "./lib/ready.mjs")).toEqual([]);
  });
});

test.each([
  ["#", "/home/c#1/"],
  ["?", "/home/why?/"],
])('a "%s" in the folder\'s path is named', (sign, folder) => {
  expect(hindrance("24.0.0", ">=20.19", folder)).toBe(
    `the project's folder has a "${sign}" in its path, which the bundler cannot read: move it (${folder})`,
  );
});

test.each(["/home/a b/", "/home/d [x]/", "/home/e%20f/", "/home/g (copy) & h/"])(
  "%s is a folder as any other",
  (folder) => {
    expect(hindrance("24.0.0", ">=20.19", folder)).toBeNull();
  },
);

describe("paths start where the user stands", () => {
  const started = "node scripts/tempered.mjs figure";

  test("which npm says of the command that it starts", () => {
    expect(whereTheUserStands({ npm_lifecycle_script: started, INIT_CWD: "/videos" }, started, "/tempered")).toBe(
      "/videos",
    );
  });
  test("and not of one that a test or a script of npm's starts", () => {
    const env = { npm_lifecycle_script: "node scripts/tempered.mjs test", INIT_CWD: "/docs" };
    expect(whereTheUserStands(env, started, "/tempered")).toBe("/tempered");
    expect(whereTheUserStands({}, started, "/videos")).toBe("/videos");
  });

  test("package.json starts each command by that name, and the bin is the same file", async () => {
    const { stdout } = await tempered([]);
    const names = [...stdout.toString().matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(10);
    const own = Object.entries<string>(scripts).filter(([, line]) => line.startsWith("node "));
    expect(Object.fromEntries(own)).toEqual(
      Object.fromEntries(names.map((name) => [name, `node scripts/tempered.mjs ${name}`])),
    );
    expect(bin).toEqual({ tempered: "scripts/tempered.mjs" });
  });

  test("npm run from another folder writes there, and prints nothing but results, with --silent and without", {
    timeout: 60_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "tempered-stand-"));
    const npm = (...args: string[]) => start("npm", ["--prefix", root, ...args], { cwd: folder }).over;
    const made = await npm(
      "run",
      "world",
      "--",
      "--template",
      "collide",
      "--seed",
      "7",
      "--out",
      "new/clip.safetensors",
    );
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout.toString()).toBe("");
    expect(readdirSync(join(folder, "new"))).toEqual(["clip.safetensors"]);
    for (const silent of [[], ["--silent"]]) {
      const { code, stdout } = await npm("run", ...silent, "judge", "--", "new/clip.safetensors");
      expect(code).toBe(0);
      expect(JSON.parse(stdout.toString())).toMatchObject({ file: "new/clip.safetensors", joint: true });
    }
  });
});

test("a command that is none is a mistake that names the others", async () => {
  const { code, stderr } = await tempered(["fugire"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^there is no command "fugire": choose of start, figure, /);
});
