/** How a kernel touches a storage buffer; WGSL spells the same words in `var<storage, …>`. */
export type Access = "read" | "read_write";

/** Parameters are 4-byte scalars only, so that field i of the uniform block sits at byte 4i with no padding rules. */
export type Scalar = "u32" | "i32" | "f32";

export interface KernelShape {
  readonly name: string;
  readonly source: string;
  readonly bindings: Readonly<Record<string, Access>>;
  readonly params: Readonly<Record<string, Scalar>>;
  readonly constants: Readonly<Record<string, number>>;
}

/**
 * The typed prototype of one WGSL kernel. The WGSL file is the truth: `defineKernel` compares this prototype with it
 * and throws when they differ, so that a renamed binding is found when the module loads and not when a number is wrong.
 */
export type KernelSpec<B extends string = string, P extends string = string, K extends string = string> = {
  readonly name: string;
  readonly source: string;
  readonly bindings: Readonly<Record<B, Access>>;
  readonly params: Readonly<Record<P, Scalar>>;
  readonly constants: Readonly<Record<K, number>>;
};

type SpecOf<D extends KernelShape> = KernelSpec<
  Extract<keyof D["bindings"], string>,
  Extract<keyof D["params"], string>,
  Extract<keyof D["constants"], string>
>;

/**
 * Declares a kernel: bindings in the order of `@binding(i)`, then one uniform block `params` in the last binding.
 * @throws Error when the prototype and the WGSL source disagree, naming both
 */
export function defineKernel<const D extends KernelShape>(spec: D): SpecOf<D> {
  const declared = parseInterface(spec.source);
  const differ = (what: string, ours: string, theirs: string) => {
    if (ours !== theirs) throw new Error(`${spec.name}: ${what} declared as [${ours}], the WGSL has [${theirs}]`);
  };
  const show = (entries: Record<string, string | number>) =>
    Object.entries(entries)
      .map(([name, value]) => `${name}: ${value}`)
      .join(", ");
  differ("bindings", show(spec.bindings), declared.bindings.map(({ name, access }) => `${name}: ${access}`).join(", "));
  differ("params", show(spec.params), declared.params.map(({ name, type }) => `${name}: ${type}`).join(", "));
  differ("constants", Object.keys(spec.constants).sort().join(", "), [...declared.overrides].sort().join(", "));
  return spec as unknown as SpecOf<D>;
}

interface WgslInterface {
  bindings: { name: string; access: string }[];
  params: { name: string; type: string }[];
  overrides: string[];
}

/** Reads bindings, the `Params` struct and overrides out of a WGSL source. A line-based reading is enough for our own files. */
function parseInterface(source: string): WgslInterface {
  const code = source.replace(/\/\/[^\n]*/g, "");
  const bindings = [...code.matchAll(/@binding\((\d+)\)\s*var<storage,\s*(\w+)>\s*(\w+)/g)]
    .map(([, index, access, name]) => ({ index: Number(index), access, name }))
    .sort((a, b) => a.index - b.index);
  const struct = /struct Params\s*\{([^}]*)\}/.exec(code)?.[1] ?? "";
  const params = [...struct.matchAll(/(\w+)\s*:\s*(\w+)/g)].map(([, name, type]) => ({ name, type }));
  const overrides = [...code.matchAll(/override\s+(\w+)/g)].map(([, name]) => name);
  return { bindings, params, overrides };
}
