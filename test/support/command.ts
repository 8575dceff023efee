import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { root } from "../../scripts/lib/ready.mjs";

export interface Ran {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** What it has said on stderr so far. */
  said(): string;
  /** What it has printed so far. */
  printed(): Buffer;
  readonly over: Promise<Ran>;
}

/** Starts a program; by default in the project's root. */
export function start(
  program: string,
  args: readonly string[],
  { cwd = root, env = {}, input }: { cwd?: string; env?: Record<string, string>; input?: Uint8Array } = {},
): Running {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
  const printed: Buffer[] = [];
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => printed.push(chunk));
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  if (input) child.stdin.end(input);
  const over = once(child, "close").then(([code]) => ({ code, stderr, stdout: Buffer.concat(printed) }));
  return { child, said: () => stderr, printed: () => Buffer.concat(printed), over };
}

/** Runs one of our commands to its end. */
export const tempered = (args: readonly string[], options?: Parameters<typeof start>[2]): Promise<Ran> =>
  start(process.execPath, [`${root}scripts/tempered.mjs`, ...args], options).over;
