/** How a kernel touches a storage buffer; WGSL spells the same words in `var<storage, …>`. */
export type Access = "read" | "read_write";

/** Parameters are 4-byte scalars only, so that field i of the uniform block sits at byte 4i with no padding rules. */
export type Scalar = "u32" | "i32" | "f32";

/**
 * One entry point of a WGSL file, as `import` gives it: everything here is read from the WGSL when the page is built
 * (scripts/lib/wgsl.mjs), so that nothing is written twice and a misspelt buffer or parameter is a type error.
 */
export interface KernelSpec<B extends string = string, P extends string = string, K extends string = string> {
  /** Path under shaders/, with the entry point where the file has several. */
  readonly name: string;
  readonly entry: string;
  readonly source: string;
  /** Only the buffers that this entry point uses. */
  readonly bindings: Readonly<Record<B, { readonly binding: number; readonly access: Access }>>;
  /** Fields of the uniform block, in order. */
  readonly params: Readonly<Record<P, Scalar>>;
  /** null without parameters. */
  readonly paramsBinding: number | null;
  /** Overrides and their defaults. */
  readonly constants: Readonly<Record<K, number>>;
  /** Numbers that the file declares as const. */
  readonly fixed: Readonly<Record<string, number>>;
}
