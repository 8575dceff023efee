// Reads what TypeScript needs to know of a kernel out of its WGSL: entry points, bindings, params and overrides with their defaults.
// The WGSL is the truth; a line-based reading is enough for our own files, and what it cannot read is an error of the build.

const SCALARS = ["u32", "i32", "f32"];

/**
 * @typedef {object} Kernel
 * @property {string} name path under shaders/, with the entry point where a file has several
 * @property {string} entry
 * @property {Record<string, { binding: number, access: "read" | "read_write" }>} bindings
 * @property {Record<string, "u32" | "i32" | "f32">} params fields of the uniform block, in order
 * @property {number | null} paramsBinding
 * @property {Record<string, number>} constants overrides and their defaults
 * @property {Record<string, number>} fixed numbers that the file declares as const
 */

/** @param {string} name @param {string} what @returns {never} */
function fail(name, what) {
  throw new Error(`shaders/${name}: ${what}`);
}

/** The text between the brace at `open` and its partner. @param {string} code @param {number} open */
function block(code, open) {
  let depth = 0;
  for (let i = open; i < code.length; i++) {
    if (code[i] === "{") depth++;
    if (code[i] === "}" && --depth === 0) return code.slice(open + 1, i);
  }
  return code.slice(open + 1);
}

/** @param {string} code */
function functions(code) {
  return [...code.matchAll(/(@compute[^;{}]*?)?\bfn\s+(\w+)\s*\(/g)].map((found) => {
    const open = code.indexOf("{", found.index + found[0].length);
    return {
      name: found[2],
      compute: found[1] !== undefined,
      head: code.slice(found.index, open),
      body: block(code, open),
    };
  });
}

/** @param {string} code @param {string} name */
function constantsOf(code, name) {
  /** @type {Record<string, number>} */
  const constants = {};
  for (const [, override, value] of code.matchAll(/override\s+(\w+)[^;=]*(?:=\s*([^;]+?)\s*)?;/g)) {
    const number = value === "true" ? 1 : value === "false" ? 0 : Number(value?.replace(/[uif]$/, ""));
    if (value === undefined || Number.isNaN(number)) fail(name, `override ${override} needs a number as its default`);
    constants[override] = number;
  }
  return constants;
}

/** Constants of the module, not of a function: those at the start of a line. @param {string} code */
const fixedOf = (code) =>
  Object.fromEntries(
    [...code.matchAll(/^const\s+(\w+)[^=]*=\s*([\d.]+)u?;/gm)].map(([, key, value]) => [key, Number(value)]),
  );

/** @param {string} code @param {string} struct @param {string} name */
function fieldsOf(code, struct, name) {
  const body = new RegExp(`struct ${struct}\\s*\\{([^}]*)\\}`).exec(code)?.[1] ?? fail(name, `no struct ${struct}`);
  /** @type {Kernel["params"]} */
  const fields = {};
  for (const [, field, type] of body.matchAll(/(\w+)\s*:\s*(\w+)/g)) {
    // Scalars only, so that field i sits at byte 4i with no padding rules.
    if (!SCALARS.includes(type))
      fail(name, `${struct}.${field} is ${type}, a parameter is one of ${SCALARS.join(", ")}`);
    fields[field] = /** @type {"u32"} */ (type);
  }
  return fields;
}

/** Behind the bracket at `open` and its partner. @param {string} code @param {number} open */
function behind(code, open) {
  let depth = 0;
  for (let i = open; i < code.length; i++) {
    if (code[i] === "[") depth++;
    if (code[i] === "]" && --depth === 0) return i + 1;
  }
  return code.length;
}

/**
 * Of vectors that invocations share no component is written alone: WGSL lets such a write touch the whole vector, as on Metal (docs/losses.md), and
 * what another invocation wrote beside it is lost. A pointer would hide it. SPIR-V writes the component alone, so that no software
 * adapter shows it.
 * @param {string} code @param {string} name
 */
function checkComponents(code, name) {
  const shared = code.matchAll(/var<(?:workgroup|storage,\s*read_write)>\s*(\w+)\s*:\s*([^;]*\b(?:vec|mat)\d[^;]*);/g);
  for (const [, variable, type] of shared) {
    const whole = type.split("array<").length - 1;
    const uses = new RegExp(`(?<![.\\w])(?:(?<=[=(,]\\s*)&\\s*)?${variable}\\b`, "g");
    for (const { 0: found, index } of code.matchAll(uses)) {
      let [at, parts] = [index + found.length, 0];
      for (let part; ; parts++) {
        part = /^\s*(?:\[|\.\w+)/.exec(code.slice(at))?.[0];
        if (!part) break;
        at = part.endsWith("[") ? behind(code, at + part.length - 1) : at + part.length;
      }
      const written = /^\s*(?:(?:[-+*/%&|^]|<<|>>)?=(?!=)|\+\+|--)/.test(code.slice(at));
      if (found.startsWith("&") || (written && parts > whole))
        fail(name, `"${code.slice(index, at)}": of a vector that invocations share, write the whole`);
    }
  }
}

/**
 * The kernels of a WGSL file, one an entry point, each with the bindings that it or what it calls uses.
 * @param {string} source
 * @param {string} name path under shaders/
 * @returns {Kernel[]}
 */
export function kernelsOf(source, name) {
  const code = source.replace(/\/\/[^\n]*/g, "");
  const constants = constantsOf(code, name);
  const variables = [
    ...code.matchAll(/@group\(0\)\s*@binding\((\d+)\)\s*var<(storage|uniform)(?:,\s*(\w+))?>\s*(\w+)\s*:\s*(\w+)/g),
  ].map(([, binding, kind, access, variable, type]) => ({ binding: Number(binding), kind, access, variable, type }));
  const all = functions(code);
  const entries = all.filter(({ compute }) => compute);
  if (entries.length === 0) fail(name, "no @compute entry point");
  checkComponents(code, name);
  for (const { variable } of variables) {
    // Bindings are told from local names by their spelling alone.
    const local = new RegExp(`\\b(?:let|var|const)\\s+${variable}\\b|fn\\s+\\w+\\([^)]*\\b${variable}\\s*:`);
    if (entries.length > 1 && local.test(code)) fail(name, `"${variable}" is a binding and a local name: rename one`);
  }
  return entries.map(({ name: entry, head, body }) => {
    const reached = new Set([entry]);
    let text = head + body;
    for (let grown = true; grown; ) {
      grown = false;
      for (const other of all) {
        if (reached.has(other.name) || !new RegExp(`\\b${other.name}\\s*\\(`).test(text)) continue;
        reached.add(other.name);
        text += other.body;
        grown = true;
      }
    }
    const used = variables.filter(
      ({ variable }) => entries.length === 1 || new RegExp(`(?<![.\\w])${variable}\\b`).test(text),
    );
    const numbers = used.map(({ binding }) => binding);
    if (new Set(numbers).size < numbers.length) fail(name, `${entry} uses one binding number twice`);
    const uniforms = used.filter(({ kind }) => kind === "uniform");
    if (uniforms.length > 1) fail(name, `${entry} has ${uniforms.length} uniform blocks, one is possible`);
    const storage = used.filter(({ kind }) => kind === "storage").sort((a, b) => a.binding - b.binding);
    return {
      name: entries.length > 1 ? `${name} ${entry}` : name,
      entry,
      bindings: Object.fromEntries(
        storage.map(({ variable, binding, access }) => [
          variable,
          { binding, access: access === "read_write" ? "read_write" : "read" },
        ]),
      ),
      params: uniforms.length > 0 ? fieldsOf(code, uniforms[0].type, name) : {},
      paramsBinding: uniforms[0]?.binding ?? null,
      constants,
      fixed: fixedOf(code),
    };
  });
}

/** How a module exports a kernel: the only one of a file, called main, is its default. @param {Kernel} kernel */
const isDefault = ({ entry }) => entry === "main";

/** The JavaScript module that a WGSL file is to whoever imports it. @param {string} source @param {string} name */
export function moduleOf(source, name) {
  const exports = kernelsOf(source, name).map((kernel) => {
    const value = `{ source, ...${JSON.stringify(kernel)} }`;
    return isDefault(kernel) ? `export default ${value};` : `export const ${kernel.entry} = ${value};`;
  });
  return `const source = ${JSON.stringify(source)};\n${exports.join("\n")}\n`;
}

/** The same module's types. @param {string} source @param {string} name */
export function declarationOf(source, name) {
  const names = (/** @type {object} */ record) =>
    Object.keys(record)
      .map((key) => JSON.stringify(key))
      .join(" | ") || "never";
  const lines = kernelsOf(source, name).map((kernel) => {
    const { entry, bindings, params, constants } = kernel;
    const type = `import("../src/gpu/kernel.ts").KernelSpec<${names(bindings)}, ${names(params)}, ${names(constants)}>`;
    return isDefault(kernel) ? `  const main: ${type};\n  export default main;` : `  export const ${entry}: ${type};`;
  });
  return `declare module "*/${name}" {\n${lines.join("\n")}\n}\n`;
}
