import {
  type BroughtEncoderId,
  type BroughtId,
  isBroughtId,
  isModelId,
  isTrainedId,
  RECIPE_RANGES,
} from "../worker/protocol.ts";

/** How one setting stands in a link: its key, and both ways between value and text. */
export interface Codec<T> {
  readonly key: string;
  print(value: T): string;
  /** undefined: not a value of this property, so the default stays. */
  parse(text: string): T | undefined;
}

export type Codecs<S> = { readonly [K in keyof S]: Codec<S[K]> };

export const number = (key: string, low: number, high: number): Codec<number> => ({
  key,
  print: (value) => String(Number(value.toPrecision(6))),
  parse: (text) => {
    const value = Number(text);
    return text !== "" && value >= low && value <= high ? value : undefined;
  },
});
/** To the millisecond, however late in a clip: that is as finely as times are set. */
export const seconds = (key: string, low: number, high: number): Codec<number> => ({
  ...number(key, low, high),
  print: (value) => String(Number(value.toFixed(3))),
});
export const text = (key: string): Codec<string> => ({
  key,
  print: (value) => value,
  parse: (value) => value.slice(0, 200),
});
export const flag = (key: string): Codec<boolean> => ({
  key,
  print: (value) => (value ? "1" : "0"),
  parse: (value) => (value === "1" ? true : value === "0" ? false : undefined),
});
export const oneOf = <T extends string | number>(key: string, values: readonly T[]): Codec<T> => ({
  key,
  print: String,
  parse: (value) => values.find((candidate) => String(candidate) === value),
});
export const whole = (codec: Codec<number>): Codec<number> => ({
  ...codec,
  print: String,
  parse: (value) => {
    const parsed = codec.parse(value);
    return Number.isInteger(parsed) ? parsed : undefined;
  },
});

/** One of the page's own, or the user's. */
export const orBrought = <T extends string>({ key, parse }: Codec<T>): Codec<T | BroughtId> => ({
  key,
  print: String,
  parse: (value) => (isBroughtId(value) ? value : parse(value)),
});

/** The same, or a model or student of the user's own. */
export const orOwn = <T extends string>(codec: Codec<T>): Codec<T | BroughtEncoderId> => ({
  key: codec.key,
  print: String,
  parse: (value) => (isModelId(value) || isTrainedId(value) ? value : orBrought(codec).parse(value)),
});

/** Numbers without two of the same, the greatest first. */
export const numbers = (key: string, low: number, high: number, most: number): Codec<readonly number[]> => ({
  key,
  print: (values) => values.join("_"),
  parse(value) {
    const found = value === "" ? [] : value.split("_").map(Number);
    const valid = found.length <= most && found.every((one) => one >= low && one <= high);
    return valid ? [...new Set(found)].sort((a, b) => b - a) : undefined;
  },
});

/** A list of whole numbers, each within its own range. */
export const wholes = <T extends readonly number[]>(
  key: string,
  ranges: { readonly [K in keyof T]: readonly [low: number, high: number] },
): Codec<T> => ({
  key,
  print: (values) => values.join("_"),
  parse(value) {
    const found = value.split("_").map(Number);
    const valid =
      found.length === ranges.length &&
      found.every((n, i) => Number.isInteger(n) && n >= ranges[i][0] && n <= ranges[i][1]);
    return valid ? (found as unknown as T) : undefined;
  },
});

/** Puts what differs from the defaults into a link. A run of an earlier visit may lack what came later: there the default stands. */
export function printAll<S extends object>(codecs: Codecs<S>, values: S, defaults: S, into: URLSearchParams): void {
  const put = <K extends keyof S>(name: K) => {
    const { key, print } = codecs[name];
    if (values[name] === undefined) return;
    const printed = print(values[name]);
    if (printed !== print(defaults[name])) into.set(key, printed);
  };
  for (const name of Object.keys(codecs) as (keyof S)[]) put(name);
}

/** Reads what `printAll` wrote; values that are missing or out of range are the defaults', one by one. */
export function parseAll<S extends object>(codecs: Codecs<S>, defaults: S, from: URLSearchParams): S {
  const read = <K extends keyof S>(name: K): S[K] => {
    const { key, parse } = codecs[name];
    const printed = from.get(key);
    return (printed === null ? undefined : parse(printed)) ?? defaults[name];
  };
  const entries = (Object.keys(codecs) as (keyof S)[]).map((name) => [name, read(name)] as const);
  return Object.fromEntries(entries) as unknown as S;
}

/**
 * Whether a part of a link, which was read as these values, is one of them and stands.
 * @param dictated those whose value comes from elsewhere, whatever the link says
 */
export function takes<S extends object>(
  codecs: Codecs<S>,
  values: S,
  dictated: readonly (keyof S)[],
  key: string,
  printed: string,
): boolean {
  const stands = <K extends keyof S>(name: K): boolean => {
    const { key: own, parse, print } = codecs[name];
    const parsed = own === key ? parse(printed) : undefined;
    return parsed !== undefined && (dictated.includes(name) || print(parsed) === print(values[name]));
  };
  return (Object.keys(codecs) as (keyof S)[]).some(stands);
}

/** Sizes of a projector's three hidden layers: multiples of 4, which the products read at once. */
export const hiddenSizes = (key: string): Codec<[number, number, number]> => ({
  key,
  print: (sizes) => sizes.join("."),
  parse: (value) => {
    const sizes = value.split(".").map(Number);
    const [low, high] = RECIPE_RANGES.hidden;
    const valid = sizes.length === 3 && sizes.every((n) => n % 4 === 0 && n >= low && n <= high);
    return valid ? [sizes[0], sizes[1], sizes[2]] : undefined;
  },
});
